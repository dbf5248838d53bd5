"""Walk from every name of project code along attributes and items, four steps deep.

It goes everywhere a format string could go in a sandbox without our guard, private and
dunder names included: nothing that is not called may lead to a secret or the key.
"""

import functools
import sys
import traceback
import types
import warnings
from collections import deque

from odoo.http import HTTPRequest
from odoo.models import BaseModel
from odoo.tools import mute_logger
from odoo.tools.safe_eval import _UNSAFE_ATTRIBUTES
from werkzeug.test import EnvironBuilder

from ...controllers.webhook_request import WebhookRequest
from ...engine.boundary import proxies, transfer
from ...engine.http.incoming import Body
from ...engine.runs import run as engine_run
from .security_common import SecurityCase

DEPTH = 4
# Of each kind of thing, so many are entered: a registry has thousands of fields.
MANY = 200
ITEMS = 40


class Crawler:
    """A breadth-first walk over objects, each of them once."""

    def __init__(self, needles):
        self.needles = [needle for needle in needles if len(needle) > 5]
        self.seen, self.kinds, self.kept = set(), {}, []
        self.leaks, self.steps = [], 0

    def crawl(self, starts):
        queue = deque((name, thing, 0) for name, thing in starts.items())
        while queue:
            path, thing, depth = queue.popleft()
            self.check(path, thing)
            if depth < DEPTH and self.enters(thing):
                for step, value in self.steps_from(thing):
                    queue.append((path + step, value, depth + 1))

    def enters(self, thing):
        if thing is None or isinstance(thing, bool | int | float | str | bytes):
            return False
        if id(thing) in self.seen:
            return False
        kind = type(thing)
        count = self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if count > MANY and kind not in (dict, tuple, list):
            return False
        # Ids are used again when objects go: those that were seen must stay.
        self.seen.add(id(thing))
        self.kept.append(thing)
        return True

    def steps_from(self, thing):
        for name in self.names(thing):
            try:
                yield f".{name}", getattr(thing, name)
            except Exception as error:  # many properties can't be had just like that
                yield f".{name}!", error
        if isinstance(thing, BaseModel):
            return
        try:
            items = list(thing.items()) if hasattr(thing, "items") else None
            if items is None and isinstance(thing, list | tuple | set | frozenset):
                items = list(enumerate(thing))
        except Exception as error:
            items = [("!", error)]
        for key, value in (items or [])[:ITEMS]:
            yield f"[{key!r:.40}]", value

    @staticmethod
    def names(thing):
        if isinstance(thing, BaseModel):
            # Fields are read by other tests; here the way through is what counts.
            return ["env", "_fields", "pool", "_prefetch_ids", "__class__", "create"]
        try:
            return dir(thing)
        except Exception:
            return []

    def check(self, path, thing):
        self.steps += 1
        for text in self.texts(thing):
            if any(needle in text for needle in self.needles):
                self.leaks.append(path)

    @staticmethod
    def texts(thing):
        if isinstance(thing, bytes):
            return [thing.decode(errors="replace")]
        if isinstance(thing, str):
            return [thing]
        try:
            return [repr(thing)[:5000], str(thing)[:5000]]
        except Exception:
            return []


class Explorer(Crawler):
    """A walk as sandboxed code may take it, in search of something powerful."""

    MODULES = {"os", "posix", "subprocess", "importlib", "pickle", "shutil", "ctypes"}
    MODULES |= {"sys", "marshal", "inspect", "code", "runpy"}
    POWERS = (open, eval, exec, compile, getattr, setattr, vars, globals, type, object)
    POWERS += (functools.partial, types.FunctionType, types.CodeType)

    def names(self, thing):
        return [
            name
            for name in super().names(thing)
            if "__" not in name and name not in _UNSAFE_ATTRIBUTES
        ]

    def check(self, path, thing):
        self.steps += 1
        if self.is_power(thing):
            self.leaks.append(path)

    def is_power(self, thing):
        frames = (types.ModuleType, types.FrameType, types.TracebackType)
        if isinstance(thing, frames) or any(thing is power for power in self.POWERS):
            return True
        functions = (types.FunctionType, types.BuiltinFunctionType, type)
        module = getattr(thing, "__module__", None) or ""
        return isinstance(thing, functions) and module.split(".")[0] in self.MODULES


