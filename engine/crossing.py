"""Which values may cross from Protected Code to sandboxed code, and how."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from collections.abc import Callable
from types import ModuleType
from typing import Any

import requests
from dateutil.relativedelta import relativedelta
from markupsafe import Markup
from odoo.api import Environment
from odoo.fields import Command, Domain
from odoo.models import BaseModel
from odoo.tools import SQL

from .links import Links
from .values import Values

_SCALARS = (
    *(type(None), bool, int, float, complex, str, bytes, bytearray, range, slice),
    *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta),
    *(decimal.Decimal, uuid.UUID, Markup, relativedelta),
)
_SHARED = (
    *(BaseModel, Environment, Command, Domain, SQL, Links, Values),
    requests.Response,
)
_ZONES = ("datetime", "dateutil", "pytz", "zoneinfo")
# Their objects remember what was sent, credentials included.
_SEALED = ("requests", "urllib3", "httpx", "aiohttp", "http")


def is_data(value: Any) -> bool:
    """Tell whether ``value`` may be handed over as it is."""
    if is_class(value):
        # Exceptions stay classes, so that a task can catch them by name.
        return value in _SCALARS or issubclass(value, BaseException)
    if isinstance(value, datetime.tzinfo):
        return _module(value) in _ZONES
    return type(value) in _SCALARS or isinstance(value, _SHARED)


def is_class(value: Any) -> bool:
    """Tell whether ``value`` is a class."""
    return isinstance(value, type)


def is_sealed(value: Any) -> bool:
    """Tell whether not even public attributes of ``value`` may be read."""
    module = type(value).__module__
    if isinstance(value, ModuleType) or module.startswith(f"{__package__}."):
        return True
    # functools.partial, for one, shows the arguments that it adds.
    function = module in ("builtins", "functools") and callable(value)
    return function and not is_class(value) or _module(value) in _SEALED


def _module(value: Any) -> str:
    """Return the top package of the value's class."""
    return type(value).__module__.partition(".")[0]


def detached(value: Any, mask: Callable[[str], str]) -> Any:
    """Return ``value`` without what it carries along out of sight.

    Text and numbers of a class of their own (a parser's node, say) become plain ones,
    an HTTP response forgets its request and its connection.
    """
    if isinstance(value, requests.Response):
        return _response(value, mask)
    if type(value) in _SCALARS or isinstance(value, enum.Enum):
        return value
    for plain in (str, bytes, int, float):
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
