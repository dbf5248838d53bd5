import base64
import io

from odoo.tests import tagged
from odoo.tools import convert_file, mute_logger
from PIL import Image

from ..common import SyncCase
from . import fake_odoo
from .fake_odoo import FakeOdoo, Trouble

PROJECT = "sync.project_demo_odoo2odoo"


def photo(color):
    """Return a small picture in base64."""
    stream = io.BytesIO()
    Image.new("RGB", (40, 40), color).save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


RED, BLUE = photo("red"), photo("blue")


class Odoo2odooCase(SyncCase):
    """The demo project, switched on for an external Odoo that is a fake."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.ref(PROJECT, raise_if_not_found=False):
            # The database has no demo data.
            for name in ("odoo2odoo", "odoo2odoo_since_1_1"):
                path = f"demo/{name}_demo.xml"
                convert_file(cls.env, "sync", path, {}, mode="init", noupdate=True)
        cls.project = cls.env.ref(PROJECT)
        # A test must not wait for a server that doesn't answer.
        code = cls.project.protected_code.replace("_TIMEOUT = 60", "_TIMEOUT = 0.3")
        cls.project.write({"protected_code": code, "active": True})
        cls.push = cls.env.ref("sync.trigger_demo_odoo2odoo_push")
        cls.pull = cls.env.ref("sync.trigger_demo_odoo2odoo_pull")
        cls.upload = cls.env.ref("sync.trigger_demo_odoo2odoo_upload")

    def setUp(self):
        super().setUp()
        self.use(19)

    def use(self, version):
        """Start an external Odoo of a version, and point the project at it."""
        self.external = FakeOdoo(version)
        self.addCleanup(self.external.stop)
        self.configure(
            URL=self.external.url,
            DB=fake_odoo.DB,
            USERNAME=fake_odoo.LOGIN,
            PASSWORD=fake_odoo.PASSWORD,
        )

    @property
    def relation(self):
        """The links' relation says which external Odoo they mean."""
        host = self.external.url.removeprefix("http://")
        return f"odoo2odoo_partner@{host}/{fake_odoo.DB}"

    def configure(self, **values):
        """Set parameters and secrets."""
        for lines in (self.project.param_ids, self.project.secret_ids):
            for line in lines.filtered(lambda line: line.key in values):
                line.value = values[line.key]

    def assert_all_done(self, jobs):
        for job in jobs:
            self.assert_done(job)

    def make(self, *names, **values):
        """Create partners; return them and the jobs that this led to."""
        rows = [{"name": name, **values} for name in names]
        return self.env["res.partner"].create(rows), self.run_jobs()

    def pushed(self, *names, **values):
        """Create partners that are pushed; return them."""
        partners, jobs = self.make(*names, **values)
        self.assert_all_done(jobs)
        self.external.later()
        return partners

    def run_pull(self):
        self.pull.action_run_manually()
        return self.run_jobs()

    def run_upload(self):
        self.upload.action_run_now()
        return self.run_jobs()

    def run_again(self, job):
        """Run a job again whose turn has come."""
        job._queue_jobs().state = "pending"
        self.run_jobs()

    def copy_of(self, partner):
        """Return what the external Odoo has for a partner."""
        return self.external.partners[int(partner.get_link(self.relation).external)]


