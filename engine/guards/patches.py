"""All that this addon changes in Odoo's process, or overrides of its private names.

Each entry is checked: that its targets exist, that no other place in the code patches
anything, and that the guard's self-test notices when the target has gone.
"""

from __future__ import annotations

from typing import NamedTuple

_BASE = "odoo.addons.base.models"
_RULES = "odoo.addons.base_automation.models.base_automation:BaseAutomation"
_WIZARD = "odoo.addons.base.wizard.base_partner_merge:BasePartnerMergeAutomaticWizard"


class Patch(NamedTuple):
    """Something of Odoo's or Python's that this addon changes.

    ``guard`` is the file of this room that tests it, ``place`` the file that changes
    it, ``scope`` what is changed: the whole process, a registry, a model's class or a
    cursor. A target is written as ``module:name.attribute``.
    """

    guard: str
    targets: tuple[str, ...]
    scope: str
    place: str
    reason: str
    replacement: str


PATCHES = (
    Patch(
        "format_strings",
        (
            "odoo.tools.safe_eval:compile_codeobj",
            "odoo.tools.safe_eval:_BUILTINS",
        ),
        "process",
        "engine/guards/format_strings.py",
        "A format string walks from any object to its module's globals, out of sight "
        "of safe_eval's check of names.",
        "A check of format strings in safe_eval itself.",
    ),
    Patch(
        "forbidden_names",
        (
            "odoo.tools.safe_eval:_UNSAFE_ATTRIBUTES",
            "odoo.tools.safe_eval:assert_no_dunder_name",
        ),
        "process",
        "engine/guards/forbidden_names.py",
        "XML trees offer the server's files by two attributes; and a try to use a "
        "forbidden name has to be in the job's log.",
        "Both names in Odoo's list, and a logger of its own for what it refuses.",
    ),
    Patch(
        "last_query",
        ("odoo.sql_db:Cursor.query",),
        "process",
        "engine/guards/last_query.py",
        "psycopg2's cursor shows the last query with its values, which may be "
        "Protected Code's.",
        "A cursor of Odoo's that doesn't pass unknown attributes on to psycopg2's.",
    ),
    Patch(
        "files",
        ("sys:addaudithook",),
        "process",
        "engine/guards/files.py",
        "The keys' file must not be read by whatever opens files, nor code be written "
        "where Python looks for it.",
        "Keys outside of Odoo's process; a file system that is read-only for it.",
    ),
    Patch(
        "restarts",
        (
            "odoo.service.server:_reexec",
            "odoo.service.server:PreforkServer.long_polling_spawn",
        ),
        "process",
        "engine/guards/restarts.py",
        "The keys were taken out of the environment, and a server that starts itself "
        "anew needs them there.",
        "Keys outside of Odoo's process.",
    ),
    Patch(
        "restarts",
        ("os:environ", "odoo.tools:config.options"),
        "process",
        "engine/vault/keys.py",
        "The keys are taken out of where other code could read them.",
        "Keys outside of Odoo's process.",
    ),
    Patch(
        "remote_calls",
        ("odoo.service.model:execute_cr",),
        "process",
        "engine/guards/remote_calls.py",
        "What a Manager's call by XML-RPC or JSON-RPC asks for is noted before the "
        "ORM runs.",
        "A hook of Odoo's around remote calls; or the end of both protocols, which "
        "Odoo has announced.",
    ),
    Patch(
        "dispatch",
        (
            f"{_BASE}.ir_http:IrHttp._dispatch",
            f"{_BASE}.ir_http:IrHttp._match",
        ),
        "model",
        "models/overrides/ir_http.py",
        "Whose request it is, and what a Manager's request asks for, is noted before "
        "anything else runs; paths below a webhook's URL are its handler's.",
        "A hook of Odoo's around requests; a route converter that takes any path.",
    ),
    Patch(
        "templates",
        (
            f"{_BASE}.ir_qweb:IrQweb._compile_expr",
            f"{_BASE}.ir_qweb:IrQweb._generate_code",
            f"{_BASE}.ir_qweb:IrQweb._prepare_environment",
        ),
        "model",
        "models/overrides/ir_qweb.py",
        "Templates are code that Developers write: format strings, code by the "
        "context, and the request must not be had there.",
        "Templates that are compiled by safe_eval, with its guards.",
    ),
    Patch(
        "registry_models",
        ("odoo.orm.registry:Registry.models",),
        "registry",
        "engine/guards/registry_models.py",
        "Project code could put something else in the place of a model.",
        "A registry that is read-only once it is loaded.",
    ),
    Patch(
        "signals",
        ("odoo.orm.registry:Registry.get_sequences",),
        "registry",
        "engine/events/memory.py",
        "Other processes hear of a changed project in the statement by which Odoo "
        "asks for its own signals: no further one for each request.",
        "Odoo's caches of an addon's own, which it signals by itself.",
    ),
    Patch(
        "run_cursor",
        (
            *(f"odoo.sql_db:Cursor.{name}" for name in ("commit", "rollback", "close")),
            *(
                f"odoo.sql_db:Cursor.{name}"
                for name in ("execute", "execute_values", "__getattr__")
            ),
        ),
        "cursor",
        "engine/runs/transaction.py",
        "A run's code must not end the transaction that the run lives in.",
        "A cursor class of Odoo's for code that is typed, as its tests have one.",
    ),
    Patch(
        "savepoints",
        ("odoo.sql_db:BaseCursor.flush",),
        "cursor",
        "engine/events/collected.py",
        "Events are handed over as the last thing before a commit, after Odoo's own "
        "hooks, and not at a savepoint.",
        "A hook of Odoo's that runs after the last flush before a commit.",
    ),
    Patch(
        "event_hooks",
        tuple(
            f"odoo.orm.models:BaseModel.{name}"
            for name in (
                *("create", "write", "unlink"),
                *("_compute_field_value", "_update_field_translations"),
            )
        ),
        "model",
        "engine/events/hooks.py",
        "DB triggers hear of changes of their models, as Odoo's automation rules do: "
        "no other model pays for it.",
        "A hook of the ORM for changes that are about to be written.",
    ),
    Patch(
        "event_hooks",
        ("odoo.orm.models:BaseModel._update_field_translations",),
        "model",
        "models/mixins/sync_cached.py",
        "Translations of a project's texts are written in SQL: what runs remember "
        "of it is forgotten.",
        "A hook of the ORM for changes that are about to be written.",
    ),
    Patch(
        "automation",
        (f"{_RULES}._update_registry", f"{_RULES}._process"),
        "model",
        "models/overrides/base_automation.py",
        "Odoo finds the records whose time has come for our triggers, which then "
        "become jobs; our own rules change no class, so no worker loads all anew.",
        "A search of ours for such records, in a scheduled action of ours.",
    ),
    Patch(
        "automation",
        (
            "odoo.orm.models:BaseModel._register_hook",
            "odoo.orm.models:BaseModel._unregister_hook",
        ),
        "model",
        "models/overrides/base_automation.py",
        "Models with DB triggers get their hooks when a registry is loaded.",
        "Nothing: it is Odoo's way, if private by its name.",
    ),
    Patch(
        "registry_models",
        ("odoo.orm.models:BaseModel._register_hook",),
        "model",
        "models/project/sync_project_guards.py",
        "All guards are tested when a registry is loaded; where they weren't, no "
        "Protected Code runs.",
        "Nothing: it is Odoo's way, if private by its name.",
    ),
    Patch(
        "log_groups",
        ("odoo.orm.models:BaseModel._read_group",),
        "model",
        "models/log/sync_log.py",
        "Joining each line of a log with its job takes a second where there are a "
        "million: the lines of each job are counted first.",
        "Statistics of logs that are kept with their jobs.",
    ),
    Patch(
        "merges",
        (f"{_WIZARD}._update_reference_fields_generic",),
        "model",
        "wizard/base_partner_merge.py",
        "Links go along when records are merged, whichever of Odoo's wizards does it.",
        "A hook of Odoo's for merged records.",
    ),
)
