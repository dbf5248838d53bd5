# How to call the external Odoo. The password is used here, so this is for Managers.
# Tasks can call the functions without a leading underscore, and nothing else there.
import contextlib as _contextlib
import http.client as _http
import re as _re
import socket as _socket
import ssl as _ssl
import xml.parsers.expat as _expat
import xmlrpc.client as _xmlrpc
import zlib as _zlib

_TIMEOUT = 60  # seconds without an answer
_BUSY = (408, 429, 500, 502, 503, 504)  # HTTP statuses of a server that will be back
_DENIED = 3  # the code of a fault: no such user, or another password
_NO_XML = _re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_CUT_OFF = {
    _expat.errors.codes[reason]
    for reason in (
        _expat.errors.XML_ERROR_NO_ELEMENTS,
        _expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        _expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
}
_WRONG_USER = (
    "The external Odoo refuses the user or the password: correct the secrets USERNAME "
    "and PASSWORD."
)
_session = []  # of this run, once it is known: the version there, our user's id
_NO_ODOO = (
    _expat.ExpatError,  # answers, but not in XML
    _xmlrpc.ResponseError,
    _http.InvalidURL,
    _ssl.SSLCertVerificationError,
)


def external_name():
    """Return which Odoo is meant: its host and database."""
    host = (params.get("URL") or "").strip().lower().partition("://")[2]
    return f"{host.rpartition('@')[2].rstrip('/')}/{params.get('DB') or ''}"


def external_create(rows):
    """Create partners there, unless they exist; return their ids, in order.

    Raise a ValidationError if the external Odoo doesn't want them.

    Odoo stores a row's "id", an external identifier, together with the new record,
    and this context leaves a record alone that has the identifier already. So a job
    that broke off can run again: what it had created there is found, not doubled.
    """
    fields = list(rows[0])
    # XML can't carry control characters, and Odoo does without them.
    values = [[_NO_XML.sub("", text) for text in row.values()] for row in rows]
    context = {"mode": "update", "noupdate": True}
    # Twice: the first call may collide with one that creates the same partners just
    # now, from another job or from an attempt that we gave up too early.
    for _attempt in (1, 2):
        result = _execute("res.partner", "load", fields, values, context=context)
        if result["ids"]:
            return result["ids"]
    raise ValidationError(_complaints(rows, result["messages"]))


def external_activate(ids, active):
    """Unarchive partners there, or archive them."""
    _execute("res.partner", "write", ids, {"active": active})


def external_read(ids, fields, changed_since=None):
    """Read partners there, archived ones too; those that were deleted are left out."""
    domain = [["id", "in", ids]]
    if changed_since:
        domain.append(["write_date", ">", str(changed_since)])
    context = {"active_test": False}
    return _execute("res.partner", "search_read", domain, fields, context=context)


def image_field():
    """Return the name of the avatar field there: Odoo 13 renamed it."""
    version, _uid = _logged_in()
    return "image_1920" if version >= 13 else "image"


def _execute(model, method, *args, **kwargs):
    text = json.dumps([model, method, args, kwargs])
    # An avatar would bury everything else in the log.
    log_transmission(params.URL, _re.sub(r"[\w+/=]{100,}", "(image)", text))
    # Twice: what we remember of a login may be out of date.
    for login in (_logged_in, _log_in):
        _version, uid = login()
        call = (params.DB, uid, secrets.PASSWORD, model, method, args, kwargs)
        with _contextlib.suppress(_Denied):
            return _call("object", "execute_kw", *call)
    raise UserError(_WRONG_USER)


class _Denied(Exception):
    """The external Odoo doesn't know this user's id with this password."""


def _logged_in():
    """Return the major version there and our user's id, logging in if need be."""
    if not _session:
        _session[:] = _remembered() or _log_in()
    return _session


def _remembered():
    """Return what an earlier job has found out, if it is about the same user."""
    owner = [external_name(), secrets.USERNAME]
    if "SESSION" not in secrets:
        return None
    with _contextlib.suppress(ValueError):
        known, *session = json.loads(secrets.SESSION)
        return session if known == owner else None


def _log_in():
    log_transmission(params.URL, f"Log in to the database {params.DB}")
    version = _call("common", "version")["server_serie"]
    login = (params.DB, secrets.USERNAME, secrets.PASSWORD, {})
    uid = _call("common", "authenticate", *login)
    if not uid:
        raise UserError(_WRONG_USER)
    _session[:] = [int(_re.search(r"\d+", version)[0]), uid]
    # A project without a place for it logs in with each job.
    with _contextlib.suppress(AttributeError):
        owner = [external_name(), secrets.USERNAME]
        secrets.SESSION = json.dumps([owner, *_session])
    return _session


def _call(service, method, *args):
    """Call the external Odoo; raise an error that says what to do if it fails."""
    address = params.URL.strip().rstrip("/")
    if not _re.match(r"https?://\w", address):
        raise UserError("Set the parameter URL, for example https://odoo.example.com")
    transport = _Https() if address.startswith("https:") else _Http()
    url = f"{address}/xmlrpc/2/{service}"
    try:
        server = _xmlrpc.ServerProxy(url, transport, allow_none=True)
        return getattr(server, method)(*args)
    except _xmlrpc.Fault as fault:
        raise _refusal(service, fault) from None
    except (_xmlrpc.Error, _expat.ExpatError, _http.HTTPException, OSError) as error:
        raise _trouble(error, address) from None


class _Careful:
    """Give up on a server that doesn't answer, and notice answers that are cut off."""

    def make_connection(self, host):
        connection = super().make_connection(host)
        connection.timeout = _TIMEOUT
        return connection

    def parse_response(self, response):
        page = (response.getheader("Content-Type") or "").startswith("text/html")
        try:
            return super().parse_response(response)
        except (EOFError, _zlib.error) as error:
            raise _http.HTTPException(f"the answer is cut off: {error}") from None
        except _expat.ExpatError as error:
            if page or error.code not in _CUT_OFF:
                raise
            raise _http.HTTPException(f"the answer is cut off: {error}") from None


class _Http(_Careful, _xmlrpc.Transport):
    """HTTP with a timeout."""


class _Https(_Careful, _xmlrpc.SafeTransport):
    """HTTPS with a timeout."""


def _refusal(service, fault):
    """Return the error for what the external Odoo itself answered."""
    text = fault.faultString
    if service == "object" and fault.faultCode == _DENIED:
        return _Denied(text)
    lines = _re.findall(r"^[\w.]+: .*", text, _re.M) if "Traceback" in text else []
    reason = (lines or [text])[-1]
    if reason.startswith("psycopg2.") and "does not exist" not in reason:
        # Its database is restarting, or others are changing the same record.
        return RetryableJobError(f"The external Odoo is in trouble: {reason}")
    if service == "common" or "FATAL:  database" in text:
        return UserError(
            f'The external Odoo can\'t open the database "{params.DB}": correct the '
            f"parameter DB. ({reason})"
        )
    return ValidationError(f"The external Odoo answers: {reason}")


def _trouble(error, address):
    """Return the error for a call that didn't get through: wrong settings, or later."""
    status = getattr(error, "errcode", None)  # of an answer that is not 200
    reason = f"HTTP status {status}" if status else error
    unknown_host = getattr(error, "errno", None) == _socket.EAI_NONAME
    if isinstance(error, _NO_ODOO) or unknown_host or (status and status not in _BUSY):
        return UserError(f"No Odoo at {address}: correct the parameter URL. ({reason})")
    return RetryableJobError(
        f"The external Odoo at {address} can't be reached now ({reason}). "
        f"If it isn't down, correct the parameter URL."
    )


def _complaints(rows, messages):
    """Return what the external Odoo has against some of the rows."""
    texts = [
        f"{rows[message['record']]['name']}: {message['message']}"
        for message in messages
        if message["type"] == "error" and "record" in message
    ]
    texts = texts or [message["message"] for message in messages]
    return f"The external Odoo refuses the partners. {'; '.join(texts)}"
