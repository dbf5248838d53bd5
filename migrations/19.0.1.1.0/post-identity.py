"""Let waiting jobs of 19.0.1.0.0 be found by their identity key."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE sync_job SET identity_key = queued.identity_key
          FROM queue_job queued
         WHERE queued.uuid = sync_job.queue_job_uuid
           AND queued.identity_key IS NOT NULL
           AND sync_job.state = 'pending' AND sync_job.identity_key IS NULL
        """
    )
