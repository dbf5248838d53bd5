"""Trello's REST API, called by requests."""

import requests

from ..trello import BOARD_ID, BOARD_LINK, TrelloSimulator
from .common import SimulatorCase


class TrelloCase(SimulatorCase):
    def setUp(self):
        super().setUp()
        self.sim = self.start(TrelloSimulator(time_scale=0.001))
        self.lists = {
            item["name"]: item["id"] for item in self.get(f"boards/{BOARD_ID}/lists")
        }

    def api(self, method: str, path: str, **options: object) -> requests.Response:
        """Call the API with key and token in the header."""
        header = f'OAuth oauth_consumer_key="{self.sim.key}", '
        header += f'oauth_token="{self.sim.token}"'
        headers = {"Authorization": header, **options.pop("headers", {})}
        url = f"{self.sim.url}/1/{path}"
        return self.call(method, url, headers=headers, **options)

    def done(self, method: str, path: str, **options: object) -> object:
        answer = self.api(method, path, **options)
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json()

    def get(self, path: str, **params: object) -> object:
        return self.done("GET", path, params=params)

    def post(self, path: str, **data: object) -> object:
        return self.done("POST", path, json=data)

    def put(self, path: str, **data: object) -> object:
        return self.done("PUT", path, json=data)

    def assertRefused(self, answer: requests.Response, status: int, text: str) -> None:
        self.assertEqual((answer.status_code, answer.text), (status, text))

    def card(self, name: str = "One", **values: object) -> dict:
        return self.post("cards", idList=self.lists["To do"], name=name, **values)

    def label(self, name: str, color: str | None = "green") -> dict:
        return self.post("labels", idBoard=BOARD_ID, name=name, color=color)


class TestAccess(TrelloCase):
    def test_key_and_token_come_in_query_body_or_header(self):
        url = f"{self.sim.url}/1/members/me"
        pair = {"key": self.sim.key, "token": self.sim.token}
        self.assertEqual(self.call("GET", url, params=pair).json()["initials"], "SB")
        data = {**pair, "name": "x", "idList": self.lists["To do"]}
        for options in ({"data": data}, {"json": data}):
            url = f"{self.sim.url}/1/cards"
            self.assertEqual(self.call("POST", url, **options).status_code, 200)
        self.assertEqual(self.get("members/me")["username"], "studiobot")

    def test_wrong_key_or_token(self):
        url = f"{self.sim.url}/1/members/me"
        self.assertRefused(self.call("GET", url), 401, "invalid key")
        pair = {"key": self.sim.key, "token": "wrong"}
        answer = self.call("GET", url, params=pair)
        self.assertRefused(answer, 401, "invalid app token")

    def test_what_does_not_exist(self):
        missing = "The requested resource was not found."
        self.assertRefused(self.api("GET", f"cards/{'0' * 24}"), 404, missing)
        self.assertRefused(self.api("GET", "cards/nonsense!"), 400, "invalid id")
        self.assertRefused(self.api("GET", "coffee"), 404, "Cannot GET /1/coffee")

    def test_calls_are_limited(self):
        self.sim.rate_limit = len(self.sim.recent) + 1
        answer = self.api("GET", "members/me")
        self.assertEqual(answer.headers["x-rate-limit-api-token-remaining"], "0")
        answer = self.api("GET", "members/me")
        self.assertEqual(answer.status_code, 429)
        self.assertEqual(answer.json()["error"], "API_TOKEN_LIMIT_EXCEEDED")

    def test_limit_and_breakdown_on_demand(self):
        self.sim.fail("rate_limit")
        self.assertEqual(self.api("GET", "members/me").status_code, 429)
        self.sim.fail("status", status=503)
        self.assertEqual(self.api("GET", "members/me").status_code, 503)


