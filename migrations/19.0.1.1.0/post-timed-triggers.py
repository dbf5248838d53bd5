def migrate(cr, version):
    """Let timed triggers that were never checked leave out what was due before them."""
    cr.execute(
        """
        UPDATE base_automation SET last_run = create_date
         WHERE last_run IS NULL AND trigger = 'on_time'
           AND sync_trigger_id IS NOT NULL
        """
    )