class TestSecurityCrawler(SecurityCase):
    @classmethod
    def _project_values(cls):
        values = super()._project_values()
        values["common_code"] += "\nSPY = []\ndef spy(data):\n    SPY.append(data)\n"
        return values

    @mute_logger(
        "odoo.addons.sync.engine.logs.alarm", "odoo.tools.cache", "odoo.tools.translate"
    )
    def crawl(self, starts, kind=Crawler):
        crawler = kind(self.needles().values())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old names of Odoo are walked along too
            crawler.crawl(starts)
        return crawler

    def namespace(self):
        """Return what task code sees, while its run lasts."""
        task = self.make_task("x = 1", self.project)
        run = self.env["sync.job"]._prepare_run(task, "GO", lambda *args: None)
        context = proxies.registry({}, run.mask)
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return run, engine_run._namespace(run)

    def test_no_name_leads_to_a_secret(self):
        run, namespace = self.namespace()
        # What Protected Code has logged waits in the buffer.
        namespace["send"]("hello")
        starts = {
            **namespace,
            "numbers()": namespace["numbers"](),
            "client.size": namespace["client"].size,
            "prepared()": namespace["prepared"](),
            "snapshot": self.project._snapshot(),
            "run": run,
            "error": self.failure(namespace),
        }
        del starts["env"], starts["user"]
        crawler = self.crawl(starts)
        self.assertEqual(crawler.leaks, [])
        self.assertGreater(crawler.steps, 5000)

    def test_the_environment_leads_to_no_secret(self):
        _run, namespace = self.namespace()
        env = namespace["env"]
        starts = {"env": env, "cr": env.cr, "user": namespace["user"]}
        crawler = self.crawl(starts)
        self.assertEqual(crawler.leaks, [])
        self.assertGreater(crawler.steps, 5000)

    def test_no_attribute_leads_to_pythons_own_powers(self):
        run, namespace = self.namespace()
        values = {}
        self.env["ir.qweb"]._prepare_environment(values)
        builder = EnvironBuilder(path="/", method="POST", data={"f": "x"})
        environ = builder.get_environ()
        received = WebhookRequest(HTTPRequest(environ), Body(environ, None))
        starts = {
            **namespace,
            **values,
            "run": run,
            "httprequest": received,
            "map": self.env["ir.http"].routing_map(),
        }
        explorer = self.crawl(starts, Explorer)
        self.assertEqual(explorer.leaks, [])
        self.assertGreater(explorer.steps, 5000)

    def test_the_crawler_finds_what_is_there(self):
        """It is no good if it would overlook a leak."""
        token = next(iter(self.needles().values()))

        class Holder:
            def __init__(self, value):
                self._value = value

        def closed():
            return token

        for leak in (
            {"x": Holder({"a": [token]})},
            {"x": closed},
            {"x": Holder(Holder(token.encode()))},
        ):
            self.assertTrue(self.crawl(leak).leaks)
        for power in ({"x": Holder(sys)}, {"x": Holder([getattr])}):
            self.assertTrue(self.crawl(power, Explorer).leaks)

    def failure(self, namespace, call="fail"):
        try:
            namespace[call]()
        except (ValueError, OSError) as error:
            return error
        return None

    def test_tracebacks_lead_to_no_original(self):
        _run, namespace = self.namespace()
        for call in ("fail", "fail_in_http"):
            error = self.failure(namespace, call)
            self.assertIsNone(error.__cause__ or error.__context__)
            frames = [frame for frame, _line in traceback.walk_tb(error.__traceback__)]
            # The first one is this test's own.
            starts = {f"frame {n}": f.f_locals for n, f in enumerate(frames[1:])}
            self.assertTrue(starts)
            self.assertEqual(self.crawl(starts).leaks, [])

    def test_namespaces_hide_their_modules(self):
        """Where the crawler would go on through globals, hidden values end it."""
        package = transfer.ENGINE
        engine = {
            name: module
            for name, module in sys.modules.items()
            if name.startswith(f"{package}.")
        }
        self.assertIn(f"{package}.vault.keys", engine)
        self.env["sync.project"].browse(self.project.id)._snapshot().masker()("text")
        crawler = self.crawl(engine)
        self.assertEqual(crawler.leaks, [])