@tagged("post_install", "-at_install")
class TestPush(Odoo2odooCase):
    """New partners go to the external Odoo."""

    def test_copy_has_the_contact_and_its_photo_in_each_version(self):
        for version, field in (
            (11, "image"),
            (12, "image"),
            (13, "image_1920"),
            (19, "image_1920"),
        ):
            with self.subTest(version=version):
                self.use(version)
                ada, jobs = self.make(
                    "Ada", email="ada@example.com", is_company=True, image_1920=RED
                )
                self.assert_all_done(jobs)
                copy = self.copy_of(ada)
                self.assertEqual(copy["name"], "Ada")
                self.assertEqual(copy["email"], "ada@example.com")
                self.assertEqual(copy["company_type"], "company")
                self.assertEqual(copy[field], RED.decode())

    def test_link_carries_the_other_side_s_clock(self):
        link = self.pushed("Ada").get_link(self.relation)
        self.assertEqual(str(link.sync_date), "2020-02-02 10:00:00")

    def test_one_transaction_is_one_call(self):
        partners, jobs = self.make("Ada", "Bob", "Cy")
        self.assertEqual(len(jobs), 1)
        self.assertEqual(len(self.external.called("load")), 1)
        copies = [self.copy_of(partner)["name"] for partner in partners]
        self.assertEqual(copies, ["Ada", "Bob", "Cy"])

    def test_big_import_goes_on_in_sub_jobs(self):
        names = [f"Number {n}" for n in range(45)]
        partners, jobs = self.make(*names)
        self.assert_all_done(jobs[0])
        self.assertEqual(jobs[0].child_count, 2)
        self.assertEqual(len(self.external.called("load")), 3)
        self.assertEqual([self.copy_of(p)["name"] for p in partners], names)

    def test_address_without_a_name_gets_one(self):
        ada = self.pushed("Ada")
        address = self.pushed(False, type="invoice", parent_id=ada.id)
        self.assertEqual(self.copy_of(address)["name"], "Ada, Invoice")

    def test_switched_on_right_after_its_creation_it_has_one_rule(self):
        rules = self.env["base.automation"].search([("name", "like", self.push.name)])
        own = rules.filtered(lambda rule: self.project.name in rule.name)
        self.assertEqual(own.sync_trigger_id, self.push)
        self.assertEqual(len(own), 1)

    def test_partner_deleted_before_the_job_runs(self):
        partners = self.env["res.partner"].create([{"name": "Ada"}, {"name": "Bob"}])
        self.env.cr.flush()
        partners[0].unlink()
        self.assert_all_done(self.run_jobs())
        self.assertFalse(self.external.named("Ada"))
        self.assertTrue(self.external.named("Bob"))

    def test_copies_made_by_another_studio_do_not_go_back(self):
        fields, row = ["id", "name"], ["__sync_studio__.other_partner_5", "Echo"]
        self.env["res.partner"].load(fields, [row])
        self.assert_all_done(self.run_jobs())
        self.assertFalse(self.external.partners)

    def test_log_has_neither_the_password_nor_the_photo(self):
        _, jobs = self.make("Ada", image_1920=RED)
        text = self.log_text(jobs)
        self.assertIn("Pushed: Ada", text)
        self.assertIn("(image)", text)
        self.assertNotIn(RED.decode()[:60], text)
        self.assertNotIn(fake_odoo.PASSWORD, text)

    def test_refused_partner_is_named_and_blocks_nobody(self):
        self.external.refused_names = ("Bob",)
        partners, jobs = self.make("Ada", "Bob", "Cy")
        done, failed = jobs.sorted("id")
        self.assert_all_done(done)
        self.assertIn("Bob: This name is not allowed", self.log_text(done))
        self.assertEqual(failed.state, "failed")
        self.assertIn("Bob: This name is not allowed", failed.error)
        self.assertEqual(self.copy_of(partners[0])["name"], "Ada")
        self.assertFalse(partners[1].get_link(self.relation))
        self.assertEqual(self.copy_of(partners[2])["name"], "Cy")
        self.external.refused_names = ()
        failed.action_retry()
        self.run_jobs()
        self.assert_all_done(failed)
        self.assertEqual(self.copy_of(partners[1])["name"], "Bob")

    def test_partners_that_are_all_refused_are_one_failure(self):
        self.external.refused_names = ("Ada", "Bob")
        _, job = self.make("Ada", "Bob")
        self.assertEqual(job.state, "failed")
        self.assertIn("Ada: This name is not allowed", job.error)
        self.assertIn("Bob: This name is not allowed", job.error)

    def test_text_that_xml_cannot_carry_is_left_out(self):
        odd = self.pushed("Od\x0bd\x1f \N{GRINNING FACE}", street="a\x08\tb")
        self.assertEqual(self.copy_of(odd)["name"], "Odd \N{GRINNING FACE}")
        self.assertEqual(self.copy_of(odd)["street"], "a\tb")

    def test_archived_contact_stays_archived(self):
        self.assertIs(self.copy_of(self.pushed("Ada", active=False))["active"], False)
        self.assertIs(self.copy_of(self.pushed("Bob"))["active"], True)

    def test_archiving_goes_along(self):
        ada, bob = self.pushed("Ada", "Bob", image_1920=RED)
        for active in (False, True):
            (ada | bob).active = active
            self.assert_all_done(self.run_jobs())
            self.assertIs(self.copy_of(ada)["active"], active)
            self.assertIs(self.copy_of(bob)["active"], active)
        self.assertEqual(len(self.external.called("write")), 2)
        self.external.delete(self.copy_of(ada)["id"])
        (ada | bob).active = False
        self.assert_all_done(self.run_jobs())
        self.assertIs(self.copy_of(bob)["active"], False)
        self.external.later()
        self.assertNotIn("New avatar", self.log_text(self.run_pull()))

    def test_contact_that_cannot_be_archived_blocks_nobody(self):
        ada, bob = self.pushed("Ada", "Bob")
        self.external.busy_users = ("Bob",)
        (ada | bob).active = False
        jobs = self.run_jobs()
        self.assertIs(self.copy_of(ada)["active"], False)
        failed = jobs.filtered(lambda job: job.state == "failed")
        self.assertIn("Bob: ", failed.error)
        self.assertIn("linked to an active user", failed.error)


