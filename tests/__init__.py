from .demo import (
    test_demo_github_trello,
    test_demo_github_trello_ends,
    test_demo_github_trello_inputs,
    test_demo_github_trello_labels,
    test_demo_migration,
    test_demo_odoo2odoo,
    test_demo_odoo2odoo_migration,
    test_demo_telegram,
    test_demo_telegram_inputs,
    test_demo_telegram_send,
)
from .docs import test_architecture, test_docs, test_translations
from .jobs import (
    test_bulk_actions,
    test_companies,
    test_identity,
    test_job_endings,
    test_jobs,
    test_payloads,
    test_payloads_migration,
    test_queue_job,
    test_relay,
    test_transaction,
)
from .links import test_bulk, test_links, test_links_gone
from .logs import test_logs, test_messages
from .projects import test_code, test_code_seen, test_project
from .sandbox import test_sandbox, test_sandbox_constructs, test_texts
from .security import (
    test_access,
    test_guards,
    test_guards_list,
    test_round2_kinds,
    test_round2_records,
    test_security_approval,
    test_security_boundary,
    test_security_calls,
    test_security_crawler,
    test_security_keys,
    test_security_manager,
    test_security_objects,
    test_security_payloads,
    test_security_process,
    test_security_records,
    test_security_sandboxes,
    test_security_tours,
)
from .triggers import test_dbevents, test_each_model, test_memory, test_triggers
from .ui import test_languages, test_query_counts, test_tours, test_views
from .webhooks import (
    test_webhook,
    test_webhook_answers,
    test_webhook_logs,
    test_webhook_requests,
)
