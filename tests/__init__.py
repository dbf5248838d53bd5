from . import (
    test_access,
    test_bulk,
    test_code,
    test_demo_odoo2odoo,
    test_jobs,
    test_links,
    test_logs,
    test_project,
    test_sandbox,
    test_triggers,
    test_webhook,
)
