"""The keys: made once, never replaced by accident, exchanged in one go."""

import base64
import hmac
import tempfile
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from cryptography.fernet import Fernet, InvalidToken
from odoo.exceptions import UserError
from odoo.tools import file_open, mute_logger

from ...engine.errors import KeyMismatch, KeyMissing
from ...engine.events import memory
from ...engine.vault import authority, cipher, keys, rotation
from ..common import run_jobs
from .security_common import PASSWORD, TOKEN, SecurityCase


class TestSecurityKeys(SecurityCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.key_file = Path(folder.name) / keys.FILE
        # Not in setUpClass' own patches: what it creates is locked with this key.
        cls.right = (Fernet.generate_key(),)
        with patch.object(keys, "file", lambda: cls.key_file):
            keys.store(cls.right)
            super().setUpClass()

    def setUp(self):
        super().setUp()
        self.patch(keys, "file", lambda: self.key_file)
        keys.store(self.right)

    @contextmanager
    def other_keys(self, *others):
        """Put other keys, or none, in the place of the right one."""
        if others:
            keys.store(others)
        else:
            self.key_file.unlink()
        yield
        keys.store(self.right)

    def run_bank(self):
        return self.run_lines("log(size())")

    # -- none, or another one --------------------------------------------------

    def test_lost_key(self):
        with self.other_keys():
            job = self.run_bank()
            self.assertEqual(job.state, "failed")
            self.assertIn(f"the file {self.key_file} can't be read", job.error)
            self.assertIn("is missing", self.project.vault_warning)
            with authority.granted(), self.assertRaisesRegex(UserError, "is missing"):
                self.project.secret_ids[0].value = "a new value"
            self.assertFalse(self.key_file.exists(), "a new key was made")
        self.env.invalidate_all()
        self.assertFalse(self.project.vault_warning)
        self.assertEqual(self.run_bank().state, "done")

    def test_wrong_key(self):
        with self.other_keys(Fernet.generate_key()):
            job = self.run_bank()
            self.assertEqual(job.state, "failed")
            self.assertIn("the Protected Code has no signature by the key", job.error)
            self.assertIn("doesn't open the secret", self.project.vault_warning)
            self.assertFalse(self.project.needs_signature)
            with (
                self.assertRaisesRegex(UserError, "doesn't open"),
                self.env.cr.savepoint(),
                authority.granted(),
            ):
                self.project.protected_code = "x = 1"
        self.env.invalidate_all()
        self.assertEqual(self.run_bank().state, "done")

    def test_what_is_no_key(self):
        with self.other_keys(b"nonsense"):
            self.env.registry.clear_cache()
            self.project.invalidate_recordset()
            self.assertIn(str(self.key_file), self.project.vault_warning)
            with self.assertRaisesRegex(KeyMismatch, "is not a key"):
                cipher.encrypt("secret/1/X", "value")

    def test_other_projects_keep_working(self):
        plain = self.make_project(name="Plain")
        task = self.make_task("def handle_button():\n    log('fine')\n", plain)
        trigger = self.make_trigger(task)
        with self.other_keys():
            trigger.action_run_now()
            job = run_jobs(self.env)
            self.assertEqual(job.state, "done", job.error)
            self.assertFalse(plain.vault_warning)

    def test_two_workers_make_one_key(self):
        with self.other_keys():
            first = keys.load(create=True)
            with self.assertRaises(FileExistsError):
                keys.store((Fernet.generate_key(),), replace=False)
            self.assertEqual(keys.load(create=True), first)
            self.assertEqual(list(self.key_file.parent.iterdir()), [self.key_file])

    def test_no_key_is_made_while_anything_is_locked(self):
        with self.other_keys(), self.assertRaises(KeyMissing):
            cipher.encrypt("secret/1/X", "value")

    # -- replacing it ----------------------------------------------------------

    def token(self):
        self.project.invalidate_recordset()
        secret = self.project.secret_ids.filtered(lambda s: s.key == "TOKEN")
        return secret.token

    def test_rotation(self):
        old_token, old_keys = self.token(), keys.load()
        rotation.add_key()
        self.assertEqual(keys.load()[1:], old_keys)
        done = rotation.rotate(self.env.cr)
        self.assertGreaterEqual(done.tokens, 2)
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertNotEqual(self.token(), old_token)
        # The demo projects were signed with the key of the data directory.
        own = (self.project.name, f"secret/{self.project.id}/")
        for problem in rotation.problems(self.env.cr, only_first=True):
            self.assertFalse([name for name in own if name in problem], problem)
        rotation.forget_old_keys()
        self.assertEqual(self.run_bank().state, "done")
        owner = f"secret/{self.project.id}/TOKEN"
        with self.assertRaises(KeyMismatch):
            cipher.decrypt(owner, old_token)
        self.assertEqual(cipher.decrypt(owner, self.token()), TOKEN)

    def as_first_release(self, owner, value):
        """Return a token and a signature as release 19.0.1.0.0 made them."""
        (key,) = self.right
        token = Fernet(key).encrypt(f"{owner}\0{value}".encode()).decode()
        message = f"sync protected code\0{owner}\0{value}".encode()
        return token, hmac.digest(key, message, "sha256").hex()

    def store_as_first_release(self):
        """Put what the first release would have stored in the place of all."""
        for secret, value in (("TOKEN", TOKEN), ("PASSWORD", PASSWORD)):
            token, _signature = self.as_first_release(
                f"secret/{self.project.id}/{secret}", value
            )
            self.env.cr.execute(
                "UPDATE sync_project_secret SET token = %s"
                " WHERE project_id = %s AND key = %s",
                [token, self.project.id, secret],
            )
        _token, signature = self.as_first_release(
            f"project/{self.project.id}", self.project.approved_text
        )
        self.env.cr.execute(
            "UPDATE sync_project SET protected_signature = %s WHERE id = %s",
            [signature, self.project.id],
        )
        self.env.invalidate_all()
        memory.changed(self.env, self.project.ids)

    def by_the_key_itself(self):
        """Tell whether the key itself opens the token and made the signature."""
        text = self.project.approved_text
        _token, signature = self.as_first_release(f"project/{self.project.id}", text)
        try:
            Fernet(self.right[0]).decrypt(self.token().encode())
        except InvalidToken:
            return False, self.project.protected_signature == signature
        return True, self.project.protected_signature == signature

    def test_what_the_first_release_stored_opens_and_is_rewritten(self):
        self.assertEqual(self.by_the_key_itself(), (False, False))
        self.store_as_first_release()
        self.assertEqual(self.by_the_key_itself(), (True, True))
        self.assertFalse(self.project.vault_warning)
        self.assertEqual(self.run_bank().state, "done")
        rotation.rotate(self.env.cr)
        self.env.invalidate_all()
        memory.changed(self.env, self.project.ids)
        self.assertEqual(self.by_the_key_itself(), (False, False))
        self.assertFalse(self.project.vault_warning)
        self.assertEqual(self.run_bank().state, "done")

    def test_what_the_first_release_stored_opens_with_an_old_key(self):
        self.store_as_first_release()
        rotation.add_key()
        self.assertEqual(self.run_bank().state, "done")
        own = f"secret/{self.project.id}/"
        problems = rotation.problems(self.env.cr, only_first=True)
        self.assertIn(own, "".join(problems))
        self.assertIn(f'project "{self.project.name}"', "".join(problems))
        rotation.rotate(self.env.cr)
        self.assertNotIn(own, "".join(rotation.problems(self.env.cr, only_first=True)))

    def test_keys_of_encryption_and_signature_are_derived_as_documented(self):
        """HKDF by hand: RFC 5869 with SHA-256, no salt, one block."""
        (key,) = self.right
        secret = hmac.digest(b"\0" * 32, base64.urlsafe_b64decode(key), "sha256")
        lock = hmac.digest(secret, b"sync studio: encryption\1", "sha256")
        sign = hmac.digest(secret, b"sync studio: signature\1", "sha256")
        token = cipher.encrypt("secret/1/X", "value").encode()
        opened = Fernet(base64.urlsafe_b64encode(lock)).decrypt(token)
        self.assertEqual(opened, b"secret/1/X\0value")
        message = b"sync protected code\0project/1\0text"
        signature = hmac.digest(sign, message, "sha256").hex()
        self.assertEqual(cipher.sign("project/1", "text"), signature)

    def test_rotation_all_or_nothing(self):
        self.env.cr.execute(
            "UPDATE sync_project_secret SET token = 'damaged' WHERE key = 'PASSWORD'"
        )
        problems = rotation.problems(self.env.cr)
        self.assertIn("PASSWORD", "".join(problems))
        before = self.token()
        rotation.add_key()
        with self.assertRaises(KeyMismatch), self.env.cr.savepoint():
            rotation.rotate(self.env.cr)
        self.assertEqual(self.token(), before)

    def test_rotation_signs_nothing_that_was_not_signed(self):
        self.env.cr.execute(
            'UPDATE sync_project SET approved_text = \'{"code": "", "params": {}}\''
            " WHERE id = %s",
            self.project.ids,
        )
        done = rotation.rotate(self.env.cr)
        self.assertIn("Bank", done.unsigned)

    # -- copies for tests ------------------------------------------------------

    @mute_logger("odoo.addons.sync.engine.logs.alarm")
    def test_neutralized_copy(self):
        task = self.make_task(
            """
            def handle_webhook(r):
                pass

            def handle_cron():
                pass

            def handle_button():
                log(1)
            """,
            self.project,
        )
        kinds = ("webhook", "cron", "button")
        hook, cron, button = (self.make_trigger(task, k, name=k) for k in kinds)
        cron.action_run_manually()
        old = hook.webhook_token
        self.env.flush_all()
        with file_open("sync/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertFalse(any(self.project.secret_ids.mapped("token")))
        self.assertFalse(self.project.active or cron.cron_id.active)
        self.assertNotEqual(hook.webhook_token, old)
        states = self.env["sync.job"].search([]).mapped("state")
        self.assertEqual(set(states) - {"done", "failed"}, {"cancelled"})
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        self.project.active = True
        with self.assertRaisesRegex(UserError, "neutralized copy"):
            button.action_run_now()
        with authority.granted():
            self.project.run_neutralized = True
        button.action_run_now()
        # It runs, and finds that the copy has no secrets.
        self.assertIn("has no secret TOKEN", run_jobs(self.env).error)
