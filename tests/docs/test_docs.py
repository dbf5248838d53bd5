"""The documentation, held against the code: its examples run, its links lead on.

An example is a Python block with a ``:name:`` and a ``:class:``: ``lines`` (the body of
a handler), ``button``, ``cron``, ``db`` with a condition, or ``webhook``. Blocks named
after it say what it gets and gives: ``NAME-protected`` (or the shop's), ``NAME-data``,
``NAME-curl``, ``NAME-log``, ``NAME-answer``. Of an example of the further class
``quiet``, the log depends on the database and is not shown.
"""

import argparse
import json
import re
import shlex
import textwrap
from configparser import ConfigParser
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path
from urllib.parse import urlsplit

import requests
import yaml
from docutils import nodes
from docutils.core import publish_doctree
from odoo.addons.queue_job.jobrunner.channels import ChannelManager
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from ...engine.sandbox import catalogue
from ..common import SyncCase

ROOT = Path(__file__).parents[2]
KINDS = {"lines", "button", "cron", "db", "webhook"}
PROJECT_CODE = ("-protected", "-common")
TRIGGERS = {"cron": "Nightly", "webhook": "Inbox"}
# Docutils' levels of its messages: 1 is information, 2 a warning.
WARNING = 2


def parse(page):
    """Return the tree of a page; its messages are in the tree."""
    settings = {
        "report_level": WARNING,
        "halt_level": 5,
        "warning_stream": False,
        "syntax_highlight": "none",
        "_disable_config": True,
    }
    return publish_doctree(page.read_text(), str(page), settings_overrides=settings)


OWN_PATH = re.compile(
    r"(controllers|models|engine|cli|wizard|views|tests|dev|demo|doc|migrations)/[\w/.]*$"
)
TOOLING = ("dev/", "tests/e2e/", "tests/simulators/")
PAGES = {
    page.name: parse(page)
    for page in [*sorted(ROOT.glob("*.rst")), *sorted((ROOT / "doc").glob("*.rst"))]
}
BLOCKS = [
    block for tree in PAGES.values() for block in tree.findall(nodes.literal_block)
]
# Other pages quote the demo projects, which have tests of their own.
PYTHON = [
    block
    for page in ("README.rst", "guide.rst")
    for block in PAGES[page].findall(nodes.literal_block)
    if "python" in block["classes"]
]
NAMED = {name: block.astext() for block in BLOCKS for name in block["names"]}


class FakeShop:
    """The web shop that the examples talk to."""

    def __init__(self):
        self.customers = [
            {"id": 1, "name": "Ada Lovelace", "email": "ada@shop.example"},
            {"id": 2, "name": "Grace Hopper", "email": "grace@shop.example"},
        ]

    def answer(self, request):
        response = requests.Response()
        path = urlsplit(request.url).path.removeprefix("/api")
        response.status_code, data = self._answer(request, path)
        response._content = json.dumps(data).encode()
        return response

    def _answer(self, request, path):
        if path == "/stock":
            return 503, {}
        if (request.method, path) == ("GET", "/customers"):
            return 200, self.customers
        if (request.method, path) == ("POST", "/customers"):
            self.customers.append({"id": len(self.customers) + 1})
            return 201, self.customers[-1]
        return 200, {"thanks": True}


