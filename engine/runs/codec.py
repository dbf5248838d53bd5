"""Arguments of queued functions as JSON, and back as exactly what they were.

Plain data is plain JSON. What JSON has no word for is an object with the key
``sync:type``, which :func:`encode` alone writes: a dict that has this key itself, or a
key that isn't a text, becomes a list of pairs. So no data is ever read back as anything
else, whatever its keys are and wherever it comes from.
"""

from __future__ import annotations

import json
import marshal
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import singledispatch
from math import isfinite
from typing import Any
from uuid import UUID

from lxml import etree
from markupsafe import Markup
from odoo.models import BaseModel
from odoo.tools.func import lazy
from werkzeug.datastructures import MultiDict

from .. import messages
from ..errors import PayloadError
from ..protocols import Environment

TAG = "sync:type"
# Marks the records of a deletion: they were gone before a job for them was queued.
DELETED = "sync_deleted"

Gone = dict[str, list[int]]

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_HALF = re.compile("[\ud800-\udfff]")
# JSON would join these two halves to one character.
_TWO_HALVES = re.compile("(?<=[\ud800-\udbff])(?=[\udc00-\udfff])")
# Python refuses to write longer numbers in decimal.
_MAX_BITS = 10_000


def encode(value: Any) -> str:
    """Return ``value`` as a JSON text that UTF-8 and PostgreSQL can hold.

    :raise PayloadError: for what can't be brought back
    """
    try:
        return _encode_plain(value) or _dumps(_packed(value))
    except RecursionError:
        raise PayloadError(
            messages._lt("They are nested too deeply, or contain themselves.")
        ) from (None)


def decode(text: str, env: Environment) -> tuple[Any, Gone]:
    """Return what :func:`encode` was given, and which of its records are gone.

    Records that don't exist any more are left out of their recordsets.

    :raise PayloadError: for records of a model that doesn't exist any more
    """
    try:
        if TAG not in text:
            return json.loads(text), {}
        reader = _Reader(env, text)
        return json.loads(text, object_hook=reader.unpack), reader.gone
    except RecursionError:
        raise PayloadError(
            messages._lt("The arguments are nested too deeply.")
        ) from None


def model_of(env: Environment, name: str) -> Any:
    """Return the model that was called so when its records were kept.

    :raise PayloadError: if it doesn't exist any more
    """
    if name not in env:
        raise PayloadError(
            messages._lt(
                "Some arguments are records of the model %(name)s, which isn't "
                "there any more.",
                name=name,
            )
        )
    return env[name]


def describe_gone(gone: Gone) -> str:
    """Say in a log which records were left out."""
    found = [f"{model} {', '.join(map(str, ids))}" for model, ids in gone.items()]
    return messages._lt(
        "Deleted meanwhile, and left out: %(records)s", records="; ".join(found)
    )


# -- encoding ------------------------------------------------------------------


def _encode_plain(value: Any) -> str | None:
    """Return plain data as JSON at the speed of C; None if there is more to it."""
    try:
        # It takes values of Python's own types, and refuses their subclasses.
        marshal.dumps(value, 2)
        text = _dumps(value)
    except (TypeError, ValueError):
        return None
    # Tuples come back as lists, and keys that are no texts as texts.
    return text if TAG not in text and json.loads(text) == value else None


def _dumps(value: Any) -> str:
    text = _ENCODER.encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return text


def _packed(value: Any) -> Any:
    # Not by __class__, which an object may claim to be.
    return _pack.dispatch(type(value))(value)


def _tagged(kind: str, value: Any) -> dict[str, Any]:
    return {TAG: kind, "value": value}


@singledispatch
def _pack(value: Any) -> Any:
    """Return ``value`` in JSON's own types."""
    raise PayloadError(
        messages._lt(
            "A value of type %(type)s can't wait. Pass texts, numbers, "
            "dates, records, or lists and dicts of these.",
            type=type(value).__name__,
        )
    )


@_pack.register(type(None))
@_pack.register(bool)
def _(value: Any) -> Any:
    return value


@_pack.register
def _(value: int) -> Any:
    number = int.__int__(value)
    if number.bit_length() > _MAX_BITS:
        return _tagged("int", hex(number))
    return number


@_pack.register
def _(value: float) -> Any:
    number = float.__float__(value)
    return number if isfinite(number) else _tagged("float", repr(number))


@_pack.register
def _(value: str) -> Any:
    text = str.__str__(value)
    parts = _TWO_HALVES.split(text)
    return text if len(parts) == 1 else _tagged("text", parts)


