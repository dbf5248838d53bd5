from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import SyncCase

OLD = "def handle_button():\n    log('old')\n"
THEIRS = "def handle_button():\n    log('theirs')\n"
MINE = "def handle_button():\n    log('mine')\n"


@tagged("post_install", "-at_install")
class TestCodeSeen(SyncCase, HttpCase):
    """Who saves code in a form is told if somebody else has saved meanwhile."""

    def setUp(self):
        super().setUp()
        self.project = self.make_project(protected_code="A = 1", common_code="B = 1")
        self.task = self.make_task(OLD, self.project)

    def post(self, user, record, method, *args, **kwargs):
        """Call a method as the web client of ``user``; return the whole answer."""
        self.authenticate(user.login, user.login)
        params = {"model": record._name, "method": method, "kwargs": kwargs}
        answer = self.url_open(
            f"/web/dataset/call_kw/{record._name}/{method}",
            json={"params": {**params, "args": [record.ids, *args]}},
        ).json()
        self.env.invalidate_all()
        return answer

    def call(self, user, record, method, *args, **kwargs):
        answer = self.post(user, record, method, *args, **kwargs)
        self.assertNotIn("error", answer)
        return answer["result"]

    def seen(self, user, record):
        """Return what the form has seen after ``user`` has opened it."""
        return self.call(user, record, "web_read", {"code_seen": {}})[0]["code_seen"]

    def save(self, user, record, seen, **values):
        values = {**values, "code_seen": seen}
        return self.call(user, record, "web_save", values, specification={})

    def assert_refused(self, user, record, seen, **values):
        [(field, text)] = values.items()
        values["code_seen"] = seen
        with mute_logger("odoo.http"):
            answer = self.post(user, record, "web_save", values, specification={})
        data = answer["error"]["data"]
        self.assertEqual(data["name"], "odoo.exceptions.UserError")
        self.assertIn("changed after you opened it", data["message"])
        conflict = data["context"]["sync_saved_meanwhile"]
        self.assertEqual(conflict["field"], field)
        self.assertIn(f"+{text.splitlines()[-1]}", conflict["diff"])

    def test_the_later_one_is_refused_until_the_saved_text_is_seen(self):
        seen = self.seen(self.developer, self.task)
        self.save(self.manager, self.task, seen, code=THEIRS)
        self.assert_refused(self.developer, self.task, seen, code=MINE)
        self.assertEqual(self.task.code, THEIRS)
        seen = self.seen(self.developer, self.task)
        self.save(self.developer, self.task, seen, code=MINE)
        self.assertEqual(self.task.code, MINE)

    def test_each_text_is_looked_at_for_itself(self):
        seen = self.seen(self.developer, self.project)
        self.save(self.manager, self.project, seen, common_code="B = 2")
        self.save(self.developer, self.project, seen, name="Other shop")
        self.save(self.developer, self.project, seen, common_code="B = 2")
        self.assert_refused(self.developer, self.project, seen, common_code="B = 3")
        self.assertEqual(self.project.name, "Other shop")
        self.assertEqual(self.project.common_code, "B = 2")

    def test_protected_code_is_signed_or_refused_as_a_whole(self):
        groups = "base.group_user,sync.group_manager"
        other = new_test_user(self.env, "other_manager", groups)
        seen = self.seen(self.manager, self.project)
        self.save(self.manager, self.project, seen, protected_code="A = 2")
        self.assertFalse(self.project.vault_warning)
        self.assert_refused(other, self.project, seen, protected_code="A = 3")
        self.assertEqual(self.project.protected_code, "A = 2")
        self.assertFalse(self.project.vault_warning)

    def test_a_fingerprint_is_shown_to_those_who_may_read_the_text(self):
        self.assertEqual(
            self.seen(self.developer, self.project).keys(), {"common_code"}
        )
        self.assertIn("protected_code", self.seen(self.manager, self.project))

    def test_data_of_a_button_is_a_text_like_code(self):
        button = self.make_trigger(self.task, data="a: 1")
        seen = self.seen(self.developer, button)
        self.save(self.manager, button, seen, data="a: 2")
        self.assert_refused(self.developer, button, seen, data="a: 3")

    def test_a_script_that_has_seen_nothing_writes(self):
        self.task.code = THEIRS
        self.call(self.developer, self.task, "write", {"code": MINE})
        self.assertEqual(self.task.code, MINE)
        self.save(self.developer, self.task, False, code=OLD)
        self.assertEqual(self.task.code, OLD)
