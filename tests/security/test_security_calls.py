"""Walk from what project code has by attributes, items and calls, as it may itself."""

from odoo.models import BaseModel
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...engine.boundary import callers, proxies
from ...engine.runs import namespaces
from ...engine.runs import run as engine_run
from ...engine.sandbox import compiler
from .security_common import PROTECTED, TOKEN, SecurityCase
from .test_security_boundary import MORE
from .test_security_crawler import Crawler

# As a task would be: confined, so that what is refused to tasks is refused here.
CALLER = """
def attribute(thing, name):
    return getattr(thing, name)

def call(thing, *args):
    return thing(*args)

def item(thing, key):
    return thing[key]

def items(thing):
    found = []
    for one in thing:
        found.append(one)
        if len(found) > 20:
            break
    return found

def text(thing):
    return f"{thing} {thing!r} {'{0} {0!r}'.format(thing)}"
"""
# They end the test, or what it needs; "mark" and "log" say where a walk has been.
SKIPPED = {"leave", "fetch", "renew", "in_a_thread", "fail_in_http", "add_job", "queue"}
SKIPPED |= {"sleep", "log", "print", "commit", "rollback", "close", "call", "finish"}
ARGUMENTS = ((), ("x",), (0,), ({},), ([],), (None,), ({}, "x"))


class CallingCrawler(Crawler):
    """A walk that calls what it meets, without arguments and with common ones."""

    LIMIT = 20_000

    def __init__(self, needles, confined):
        super().__init__(needles)
        self.confined = confined
        self.calls = self.refused = 0

    def names(self, thing):
        if isinstance(thing, BaseModel):
            return []  # what records can do, all code can do
        return [name for name in dir(thing) if not name.startswith("_")][:80]

    def steps_from(self, thing):
        names = PUBLIC if isinstance(thing, proxies.Exported) else self.names(thing)
        for name in names:
            if name not in SKIPPED:
                yield f".{name}", self.attempt("attribute", thing, name)
        yield "[*]", self.attempt("items", thing)
        for key in ("token", "TOKEN", "Authorization", "session", 0):
            yield f"[{key!r}]", self.attempt("item", thing, key)
        yield "text", self.attempt("text", thing)
        if callable(thing) and self.calls < self.LIMIT:
            for args in ARGUMENTS:
                self.calls += 1
                yield f"{args}", self.attempt("call", thing, *args)

    def attempt(self, how, thing, *args):
        try:
            return self.confined[how](thing, *args)
        except Exception as error:
            self.refused += 1
            return error


PUBLIC = (
    *(
        "token",
        "kind",
        "size",
        "fail",
        "name",
        "args",
        "kwds",
        "gen",
        "func",
        "headers",
    ),
    *("cookies", "get", "items", "values", "keys", "update", "pop", "copy", "send"),
    *("auth", "full_url", "request", "response", "show", "with_traceback"),
    *("TOKEN", "PASSWORD", "params", "text", "content", "raw", "url", "history"),
)


@tagged("post_install", "-at_install")
class TestSecurityCalls(SecurityCase):
    @classmethod
    def _project_values(cls):
        return {**super()._project_values(), "protected_code": PROTECTED + MORE}

    @mute_logger(
        "odoo.addons.sync.engine.logs.alarm", "odoo.sql_db", "odoo.tools.cache"
    )
    def test_no_call_leads_to_a_secret(self):
        task = self.make_task("x = 1", self.project)
        run = self.env["sync.job"]._prepare_run(task, "GO", lambda *args: None)
        confined = dict(namespaces._STATIC)
        compiler.run_code(CALLER, "crawler", confined)
        with proxies.registry({}, run.mask), callers.running():
            starts = engine_run._namespace(run)
            own = {*engine_run._namespace(run)} - {*namespaces._STATIC}
            starts = {name: starts[name] for name in own - SKIPPED - {"env", "user"}}
            starts["snapshot"] = self.project._snapshot()
            starts["masker"] = run.mask
            crawler = CallingCrawler(self.needles().values(), confined)
            with self.env.cr.savepoint() as savepoint:
                crawler.crawl(starts)
                savepoint.rollback()
        self.assertEqual(crawler.leaks, [])
        self.assertGreater(crawler.calls, 300)
        self.assertGreater(crawler.steps - crawler.refused, 500)

    def test_the_walk_finds_what_is_there(self):
        needle = TOKEN
        confined = dict(namespaces._STATIC)
        compiler.run_code(CALLER, "crawler", confined)
        for leak in (
            lambda: needle,
            lambda text: [needle],
            {"token": lambda: {"a": needle}},
            iter([needle]),
        ):
            crawler = CallingCrawler([needle], confined)
            crawler.crawl({"leak": leak})
            self.assertTrue(crawler.leaks)
