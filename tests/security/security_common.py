import json
import re
import textwrap
from base64 import urlsafe_b64encode

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...engine.vault import authority, keys, masking
from ..common import StudioCase, run_jobs

# In two pieces: what Python keeps of a file's lines for tracebacks is no leak.
TOKEN = "Open-Sesame/" + "4711+key"
PASSWORD = "correct horse battery"

PROTECTED = """
import functools as _functools
import requests as _requests
import urllib.request as _request
from multiprocessing.pool import ThreadPool as _ThreadPool

_copy = secrets.TOKEN
_calls = []

class _Client:
    kind = "client"

    def __init__(self, token):
        self._token = token

    def size(self):
        return len(self._token)

    def fail(self):
        raise ConnectionError("no route for " + self._token)

    def __iter__(self):
        for letter in self._token:
            yield len(letter)

def size():
    return len(secrets.TOKEN)

def fail():
    error = ValueError("bad token " + secrets.TOKEN)
    error.request = {"Authorization": secrets.TOKEN}
    error.detail = "bad token " + secrets.TOKEN
    try:
        raise KeyError(secrets.PASSWORD)
    except KeyError as cause:
        raise error from cause

def fail_in_http():
    headers = {"Authorization": "Bearer " + secrets.TOKEN}
    _requests.get("http://127.0.0.1:9/" + secrets.TOKEN, headers=headers, timeout=1)

def fail_with_answer():
    answer = prepared()
    answer.status_code = 404
    answer.raise_for_status()

def renew(value):
    secrets.PASSWORD = value
    return len(secrets.PASSWORD)

def queue(function):
    add_job(function)()

def in_a_thread():
    with _ThreadPool(1) as pool:
        return pool.apply(lambda: len(secrets.TOKEN))

def prepared():
    headers = {"Authorization": "Bearer " + secrets.TOKEN}
    request = _requests.Request("GET", params.URL, headers=headers).prepare()
    response = _requests.Response()
    response.status_code = 200
    response._content = b"{}"
    response.request, response.url = request, params.URL + "?key=" + secrets.TOKEN
    return response

def numbers():
    token = secrets.TOKEN
    for number in range(3):
        yield number

def apply(function, *args):
    token = secrets.TOKEN
    return function(*args)

def consume(items):
    token = secrets.TOKEN
    return [item for item in items]

def send(text):
    log_transmission(params.URL + "/" + secrets.TOKEN, text)
    _calls.append((params.URL, secrets.TOKEN))
    return params.URL

def fetch(url):
    return _request.urlopen(url, timeout=1).read().decode()

def make():
    return _Client(secrets.TOKEN)

client = _Client(secrets.TOKEN)
Client = _Client
bound = _functools.partial(size)
signed = _functools.partial(apply, max, secrets.TOKEN)
vault = secrets
config = {"url": params.URL, "tries": [1, 2]}

def url():
    return config["url"] + str(config["tries"])
"""

# How attacks end that nothing refuses: all that they get is masked, closed or empty.
NOTHING = "nothing to see"

# What an attacker does with what he gets: masking alone must not save the day.
LOOT = """
def loot(value):
    text = str(value)
    log(text)
    log(text[::-1])
    log(" ".join(text))
    if len(text) < 1000:
        for letter in text:
            log("letter " + letter)
    return text
"""


