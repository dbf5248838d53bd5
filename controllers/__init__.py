from . import manager, queue, webhook
