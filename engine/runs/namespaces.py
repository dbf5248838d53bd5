"""The names that Protected Code, Common Code and task code see."""

from __future__ import annotations

import base64
import json as _json
import types
from collections.abc import Callable, Container, Mapping
from typing import Any

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import html2plaintext, safe_eval

from .. import plaintext
from ..boundary import proxies
from ..links import bulk
from ..links.table import LinkTable, one
from ..logs.buffer import LEVELS, LogBuffer, check_level
from ..messages import _lt
from ..protocols import Environment
from ..sandbox import compiler
from ..sandbox.project_values import Values
from .project import Project
from .secret_values import Secrets

Namespace = dict[str, Any]


def _type2str(value: Any) -> str:
    return type(value).__name__


def _b64encode(data: Any, altchars: bytes | None = None) -> bytes:
    raw = data.encode() if isinstance(data, str) else data
    return base64.b64encode(raw, altchars)


_STATIC: Namespace = {
    **{f"LOG_{level.upper()}": level for level in LEVELS},
    "UserError": UserError,
    "ValidationError": ValidationError,
    "RetryableJobError": RetryableJobError,
    "OSError": OSError,
    "json": safe_eval.json,
    "datetime": safe_eval.datetime,
    "dateutil": safe_eval.dateutil,
    "time": safe_eval.time,
    "timezone": safe_eval.pytz.timezone,
    "b64encode": _b64encode,
    "b64decode": base64.b64decode,
    "html2plaintext": html2plaintext,
    "Command": Command,
    "getattr": compiler.guarded_getattr,
    "hasattr": compiler.guarded_hasattr,
    "type2str": _type2str,
}


def helpers(
    env: Environment, project: Project, logs: LogBuffer, add_job: Any
) -> Namespace:
    """Return the names that all three kinds of code see."""
    return {
        **_STATIC,
        "env": env,
        "user": env.user,
        "params": Values(_lt("parameter"), project.name, project.params),
        "texts": Values(_lt("text"), project.name, _texts(env, project.texts)),
        "add_job": add_job,
        **_logging(logs),
        **_links(env),
        **bulk.functions(env),
    }


def protected(base: Namespace, secrets: Secrets, logs: LogBuffer) -> Namespace:
    """Return the namespace of Protected Code."""

    def log_transmission(recipient: Any, data: Any = "") -> None:
        logs.add("info", "data_out", _text(data), _text(recipient))

    return {
        **base,
        "secrets": secrets,
        "log_transmission": log_transmission,
    }


def exports(
    namespace: Namespace, given: Namespace, imported: Container[str]
) -> Namespace:
    """Return what Protected Code hands on, closed to anything but its use.

    ``given`` is the namespace that the code started with; ``imported`` are the names
    that it imported, which are for itself.
    """
    kept = (given["secrets"], given["log_transmission"])
    return {
        name: proxies.export(name, value)
        for name, value in namespace.items()
        if not name.startswith("_")
        and name not in imported
        and not isinstance(value, types.ModuleType)
        and given.get(name, _MISSING) is not value
        and not any(value is own for own in kept)
    }


def public(namespace: Namespace) -> Namespace:
    """Return what Common Code hands on to tasks."""
    return {key: val for key, val in namespace.items() if not key.startswith("_")}


def task(common: Namespace, project: Project, urls: Any, trigger: str) -> Namespace:
    """Return the namespace of a task's code."""
    return {
        **public(common),
        "webhooks": Values(_lt("webhook"), project.name, urls),
        "TRIGGER_NAME": trigger,
    }


_MISSING = object()


def _texts(env: Environment, texts: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    lang = env.lang or "en_US"
    return {
        key: values.get(lang) or values.get("en_US", "")
        for key, values in texts.items()
    }


def _text(value: Any) -> str:
    # A line of the log is no reason to lose the job's work.
    return value if isinstance(value, str) else plaintext.told(value, _shown)


def _shown(value: Any) -> str:
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode(errors="replace")
    if isinstance(value, dict | list | tuple):
        return _as_json(value)
    return str(value) if isinstance(value, int | float | None) else repr(value)


def _as_json(value: Any) -> str:
    try:
        return _json.dumps(value, default=repr, ensure_ascii=False, indent=2)
    except (TypeError, ValueError, RecursionError):
        # Keys that JSON doesn't have, or no end.
        return repr(value)


def _logging(logs: LogBuffer) -> dict[str, Callable[..., None]]:
    def log(message: Any, level: str = "info") -> None:
        logs.add(check_level(level), "message", _text(message))

    def print_(
        *values: Any,
        sep: str | None = " ",
        end: str | None = "\n",
        file: None = None,
        flush: bool = False,
    ) -> None:
        if file is not None:
            raise TypeError(_lt("print() writes to the log: leave file out"))
        text = (" " if sep is None else sep).join(map(plaintext.told, values))
        logs.add("info", "message", text + (end or "").rstrip("\n"))

    return {"log": log, "print": print_}


def _links(env: Environment) -> dict[str, Callable[..., Any]]:
    table = LinkTable(env)

    def get_link(relation: str, external: Any = None, **systems: Any) -> Any:
        if systems:
            return one(table.external_links(relation, systems), str(systems))
        return one(table.record_links(relation, refs=[external]), repr(external))

    def set_link(
        relation: str,
        sync_date: Any = None,
        allow_many2many: bool = False,
        **systems: Any,
    ) -> Any:
        links = table.set_external_links(
            relation, [systems], sync_date, allow_many2many
        )
        return one(links, str(systems))

    def set_links(
        relation: str,
        pairs: Any,
        sync_date: Any = None,
        allow_many2many: bool = False,
    ) -> Any:
        return table.set_external_links(
            relation, list(pairs), sync_date, allow_many2many
        )

    def search_links(relation: str, externals: Any = None, **systems: Any) -> Any:
        if systems:
            return table.external_links(relation, systems)
        return table.record_links(relation, refs=externals)

    return {
        "get_link": get_link,
        "set_link": set_link,
        "set_links": set_links,
        "search_links": search_links,
    }
