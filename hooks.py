def uninstall_hook(env):
    """Take along what the addon made outside its own tables."""
    env["sync.trigger"].with_context(active_test=False).search([]).unlink()
    env["sync.job"]._forget_queue([])
    env.cr.execute(
        "DROP TRIGGER IF EXISTS sync_job_mirror ON queue_job;"
        "DROP FUNCTION IF EXISTS sync_job_mirror();"
        "DROP TRIGGER IF EXISTS sync_job_unqueued ON queue_job;"
        "DROP FUNCTION IF EXISTS sync_job_unqueued();"
        "DROP TRIGGER IF EXISTS sync_job_keep ON queue_job;"
        "DROP FUNCTION IF EXISTS sync_job_keep();"
        "DROP FUNCTION IF EXISTS sync_job_take(varchar, integer, text[]);"
        "DROP INDEX IF EXISTS sync_queue_job_next"
    )
