"""What Trello tells its webhooks."""

import base64
import hashlib
import hmac

from ..trello import BOARD_ID
from .test_trello_api import TrelloCase


class HookCase(TrelloCase):
    def setUp(self):
        super().setUp()
        self.hook = self.receiver()

    def create_hook(self, model: str = BOARD_ID) -> dict:
        return self.post("webhooks", callbackURL=self.hook.url, idModel=model)

    def bodies(self) -> list[dict]:
        self.sim.wait_deliveries()
        return self.hook.bodies()

    def actions(self) -> list[dict]:
        return [body["action"] for body in self.bodies()]

    def types(self) -> list[str]:
        return [action["type"] for action in self.actions()]


class TestWebhooks(HookCase):
    def test_address_must_answer_a_head_request(self):
        self.sim.delivery_headers["Cookie"] = "test=1"
        self.create_hook()
        (call,) = self.hook.calls
        self.assertEqual((call.method, call.headers["Cookie"]), ("HEAD", "test=1"))

    def test_address_that_does_not_answer_is_refused(self):
        self.hook.answers = [404]
        data = {"callbackURL": self.hook.url, "idModel": BOARD_ID}
        answer = self.api("POST", "webhooks", data=data)
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(
            answer.json()["message"],
            f"URL ({self.hook.url}) did not return 200 status code, got 404",
        )
        data["callbackURL"] = "http://127.0.0.1:9/nobody"
        answer = self.api("POST", "webhooks", data=data)
        self.assertIn("not reachable", answer.json()["message"])
        self.assertEqual(self.get(f"tokens/{self.sim.token}/webhooks"), [])

    def test_same_webhook_twice_is_refused(self):
        self.create_hook()
        data = {"callbackURL": self.hook.url, "idModel": BOARD_ID}
        answer = self.api("POST", "webhooks", json=data)
        self.assertIn("already exists", answer.json()["message"])
        data["idModel"] = "0" * 24
        self.assertRefused(
            self.api("POST", "webhooks", json=data), 400, "invalid value for idModel"
        )

    def test_webhook_is_listed_changed_and_deleted(self):
        hook = self.create_hook()
        (found,) = self.get(f"tokens/{self.sim.token}/webhooks")
        self.assertEqual(found["id"], hook["id"])
        self.put(f"webhooks/{hook['id']}", active=False, description="Mine")
        self.assertEqual(self.get(f"webhooks/{hook['id']}")["description"], "Mine")
        self.card()
        self.done("DELETE", f"webhooks/{hook['id']}")
        self.assertEqual(self.api("GET", f"webhooks/{hook['id']}").status_code, 404)
        self.assertEqual(self.bodies(), [])


