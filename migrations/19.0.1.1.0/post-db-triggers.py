def migrate(cr, version):
    """Take the rules of DB triggers out of Odoo's sight: events have their own way."""
    cr.execute(
        """
        UPDATE base_automation SET trigger = 'sync_event'
         WHERE sync_trigger_id IS NOT NULL AND trigger != 'on_time'
        """
    )
