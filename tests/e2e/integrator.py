"""Somebody who uses 19.0.1.0.0, and goes on with what comes after it."""

import hashlib
import hmac
import json
import textwrap
import urllib.request

from dev.client import Client

URL = "https://shop.example"
SECRET = "a secret of the release before"
PROTECTED = """
    import hashlib as _hashlib
    import hmac as _hmac

    def signature(text):
        key = secrets.TOKEN.encode()
        return _hmac.new(key, text.encode(), _hashlib.sha256).hexdigest()
"""
COMMON = """
    def greet(name):
        return f"{params.GREETING}, {name}!"
"""
CODE = """
    def handle_button(data):
        partner = env["res.partner"].search([("ref", "=", "before")])
        if data["do"] == "work":
            log(greet(partner.name))
            log(signature("order 1"))
            partner.set_link("customer", 7)
            partner.set_link("tag", "vip")
            partner.set_link("tag", "press", allow_many2many=True)
            set_link("product", shop=1, store="a")
        elif data["do"] == "queue":
            moment = datetime.datetime(2026, 1, 2, 3, 4, 5)
            # Later than this release runs here.
            later = datetime.datetime.now() + datetime.timedelta(seconds=25)
            add_job(arrive, eta=later)(
                "ada", partner, [moment, moment.date()],
                {"_type": "order"}, token=data["token"])
            tomorrow = later + datetime.timedelta(days=1)
            add_job(once, eta=tomorrow, identity_key="only once")()
        elif data["do"] == "look":
            add_job(once, identity_key="only once")()
            log(partner.get_link("customer").external)
            log(",".join(sorted(partner.search_links("tag").external)))
            log(get_link("product", shop=1, store=None).store)
        else:
            raise ValueError("no stock")

    def arrive(name, partner, times, order, token):
        log(greet(name))
        log(f"{partner._name} {partner.ref}")
        log(" ".join(time.isoformat() for time in times))
        log(order["_type"])
        log(signature(token))

    def once():
        log("once")

    def handle_db(records):
        log(",".join(records.mapped("name")))

    def handle_cron():
        log("tick")

    def handle_webhook(httprequest):
        name = httprequest.get_json()["name"]
        log(f"called by {name}")
        return {"greeting": greet(name), "signature": signature(name)}
"""
BUTTONS = {
    "Work": {"do": "work"},
    "Fail": {"do": "fail"},
    "Queue": {"do": "queue", "token": SECRET},
    "Look": {"do": "look"},
}


def signature(text):
    """Return what the project's Protected Code makes of a text."""
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


class Integrator:
    """One project with all kinds of triggers, and how it is used."""

    def __init__(self, database):
        self._database = database
        self.triggers = {}

    def go_to(self, url):
        """Use the server at this address from now on."""
        self.url, self.admin = url, Client(url, self._database)

    def rows(self, model, names, domain=()):
        """Return the records that match, the oldest first."""
        domain, names = [*domain], [*names]
        return self.admin.call(model, "search_read", domain, names, order="id")

    def make(self, model, **values):
        """Create a record and return its id."""
        return self.admin.call(model, "create", [values])[0]

    def press(self, name):
        """Press a button."""
        self.admin.call("sync.trigger", "action_run_now", [self.triggers[name]])

    def call_webhook(self, name):
        """Call the webhook; return its answer."""
        request = urllib.request.Request(
            f"{self.url}/sync/{self._path}",
            data=json.dumps({"name": name}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def make_project(self):
        """Create the project, with code, values and triggers."""
        protected, common, code = map(textwrap.dedent, (PROTECTED, COMMON, CODE))
        texts = {"protected_code": protected, "common_code": common}
        self.project = self.make("sync.project", name="Upgraded", **texts)
        of = {"project_id": self.project}
        self.make("sync.project.param", key="GREETING", value="Good day", **of)
        self.make("sync.project.param", key="URL", value=URL, locked=True, **of)
        self.make("sync.project.secret", key="TOKEN", value=SECRET, **of)
        self._task = self.make("sync.task", name="Task", code=code, **of)
        for name, data in BUTTONS.items():
            self._add(name, "button", data=json.dumps(data))
        self._add_others()

    def _add_others(self):
        (model,) = self.rows("ir.model", ["id"], [("model", "=", "res.partner")])
        self._add(
            *("DB", "db"),
            model_id=model["id"],
            condition="on_create",
            filter_domain="[('ref', '=like', 'up %')]",
        )
        every = {"interval_number": 1, "interval_type": "days"}
        self._add("Cron", "cron", **every)
        self._add("Due", "cron", nextcall="2026-01-01 00:00:00", **every)
        webhook = self._add("Webhook", "webhook")
        (row,) = self.rows("sync.trigger", ["webhook_url"], [("id", "=", webhook)])
        self._path = row["webhook_url"].partition("/sync/")[2]

    def _add(self, name, kind, **values):
        values |= {"name": name, "type": kind, "task_id": self._task}
        self.triggers[name] = self.make("sync.trigger", **values)
        return self.triggers[name]

    def work(self):
        """Let some jobs run, and some wait."""
        self.make("res.partner", name="Ann", ref="before")
        for name in ("Work", "Fail", "Queue"):
            self.press(name)
        self.make("res.partner", name="Bob", ref="up 1")
        self.call_webhook("Cy")
        domain = [("module", "=", "sync"), ("name", "=", "cron_run_jobs")]
        (row,) = self.rows("ir.model.data", ["res_id"], domain)
        self.admin.call("ir.cron", "method_direct_trigger", [row["res_id"]])
        # These wait for the release after this one.
        self.make("res.partner", name="Dan", ref="up 2")
        self.admin.call("sync.trigger", "action_run_manually", [self.triggers["Cron"]])
        self._cancel_one()

    def _cancel_one(self):
        self.press("Look")
        domain = [("trigger_id", "=", self.triggers["Look"])]
        (job,) = self.rows("sync.job", ["id"], domain)
        self.admin.call("sync.job", "action_cancel", [job["id"]])