@tagged("post_install", "-at_install")
class TestWhichOdoo(Odoo2odooCase):
    """Links of one external Odoo mean nothing to another one."""

    def test_another_odoo_sends_no_strangers_avatars(self):
        ada = self.pushed("Ada", image_1920=RED)
        first, number = self.external, self.copy_of(ada)["id"]
        self.use(19)
        self.external.partners[number] = {
            **first.partners[number],
            "name": "Stranger",
            "image_1920": BLUE.decode(),
            "write_date": self.external.now.replace(year=2030),
        }
        self.assertIn("0 of 0 partners", self.log_text(self.run_pull()))
        self.assertEqual(ada.image_1920, RED)

    def test_another_odoo_gets_everything(self):
        ada = self.pushed("Ada")
        first, link = self.external, ada.get_link(self.relation)
        self.use(19)
        self.assert_all_done(self.run_upload())
        self.assertEqual(self.copy_of(ada)["name"], "Sync Studio: Ada")
        self.configure(URL=first.url)
        self.assertEqual(link.odoo, ada)
        self.assertIn(f"{link.external}", str(first.partners))

    def test_duplicated_project_pushes_its_own(self):
        old = self.external
        copy = self.project.copy()
        self.use(19)
        values = {"URL": self.external.url, "DB": fake_odoo.DB}
        for line in copy.param_ids.filtered(lambda line: line.key in values):
            line.value = values[line.key]
        login = {"USERNAME": fake_odoo.LOGIN, "PASSWORD": fake_odoo.PASSWORD}
        for line in copy.secret_ids.filtered(lambda line: line.key in login):
            line.value = login[line.key]
        self.configure(URL=old.url)
        copy.active = True
        self.assert_all_done(self.make("Ada")[1])
        self.assertTrue(old.named("Ada"))
        self.assertTrue(self.external.named("Ada"))

    def test_new_address_of_the_same_odoo_finds_the_copies_again(self):
        ada = self.pushed("Ada")
        number = self.copy_of(ada)["id"]
        self.configure(URL=self.external.url.replace("127.0.0.1", "localhost"))
        self.assert_all_done(self.run_upload())
        refs = self.env["sync.link"].search(
            [("ref1", "=", str(ada.id)), ("relation", "like", "odoo2odoo_partner")]
        )
        self.assertEqual(refs.mapped("ref2"), [str(number)] * 2)
        self.assertEqual(len(self.external.named("Ada")), 1)


@tagged("post_install", "-at_install")
class TestLogin(Odoo2odooCase):
    """A login is good for many jobs."""

    def test_many_jobs_log_in_once(self):
        for name in ("Ada", "Bob", "Cy"):
            self.pushed(name)
        self.run_pull()
        self.assertEqual(self.external.logins, 1)

    def test_what_is_remembered_is_a_secret(self):
        self.pushed("Ada")
        secret = self.env.ref("sync.secret_demo_odoo2odoo_session")
        self.assertTrue(secret.is_set)
        self.assertNotIn(fake_odoo.LOGIN, secret.token)

    def test_another_user_or_odoo_logs_in_again(self):
        self.pushed("Ada")
        self.configure(USERNAME="nobody")
        _, job = self.make("Bob")
        self.assertIn("secrets USERNAME and PASSWORD", job.error)
        self.configure(USERNAME=fake_odoo.LOGIN)
        self.use(19)
        self.pushed("Cy")
        self.assertEqual(self.external.logins, 1)

    def test_changed_password(self):
        self.pushed("Ada")
        self.external.password = "changed"
        _, job = self.make("Bob")
        self.assertIn("secrets USERNAME and PASSWORD", job.error)
        self.configure(PASSWORD="changed")
        job.action_retry()
        self.run_jobs()
        self.assert_all_done(job)

    def test_user_with_another_id(self):
        self.pushed("Ada")
        self.external.uid = 8
        self.pushed("Bob")
        self.pushed("Cy")
        self.assertEqual(self.external.logins, 2)

    def test_project_without_a_place_for_it(self):
        self.env.ref("sync.secret_demo_odoo2odoo_session").unlink()
        self.pushed("Ada")
        self.pushed("Bob")
        self.assertEqual(self.external.logins, 2)


