"""REST: members, boards, lists and labels."""

from ..core.routes import Routes
from ..core.web import SimRequest
from . import shapes
from .errors import invalid, not_found
from .requests import (
    boolean,
    colour,
    editor,
    limit,
    trimmed,
    values_of,
    visible,
)
from .store import Board, Member

ROUTES = Routes()


# Members


@ROUTES.get("/1/members/<member>")
def get_member(sim: object, request: SimRequest, member: str) -> dict:
    """Show a member, the caller as "me"."""
    return trimmed(request, shapes.member(_member(sim, request, member)))


def _member(sim: object, request: SimRequest, key: str) -> Member:
    if key == "me":
        return request.actor
    for member in sim.store.members.values():
        if key in (member.id, member.username):
            return member
    raise not_found()


@ROUTES.get("/1/members/<member>/boards")
def list_boards(sim: object, request: SimRequest, member: str) -> list[dict]:
    """List the boards of a member."""
    _member(sim, request, member)
    boards = visible(request, sim.store.boards.values(), "all")
    return [_board(sim, request, board) for board in boards]


# Boards


def _board(sim: object, request: SimRequest, board: Board) -> dict:
    return trimmed(request, shapes.board(board, sim.url))


@ROUTES.post("/1/boards")
def create_board(sim: object, request: SimRequest) -> dict:
    """Create a board with the usual labels and lists."""
    values = values_of(request)
    if not values.get("name"):
        raise invalid("name")
    board = sim.store.add_board(values["name"])
    if str(values.get("defaultLists", "true")).lower() == "true":
        sim.add_default_lists(board)
    return _board(sim, request, board)


@ROUTES.get("/1/boards/<key>")
def get_board(sim: object, request: SimRequest, key: str) -> dict:
    """Show a board."""
    return _board(sim, request, sim.store.board(key))


@ROUTES.get("/1/boards/<key>/lists")
def list_lists(sim: object, request: SimRequest, key: str) -> list[dict]:
    """List the lists of a board from left to right."""
    board = sim.store.board(key)
    columns = sorted(board.lists.values(), key=lambda column: column.pos)
    return [
        trimmed(request, shapes.card_list(board, column))
        for column in visible(request, columns)
    ]


@ROUTES.post("/1/boards/<key>/lists")
def create_list_on(sim: object, request: SimRequest, key: str) -> dict:
    """Add a list to a board."""
    values, board = values_of(request), sim.store.board(key)
    desk = editor(sim, request, board)
    column = desk.add_list(values.get("name", ""), values.get("pos", "top"))
    return shapes.card_list(board, column)


@ROUTES.get("/1/boards/<key>/labels")
def list_labels(sim: object, request: SimRequest, key: str) -> list[dict]:
    """List the labels of a board."""
    board = sim.store.board(key)
    labels = list(board.labels.values())[: limit(request, 50)]
    return [trimmed(request, shapes.label(board, label)) for label in labels]


@ROUTES.post("/1/boards/<key>/labels")
def create_label_on(sim: object, request: SimRequest, key: str) -> dict:
    """Create a label on a board."""
    return _create_label(sim, request, sim.store.board(key))


# Lists


@ROUTES.post("/1/lists")
def create_list(sim: object, request: SimRequest) -> dict:
    """Add a list."""
    key = str(values_of(request).get("idBoard", ""))
    return create_list_on(sim, request, key)


@ROUTES.get("/1/lists/<key>")
def get_list(sim: object, request: SimRequest, key: str) -> dict:
    """Show a list."""
    return trimmed(request, shapes.card_list(*sim.store.list(key)))


@ROUTES.put("/1/lists/<key>")
def edit_list(sim: object, request: SimRequest, key: str) -> dict:
    """Rename, archive or bring back a list."""
    values, (board, column) = values_of(request), sim.store.list(key)
    known = {"name": values["name"]} if values.get("name") else {}
    if "closed" in values:
        known["closed"] = boolean(values, "closed")
    editor(sim, request, board).edit_list(column, **known)
    return shapes.card_list(board, column)


# Labels


def _create_label(sim: object, request: SimRequest, board: Board) -> dict:
    values = values_of(request)
    if "name" not in values:
        raise invalid("name")
    desk = editor(sim, request, board)
    label = desk.create_label(str(values["name"]), colour(values))
    return shapes.label(board, label)


@ROUTES.post("/1/labels")
def create_label(sim: object, request: SimRequest) -> dict:
    """Create a label."""
    key = str(values_of(request).get("idBoard", ""))
    return _create_label(sim, request, sim.store.board(key))


@ROUTES.get("/1/labels/<key>")
def get_label(sim: object, request: SimRequest, key: str) -> dict:
    """Show a label."""
    return trimmed(request, shapes.label(*sim.store.label(key)))


@ROUTES.put("/1/labels/<key>")
def edit_label(sim: object, request: SimRequest, key: str) -> dict:
    """Rename or recolour a label."""
    values, (board, label) = values_of(request), sim.store.label(key)
    known = {"name": str(values["name"])} if "name" in values else {}
    if "color" in values:
        known["color"] = colour(values)
    editor(sim, request, board).edit_label(label, **known)
    return shapes.label(board, label)


@ROUTES.put("/1/labels/<key>/<any(name, color):field>")
def edit_label_field(sim: object, request: SimRequest, key: str, field: str) -> dict:
    """Change one field of a label."""
    values, (board, label) = values_of(request), sim.store.label(key)
    value = values.get("value")
    known = {"color": colour({"color": value})} if field == "color" else {}
    if field == "name":
        known = {"name": str(value or "")}
    editor(sim, request, board).edit_label(label, **known)
    return shapes.label(board, label)


@ROUTES.delete("/1/labels/<key>")
def delete_label(sim: object, request: SimRequest, key: str) -> dict:
    """Delete a label."""
    board, label = sim.store.label(key)
    editor(sim, request, board).delete_label(label)
    return {"limits": {}}
