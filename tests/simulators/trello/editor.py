"""Changes a board on somebody's behalf, and tells its webhooks."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from ..core.web import ApiError
from . import shapes
from .errors import invalid
from .store import COLOURS, Board, Card, CardList, Label, Member, place

MAX_TEXT = 16384
# Which fields of a card become which field of the API.
CARD_FIELDS = {
    "name": "name",
    "desc": "desc",
    "closed": "closed",
    "due": "due",
    "dueComplete": "due_complete",
}


@dataclass
class Editor:
    """One person at work on one board.

    ``client`` is the X-Trello-Client-Identifier, which comes back with the webhooks.
    """

    sim: object
    board: Board
    actor: Member
    client: str = ""

    # Lists

    def add_list(self, name: str, pos: object = "bottom") -> CardList:
        """Add a list."""
        if not name:
            raise invalid("name")
        taken = [column.pos for column in self.board.lists.values()]
        column = CardList(self.sim.store.new_id(), name, place(pos, taken))
        self.board.lists[column.id] = column
        self._tell("createList", {"list": shapes.brief_list(column)}, column)
        return column

    def edit_list(self, column: CardList, **values: object) -> CardList:
        """Rename, archive or bring back a list."""
        for name in ("name", "closed"):
            old = getattr(column, name)
            if name in values and values[name] != old:
                setattr(column, name, values[name])
                changed = {**shapes.brief_list(column), name: values[name]}
                data = {"old": {name: old}, "list": changed}
                self._tell("updateList", data, column)
        return column

    # Cards

    def add_card(
        self,
        column: CardList,
        name: str,
        desc: str = "",
        labels: Iterable[Label] = (),
        pos: object = "bottom",
    ) -> Card:
        """Hang a card."""
        self._check_text("name", name)
        self._check_text("desc", desc)
        self.board.last_number += 1
        taken = [other.pos for other in self.board.on_list(column)]
        card = Card(
            self.sim.store.new_id(),
            self.sim.store.new_link(),
            self.board.last_number,
            column,
            name,
            desc,
            place(pos, taken),
            active_at=time.time(),
        )
        self.board.cards[card.id] = card
        self._tell_card("createCard", card, list=shapes.brief_list(column))
        self.set_labels(card, labels)
        return card

    def _check_text(self, field: str, text: str) -> None:
        if len(text) > MAX_TEXT:
            raise invalid(field)

    def edit_card(self, card: Card, **values: object) -> Card:
        """Change name, desc, closed, due or dueComplete; an action each."""
        for field, attribute in CARD_FIELDS.items():
            old = getattr(card, attribute)
            if field in values and values[field] != old:
                if isinstance(values[field], str):
                    self._check_text(field, values[field])
                setattr(card, attribute, values[field])
                changed = shapes.brief_card(card, **{field: values[field]})
                self._tell_card(
                    "updateCard",
                    card,
                    card=changed,
                    old={field: old},
                    list=shapes.brief_list(card.list),
                )
        return card

    def move_card(self, card: Card, column: CardList, pos: object = "bottom") -> Card:
        """Move a card to another list, or to another place."""
        before = card.list
        taken = [other.pos for other in self.board.on_list(column) if other is not card]
        old = {"idList": before.id} if before is not column else {"pos": card.pos}
        card.list, card.pos = column, place(pos, taken)
        lists = {
            "listBefore": shapes.brief_list(before),
            "listAfter": shapes.brief_list(column),
        }
        if before is column:
            lists = {"list": shapes.brief_list(column)}
        changed = shapes.brief_card(card, idList=column.id, pos=card.pos)
        self._tell_card("updateCard", card, before, card=changed, old=old, **lists)
        return card

    def delete_card(self, card: Card) -> None:
        """Delete a card for good, and its comments with it."""
        del self.board.cards[card.id]
        for comment in self.board.comments(card):
            self.board.actions.remove(comment)
        data = {
            "id": card.id,
            "idShort": card.number,
            "shortLink": card.short_link,
        }
        column = shapes.brief_list(card.list)
        self._tell_card("deleteCard", card, card=data, list=column)

    # Labels on cards

    def add_label(self, card: Card, label: Label) -> Card:
        """Attach a label."""
        if label in card.labels:
            raise ApiError(400, "that label is already on the card")
        card.labels.append(label)
        self._tell_label("addLabelToCard", card, label)
        return card

    def remove_label(self, card: Card, label: Label) -> Card:
        """Take a label off a card."""
        if label not in card.labels:
            raise ApiError(400, "that label is not on the card")
        card.labels.remove(label)
        self._tell_label("removeLabelFromCard", card, label)
        return card

    def set_labels(self, card: Card, labels: Iterable[Label]) -> Card:
        """Replace the labels of a card."""
        wanted = list(dict.fromkeys(labels))
        for label in [old for old in card.labels if old not in wanted]:
            self.remove_label(card, label)
        for label in [new for new in wanted if new not in card.labels]:
            self.add_label(card, label)
        return card

    def _tell_label(self, kind: str, card: Card, label: Label) -> None:
        self._tell_card(
            kind,
            card,
            label=shapes.brief_label(label),
            text=label.name,
            value=label.color,
        )

    # Labels

    def create_label(self, name: str, color: str | None) -> Label:
        """Create a label."""
        self._check_colour(color)
        label = Label(self.sim.store.new_id(), name, color)
        self.board.labels[label.id] = label
        self._tell("createLabel", {"label": shapes.brief_label(label)})
        return label

    def _check_colour(self, color: str | None) -> None:
        if color is not None and color not in COLOURS:
            raise invalid("color")

    def edit_label(self, label: Label, **values: object) -> Label:
        """Rename or recolour a label; an action each."""
        if "color" in values:
            self._check_colour(values["color"])
        for field in ("name", "color"):
            old = getattr(label, field)
            if field in values and values[field] != old:
                setattr(label, field, values[field])
                data = {"old": {field: old}, "label": shapes.brief_label(label)}
                self._tell("updateLabel", data)
        return label

    def delete_label(self, label: Label) -> None:
        """Delete a label, which takes it off all cards without further ado."""
        del self.board.labels[label.id]
        for card in self.board.cards.values():
            if label in card.labels:
                card.labels.remove(label)
        self._tell("deleteLabel", {"label": {"id": label.id}})

    # Comments

    def comment(self, card: Card, text: str) -> dict:
        """Comment on a card; the action is the comment."""
        if not text:
            raise invalid("text")
        self._check_text("text", text)
        return self._tell_card(
            "commentCard",
            card,
            text=text,
            textData={"emoji": {}},
            list=shapes.brief_list(card.list),
        )

    def edit_comment(self, comment: dict, text: str) -> dict:
        """Change a comment."""
        if not text:
            raise invalid("text")
        old, comment["data"]["text"] = comment["data"]["text"], text
        comment["data"]["dateLastEdited"] = shapes.moment(time.time())
        self._tell_comment(
            "updateComment", comment, {"id": comment["id"], "text": text}, {"text": old}
        )
        return comment

    def delete_comment(self, comment: dict) -> None:
        """Delete a comment."""
        self.board.actions.remove(comment)
        self._tell_comment("deleteComment", comment, {"id": comment["id"]})

    def _tell_comment(
        self, kind: str, comment: dict, action: dict, old: dict | None = None
    ) -> None:
        card = self.board.cards[comment["data"]["card"]["id"]]
        extra = {"old": old} if old else {}
        self._tell_card(kind, card, action=action, **extra)

    # Actions

    def _tell_card(
        self, kind: str, card: Card, before: CardList | None = None, /, **data: object
    ) -> dict:
        card.active_at = time.time()
        data = {"card": shapes.brief_card(card), **data}
        return self._tell(kind, data, card, card.list, before)

    def _tell(self, kind: str, data: dict, *about: object) -> dict:
        creator = shapes.member(self.actor)
        action = {
            "id": self.sim.store.new_id(),
            "idMemberCreator": self.actor.id,
            "data": {**data, "board": shapes.brief_board(self.board)},
            "appCreator": None,
            "type": kind,
            "date": shapes.moment(time.time()),
            "limits": None,
            "memberCreator": creator,
        }
        self.board.actions.append(action)
        watched = [self.board, self.actor, *about]
        models = {thing.id for thing in watched if thing is not None}
        self.sim.emit(action, models, self.client)
        return action
