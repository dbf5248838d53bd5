# A model stands after those that it inherits from.
# isort: off
from . import (
    event_port,
    sync_trigger,
    sync_trigger_cron,
    sync_trigger_count,
    sync_trigger_db,
    sync_trigger_webhook,
    sync_trigger_button,
)