class TestBoards(TrelloCase):
    def test_board_is_found_by_id_and_by_short_link(self):
        board = self.get(f"boards/{BOARD_LINK}")
        self.assertEqual((board["id"], board["name"]), (BOARD_ID, "Studio"))
        self.assertEqual(self.get("members/me/boards")[0]["id"], BOARD_ID)
        self.assertEqual(self.call("GET", board["url"]).status_code, 200)

    def test_new_board_has_lists_and_nameless_labels(self):
        self.assertEqual(list(self.lists), ["To do", "Doing", "Done"])
        labels = self.get(f"boards/{BOARD_ID}/labels")
        self.assertEqual({label["name"] for label in labels}, {""})
        board = self.post("boards", name="Other", defaultLists="false")
        self.assertEqual(self.get(f"boards/{board['id']}/lists"), [])

    def test_lists_are_created_renamed_and_archived(self):
        column = self.post("lists", idBoard=BOARD_ID, name="Later", pos="top")
        self.put(f"lists/{column['id']}", name="Some day", closed=True)
        self.assertTrue(self.get(f"lists/{column['id']}")["closed"])
        names = [item["name"] for item in self.get(f"boards/{BOARD_ID}/lists")]
        self.assertEqual(names, ["To do", "Doing", "Done"])
        every = self.get(f"boards/{BOARD_ID}/lists", filter="all")
        self.assertEqual(every[0]["name"], "Some day")

    def test_fields_can_be_chosen(self):
        board = self.get(f"boards/{BOARD_ID}", fields="name,url")
        self.assertEqual(set(board), {"id", "name", "url"})


class TestCards(TrelloCase):
    def test_card_is_created_read_and_deleted(self):
        label = self.label("bug", "red")
        card = self.card("One", desc="Text", idLabels=label["id"])
        found = self.get(f"cards/{card['shortLink']}")
        self.assertEqual((found["name"], found["desc"]), ("One", "Text"))
        self.assertEqual(found["idLabels"], [label["id"]])
        self.assertEqual(found["labels"][0]["color"], "red")
        self.assertEqual(self.call("GET", found["url"]).status_code, 200)
        self.done("DELETE", f"cards/{card['id']}")
        self.assertEqual(self.api("GET", f"cards/{card['id']}").status_code, 404)

    def test_card_is_changed_moved_and_archived(self):
        card = self.card()
        self.put(
            f"cards/{card['id']}",
            name="Two",
            desc="New",
            idList=self.lists["Done"],
            closed="true",
        )
        found = self.get(f"cards/{card['id']}")
        self.assertEqual(
            (found["name"], found["desc"], found["closed"]), ("Two", "New", True)
        )
        self.assertEqual(self.get(f"lists/{self.lists['Done']}/cards"), [])
        self.put(f"cards/{card['id']}", closed=False)
        (there,) = self.get(f"lists/{self.lists['Done']}/cards")
        self.assertEqual(there["id"], card["id"])

    def test_lists_of_cards_leave_out_the_archived(self):
        cards = [self.card(name) for name in ("One", "Two", "Three")]
        self.put(f"cards/{cards[1]['id']}", closed=True)

        def names(path):
            return [card["name"] for card in self.get(f"boards/{BOARD_ID}/{path}")]

        self.assertEqual(names("cards"), ["One", "Three"])
        self.assertEqual(names("cards/closed"), ["Two"])
        self.assertEqual(names("cards/all"), ["One", "Two", "Three"])
        self.assertEqual(names("cards?filter=all&limit=2"), ["One", "Two"])

    def test_new_cards_go_to_the_bottom_or_the_top(self):
        for name, pos in (("One", "bottom"), ("Two", "bottom"), ("Three", "top")):
            self.card(name, pos=pos)
        cards = self.get(f"lists/{self.lists['To do']}/cards")
        self.assertEqual([card["name"] for card in cards], ["Three", "One", "Two"])

    def test_wrong_values_are_refused(self):
        cases = (
            ("POST", "cards", {"name": "x"}, "idList"),
            (
                "POST",
                "labels",
                {"idBoard": BOARD_ID, "name": "x", "color": "beige"},
                "color",
            ),
            ("PUT", f"cards/{self.card()['id']}", {"closed": "perhaps"}, "closed"),
        )
        for method, path, data, field in cases:
            answer = self.api(method, path, json=data)
            self.assertRefused(answer, 400, f"invalid value for {field}")


