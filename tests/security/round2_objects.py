"""Protected Code that keeps secrets in every kind of object that Python has."""

OBJECTS = """
import array as _array
import collections as _collections
import contextlib as _contextlib
import dataclasses as _dataclasses
import enum as _enum
import functools as _functools
import io as _io
import json as _json
import logging as _logging
import operator as _operator
import re as _re
import string as _string
import types as _types
import weakref as _weakref
import requests as _requests


class Level(_enum.Enum):
    LOW = 1

    def __init__(self, number):
        self._token = secrets.TOKEN


class Right(_enum.Flag):
    READ = 1
    WRITE = 2

    @property
    def _token(self):
        return secrets.TOKEN


class Rank(_enum.IntEnum):
    FIRST = 1

    @property
    def _token(self):
        return secrets.TOKEN


class _Row(_collections.namedtuple("Row", "name size")):
    @property
    def _token(self):
        return secrets.TOKEN


class _Lazy:
    @_functools.cached_property
    def _token(self):
        return secrets.TOKEN

    @property
    def size(self):
        return len(self._token)


class _Forwarding:
    def __init__(self):
        self._inner = _Lazy()

    def __getattr__(self, name):
        return getattr(self._inner, name)


class _Everything:
    _token = secrets.TOKEN

    def __getattribute__(self, name):
        return object.__getattribute__(self, name)


class _Text(str):
    pass


class _Number(int):
    pass


class _Blob(bytes):
    pass


class _Items(list):
    _token = secrets.TOKEN


class _Table(dict):
    _token = secrets.TOKEN

    def __missing__(self, key):
        return secrets.TOKEN


class _Descriptor:
    def __set_name__(self, owner, name):
        self._token = secrets.TOKEN

    def __get__(self, instance, owner):
        return len(self._token)


class _Meta(type):
    _token = secrets.TOKEN

    def __call__(cls):
        return super().__call__()


class Made(metaclass=_Meta):
    size = _Descriptor()


class _Spoken:
    def __init__(self):
        self._token = secrets.TOKEN

    def __repr__(self):
        return "Spoken " + self._token

    def __format__(self, spec):
        return self._token

    def __reduce__(self):
        return (str, (self._token,))

    def __del__(self):
        self._token = None


@_dataclasses.dataclass
class _Account:
    name: str
    _token: str


def _with_attribute(kind, value):
    made = kind(value)
    made.token = secrets.TOKEN
    return made


row = _Row("a", 1)
lazy = _Lazy()
forwarding = _Forwarding()
everything = _Everything()
text = _with_attribute(_Text, "text")
number = _with_attribute(_Number, 7)
blob = _with_attribute(_Blob, b"blob")
items = _Items([1])
table = _Table(a=1)
spoken = _Spoken()
account = _Account("bank", secrets.TOKEN)
namespace = _types.SimpleNamespace(name="bank", _token=secrets.TOKEN)
_session = _requests.Session()
_session.headers["Authorization"] = secrets.TOKEN
session_headers = _session.headers
reference = _weakref.ref(spoken)
references = _weakref.WeakValueDictionary(spoken=spoken)
getter = _operator.attrgetter(secrets.TOKEN)
item_getter = _operator.itemgetter(secrets.TOKEN)
caller = _operator.methodcaller("startswith", secrets.TOKEN)
queue_ = _collections.deque([spoken, account])
chain = _collections.ChainMap({"a": 1})
chain._token = secrets.TOKEN
counter = _collections.Counter(a=1)
counter._token = secrets.TOKEN
user_dict = _collections.UserDict(a=1)
user_dict._token = secrets.TOKEN
default = _collections.defaultdict(lambda: secrets.TOKEN, a=1)
ordered = _collections.OrderedDict(a=1)
ordered._token = secrets.TOKEN
weak = _weakref.proxy(account)
proxy = _types.MappingProxyType({"a": spoken, "b": account})
_buffer = _array.array("b", secrets.TOKEN.encode())
view = memoryview(_buffer)[:0]
formatter = _string.Formatter()
template = _string.Template("$it")
formatting = _logging.Formatter("{message}", style="{")
logger = _logging.getLogger("bank")
stream = _io.StringIO()
pattern = _re.compile("a")
"""