class TestActions(HookCase):
    def setUp(self):
        super().setUp()
        self.create_hook()
        self.desk = self.sim.visitor()

    def test_deliveries_are_signed(self):
        self.card("Ünïcode")
        self.sim.wait_deliveries()
        call = self.hook.calls[-1]
        content = call.body + self.hook.url.encode()
        code = hmac.new(self.sim.secret.encode(), content, hashlib.sha1).digest()
        expected = base64.b64encode(code).decode()
        self.assertEqual(call.headers["X-Trello-Webhook"], expected)

    def test_body_tells_model_action_and_webhook(self):
        self.desk.add_card(self.sim.list_named("To do"), "One")
        (body,) = self.bodies()
        self.assertEqual(body["model"]["id"], BOARD_ID)
        self.assertEqual(body["webhook"]["callbackURL"], self.hook.url)
        action = body["action"]
        self.assertEqual(action["type"], "createCard")
        self.assertEqual(action["memberCreator"]["username"], "robin")
        self.assertEqual(action["data"]["card"]["name"], "One")
        self.assertEqual(action["data"]["list"]["name"], "To do")
        self.assertEqual(action["data"]["board"]["id"], BOARD_ID)

    def test_life_of_a_card(self):
        label = self.desk.create_label("bug", "red")
        card = self.desk.add_card(self.sim.list_named("To do"), "One")
        self.desk.edit_card(card, name="Two", closed=True)
        self.desk.move_card(card, self.sim.list_named("Done"))
        self.desk.add_label(card, label)
        self.desk.remove_label(card, label)
        self.desk.delete_card(card)
        self.assertEqual(
            self.types(),
            [
                "createLabel",
                "createCard",
                "updateCard",
                "updateCard",
                "updateCard",
                "addLabelToCard",
                "removeLabelFromCard",
                "deleteCard",
            ],
        )
        renamed, archived, moved, labelled = self.actions()[2:6]
        self.assertEqual(renamed["data"]["old"], {"name": "One"})
        self.assertEqual(archived["data"]["old"], {"closed": False})
        self.assertTrue(archived["data"]["card"]["closed"])
        self.assertEqual(moved["data"]["listAfter"]["name"], "Done")
        self.assertEqual(labelled["data"]["label"]["name"], "bug")
        self.assertEqual(labelled["data"]["value"], "red")

    def test_labels(self):
        label = self.desk.create_label("bug", "red")
        self.desk.edit_label(label, name="fault", color=None)
        self.desk.delete_label(label)
        created, renamed, recoloured, deleted = self.actions()
        self.assertEqual(created["data"]["label"]["color"], "red")
        self.assertEqual(renamed["data"]["old"], {"name": "bug"})
        self.assertEqual(recoloured["data"]["old"], {"color": "red"})
        self.assertIsNone(recoloured["data"]["label"]["color"])
        self.assertEqual(deleted["data"]["label"], {"id": label.id})

    def test_comments(self):
        card = self.desk.add_card(self.sim.list_named("To do"), "One")
        comment = self.desk.comment(card, "First")
        self.desk.edit_comment(comment, "Second")
        self.desk.delete_comment(comment)
        created, changed, deleted = self.actions()[1:]
        self.assertEqual(created["data"]["text"], "First")
        self.assertEqual(changed["data"]["old"], {"text": "First"})
        self.assertEqual(changed["data"]["action"]["text"], "Second")
        self.assertEqual(deleted["type"], "deleteComment")
        self.assertEqual(deleted["data"]["action"]["id"], comment["id"])

    def test_labels_of_a_new_card_are_told_one_by_one(self):
        label = self.label("bug")
        self.card(idLabels=label["id"])
        self.assertEqual(self.types(), ["createLabel", "createCard", "addLabelToCard"])

    def test_no_change_makes_no_action(self):
        card = self.card("One", desc="Text")
        self.put(f"cards/{card['id']}", name="One", desc="Text", closed=False)
        self.assertEqual(self.types(), ["createCard"])

    def test_client_identifier_comes_back(self):
        data = {"idList": self.lists["To do"], "name": "One"}
        headers = {"X-Trello-Client-Identifier": "sync-studio"}
        self.done("POST", "cards", json=data, headers=headers)
        self.card("Two")
        self.sim.wait_deliveries()
        found = [
            call.headers.get("X-Trello-Client-Identifier")
            for call in self.hook.calls[1:]
        ]
        self.assertEqual(found, ["sync-studio", None])

    def test_webhook_of_a_card_hears_only_of_it(self):
        card = self.card("One")
        other = self.receiver()
        self.post("webhooks", callbackURL=other.url, idModel=card["id"])
        self.card("Two")
        self.put(f"cards/{card['id']}", name="Three")
        self.sim.wait_deliveries()
        (body,) = other.bodies()
        self.assertEqual(body["model"]["name"], "Three")


class TestTrouble(HookCase):
    def test_delivery_is_tried_four_times(self):
        hook = self.create_hook()
        self.hook.answers = [500] * 4
        self.card("One")
        self.assertEqual(len(self.bodies()), 4)
        self.assertEqual(len({call.body for call in self.hook.calls[1:]}), 1)
        found = self.get(f"webhooks/{hook['id']}")
        self.assertEqual(found["consecutiveFailures"], 1)
        self.assertTrue(found["firstConsecutiveFailDate"])
        self.card("Two")
        self.sim.wait_deliveries()
        found = self.get(f"webhooks/{hook['id']}")
        self.assertEqual(found["consecutiveFailures"], 0)

    def test_failing_delivery_does_not_hold_up_the_next(self):
        self.create_hook()
        self.hook.answers = [500]
        self.card("One")
        self.until(lambda: len(self.hook.calls) > 1)
        self.card("Two")
        names = [action["data"]["card"]["name"] for action in self.actions()]
        self.assertEqual(sorted(names), ["One", "One", "Two"])

    def test_receiver_that_is_gone_loses_its_webhook(self):
        self.create_hook()
        self.hook.answers = [410]
        self.card()
        self.assertEqual(len(self.bodies()), 1)
        self.assertEqual(self.get(f"tokens/{self.sim.token}/webhooks"), [])

    def test_lost_duplicate_and_reordered_deliveries(self):
        self.create_hook()
        self.sim.fail("lose")
        self.card("Lost")
        self.sim.fail("duplicate")
        self.card("Double")
        self.sim.wait_deliveries()
        self.sim.fail("reorder", times=3)
        for name in ("1", "2", "3"):
            self.card(name)
        names = [action["data"]["card"]["name"] for action in self.actions()]
        self.assertEqual(names, ["Double", "Double", "3", "2", "1"])

    def test_callback_may_call_back_while_it_is_checked(self):
        outer = self

        def application(environ, start_response):
            outer.get("members/me")
            start_response("200 OK", [("Content-Length", "0")])
            return [b""]

        self.hook._server._application = application
        self.hook.stop()
        self.hook.start()
        self.create_hook()
