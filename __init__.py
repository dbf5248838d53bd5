from . import controllers, models, wizard
from .engine import guards
from .hooks import uninstall_hook

guards.install()
