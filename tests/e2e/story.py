"""What a user of the demo project does and sees, with and without a job runner."""

import time

from stage import StudioCase, photo, wait_for

PASSWORD = "a-password-of-hers"
RELATION = "odoo2odoo_partner@%"


class Story(StudioCase):
    """A contact goes out with its photo, and comes back with another one."""

    def test_contact_goes_out_and_its_new_photo_comes_back(self):
        red, blue = photo("red"), photo("blue")
        user, client = self._make_user()
        values = {"name": "Ada Lovelace", "email": "ada@example.com", "image_1920": red}
        (partner,) = client.call("res.partner", "create", [values])

        copy = wait_for("the copy", lambda: self.external("Ada Lovelace"))[0]
        self.assertEqual(copy["email"], "ada@example.com")
        self.assertEqual(copy["image_1920"], red)
        self._check_push(partner, copy, user)

        # Dates travel without their fractions: a change needs another second.
        time.sleep(1.1)
        changed = {"image_1920": blue}
        self.studio.external_rpc("res.partner", "write", [copy["id"]], changed)
        job = self.run_manually()
        self.assertEqual(self.image(partner), blue)
        self.assertIn("New avatar: Ada Lovelace", self.log(job))
        self.assertGreater(self.link(partner)["date"], copy["create_date"])

        job = self.run_manually()
        self.assertNotIn("New avatar: Ada Lovelace", self.log(job))

    def _check_push(self, partner, copy, user):
        """Check that job, log and link tell what happened."""
        push = self.trigger("push")
        (job,) = [row for row in self.jobs(push) if row["user_id"][0] == user]
        job = self.finished(job["id"])
        self.assertEqual(job["state"], "done")
        self.assertTrue(job["date_start"] <= job["date_end"])
        log = self.log(job["id"])
        self.assertIn("Pushed: Ada Lovelace", log)
        self.assertTrue(any('"load"' in line for line in log))
        link = self.link(partner)
        self.assertEqual(link["ref2"], str(copy["id"]))
        self.assertEqual(link["date"], copy["create_date"])

    def _make_user(self):
        """Create somebody who may do nothing but edit contacts; return id, client."""
        groups = ["base.group_user", "base.group_partner_manager"]
        values = {
            "name": "Grace",
            "login": "grace",
            "password": PASSWORD,
            "group_ids": [(6, 0, [self.xmlid(group) for group in groups])],
        }
        (user,) = self.admin.call("res.users", "create", [values])
        return user, self.studio.client("grace", PASSWORD)

    def trigger(self, name):
        return {"id": self.xmlid(f"sync.trigger_demo_odoo2odoo_{name}")}

    def run_manually(self):
        """Press the cron's button; return the job when it is done."""
        pull = self.trigger("pull")
        self.admin.call("sync.trigger", "action_run_manually", [pull["id"]])
        job = self.jobs(pull)[0]["id"]
        self.assertEqual(self.finished(job)["state"], "done", self.log(job))
        return job

    def link(self, partner):
        domain = [("relation", "=like", RELATION), ("ref1", "=", str(partner))]
        (link,) = self.read("sync.link", domain, "ref2", "date", "model")
        self.assertEqual(link["model"], "res.partner")
        return link

    def image(self, partner):
        domain = [("id", "=", partner)]
        return self.read("res.partner", domain, "image_1920")[0]["image_1920"]

    def external(self, name):
        """Return the external system's partners of a name."""
        fields = ["email", "image_1920", "create_date"]
        domain = [("name", "=", name)]
        return self.studio.external_rpc("res.partner", "search_read", domain, fields)