@tagged("post_install", "-at_install")
class TestPull(Odoo2odooCase):
    """Avatars that change in the external Odoo come back."""

    def test_nothing_is_asked_without_links(self):
        self.assert_all_done(self.run_pull())
        self.assertFalse(self.external.calls)

    def test_changed_avatar_comes_back_once(self):
        for version in (12, 19):
            with self.subTest(version=version):
                self.use(version)
                ada = self.pushed("Ada", image_1920=RED)
                copy = self.copy_of(ada)
                self.external.change(copy["id"], **{self.external.image: BLUE.decode()})
                self.assertIn("New avatar: Ada", self.log_text(self.run_pull()))
                self.assertEqual(ada.image_1920, BLUE)
                date = ada.get_link(self.relation).sync_date
                self.assertEqual(date, copy["write_date"].replace(microsecond=0))
                self.assertIn("0 of ", self.log_text(self.run_pull()))

    def test_our_own_push_is_no_change(self):
        self.pushed("Ada", image_1920=RED)
        self.assertIn("0 of 1 partners", self.log_text(self.run_pull()))
        self.assertEqual(self._fields_read(), [["create_date"], ["write_date"]])

    def test_only_what_changed_since_the_oldest_date_is_asked_for(self):
        self.pushed("Ada", image_1920=RED)
        bob = self.pushed("Bob", image_1920=RED)
        self.external.change(self.copy_of(bob)["id"], image_1920=BLUE.decode())
        self.external.calls.clear()
        self.assert_all_done(self.run_pull())
        asked, fetched = self.external.called("search_read")
        self.assertIn(["write_date", ">", "2020-02-02 10:00:00"], asked[0])
        # Ada is older than Bob's change and Bob alone has one: one avatar travels.
        self.assertEqual(fetched[0], [["id", "in", [self.copy_of(bob)["id"]]]])
        self.assertEqual(fetched[1], ["write_date", "image_1920"])
        # The oldest date stays Ada's, so Bob is reported again, and not fetched again.
        self.external.calls.clear()
        self.assertIn("0 of 2 partners", self.log_text(self.run_pull()))
        self.assertEqual(len(self.external.called("search_read")), 1)

    def test_another_field_s_change_leaves_the_partner_alone(self):
        ada = self.pushed("Ada", image_1920=RED)
        before = ada.image_1920, ada.write_date
        self.external.change(self.copy_of(ada)["id"], email="new@example.com")
        log = self.log_text(self.run_pull())
        self.assertIn("1 of 1 partners", log)
        self.assertNotIn("New avatar", log)
        self.assertEqual((ada.image_1920, ada.write_date), before)
        self.assertIn("0 of 1 partners", self.log_text(self.run_pull()))

    def test_removed_avatar_is_removed(self):
        ada = self.pushed("Ada", image_1920=RED)
        self.external.change(self.copy_of(ada)["id"], image_1920=False)
        self.assert_all_done(self.run_pull())
        self.assertFalse(ada.image_1920)

    def test_avatar_of_an_archived_copy_comes_back(self):
        ada = self.pushed("Ada", image_1920=RED)
        changed = {"active": False, "image_1920": BLUE.decode()}
        self.external.change(self.copy_of(ada)["id"], **changed)
        self.assert_all_done(self.run_pull())
        self.assertEqual(ada.image_1920, BLUE)

    def test_copy_deleted_there(self):
        ada, bob = self.pushed("Ada", "Bob", image_1920=RED)
        self.external.change(self.copy_of(bob)["id"], image_1920=BLUE.decode())
        self.external.delete(self.copy_of(ada)["id"])
        self.assert_all_done(self.run_pull())
        self.assertEqual((ada.image_1920, bob.image_1920), (RED, BLUE))

    def test_partner_deleted_here(self):
        ada, bob = self.pushed("Ada", "Bob", image_1920=RED)
        for partner in ada | bob:
            copy = self.copy_of(partner)
            self.external.change(copy["id"], image_1920=BLUE.decode())
        ada.unlink()
        self.assertIn("1 of 1 partners", self.log_text(self.run_pull()))
        self.assertEqual(bob.image_1920, BLUE)

    def test_clock_of_the_external_odoo_may_be_wrong(self):
        for year in (2010, 2040):
            with self.subTest(year=year):
                self.external.now = self.external.now.replace(year=year)
                ada = self.pushed("Ada", image_1920=RED)
                self.assertNotIn("New avatar", self.log_text(self.run_pull()))
                self.external.change(self.copy_of(ada)["id"], image_1920=BLUE.decode())
                self.assertIn("New avatar: Ada", self.log_text(self.run_pull()))

    def test_many_avatars_come_in_chunks(self):
        partners = self.pushed(*[f"Number {n}" for n in range(25)])
        for partner in partners:
            self.external.change(self.copy_of(partner)["id"], image_1920=RED.decode())
        self.external.calls.clear()
        self.assert_all_done(self.run_pull())
        self.assertEqual(len(self.external.called("search_read")), 3)
        self.assertEqual(set(partners.mapped("image_1920")), {RED})

    def _fields_read(self):
        return [args[1] for args in self.external.called("search_read")]


