# A model stands after those that it inherits from.
# isort: off
from . import (
    sync_job_queue,
    sync_job_relay,
    sync_job_cron,
    queue_job,
)