@_pack.register(list)
def _(value: list[Any]) -> Any:
    return [_packed(item) for item in value]


@_pack.register(dict)
def _(value: dict[Any, Any]) -> Any:
    if all(map(_is_plain_key, value)):
        return {key: _packed(item) for key, item in value.items()}
    return _tagged("dict", [[_packed(key), _packed(value[key])] for key in value])


def _is_plain_key(key: Any) -> bool:
    return type(key) is str and key != TAG and not _TWO_HALVES.search(key)


def _register(kind: str, cls: Any, write: Callable[[Any], Any]) -> None:
    _pack.register(cls, lambda value: _tagged(kind, write(value)))


def _items(value: Any) -> list[Any]:
    return [_packed(item) for item in value]


def _base64(value: Any) -> str:
    return b64encode(value).decode()


_register("tuple", tuple, _items)
# Forms: as a dict they would lose all but the first value of each key.
_register("multidict", MultiDict, lambda v: list(map(_items, v.items(multi=True))))
_register("set", set, _items)
_register("frozenset", frozenset, _items)
_register("html", Markup, str.__str__)
_register("bytes", bytes, _base64)
_register("bytearray", bytearray, _base64)
_register("date", date, date.isoformat)
_register("datetime", datetime, datetime.isoformat)
_register("time", time, time.isoformat)
_register("timedelta", timedelta, lambda v: [v.days, v.seconds, v.microseconds])
_register("decimal", Decimal, str)
_register("uuid", UUID, str)
_register(
    "xml",
    etree._Element,
    lambda value: etree.tostring(value, encoding=str, with_tail=False),
)


@_pack.register(lazy)
def _(value: Any) -> Any:
    return _packed(value._value)


@_pack.register(BaseModel)
def _(value: Any) -> Any:
    if len(value.ids) != len(value):
        raise PayloadError(
            messages._lt(
                "Records of %(model)s that aren't saved can't wait.", model=value._name
            )
        )
    found = {
        TAG: "records",
        "model": value._name,
        "ids": value.ids,
        "uid": value.env.uid,
        "su": value.env.su,
        "context": _packed(value._job_prepare_context_before_enqueue()),
    }
    if value.env.context.get(DELETED) == value._name:
        found["deleted"] = True
    return found


# -- decoding ------------------------------------------------------------------

_XML_PARSER = etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True)
_READ: Mapping[str, Callable[[Any], Any]] = {
    "int": lambda value: int(value, 16),
    "float": float,
    "text": "".join,
    "dict": lambda value: {key: item for key, item in value},
    "tuple": tuple,
    "multidict": MultiDict,
    "set": set,
    "frozenset": frozenset,
    "html": Markup,
    "bytes": b64decode,
    "bytearray": lambda value: bytearray(b64decode(value)),
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda value: timedelta(*value),
    "decimal": Decimal,
    "uuid": UUID,
    "xml": lambda value: etree.fromstring(value, _XML_PARSER),
}


class _Reader:
    """Turn tagged objects of one text into the values that they stand for."""

    def __init__(self, env: Environment, text: str) -> None:
        self.gone: Gone = {}
        self._env = env
        self._ids: dict[str, dict[int, None]] = {}
        # All at once: a query for each model, and not for each recordset.
        json.loads(text, object_hook=self._note)
        self._alive = {model: self._existing(model) for model in self._ids}

    def unpack(self, obj: dict[str, Any]) -> Any:
        """Return the value of a JSON object."""
        kind = obj.get(TAG)
        if kind is None:
            return obj
        if kind == "records":
            return self._records(obj)
        return _READ[kind](obj["value"])

    def _note(self, obj: dict[str, Any]) -> None:
        if obj.get(TAG) == "records" and not obj.get("deleted"):
            self._ids.setdefault(obj["model"], {}).update(dict.fromkeys(obj["ids"]))

    def _existing(self, name: str) -> set[int]:
        ids = list(self._ids[name])
        model = self._model(name)
        if model._abstract:
            return set(ids)
        alive = set(model.browse(ids).exists().ids)
        if gone := [number for number in ids if number not in alive]:
            self.gone[name] = gone
        return alive

    def _model(self, name: str) -> Any:
        return model_of(self._env, name)

    def _records(self, obj: dict[str, Any]) -> Any:
        name, ids = obj["model"], obj["ids"]
        if not obj.get("deleted"):
            ids = [number for number in ids if number in self._alive[name]]
        model = self._model(name).with_env(self._env(user=obj["uid"], su=obj["su"]))
        return model.with_context(**obj["context"]).browse(ids)
