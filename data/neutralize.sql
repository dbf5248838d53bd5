-- No secret of the original in the copy.
UPDATE sync_project_secret
   SET token = NULL;
UPDATE sync_job
   SET payload_token = NULL;
UPDATE sync_job_batch
   SET snapshot_token = NULL;

-- Nothing runs by itself; a Manager may switch a project on again.
UPDATE sync_project
   SET active = false,
       run_neutralized = false;
UPDATE base_automation
   SET active = false
 WHERE sync_trigger_id IS NOT NULL;
UPDATE ir_cron
   SET active = false
 WHERE id IN (SELECT cron_id FROM sync_trigger WHERE cron_id IS NOT NULL);

-- The original's external systems know these addresses.
UPDATE sync_trigger
   SET webhook_token = md5(random()::text) || md5(random()::text)
 WHERE webhook_token IS NOT NULL;

-- What was waiting runs in the original.
UPDATE sync_job
   SET state = 'cancelled'
 WHERE state IN ('pending', 'started');
UPDATE queue_job
   SET state = 'cancelled'
 WHERE model_name = 'sync.job'
   AND state NOT IN ('done', 'failed', 'cancelled');