class TestLabels(TrelloCase):
    def test_label_is_created_changed_and_deleted(self):
        label = self.label("bug", "red_dark")
        self.put(f"labels/{label['id']}", name="fault", color="sky_light")
        found = self.get(f"labels/{label['id']}")
        self.assertEqual((found["name"], found["color"]), ("fault", "sky_light"))
        self.put(f"labels/{label['id']}/color", value="null")
        self.put(f"labels/{label['id']}/name", value="")
        found = self.get(f"labels/{label['id']}")
        self.assertEqual((found["name"], found["color"]), ("", None))
        self.done("DELETE", f"labels/{label['id']}")
        self.assertEqual(self.api("GET", f"labels/{label['id']}").status_code, 404)

    def test_label_goes_on_a_card_and_off_again(self):
        card, label = self.card(), self.label("bug")
        path = f"cards/{card['id']}/idLabels"
        self.assertEqual(self.post(path, value=label["id"]), [label["id"]])
        again = self.api("POST", path, params={"value": label["id"]})
        self.assertRefused(again, 400, "that label is already on the card")
        self.assertEqual(self.get(f"labels/{label['id']}")["uses"], 1)
        self.done("DELETE", f"{path}/{label['id']}")
        again = self.api("DELETE", f"{path}/{label['id']}")
        self.assertRefused(again, 400, "that label is not on the card")

    def test_labels_of_a_card_are_replaced_together(self):
        one, two, three = (self.label(name) for name in ("1", "2", "3"))
        card = self.card(idLabels=[one["id"], two["id"]])
        wanted = f"{two['id']},{three['id']}"
        changed = self.put(f"cards/{card['id']}", idLabels=wanted)
        names = [label["name"] for label in changed["labels"]]
        self.assertEqual(names, ["2", "3"])

    def test_deleted_label_leaves_its_cards(self):
        label = self.label("bug")
        card = self.card(idLabels=label["id"])
        self.done("DELETE", f"labels/{label['id']}")
        self.assertEqual(self.get(f"cards/{card['id']}")["idLabels"], [])

    def test_label_is_created_on_a_card(self):
        card = self.card()
        self.post(f"cards/{card['id']}/labels", name="bug", color="lime")
        (label,) = self.get(f"cards/{card['id']}")["labels"]
        self.assertEqual((label["name"], label["color"]), ("bug", "lime"))

    def test_long_lists_of_labels_need_a_limit(self):
        for number in range(60):
            self.label(str(number))
        path = f"boards/{BOARD_ID}/labels"
        self.assertEqual(len(self.get(path)), 50)
        self.assertEqual(len(self.get(path, limit=1000)), 66)


class TestComments(TrelloCase):
    def test_comments_are_listed_changed_and_deleted(self):
        card = self.card()
        path = f"cards/{card['id']}/actions"
        first = self.post(f"{path}/comments", text="First")
        self.done("POST", f"{path}/comments", params={"text": "Second"})
        self.put(f"{path}/{first['id']}/comments", text="Changed")
        found = self.get(path, filter="commentCard")
        texts = [action["data"]["text"] for action in found]
        self.assertEqual(texts, ["Second", "Changed"])
        self.assertEqual(found[0]["memberCreator"]["username"], "studiobot")
        self.put(f"actions/{first['id']}", text="Again")
        self.done("DELETE", f"{path}/{first['id']}/comments")
        self.assertEqual(len(self.get(path, filter="commentCard")), 1)
        self.assertEqual(self.get(f"cards/{card['id']}")["badges"]["comments"], 1)

    def test_empty_comment_is_refused(self):
        path = f"cards/{self.card()['id']}/actions/comments"
        self.assertRefused(self.api("POST", path), 400, "invalid value for text")

    def test_moves_are_in_the_history(self):
        card = self.card()
        self.put(f"cards/{card['id']}", idList=self.lists["Done"])
        (move,) = self.get(f"cards/{card['id']}/actions")
        self.assertEqual(move["data"]["listBefore"]["name"], "To do")
        self.assertEqual(move["data"]["listAfter"]["name"], "Done")
