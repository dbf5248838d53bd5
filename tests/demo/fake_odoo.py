"""An external Odoo for tests: just enough of its XML-RPC, over real HTTP.

It has a clock of its own, `now`, with microseconds that callers never see, as in a
real database. `trouble` makes it fail; see :class:`Trouble`.
"""

import gzip
import itertools
import threading
import xmlrpc.client
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DB, LOGIN, PASSWORD, UID = "outside", "robot-7", "hush-hush", 7
DEFAULT_IMAGE = "ZGVmYXVsdA=="
_ids = itertools.count(101)


class Trouble:
    """What happens to the calls of `method`: once, or until it is over."""

    def __init__(
        self, method, *, status=0, page="", after=False, wait=0.0, fault="", cut=""
    ):
        self.method = method
        self.cut = cut  # send half of the answer, see _send()
        self.status = status  # answer with this HTTP status
        self.page = page  # answer with a web page
        self.after = after  # do what was asked, then drop the connection
        self.wait = wait  # seconds of silence
        self.fault = fault  # answer with this traceback


class FakeOdoo:
    """Partners, their external identifiers, and a log of the calls."""

    def __init__(self, version=19):
        self.version = version
        self.uid, self.password = UID, PASSWORD
        self.image = "image_1920" if version >= 13 else "image"
        self.now = datetime(2020, 2, 2, 10, 0, 0, 700_000)
        self.partners = {}
        self.xmlids = {}
        self.calls = []
        self.trouble = None
        self.refused_names = ()
        self.busy_users = ()
        self.logins = 0
        self.collides = False
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        """Close the server, and let go of clients that were kept waiting."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def later(self, seconds=60):
        """Let time pass there."""
        self.now += timedelta(seconds=seconds)

    def change(self, partner_id, **values):
        """Change a partner as a user of the external Odoo would."""
        self.partners[partner_id].update(values, write_date=self.now)

    def delete(self, partner_id):
        """Delete a partner, and its external identifier along with it."""
        del self.partners[partner_id]
        self.xmlids = {key: i for key, i in self.xmlids.items() if i != partner_id}

    def named(self, name):
        """Return the partners of a name."""
        return [row for row in self.partners.values() if row["name"] == name]

    def called(self, method):
        """Return the arguments of each call of a partner method."""
        return [args for name, args in self.calls if name == method]

    # -- what can be called ------------------------------------------------------

    def answer(self, service, method, params):
        if service == "common":
            return getattr(self, f"_{method}")(*params)
        database, uid, password, model, method, args, kwargs = params
        assert database == DB
        if (uid, password) != (self.uid, self.password):
            raise xmlrpc.client.Fault(3, "Access Denied")
        assert model == "res.partner"
        self.calls.append((method, (*args, kwargs)))
        return getattr(self, f"_{method}")(*args, **kwargs)

    def _version(self):
        return {"server_serie": f"{self.version}.0"}

    def _authenticate(self, database, login, password, _agent):
        if database != DB:
            text = f'psycopg2.OperationalError: FATAL:  database "{database}" '
            raise _fault(f"{text}does not exist\n")
        self.logins += 1
        return (login, password) == (LOGIN, self.password) and self.uid

    def _load(self, fields, rows, context):
        keep = context == {"mode": "update", "noupdate": True}
        ids = [
            self._load_row(dict(zip(fields, row, strict=True)), keep) for row in rows
        ]
        bad = [place for place, found in enumerate(ids) if not found]
        text = "This name is not allowed"
        if self.collides:
            # Another call was faster: it has made the partners.
            self.collides, bad = False, [0]
            text = "could not serialize access due to concurrent update"
        messages = [{"type": "error", "record": i, "message": text} for i in bad]
        return {"ids": not bad and ids, "messages": messages}

    def _load_row(self, values, keep):
        xmlid = values.pop("id")
        assert xmlid.count(".") == 1
        assert all(isinstance(value, str) for value in values.values())
        if values["name"] in self.refused_names:
            return None
        known = self.xmlids.get(xmlid)
        if known and keep:
            return known
        values["active"] = values["active"] == "1"
        if self.version < 13:
            values["image"] = values["image"] or DEFAULT_IMAGE
        number = known or next(_ids)
        self.xmlids[xmlid] = number
        self.partners[number] = {
            "id": number,
            "create_date": self.now,
            "write_date": self.now,
            **values,
        }
        return number

    def _search_read(self, domain, fields, context):
        rows = [
            row
            for row in self.partners.values()
            if row["active"] or context.get("active_test") is False
        ]
        for name, operator, value in domain:
            rows = [row for row in rows if _matches(row[name], operator, value)]
        return [{name: _plain(row[name]) for name in ["id", *fields]} for row in rows]

    def _write(self, ids, values):
        assert set(ids) <= self.partners.keys()
        if any(self.partners[number]["name"] in self.busy_users for number in ids):
            raise xmlrpc.client.Fault(2, "It is linked to an active user")
        for number in ids:
            self.change(number, **values)
        return True

    # -- HTTP --------------------------------------------------------------------

    def _handler(self):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not self.path.startswith("/xmlrpc/2/"):
                    return self.send_error(404)
                service = self.path.removeprefix("/xmlrpc/2/")
                params, method = xmlrpc.client.loads(body)
                name = params[4] if method == "execute_kw" else method
                return self._serve(fake._take_trouble(name), service, method, params)

            def _serve(self, trouble, service, method, params):
                if trouble.status:
                    return self.send_error(trouble.status)
                if trouble.wait:
                    fake.released.wait(trouble.wait)
                    return self.close_connection
                result = trouble.page or _answer(fake, trouble, service, method, params)
                if trouble.after:
                    return self.connection.close()
                return _send(self, result.encode(), trouble.cut)

            def log_message(self, *args):
                """Keep the tests' output clean."""

        return Handler

    def _take_trouble(self, method):
        trouble = self.trouble
        if trouble and trouble.method in (method, "any"):
            return trouble
        return Trouble(method)


def _answer(fake, trouble, service, method, params):
    try:
        if trouble.fault:
            raise _fault(trouble.fault)
        result = fake.answer(service, method, params)
    except xmlrpc.client.Fault as fault:
        return xmlrpc.client.dumps(fault, methodresponse=True)
    except AssertionError as error:
        fault = xmlrpc.client.Fault(1, f"Traceback\nAssertionError: {error}")
        return xmlrpc.client.dumps(fault, methodresponse=True)
    return xmlrpc.client.dumps((result,), methodresponse=True)


def _send(handler, body, cut):
    """Send an answer, or the half of it; with gzip a proxy announces the half."""
    full = gzip.compress(body) if cut == "gzip" else body
    sent = full[: len(full) // 2 if cut != "empty" else 0] if cut else full
    handler.send_response(200)
    if cut == "gzip":
        handler.send_header("Content-Encoding", "gzip")
    if cut != "silently":
        length = full if cut == "announced" else sent
        handler.send_header("Content-Length", str(len(length)))
    handler.end_headers()
    handler.wfile.write(sent)


def _fault(last_line):
    head = 'Traceback (most recent call last):\n  File "odoo.py", line 1, in odoo\n'
    return xmlrpc.client.Fault(1, head + last_line)


def _matches(value, operator, wanted):
    if operator == "in":
        return value in wanted
    assert operator == ">", operator
    return value > datetime.fromisoformat(wanted)


def _plain(value):
    """Return a value as XML-RPC carries it: dates without their microseconds."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value or False
