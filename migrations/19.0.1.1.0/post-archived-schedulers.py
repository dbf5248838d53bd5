from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Let schedules in the name of archived users fail, which were skipped silently."""
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    domain = [("type", "=", "cron"), ("user_id.active", "=", False)]
    env["sync.trigger"].search(domain)._update_technical()