def curl(command):
    """Return the options of a curl command as those of ``url_open``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("-d")
    parser.add_argument("url")
    words = shlex.split(command.replace("\\\n", " "))[1:]
    options = parser.parse_args(words)
    headers = dict(header.split(": ", 1) for header in options.H)
    return {"data": options.d, "headers": headers, "timeout": 20}


class TestExamples(SyncCase, HttpCase):
    """The examples of all pages; each becomes a test, see below the class."""

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        if urlsplit(request.url).hostname == "shop.example":
            return cls.shop.answer(request)
        return super()._request_handler(session, request, **options)

    def setUp(self):
        super().setUp()
        type(self).shop = FakeShop()

    def _project(self, name):
        protected = NAMED.get(f"{name}-protected", NAMED["shop-protected"])
        return self.make_project(
            name="Web shop",
            protected_code=protected,
            common_code=NAMED["shop-common"],
            **yaml.safe_load(NAMED["values"]),
        )

    def _run_example(self, block):
        name, kind = block["names"][0], block["classes"][2]
        code = block.astext()
        if kind == "lines":
            code = f"def handle_button():\n{textwrap.indent(code, '    ')}"
        task = self.make_task(code, self._project(name), name="Example")
        if name == "announce":
            self._add_inbox(task.project_id)
        getattr(self, f"_start_{kind}")(task, block)
        jobs = self.run_jobs() | task.job_ids
        if "quiet" not in block["classes"]:
            self._compare(name, "log", "\n".join(self.messages(jobs)))
        self.assertEqual(set(jobs.mapped("state")), {self._state(block)})

    def _add_inbox(self, project):
        task = self.make_task("def handle_webhook(request):\n    pass\n", project)
        self.make_trigger(task, "webhook", name="Inbox")

    def _state(self, block):
        if "pending" in block["classes"]:
            return "pending"
        log = NAMED.get(f"{block['names'][0]}-log", "")
        return "failed" if "Traceback" in log else "done"

    def _compare(self, name, part, got):
        wanted = NAMED.get(f"{name}-{part}", "")
        same = OutputChecker().check_output(f"{wanted}\n", f"{got}\n", ELLIPSIS)
        self.assertTrue(same, f"{name}: the page says\n{wanted}\nbut it is\n{got}")

    def _trigger(self, task, kind, **values):
        return self.make_trigger(task, kind, name=TRIGGERS.get(kind, "Go"), **values)

    def _start_lines(self, task, block):
        self._trigger(task, "button").action_run_now()

    def _start_button(self, task, block):
        data = NAMED.get(f"{block['names'][0]}-data")
        self._trigger(task, "button", data=data).action_run_now()

    def _start_cron(self, task, block):
        self._trigger(task, "cron").action_run_manually()

    def _start_db(self, task, block):
        condition = block["classes"][3].replace("-", "_")
        model = self.env["ir.model"]._get("res.partner")
        self._trigger(task, "db", model_id=model.id, condition=condition)
        partners = self.env["res.partner"].create([{"name": "Ann"}, {"name": "Bob"}])
        partners.set_links("shop_customer", [7, 8])
        self.env.flush_all()
        if condition == "on_write":
            partners.write({"comment": "changed"})
        elif condition == "on_unlink":
            partners.unlink()

    def _start_webhook(self, task, block):
        trigger = self._trigger(task, "webhook")
        name = block["names"][0]
        url = f"/sync/webhook/{trigger.webhook_token}"
        response = self.url_open(url, **curl(NAMED[f"{name}-curl"]))
        self.env.invalidate_all()
        self._compare(name, "answer", response.text)

    def test_newsletter_makes_a_deleted_contact_anew(self):
        name = "readme-webhook"
        trigger = self._trigger(self.make_task(NAMED[name]), "webhook")
        url = f"/sync/webhook/{trigger.webhook_token}"
        call = curl(NAMED[f"{name}-curl"])
        first = self.url_open(url, **call).json()
        self.env["res.partner"].browse(first["partner"]).unlink()
        second = self.url_open(url, **call).json()
        self.assertFalse(second["known"])
        self.assertNotEqual(second["partner"], first["partner"])
        third = self.url_open(url, **call).json()
        self.assertEqual(third, {"partner": second["partner"], "known": True})


def _as_test(block):
    return lambda self: self._run_example(block)


# One test for each example, so that a failing one is named.
for _block in PYTHON:
    if KINDS.intersection(_block["classes"]):
        _name = _block["names"][0].replace("-", "_")
        setattr(TestExamples, f"test_{_name}", _as_test(_block))
tagged("post_install", "-at_install")(TestExamples)


@tagged("post_install", "-at_install")
class TestDocs(SyncCase):
    """What the pages say apart from the examples."""

    def test_markup_is_right(self):
        for name, tree in PAGES.items():
            for message in tree.findall(nodes.system_message):
                self.assertLess(
                    message["level"], WARNING, f"{name}: {message.astext()}"
                )

    def test_links_between_pages_lead_on(self):
        for tree in PAGES.values():
            folder = Path(tree["source"]).parent
            for link in tree.findall(nodes.reference):
                target = urlsplit(link.get("refuri", ""))
                if target.path and not target.scheme:
                    self.assertTrue((folder / target.path).exists(), target.path)

    def test_files_that_pages_name_are_there(self):
        named = {
            (name, literal.astext())
            for name, tree in PAGES.items()
            for literal in tree.findall(nodes.literal)
            if OWN_PATH.match(literal.astext())
        }
        self.assertGreater(len(named), 40)
        for name, path in named:
            # The wheel has no tooling; capitals stand for a name.
            if path.startswith(TOOLING) and not (ROOT / "dev").exists():
                continue
            if not re.search("NAME|VERSION", path):
                self.assertTrue((ROOT / path).exists(), f"{name}: {path}")

    def test_reference_is_current(self):
        self.assertEqual(
            (ROOT / "doc/reference.rst").read_text(),
            catalogue.as_rst(),
            "Run `python3 dev docs` to write doc/reference.rst again.",
        )

    def test_every_python_block_is_run_or_belongs_to_one_that_is(self):
        for block in PYTHON:
            name = (block["names"] or [block.astext()])[0]
            if name.endswith(PROJECT_CODE):
                example = name.rpartition("-")[0]
                self.assertTrue(example == "shop" or example in NAMED, name)
                continue
            self.assertTrue(KINDS.intersection(block["classes"]), name)
            shown = {f"{name}-log", f"{name}-answer"} & NAMED.keys()
            quiet = "quiet" in block["classes"]
            self.assertTrue(shown or quiet, f"{name} doesn't show what it does")

    def test_every_helper_is_explained(self):
        text = PAGES["guide.rst"].astext()
        for name in catalogue.names(catalogue.TASK, catalogue.PROTECTED):
            self.assertTrue(re.search(rf"\b{name}\b", text), name)

    def test_every_field_of_a_trigger_is_explained(self):
        text = " ".join(PAGES["guide.rst"].astext().split())
        fields = self.env["sync.trigger"]._fields
        for name in (
            *("name", "trigger_name", "interval_number", "nextcall", "user_id"),
            *("model_id", "condition", "filter_domain", "filter_pre_domain"),
            *("watched_field_ids", "calendar_id", "webhook_url", "data"),
        ):
            self.assertTrue(fields[name].string in text, name)
        for _key, label in fields["condition"].selection:
            self.assertTrue(label in text, label)

    def test_refused_code_is_refused_and_the_rest_is_not(self):
        (table,) = [
            table
            for table in PAGES["guide.rst"].findall(nodes.table)
            if "refusals" in table["names"]
        ]
        (body,) = table.findall(nodes.tbody)
        for row in body.children:
            code, reason, instead = row.children
            with self.assertRaises(ValidationError, msg=code.astext()) as caught:
                self._save(code.astext())
            self.assertIn(reason.astext(), str(caught.exception))
            for literal in instead.findall(nodes.literal):
                self._save(literal.astext())

    def _save(self, line):
        return self.make_task(f"def handle_button():\n    {line}\n")

    def test_queries_run(self):
        queries = [block.astext() for block in BLOCKS if "sql" in block["classes"]]
        self.assertTrue(queries)
        for query in queries:
            self.env.cr.execute(query)
            self.assertTrue(self.env.cr.description)

    def test_configuration_is_understood(self):
        parser = ConfigParser()
        parser.read_string(NAMED["odoo-conf"])
        self.assertIn("queue_job", parser["options"]["server_wide_modules"].split(","))
        manager = ChannelManager()
        manager.simple_configure(parser["queue_job"]["channels"])
        ours = self.env.ref("sync.channel_sync").complete_name
        self.assertTrue(manager.get_channel_by_name(ours).capacity)
