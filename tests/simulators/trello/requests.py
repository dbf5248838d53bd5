"""Reads requests to the REST API and trims the answers."""

from collections.abc import Iterable

from ..core.web import SimRequest, parameters
from .editor import Editor
from .errors import invalid
from .store import Board, Label

CLIENT = "X-Trello-Client-Identifier"
TRUE = (True, "true", "1")
FALSE = (False, "false", "0")
MAX_LIMIT = 1000


def values_of(request: SimRequest) -> dict:
    """Return the parameters, without key and token."""
    values = parameters(request)
    return {key: value for key, value in values.items() if key not in ("key", "token")}


def editor(sim: object, request: SimRequest, board: Board) -> Editor:
    """Let the caller change a board."""
    return Editor(sim, board, request.actor, request.headers.get(CLIENT, ""))


def boolean(values: dict, name: str) -> bool:
    """Read a truth value, or refuse."""
    if values[name] in TRUE:
        return True
    if values[name] in FALSE:
        return False
    raise invalid(name)


def identifiers(value: object) -> list[str]:
    """Read ids that are given as a list or with commas."""
    if isinstance(value, list):
        return [str(item) for item in value]
    return [item.strip() for item in str(value or "").split(",") if item.strip()]


def labels_of(board: Board, value: object) -> list[Label]:
    """Return the labels that a value names, or refuse."""
    ids = identifiers(value)
    if any(label_id not in board.labels for label_id in ids):
        raise invalid("idLabels")
    return [board.labels[label_id] for label_id in ids]


def colour(values: dict) -> str | None:
    """Read a colour; no colour is null, "null" or an empty text."""
    return None if values.get("color") in (None, "", "null") else values["color"]


def limit(request: SimRequest, default: int) -> int:
    """Read how many things are wanted."""
    text = request.args.get("limit", str(default))
    if not text.isdigit() or int(text) > MAX_LIMIT:
        raise invalid("limit")
    return int(text)


def trimmed(request: SimRequest, data: dict, name: str = "fields") -> dict:
    """Keep the fields that the query asks for."""
    wanted = request.args.get(name, "all")
    if wanted == "all":
        return data
    fields = ["id", *wanted.split(",")]
    return {key: value for key, value in data.items() if key in fields}


def visible(request: SimRequest, things: Iterable, default: str = "open") -> list:
    """Keep the open, the closed or all things."""
    state = request.args.get("filter", default)
    return [
        thing
        for thing in things
        if state == "all" or thing.closed == (state == "closed")
    ]
