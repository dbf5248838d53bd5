# A model stands after those that it inherits from.
# isort: off
from . import (
    sync_job,
    sync_job_identity,
    sync_job_batch,
    sync_job_actions,
    sync_job_ending,
    sync_job_insert,
    sync_job_webhook,
)
