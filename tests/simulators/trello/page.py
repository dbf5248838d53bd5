"""What the page of the simulated Trello shows."""

from ..core.web import SimRequest
from .store import COLOURS

# The palette of Trello's labels, light, normal and dark.
PAINT = {
    "green": ("#baf3db", "#4bce97", "#1f845a"),
    "yellow": ("#f8e6a0", "#e2b203", "#946f00"),
    "orange": ("#ffe2bd", "#faa53d", "#b65c02"),
    "red": ("#ffd2cc", "#f87462", "#ca3521"),
    "purple": ("#dfd8fd", "#9f8fef", "#6e5dc6"),
    "blue": ("#cce0ff", "#579dff", "#0c66e4"),
    "sky": ("#c1f0f5", "#60c6d2", "#1d7f8c"),
    "lime": ("#d3f1a7", "#94c748", "#5b7f24"),
    "pink": ("#fdd0ec", "#e774bb", "#ae4787"),
    "black": ("#dcdfe4", "#8590a2", "#626f86"),
}
NO_PAINT = "#e9ebee"


def paint(colour: str | None) -> str:
    """Give the colour that people see."""
    if colour is None:
        return NO_PAINT
    hue, _, shade = colour.partition("_")
    return PAINT[hue][{"light": 0, "": 1, "dark": 2}[shade]]


def ink(colour: str | None) -> str:
    """Choose dark or white letters, whichever can be read on a colour."""
    return "#ffffff" if (colour or "").endswith("_dark") else "#172b4d"


def page_context(sim: object, request: SimRequest) -> dict:
    """Collect the board, the chosen card and its comments."""
    board = sim.board
    first = next(iter(board.cards.values()), None)
    chosen = board.cards.get(request.args.get("show", ""), first)
    return {
        "board": board,
        "columns": [
            (column, [card for card in board.on_list(column) if not card.closed])
            for column in board.lists.values()
            if not column.closed
        ],
        "archived": [card for card in board.cards.values() if card.closed],
        "chosen": chosen,
        "comments": board.comments(chosen) if chosen else [],
        "labels": list(board.labels.values()),
        "webhooks": list(sim.store.webhooks.values()),
        "colours": COLOURS,
        "paint": paint,
        "ink": ink,
    }
