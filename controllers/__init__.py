from . import manager, webhook
