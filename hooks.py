from .models.queue import sql_objects


def uninstall_hook(env):
    """Take along what the addon made outside its own tables."""
    env["sync.trigger"].with_context(active_test=False).search([]).unlink()
    env["sync.job"]._forget_queue([])
    sql_objects.drop(env.cr)
