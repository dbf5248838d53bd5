from contextlib import contextmanager

from odoo.tests import HttpCase, new_test_user
from odoo.tools import convert_file

from ..common import SyncCase
from ..simulators import TelegramSimulator

PROJECT = "sync.project_demo_telegram"
EMOJI = "\N{GRINNING FACE}"  # two units long in UTF-16


class TelegramCase(SyncCase, HttpCase):
    """The demo project, switched on and set up for a simulated Telegram."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.ref(PROJECT, raise_if_not_found=False):
            # The database has no demo data.
            convert_file(cls.env, "sync", "demo/telegram_demo.xml", {}, noupdate=True)
        cls.project = cls.env.ref(PROJECT)
        cls.project.active = True
        groups = "base.group_user,base.group_partner_manager"
        cls.clerk = new_test_user(cls.env, "sync_clerk", groups)

    def setUp(self):
        super().setUp()
        self.sim = TelegramSimulator(time_scale=0.01)
        self.sim.start()
        self.addCleanup(self.sim.stop)
        self.configure(TELEGRAM_API_URL=self.sim.url, TELEGRAM_BOT_TOKEN=self.sim.token)
        self.press("setup")
        self.sim.calls.clear()
        self.ada = self.sim.register("Ada", last_name="Lovelace")

    def configure(self, **values):
        for lines in (self.project.secret_ids, self.project.param_ids):
            for line in lines.filtered(lambda line: line.key in values):
                line.value = values[line.key]

    def change_code(self, old, new):
        """Change the Protected Code, as a Manager would."""
        code = self.project.protected_code
        self.assertIn(old, code)
        self.project.protected_code = code.replace(old, new)

    def press(self, name):
        """Press one of the buttons of the task Setup; return its job."""
        self.env.ref(f"sync.trigger_demo_telegram_{name}").action_run_now()
        return self.run_jobs()

    # What people do in Telegram

    @contextmanager
    def delivering(self, sim=None):
        """Let a simulator call the webhook until it has nothing left to deliver."""
        sim = sim or self.sim
        self.env.flush_all()
        with self.allow_requests():
            cookie = f"test_request_key={self.http_request_key}"
            sim.delivery_headers["Cookie"] = cookie
            yield
            sim.wait_deliveries(30)
        self.env.invalidate_all()

    def ada_writes(self, *texts):
        """Let Ada write; return the webhook's jobs."""
        with self.delivering():
            for text in texts:
                self.sim.say(self.ada, text)
        return self.webhook_jobs()[-len(texts) :]

    def webhook_jobs(self):
        trigger = self.env.ref("sync.trigger_demo_telegram_updates")
        domain = [("trigger_id", "=", trigger.id), ("parent_id", "=", False)]
        return self.env["sync.job"].search(domain, order="id")

    # What is in Odoo

    def partners(self, person=None):
        ref = f"{person or self.ada}@telegram"
        partners = self.env["res.partner"].with_context(active_test=False)
        return partners.search([("ref", "=", ref)])

    def messages_of(self, partner):
        """Return what is attached to a partner, without Odoo's own first note."""
        domain = [("model", "=", "res.partner"), ("res_id", "=", partner.id)]
        found = self.env["mail.message"].search(domain, order="id")
        return found.filtered(lambda m: "created" not in (m.body or ""))

    def copies(self):
        """Return the copies of what Ada wrote, as text."""
        partner = self.partners()
        found = self.messages_of(partner).filtered(lambda m: m.author_id == partner)
        return [self.words(message) for message in found]

    def words(self, message):
        return message.body.striptags().strip()

    def reports(self, partner):
        bot = self.env.ref("base.partner_root")
        found = self.messages_of(partner).filtered(lambda m: m.author_id == bot)
        return [self.words(message) for message in found]

    # What staff does

    def known_partner(self):
        """Return the partner of Ada, who has written before."""
        self.ada_writes("Hello")
        return self.partners()

    def post(self, partner, body, **values):
        """Write on a partner as a person would; return the jobs that follow."""
        note = {"message_type": "comment", "subtype_xmlid": "mail.mt_note"}
        partner.with_user(self.clerk).message_post(body=body, **{**note, **values})
        return self.run_jobs()

    def run_again(self, job):
        """Run a job again whose turn has come; return all that run."""
        job._queue_jobs().state = "pending"
        return self.run_jobs()

    def received(self):
        return self.sim.received(self.ada)

    def sent(self):
        """Return what the bot has sent to Ada: dicts of the Bot API."""
        messages = self.sim.conversation(self.ada)
        return [message for message in messages if message["from"]["is_bot"]]
