# A model stands after those that it inherits from.
# isort: off
from . import (
    base,
    sync_cached,
    sync_project,
    sync_project_value,
    sync_project_secret,
    sync_task,
    sync_trigger,
    sync_trigger_cron,
    sync_trigger_db,
    sync_trigger_webhook,
    sync_trigger_button,
    sync_job,
    sync_job_batch,
    sync_job_queue,
    sync_job_cron,
    sync_job_insert,
    sync_job_webhook,
    sync_log,
    sync_link,
    base_automation,
)