@tagged("post_install", "-at_install")
class SecurityCase(StudioCase):
    """Attacks: a Developer's code, started by a button, on a Manager's secrets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with authority.granted():
            cls.project = cls.env["sync.project"].create(cls._project_values())

    @classmethod
    def _project_values(cls):
        secrets = {"TOKEN": TOKEN, "PASSWORD": PASSWORD}
        url = {"key": "URL", "value": "http://127.0.0.1:9", "locked": True}
        return {
            "name": "Bank",
            "protected_code": PROTECTED,
            "common_code": LOOT,
            "param_ids": [(0, 0, url), (0, 0, {"key": "LANGUAGE", "value": "en"})],
            "secret_ids": [
                (0, 0, {"key": key, "value": value}) for key, value in secrets.items()
            ],
        }

    def setUp(self):
        super().setUp()
        self._forget_log()

    def _forget_log(self):
        self.env.cr.execute("SELECT COALESCE(max(id), 0) FROM sync_log")
        self.first_log = self.env.cr.fetchone()[0] + 1

    def attack(self, lines, refusal, code=None):
        """Run an attack, check that it comes to nothing, and return its job.

        ``refusal`` is a part of the error that ends it, or :data:`NOTHING`.
        """
        self._forget_log()
        job = self.run_lines(lines, code)
        if refusal is NOTHING:
            self.assertEqual(job.state, "done", f"{lines}: {job.error}")
        else:
            self.assertEqual(job.state, "failed", f"{lines}: it was not refused")
            self.assertIn(refusal, job.error, lines)
        self.assert_safe(job.error or "")
        return job

    def refuse_to_save(self, lines, refusal, code=None):
        """Check that an attack can't even be written down."""
        with self.assertRaisesRegex(ValidationError, re.escape(refusal), msg=lines):
            self.run_lines(lines, code)

    def run_lines(self, lines, code=None):
        """Run the lines of a handler as a Developer's task; return the job."""
        body = textwrap.indent(textwrap.dedent(lines), "    ")
        code = f"{textwrap.dedent(code or '')}\ndef handle_button():\n{body}"
        env = self.env(user=self.developer)
        task = env["sync.task"].create(
            {"name": "Attack", "project_id": self.project.id, "code": code}
        )
        trigger = env["sync.trigger"].create(
            {"name": "Go", "task_id": task.id, "type": "button"}
        )
        with mute_logger("odoo.addons.sync.engine.logs.alarm", "odoo.sql_db"):
            trigger.action_run_now()
            return run_jobs(self.env)[:1]

    # -- what must hold afterwards ---------------------------------------------

    def log_lines(self, level=None):
        """Return the log lines since the test, or its last attack, began."""
        domain = [("id", ">=", self.first_log)]
        if level:
            domain.append(("level", "=", level))
        return self.env["sync.log"].search(domain, order="id")

    def assert_reported(self, text=""):
        """Check that an error in the log tells of the attempt."""
        errors = "\n".join(self.log_lines("error").mapped("message"))
        self.assertTrue(errors, "nothing was reported")
        self.assertIn(text, errors)

    def assert_safe(self, *others):
        """Check that no log, job, queue record or message has a secret or the key."""
        text = "\n".join([*others, *self._letters(), *self._rows()])
        for name, needle in self.needles().items():
            # Not assertNotIn(), which would print a whole database.
            self.assertFalse(needle in text, f"{name} leaked")

    @staticmethod
    def needles():
        """Return what must not be found, by what it is."""
        found = {}
        values = {"TOKEN": TOKEN, "PASSWORD": PASSWORD}
        own = keys.load()
        purposes = (keys._ENCRYPTION, keys._SIGNATURE)
        derived = [keys._derived(key, purpose) for key in own for purpose in purposes]
        own = (*own, *map(urlsafe_b64encode, derived))
        values.update({f"key {n}": key.decode() for n, key in enumerate(own)})
        for name, value in values.items():
            for form in masking.forms(value):
                found[f"{name} as {len(found)}"] = form
            found[f"{name} reversed"] = value[::-1]
            found[f"{name} spaced"] = " ".join(value)
        return found

    def _letters(self):
        """Return what was logged letter by letter."""
        messages = self.log_lines().mapped("message")
        letters = [m[7:] for m in messages if m and m.startswith("letter ")]
        return ["".join(letters)]

    def _rows(self):
        self.env.flush_all()
        for table in ("sync_log", "sync_job", "sync_job_batch", "queue_job"):
            yield from self._table(table)
        for table in ("mail_message", "mail_mail", "res_partner", "ir_logging"):
            yield from self._table(table)

    def _table(self, table):
        self.env.cr.execute(f"SELECT t::text FROM {table} t")  # pylint: disable=sql-injection
        return [row[0] for row in self.env.cr.fetchall()]


CODE = "def size():\n    return len(secrets.TOKEN)\n"
EVIL = "def size():\n    return secrets.TOKEN\n"


class ManagerCase(HttpCase):
    """What a Manager does over HTTP, as the web client does it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("manager", "developer"):
            groups = f"base.group_user,sync.group_{name}"
            user = new_test_user(cls.env, f"sync_{name}", groups)
            setattr(cls, name, user)
        with authority.granted():
            cls.project = cls.env["sync.project"].create(
                {
                    "name": "Bank",
                    "protected_code": CODE,
                    "secret_ids": [(0, 0, {"key": "TOKEN", "value": TOKEN})],
                    "param_ids": [
                        (0, 0, {"key": "URL", "value": "http://a", "locked": True})
                    ],
                }
            )
        cls.secret = cls.project.secret_ids
        cls.param = cls.project.param_ids

    def setUp(self):
        super().setUp()
        self.authenticate("sync_manager", "sync_manager")

    def rpc(self, url, **params):
        """Return the result of a JSON-RPC call, or its error's message."""
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        with mute_logger("odoo.http", "odoo.addons.sync.engine.logs.alarm"):
            response = self.url_open(
                url,
                data=json.dumps(body),
                headers={"Content-Type": "application/json"},
            )
        self.headers = response.headers
        answer = response.json()
        self.env.invalidate_all()
        if "error" in answer:
            return answer["error"]["data"]["message"]
        return answer.get("result")

    def call(self, model, method, *args, **kwargs):
        """Call an ORM method as the web client does."""
        return self.rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            **{"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def save(self, values):
        return self.call(
            "sync.project", "web_save", self.project.ids, values, specification={}
        )

    def trail(self):
        return self.env["sync.audit"].search([], limit=1)

    def change_by_sql(self):
        self.env.cr.execute(
            "UPDATE sync_project SET protected_code = %s WHERE id = %s",
            (EVIL, self.project.id),
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
