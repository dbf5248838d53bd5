from . import sync_task