@tagged("post_install", "-at_install")
class TestUpload(Odoo2odooCase):
    """The button uploads what is not linked yet."""

    def setUp(self):
        super().setUp()
        self.linked = self.pushed("Linked")
        # Partners from before the project was switched on.
        self.project.active = False
        rows = [{"name": f"Old {n}"} for n in range(30)]
        self.old = self.env["res.partner"].create(rows)
        self.run_jobs()
        self.project.active = True
        self.external.calls.clear()

    def test_upload_in_chunks_with_a_prefix(self):
        total = self.env["res.partner"].search_count([])
        jobs = self.run_upload()
        self.assert_all_done(jobs)
        parent = jobs.filtered(lambda job: job.handler == "handle_button")
        self.assertEqual(parent.child_count, -(-(total - 1) // 20))
        self.assertEqual(len(self.external.called("load")), parent.child_count)
        for partner in self.old:
            self.assertEqual(
                self.copy_of(partner)["name"], f"Sync Studio: {partner.name}"
            )
        self.assertEqual(self.copy_of(self.linked)["name"], "Linked")
        self.assertEqual(len(self.external.partners), total)

    def test_second_upload_pushes_nothing(self):
        self.run_upload()
        self.external.calls.clear()
        self.assertIn("Queued 0 of", self.log_text(self.run_upload()))
        self.assertFalse(self.external.calls)

    def test_prefix_is_a_parameter(self):
        self.configure(UPLOAD_ALL_PARTNER_PREFIX="ACME")
        self.run_upload()
        self.assertTrue(self.external.named("ACME Old 1"))

    def test_two_uploads_at_once_make_no_duplicates(self):
        self.upload.action_run_now()
        self.upload.action_run_now()
        jobs = self.run_jobs()
        self.assert_all_done(jobs)
        self.assertEqual(len(self.external.named("Sync Studio: Old 7")), 1)
        chunks = -(-len(jobs.filtered("parent_id")) // 2)
        self.assertEqual(len(self.external.called("load")), chunks)


@tagged("post_install", "-at_install")
class TestFaults(Odoo2odooCase):
    """Wrong settings fail with a sentence; an absent system is tried again."""

    def assert_fails(self, *words, **settings):
        self.configure(**settings)
        _, job = self.make("Ada")
        self.assertEqual(job.state, "failed", self.log_text(job))
        for word in words:
            self.assertIn(word, job.error)

    def assert_retried(self, trouble, reason=""):
        """Check that a push is tried again, and ends with one copy and one link."""
        self.external.trouble = trouble
        partner, job = self.make("Ada", image_1920=RED)
        self.assertEqual(job.state, "pending", self.log_text(job))
        self.assertIn("can't be reached now", self.log_text(job))
        self.assertIn(reason, self.log_text(job))
        self.assertFalse(partner.get_link(self.relation))
        self.external.trouble = None
        self.run_again(job)
        self.assert_all_done(job)
        self.assertEqual(len(self.external.named("Ada")), 1)
        self.assertEqual(self.copy_of(partner)["name"], "Ada")
        return partner

    def test_wrong_password(self):
        self.assert_fails("secrets USERNAME and PASSWORD", PASSWORD="guessed")

    def test_wrong_user(self):
        self.assert_fails("secrets USERNAME and PASSWORD", USERNAME="nobody")

    def test_wrong_database(self):
        self.assert_fails('database "nowhere"', "parameter DB", DB="nowhere")

    def test_wrong_path(self):
        url = f"{self.external.url}/web"
        self.assert_fails("No Odoo at", "parameter URL", "404", URL=url)

    def test_page_that_is_no_odoo(self):
        self.external.trouble = Trouble("any", page="<html><p>Welcome</html>")
        self.assert_fails("No Odoo at", "parameter URL")

    def test_something_else_than_an_address(self):
        for url in ("", "odoo.example.com", "http://"):
            with self.subTest(url=url):
                self.assert_fails("Set the parameter URL", URL=url)

    def test_port_that_is_no_number(self):
        self.assert_fails("No Odoo at", "parameter URL", URL="http://127.0.0.1:http")

    def test_unset_secret(self):
        self.project.secret_ids.unlink()
        self.assert_fails("no secret USERNAME")

    def test_external_error_is_told(self):
        fault = "ValueError: Invalid field 'company_type'\n"
        self.external.trouble = Trouble("load", fault=fault)
        self.assert_fails("The external Odoo answers: ValueError: Invalid field")

    def test_connection_refused(self):
        self.external.stop()
        partner, job = self.make("Ada")
        self.assertEqual(job.state, "pending")
        self.assertIn("Connection refused", self.log_text(job))
        self.use(19)
        self.run_again(job)
        self.assert_all_done(job)
        self.assertEqual(self.copy_of(partner)["name"], "Ada")

    def test_busy_server(self):
        for status in (429, 500, 502, 503, 504):
            with self.subTest(status=status):
                self.use(19)
                self.assert_retried(Trouble("any", status=status), f"status {status}")

    def test_silent_server(self):
        self.assert_retried(Trouble("load", wait=5), "timed out")

    def test_answer_that_is_cut_off(self):
        for cut in ("announced", "silently", "gzip", "empty"):
            for method in ("load", "any"):
                with self.subTest(cut=cut, method=method):
                    self.use(19)
                    self.assert_retried(Trouble(method, cut=cut))

    def test_crash_after_the_copy_was_made(self):
        self.assert_retried(Trouble("load", after=True))

    def test_crash_between_copy_and_link(self):
        self.assert_retried(Trouble("search_read", status=503))

    def test_retry_keeps_what_was_changed_there_meanwhile(self):
        self.external.trouble = Trouble("search_read", status=503)
        ada, job = self.make("Ada", image_1920=RED)
        (copy,) = self.external.named("Ada")
        self.external.later()
        changed = {"phone": "+1 555", "image_1920": BLUE.decode()}
        self.external.change(copy["id"], **changed)
        self.external.trouble = None
        self.run_again(job)
        self.assertEqual(copy["phone"], "+1 555")
        self.assert_all_done(self.run_pull())
        self.assertEqual(ada.image_1920, BLUE)

    def test_database_in_trouble_is_tried_again(self):
        fault = "psycopg2.errors.SerializationFailure: could not serialize access\n"
        self.external.trouble = Trouble("load", fault=fault)
        _, job = self.make("Ada")
        self.assertEqual(job.state, "pending", self.log_text(job))

    def test_collision_with_another_call_is_no_refusal(self):
        self.external.collides = True
        ada, job = self.make("Ada")
        self.assert_all_done(job)
        self.assertEqual(len(self.external.named("Ada")), 1)
        self.assertEqual(self.copy_of(ada)["name"], "Ada")

    def test_pull_from_a_busy_server_is_tried_again(self):
        ada = self.pushed("Ada", image_1920=RED)
        self.external.change(self.copy_of(ada)["id"], image_1920=BLUE.decode())
        self.external.trouble = Trouble("search_read", status=503)
        job = self.run_pull()
        self.assertEqual(job.state, "pending")
        self.external.trouble = None
        self.run_again(job)
        self.assert_all_done(job)
        self.assertEqual(ada.image_1920, BLUE)

    @mute_logger("odoo.addons.queue_job.job")
    def test_endless_trouble_ends_as_a_failed_job(self):
        self.external.trouble = Trouble("any", status=503)
        _, job = self.make("Ada")
        for _attempt in range(4):
            self.run_again(job)
        self.assertEqual(job.state, "failed")
        self.assertIn("can't be reached now (HTTP status 503)", job.error)
        self.external.trouble = None
        job.action_retry()
        self.run_jobs()
        self.assert_all_done(job)
        self.assertEqual(len(self.external.named("Ada")), 1)
