"""The demo project between two real Odoo servers, with workers and a job runner."""

import story
from stage import wait_for


class TestOdoo2odoo(story.Story):
    """More of what users do, and what may happen to them."""

    def test_upload_all_partners(self):
        self._forget_links()
        job = self._upload()
        self.assertTrue(self.read("sync.job", [("parent_id", "=", job)], "state"))
        companies = [("is_company", "=", True)]
        for row in self.read("res.partner", companies, "name", limit=3):
            name = row["name"]
            copies = self.external(name) + self.external(f"Sync Studio: {name}")
            self.assertEqual(len(copies), 1)
        partners = self.admin.call("res.partner", "search_count", [])
        self.assertGreaterEqual(len(self._links()), partners)

    def test_uploads_without_links_find_their_copies_again(self):
        self._upload()
        count = self.studio.external_rpc("res.partner", "search_count", [])
        before = {(row["ref1"], row["ref2"]) for row in self._links()}
        self._forget_links()
        self.click(self.trigger("upload"))
        self._upload()
        after = {(row["ref1"], row["ref2"]) for row in self._links()}
        # What is archived or was deleted here has kept its copy, and lost its link.
        self.assertTrue(after)
        self.assertLessEqual(after, before)
        again = self.studio.external_rpc("res.partner", "search_count", [])
        self.assertEqual(again, count)

    def test_archived_contact_stays_archived_and_follows(self):
        values = {"name": "Asleep", "active": False}
        (partner,) = self.admin.call("res.partner", "create", [values])
        wait_for("the copy", lambda: self._states("Asleep"))
        self.assertEqual(self._states("Asleep"), [False])
        # Before the link is there, the copy can't follow.
        wait_for("the link", lambda: self._refs(partner))
        for active in (True, False):
            self.admin.call("res.partner", "write", [partner], {"active": active})
            wait_for("the change", lambda now=active: self._states("Asleep") == [now])

    def _states(self, name):
        rows = self.studio.external_rpc(
            "res.partner",
            "search_read",
            [("name", "=", name), ("active", "in", [True, False])],
            ["active"],
        )
        return [row["active"] for row in rows]

    def _refs(self, partner):
        return [row for row in self._links() if row["ref1"] == str(partner)]

    def _upload(self):
        """Press the button, wait for all its jobs, and return the one of this click."""
        trigger = self.trigger("upload")
        pressed = self.click(trigger)
        self.finished(pressed)
        for job in self.jobs(trigger):
            self.assertEqual(
                self.finished(job["id"])["state"], "done", self.log(job["id"])
            )
        return pressed

    def _forget_links(self):
        ids = [row["id"] for row in self._links()]
        self.admin.call("sync.link", "unlink", ids)

    def _links(self):
        return self.read(
            "sync.link", [("relation", "=like", story.RELATION)], "ref1", "ref2"
        )

    def test_external_system_is_down_for_a_while(self):
        self.studio.external.stop()
        try:
            values = {"name": "Patience"}
            (partner,) = self.admin.call("res.partner", "create", [values])
            job = self.jobs(self.trigger("push"))[0]["id"]
            wait_for(
                "the first attempt",
                lambda: "can't be reached" in "\n".join(self.log(job)),
            )
            # The log is there a moment before the job is back in the queue.
            wait_for("its end", lambda: self.job(job)["state"] == "pending", 10)
        finally:
            # The tests after this one need it as well.
            self.studio.external.start()
            self.studio.external.wait()
        self.assertEqual(self.finished(job)["state"], "done", self.log(job))
        (copy,) = self.external("Patience")
        self.assertEqual(self.link(partner)["ref2"], str(copy["id"]))
