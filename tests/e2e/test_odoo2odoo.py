"""The demo project between two real Odoo servers, with workers and a job runner."""

import story
from stage import wait_for


class TestOdoo2odoo(story.Story):
    """More of what users do, and what may happen to them."""

    def test_upload_all_partners(self):
        upload = self.trigger("upload")
        partners = self.admin.call("res.partner", "search_count", [])
        job = self.click(upload)
        self.assertEqual(self.finished(job)["state"], "done", self.log(job))
        children = [row["id"] for row in self.jobs(upload) if row["parent_id"]]
        self.assertTrue(children)
        for child in children:
            self.assertEqual(self.finished(child)["state"], "done", self.log(child))
        names = self.read("res.partner", [("is_company", "=", True)], "name", limit=3)
        for row in names:
            self.assertTrue(self.external(f"Sync Studio: {row['name']}"))
        links = [("relation", "=", story.RELATION)]
        linked = self.admin.call("sync.link", "search_count", links)
        self.assertGreaterEqual(linked, partners)

    def test_external_system_is_down_for_a_while(self):
        self.studio.external.stop()
        (partner,) = self.admin.call("res.partner", "create", [{"name": "Patience"}])
        job = self.jobs(self.trigger("push"))[0]["id"]
        wait_for(
            "the first attempt", lambda: "can't be reached" in "\n".join(self.log(job))
        )
        self.assertEqual(self.job(job)["state"], "pending")
        self.studio.external.start()
        self.studio.external.wait()
        self.assertEqual(self.finished(job)["state"], "done", self.log(job))
        (copy,) = self.external("Patience")
        self.assertEqual(self.link(partner)["ref2"], str(copy["id"]))
