"""Protected Code whose functions, errors and texts know secrets."""

FUNCTIONS = """
import base64 as _base64
import html as _html
import quopri as _quopri
from urllib.parse import quote as _quote


@_functools.lru_cache
def cached(value):
    return len(secrets.TOKEN)


@_functools.singledispatch
def dispatched(value, token=secrets.TOKEN):
    return len(token)


class Partial:
    _sized = _functools.partialmethod(lambda self, token: len(token), secrets.TOKEN)

    def size(self):
        return self._sized()


def prepared():
    response = _requests.Response()
    response.status_code = 200
    response._content = b"{}"
    response.headers["Content-Type"] = "application/json"
    return response


def closed_over(token=secrets.TOKEN, *, other=secrets.TOKEN):
    return len(token + other)


def generate():
    token = secrets.TOKEN
    yield len(token)


async def coroutine(token=secrets.TOKEN):
    return len(token)


async def async_generator(token=secrets.TOKEN):
    yield len(token)


@_contextlib.contextmanager
def block():
    token = secrets.TOKEN
    yield len(token)


def group():
    raise ExceptionGroup(
        "bad " + secrets.TOKEN, [ValueError(secrets.TOKEN), KeyError(secrets.PASSWORD)]
    )


def base_group():
    raise BaseExceptionGroup("bad", [KeyboardInterrupt(secrets.TOKEN)])


def noted():
    error = ValueError("bad")
    error.add_note(secrets.TOKEN)
    raise error


def number_fails():
    raise KeyError(int(secrets.PIN))


def number_kept():
    error = ValueError("bad")
    error.pin = int(secrets.PIN)
    error.share = float(secrets.PIN)
    raise error


def encoded_fails(encoding):
    raise ValueError(secrets.TOKEN.encode(encoding))


def raised_object():
    raise ValueError(spoken, account, namespace)


def undecodable():
    (secrets.TOKEN.encode("utf-16") + b"\\xd8").decode("ascii")


def each(function):
    return [function(one) for one in (spoken, account, namespace, _session.headers)]


def ranked(key):
    return [str(type(one)) for one in sorted((spoken, account), key=key)]


def largest(key):
    return len(str(max((spoken, account), key=key)))


def replaced(function):
    return len(_re.sub(secrets.TOKEN[:4], function, "Open the door"))


def mapped(function):
    return list(map(function, (account, namespace)))


def reduced(function):
    return _functools.reduce(function, (account, namespace))


def signed(headers):
    headers["Authorization"] = secrets.TOKEN
    return len(headers)


def updated(headers):
    headers.update({"Authorization": secrets.TOKEN})
    return len(headers)


def last(function):
    return list(function(_session.headers))


def kinds(kind, value):
    return isinstance(value, kind)


def rendered(text, **values):
    return _string.Formatter().format(text, spoken, account, **values)


def v_rendered(text):
    return _string.Formatter().vformat(text, (account,), {})


def got_attribute(text):
    return getattr(text, "format")(account)


def mapped_format(text):
    return list(map(text.format, (account,)))


def dumped(default):
    return _json.dumps({"a": account}, default=default)

_ENCODED = {
    "utf16": lambda raw: repr(raw.decode().encode("utf-16-le")),
    "utf16be": lambda raw: repr(raw.decode().encode("utf-16-be")),
    "utf32": lambda raw: repr(raw.decode().encode("utf-32")),
    "utf16hex": lambda raw: raw.decode().encode("utf-16-le").hex(),
    "utf16base64": lambda raw: _base64.b64encode(raw.decode().encode("utf-16-le")),
    "qp": lambda raw: _quopri.encodestring(raw, quotetabs=True),
    "decimal": lambda raw: "".join(f"&#{byte};" for byte in raw),
    "hexadecimal": lambda raw: "".join(f"&#x{byte:x};" for byte in raw),
    "base32": _base64.b32encode,
    "twice": lambda raw: _quote(_quote(raw, safe=""), safe=""),
    "percent": lambda raw: "".join(f"%{byte:02X}" for byte in raw),
    "unicode": lambda raw: "".join(chr(92) + f"u{byte:04x}" for byte in raw),
    "html_twice": lambda raw: _html.escape(_html.escape(raw.decode())),
    "thrice": lambda raw: _json.dumps(_json.dumps(_json.dumps(raw.decode()))),
}
ways = list(_ENCODED)


def says(way):
    log(f"{way} is {_ENCODED[way](secrets.TOKEN.encode())}")
"""
