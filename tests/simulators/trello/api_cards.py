"""REST: cards, their labels and their comments."""

from collections.abc import Iterable

from ..core.routes import Routes
from ..core.web import ApiError, SimRequest
from . import shapes
from .editor import CARD_FIELDS, Editor
from .errors import invalid
from .requests import (
    boolean,
    colour,
    editor,
    labels_of,
    limit,
    trimmed,
    values_of,
    visible,
)
from .store import Board, Card

ROUTES = Routes()
FLAGS = ("closed", "dueComplete")
DEFAULT_ACTIONS = "commentCard,updateCard:idList"


def _shown(sim: object, request: SimRequest, board: Board, card: Card) -> dict:
    return trimmed(request, shapes.card(board, card, sim.url))


def _all_shown(
    sim: object, request: SimRequest, board: Board, cards: Iterable[Card]
) -> list[dict]:
    cards = visible(request, cards)[: limit(request, 1000)]
    return [_shown(sim, request, board, card) for card in cards]


@ROUTES.get("/1/boards/<key>/cards")
def list_on_board(sim: object, request: SimRequest, key: str) -> list[dict]:
    """List the cards of a board."""
    board = sim.store.board(key)
    return _all_shown(sim, request, board, board.cards.values())


@ROUTES.get("/1/boards/<key>/cards/<any(all, closed, open, visible):state>")
def list_by_state(sim: object, request: SimRequest, key: str, state: str) -> list[dict]:
    """List the cards of a board in one state."""
    board = sim.store.board(key)
    cards = [
        card
        for card in board.cards.values()
        if state == "all" or card.closed == (state == "closed")
    ]
    return [_shown(sim, request, board, card) for card in cards]


@ROUTES.get("/1/lists/<key>/cards")
def list_on_list(sim: object, request: SimRequest, key: str) -> list[dict]:
    """List the cards of a list."""
    board, column = sim.store.list(key)
    return _all_shown(sim, request, board, board.on_list(column))


@ROUTES.post("/1/cards")
def create_card(sim: object, request: SimRequest) -> dict:
    """Hang a card."""
    values = values_of(request)
    try:
        board, column = sim.store.list(str(values.get("idList", "")))
    except ApiError as error:
        raise invalid("idList") from error
    card = editor(sim, request, board).add_card(
        column,
        str(values.get("name") or ""),
        str(values.get("desc") or ""),
        labels_of(board, values.get("idLabels")),
        values.get("pos", "bottom"),
    )
    return _shown(sim, request, board, card)


@ROUTES.get("/1/cards/<key>")
def get_card(sim: object, request: SimRequest, key: str) -> dict:
    """Show a card."""
    return _shown(sim, request, *sim.store.card(key))


@ROUTES.put("/1/cards/<key>")
def edit_card(sim: object, request: SimRequest, key: str) -> dict:
    """Change a card."""
    values, (board, card) = values_of(request), sim.store.card(key)
    desk = editor(sim, request, board)
    for name in FLAGS:
        if name in values:
            values[name] = boolean(values, name)
    labels = labels_of(board, values["idLabels"]) if "idLabels" in values else None
    _move(desk, card, values)
    desk.edit_card(
        card, **{name: values[name] for name in CARD_FIELDS if name in values}
    )
    if labels is not None:
        desk.set_labels(card, labels)
    return _shown(sim, request, board, card)


def _move(desk: Editor, card: Card, values: dict) -> None:
    if "idList" not in values and "pos" not in values:
        return
    column = desk.board.lists.get(values.get("idList", card.list.id))
    if column is None:
        raise invalid("idList")
    if column is not card.list or "pos" in values:
        desk.move_card(card, column, values.get("pos", "bottom"))


@ROUTES.delete("/1/cards/<key>")
def delete_card(sim: object, request: SimRequest, key: str) -> dict:
    """Delete a card."""
    board, card = sim.store.card(key)
    editor(sim, request, board).delete_card(card)
    return {"limits": {}}


