"""What we add to ``queue_job``'s tables in SQL, and how it is taken away again.

The job runner and its workers change queue jobs in SQL, out of the ORM's sight.
"""

# A queue job's state and times are copied to its sync job.
_MIRROR = """
CREATE OR REPLACE FUNCTION sync_job_mirror() RETURNS trigger AS $$
BEGIN
    UPDATE sync_job SET
        state = CASE WHEN NEW.state IN ('enqueued', 'wait_dependencies')
                     THEN 'pending' ELSE NEW.state END,
        error = CASE WHEN NEW.state = 'failed'
                     THEN COALESCE(NEW.exc_message, NEW.exc_info) END,
        date_start = COALESCE(NEW.date_started, CASE
            WHEN NEW.state = 'failed' THEN date_start END),
        date_end = CASE
            WHEN NEW.state IN ('done', 'failed', 'cancelled')
            THEN COALESCE(NEW.date_done, NEW.date_cancelled,
                          now() AT TIME ZONE 'UTC') END,
        duration = CASE NEW.state
            WHEN 'done' THEN NEW.exec_time
            WHEN 'failed' THEN EXTRACT(EPOCH FROM
                now() AT TIME ZONE 'UTC' - NEW.date_started) END
    WHERE queue_job_uuid = NEW.uuid;
    RETURN NULL;
END $$ LANGUAGE plpgsql;

DROP TRIGGER IF EXISTS sync_job_mirror ON queue_job;
CREATE TRIGGER sync_job_mirror AFTER UPDATE OF state ON queue_job
    FOR EACH ROW
    -- To us, a job that the runner has picked is pending still.
    WHEN (NEW.model_name = 'sync.job'
          AND OLD.state IS DISTINCT FROM NEW.state
          AND NOT (OLD.state IN ('pending', 'wait_dependencies')
                   AND NEW.state IN ('enqueued', 'wait_dependencies')))
    EXECUTE FUNCTION sync_job_mirror();
"""

# Nothing runs a job any more whose entry in the queue is deleted.
_UNQUEUED = """
CREATE OR REPLACE FUNCTION sync_job_unqueued() RETURNS trigger AS $$
BEGIN
    UPDATE sync_job SET
        state = CASE state WHEN 'pending' THEN 'cancelled'
                           ELSE 'failed' END,
        error = 'Its entry in the queue was deleted.',
        date_end = now() AT TIME ZONE 'UTC'
    WHERE queue_job_uuid = OLD.uuid AND state IN ('pending', 'started');
    RETURN NULL;
END $$ LANGUAGE plpgsql;

DROP TRIGGER IF EXISTS sync_job_unqueued ON queue_job;
CREATE TRIGGER sync_job_unqueued AFTER DELETE ON queue_job
    FOR EACH ROW
    WHEN (OLD.model_name = 'sync.job'
          AND OLD.state NOT IN ('done', 'failed', 'cancelled'))
    EXECUTE FUNCTION sync_job_unqueued();
"""

# Starts the job that comes first in the runner's order, if it is ours and in the given
# job's channel. If another one comes first, the choice is the runner's, which knows
# what the channels allow.
_TAKE = """
CREATE INDEX IF NOT EXISTS sync_queue_job_next
    ON queue_job (priority, date_created, id) WHERE state = 'pending';

CREATE OR REPLACE FUNCTION sync_job_take(
    after_uuid varchar, pid integer, paced text[]) RETURNS varchar AS $$
DECLARE
    now_utc timestamp := now() AT TIME ZONE 'UTC';
    next record;
BEGIN
    SELECT id, uuid, model_name, method_name, channel INTO next
      FROM queue_job
     WHERE state = 'pending' AND (eta IS NULL OR eta <= now_utc)
     ORDER BY priority, date_created, id LIMIT 1
       FOR NO KEY UPDATE SKIP LOCKED;
    IF next.model_name = 'sync.job' AND next.method_name = '_run_queued'
        AND starts_with(next.channel || '.', 'root.')
        AND next.channel = (SELECT channel FROM queue_job
                             WHERE uuid = after_uuid)
        AND NOT EXISTS (
            SELECT FROM unnest(paced) AS name
             WHERE starts_with(next.channel || '.', name || '.'))
    THEN
        UPDATE queue_job
           SET state = 'started', date_started = now_utc, worker_pid = pid,
               date_enqueued = date_trunc('seconds', now_utc)
         WHERE id = next.id;
        INSERT INTO queue_job_lock (id, queue_job_id)
        VALUES (next.id, next.id) ON CONFLICT (id) DO NOTHING;
        RETURN next.uuid;
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
"""

# Between the runner's choice of a job and its UPDATE, a worker may have taken that job,
# and even finished it: then the runner must not queue it once more.
_KEEP = """
CREATE OR REPLACE FUNCTION sync_job_keep() RETURNS trigger AS $$
BEGIN
    RETURN NULL;
END $$ LANGUAGE plpgsql;

DROP TRIGGER IF EXISTS sync_job_keep ON queue_job;
CREATE TRIGGER sync_job_keep BEFORE UPDATE OF state ON queue_job
    FOR EACH ROW
    WHEN (NEW.model_name = 'sync.job' AND NEW.state = 'enqueued'
          AND OLD.state NOT IN ('pending', 'enqueued', 'wait_dependencies'))
    EXECUTE FUNCTION sync_job_keep();
"""

_DROP = """
DROP TRIGGER IF EXISTS sync_job_mirror ON queue_job;
DROP FUNCTION IF EXISTS sync_job_mirror();
DROP TRIGGER IF EXISTS sync_job_unqueued ON queue_job;
DROP FUNCTION IF EXISTS sync_job_unqueued();
DROP TRIGGER IF EXISTS sync_job_keep ON queue_job;
DROP FUNCTION IF EXISTS sync_job_keep();
DROP FUNCTION IF EXISTS sync_job_take(varchar, integer, text[]);
DROP INDEX IF EXISTS sync_queue_job_next;
"""


def create(cr):
    """Create functions, triggers and the index, or bring them up to date."""
    for statements in (_MIRROR, _UNQUEUED, _TAKE, _KEEP):
        cr.execute(statements)


def drop(cr):
    """Drop what ``create`` has created."""
    cr.execute(_DROP)
