"""What the simulated Trello remembers."""

import itertools
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..core.web import ApiError
from .errors import not_found

HUES = (
    "green",
    "yellow",
    "orange",
    "red",
    "purple",
    "blue",
    "sky",
    "lime",
    "pink",
    "black",
)
COLOURS = tuple(hue + shade for hue in HUES for shade in ("", "_dark", "_light"))
# A new board begins with these, none of which has a name.
FIRST_COLOURS = HUES[:6]
ID = re.compile(r"[0-9a-fA-F]{24}")
LINK = re.compile(r"[0-9a-zA-Z]{8}")
LINK_DIGITS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(eq=False)
class Member:
    """Somebody with an account."""

    id: str
    username: str
    full_name: str


@dataclass(eq=False)
class Label:
    """A label of a board; the name may be empty, the colour None."""

    id: str
    name: str
    color: str | None


@dataclass(eq=False)
class CardList:
    """A column of a board."""

    id: str
    name: str
    pos: float
    closed: bool = False


@dataclass(eq=False)
class Card:
    """A card, and where it hangs."""

    id: str
    short_link: str
    number: int
    list: CardList
    name: str
    desc: str
    pos: float
    closed: bool = False
    due: str | None = None
    due_complete: bool = False
    active_at: float = 0.0
    labels: list[Label] = field(default_factory=list)


@dataclass(eq=False)
class Webhook:
    """Where the changes of a model are told."""

    id: str
    token: str
    model: str
    url: str
    description: str
    active: bool = True
    failures: int = 0
    failing_since: float | None = None


@dataclass(eq=False)
class Board:
    """A board with all that is on it; the actions are kept oldest first."""

    id: str
    short_link: str
    name: str
    desc: str = ""
    closed: bool = False
    lists: dict[str, CardList] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    actions: list[dict] = field(default_factory=list)
    last_number: int = 0

    def on_list(self, column: CardList) -> list[Card]:
        """Return the cards of a list from top to bottom, archived ones included."""
        found = [card for card in self.cards.values() if card.list is column]
        return sorted(found, key=lambda card: card.pos)

    def comments(self, card: Card) -> list[dict]:
        """Return the comments on a card, oldest first."""
        return [
            action
            for action in self.actions
            if action["type"] == "commentCard"
            and action["data"]["card"]["id"] == card.id
        ]

    def uses(self, label: Label) -> int:
        """Count the cards with a label."""
        return sum(label in card.labels for card in self.cards.values())


def place(asked: object, taken: Iterable[float]) -> float:
    """Turn a position ("top", "bottom" or a number) into a number."""
    taken = list(taken) or [0.0]
    if asked == "top":
        return min(taken) / 2
    try:
        return float(str(asked))
    except ValueError:
        return max(taken) + 16384


class Store:
    """Members, boards and webhooks."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.boards: dict[str, Board] = {}
        self.webhooks: dict[str, Webhook] = {}
        self._ids = itertools.count(1)

    def new_id(self) -> str:
        """Return an id, which begins with the time as Trello's do."""
        return f"{int(time.time()):08x}{next(self._ids):016x}"

    def new_link(self) -> str:
        """Return a short link."""
        number, link = next(self._ids) * 7919 + 10**12, ""
        while len(link) < 8:
            number, digit = divmod(number, len(LINK_DIGITS))
            link += LINK_DIGITS[digit]
        return link

    def add_member(self, username: str, full_name: str) -> Member:
        """Create an account, or return the one with that name."""
        for member in self.members.values():
            if member.username == username:
                return member
        member = Member(self.new_id(), username, full_name)
        self.members[member.id] = member
        return member

    def add_board(self, name: str, board_id: str = "", link: str = "") -> Board:
        """Create a board with the labels that Trello gives to each new one."""
        board = Board(board_id or self.new_id(), link or self.new_link(), name)
        for color in FIRST_COLOURS:
            label = Label(self.new_id(), "", color)
            board.labels[label.id] = label
        self.boards[board.id] = board
        return board

    # Look-ups: each refuses what is no id, and what isn't there

    def board(self, key: str) -> Board:
        """Return a board by id or short link."""
        for board in self.boards.values():
            if key in (board.id, board.short_link):
                return board
        raise _missing(key)

    def list(self, key: str) -> tuple[Board, CardList]:
        """Return a list with its board."""
        for board in self.boards.values():
            if key in board.lists:
                return board, board.lists[key]
        raise _missing(key)

    def card(self, key: str) -> tuple[Board, Card]:
        """Return a card with its board, by id or short link."""
        for board in self.boards.values():
            for card in board.cards.values():
                if key in (card.id, card.short_link):
                    return board, card
        raise _missing(key)

    def label(self, key: str) -> tuple[Board, Label]:
        """Return a label with its board."""
        for board in self.boards.values():
            if key in board.labels:
                return board, board.labels[key]
        raise _missing(key)

    def action(self, key: str) -> tuple[Board, dict]:
        """Return an action with its board."""
        for board in self.boards.values():
            for action in board.actions:
                if action["id"] == key:
                    return board, action
        raise _missing(key)

    def webhook(self, key: str) -> Webhook:
        """Return a webhook."""
        if key not in self.webhooks:
            raise _missing(key)
        return self.webhooks[key]

    def model(self, key: str) -> object:
        """Return whatever a webhook can watch, None when there is nothing."""
        if key in self.members:
            return self.members[key]
        for board in self.boards.values():
            if key in (board.id, board.short_link):
                return board
            found = board.lists.get(key) or board.cards.get(key)
            if found:
                return found
        return None


def _missing(key: str) -> ApiError:
    if ID.fullmatch(key) or LINK.fullmatch(key):
        return not_found()
    return ApiError(400, "invalid id")