# Labels of a card


@ROUTES.post("/1/cards/<key>/idLabels")
def add_label(sim: object, request: SimRequest, key: str) -> list[str]:
    """Attach a label."""
    board, card = sim.store.card(key)
    label = board.labels.get(str(values_of(request).get("value", "")))
    if label is None:
        raise invalid("value")
    editor(sim, request, board).add_label(card, label)
    return [label.id for label in card.labels]


@ROUTES.post("/1/cards/<key>/labels")
def create_label(sim: object, request: SimRequest, key: str) -> dict:
    """Create a label and attach it."""
    values, (board, card) = values_of(request), sim.store.card(key)
    desk = editor(sim, request, board)
    label = desk.create_label(str(values.get("name") or ""), colour(values))
    desk.add_label(card, label)
    return shapes.label(board, label)


@ROUTES.delete("/1/cards/<key>/idLabels/<label_id>")
def remove_label(sim: object, request: SimRequest, key: str, label_id: str) -> dict:
    """Take a label off a card."""
    board, card = sim.store.card(key)
    label = sim.store.label(label_id)[1]
    editor(sim, request, board).remove_label(card, label)
    return {"_value": None}


# Actions and comments


def _chosen(request: SimRequest, actions: list[dict], default: str) -> list[dict]:
    """Filter actions: by type, and of updateCard also by the field that changed."""
    asked = request.args.get("filter", default).split(",")
    found = []
    for action in reversed(actions):
        kinds = [action["type"], "all"]
        kinds += [f"{action['type']}:{name}" for name in action["data"].get("old", ())]
        if set(kinds) & set(asked):
            found.append(action)
    return found[: limit(request, 50)]


@ROUTES.get("/1/boards/<key>/actions")
def list_board_actions(sim: object, request: SimRequest, key: str) -> list[dict]:
    """List what happened on a board, the newest first."""
    return _chosen(request, sim.store.board(key).actions, "all")


@ROUTES.get("/1/cards/<key>/actions")
def list_card_actions(sim: object, request: SimRequest, key: str) -> list[dict]:
    """List what happened to a card, the newest first."""
    board, card = sim.store.card(key)
    actions = [
        action
        for action in board.actions
        if action["data"].get("card", {}).get("id") == card.id
    ]
    return _chosen(request, actions, DEFAULT_ACTIONS)


@ROUTES.post("/1/cards/<key>/actions/comments")
def comment(sim: object, request: SimRequest, key: str) -> dict:
    """Comment on a card."""
    board, card = sim.store.card(key)
    text = str(values_of(request).get("text") or "")
    return editor(sim, request, board).comment(card, text)


@ROUTES.get("/1/actions/<action_id>")
def get_action(sim: object, request: SimRequest, action_id: str) -> dict:
    """Show an action."""
    return trimmed(request, sim.store.action(action_id)[1])


def _comment(sim: object, action_id: str) -> tuple[Board, dict]:
    board, action = sim.store.action(action_id)
    if action["type"] != "commentCard":
        raise ApiError(400, "can only edit or delete comments")
    return board, action


@ROUTES.put("/1/cards/<key>/actions/<action_id>/comments")
@ROUTES.put("/1/actions/<action_id>")
def edit_comment(
    sim: object, request: SimRequest, action_id: str, key: str = ""
) -> dict:
    """Change a comment."""
    board, action = _comment(sim, action_id)
    text = str(values_of(request).get("text") or "")
    return editor(sim, request, board).edit_comment(action, text)


@ROUTES.delete("/1/cards/<key>/actions/<action_id>/comments")
@ROUTES.delete("/1/actions/<action_id>")
def delete_comment(
    sim: object, request: SimRequest, action_id: str, key: str = ""
) -> dict:
    """Delete a comment."""
    board, action = _comment(sim, action_id)
    editor(sim, request, board).delete_comment(action)
    return {"_value": None}
