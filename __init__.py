from . import controllers, models
from .engine import guards
from .hooks import uninstall_hook

guards.install()
