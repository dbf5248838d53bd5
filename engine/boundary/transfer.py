"""Which values may cross from Protected Code to sandboxed code, and how."""

from __future__ import annotations

import builtins
import datetime
import decimal
import enum
import uuid
from collections import deque
from collections.abc import Callable, MutableMapping, MutableSequence, MutableSet
from copy import copy as shallow
from types import ModuleType
from typing import Any

import requests
from dateutil.relativedelta import relativedelta
from markupsafe import Markup
from odoo.api import Environment
from odoo.fields import Command, Domain
from odoo.models import BaseModel
from odoo.tools import SQL

from ..links.collections import Links
from ..sandbox.project_values import Values

_SCALARS = (
    *(type(None), bool, int, float, complex, str, bytes, bytearray, range, slice),
    *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta),
    *(decimal.Decimal, uuid.UUID, Markup, relativedelta),
)
_SHARED = (
    *(BaseModel, Environment, Command, Domain, SQL, Links, Values),
    requests.Response,
)
# The package of our own classes, whichever of its rooms they stand in.
ENGINE = "odoo.addons.sync.engine"
_PLAIN: tuple[type[Any], ...] = (str, bytes, int, float)
_ZONES = ("datetime", "dateutil", "pytz", "zoneinfo")
# Their objects, and those of classes derived from theirs, remember what was sent or
# what they were called with, credentials included.
_SEALED = frozenset(
    (
        *("aiohttp", "boto3", "botocore", "contextlib", "ftplib", "http", "httpcore"),
        # They format what is passed to them, or lead to all logs of the server.
        *("jinja2", "logging", "string"),
        *("httplib2", "httpx", "imaplib", "oauthlib", "paramiko", "poplib", "psycopg2"),
        *(
            "requests",
            "requests_oauthlib",
            "smtplib",
            "socket",
            "ssl",
            "subprocess",
            "suds",
        ),
        *("urllib", "urllib3", "websocket", "websockets", "xmlrpc", "zeep"),
    )
)
# Such callables show what they add to a call.
_FUNCTIONS = ("builtins", "functools", "operator")


def is_data(value: Any) -> bool:
    """Tell whether ``value`` may be handed over as it is."""
    if is_class(value):
        # Exceptions stay classes, so that a task can catch them by name.
        error = issubclass(value, BaseException) and not is_protected_error(value)
        return value in _SCALARS or error
    if isinstance(value, datetime.tzinfo):
        return _top(type(value)) in _ZONES
    return type(value) in _SCALARS or isinstance(value, _SHARED)


def is_container(value: Any) -> bool:
    """Tell whether ``value`` can be filled, and is neither a record nor of a run."""
    return isinstance(value, MutableMapping | MutableSequence | MutableSet | deque)


def copied(value: Any) -> Any:
    """Return a copy of a container, so that what is put into it is not seen outside."""
    made = shallow(value)
    own = getattr(made, "__dict__", {})
    # What it keeps its items in would be shared.
    parts = {name: part for name, part in own.items() if is_container(part)}
    own.update({name: shallow(part) for name, part in parts.items()})
    return made


def is_class(value: Any) -> bool:
    """Tell whether ``value`` is a class."""
    return isinstance(value, type)


def is_protected_error(value: Any) -> bool:
    """Tell whether ``value`` is an exception class that Protected Code defines."""
    if not is_class(value) or not issubclass(value, BaseException):
        return False
    # Its namespace has no name of its own: then classes are given that of builtins.
    own = value.__module__ == builtins.__name__
    return own and getattr(builtins, value.__name__, None) is not value


def is_sealed(value: Any) -> bool:
    """Tell whether neither public attributes nor items of ``value`` may be read."""
    kinds = value.__mro__ if is_class(value) else type(value).__mro__
    if isinstance(value, ModuleType):
        return True
    if any(_top(kind) in _SEALED or _is_own(kind) for kind in kinds):
        return True
    function = type(value).__module__ in _FUNCTIONS and callable(value)
    return function and not is_class(value)


def _is_own(kind: type) -> bool:
    return kind.__module__.startswith(f"{ENGINE}.")


def _top(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def detached(value: Any, mask: Callable[[str], str]) -> Any:
    """Return ``value`` without what it carries along out of sight.

    Text and numbers of a class of their own (a parser's node, say) become plain ones,
    an HTTP response forgets its request and its connection.
    """
    if isinstance(value, requests.Response):
        return _response(value, mask)
    if isinstance(value, bytearray):
        return bytearray(value)
    if isinstance(value, memoryview):
        # It has the whole of which it shows a part.
        return value.tobytes()
    if type(value) in _SCALARS or isinstance(value, enum.Enum):
        return value
    for plain in _PLAIN:
        if isinstance(value, plain):
            return plain(value)
    return value


def _response(response: requests.Response, mask: Callable[[str], str]) -> Any:
    copy = requests.Response()
    copy._content = response.content
    copy.status_code = response.status_code
    copy.reason = response.reason
    copy.encoding = response.encoding
    copy.elapsed = response.elapsed
    copy.headers = response.headers.copy()
    copy.url = mask(response.url or "")
    return copy
