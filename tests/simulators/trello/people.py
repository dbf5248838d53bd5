"""What the page lets a person do on the simulated Trello."""

from ..core.web import Refused, SimRequest
from .store import Card, Label


def _text(request: SimRequest, name: str, needed: str = "") -> str:
    value = request.form.get(name, "").strip()
    if needed and not value:
        raise Refused(needed)
    return value


def _card(sim: object, request: SimRequest) -> Card:
    card = sim.board.cards.get(request.form.get("show", ""))
    if card is None:
        raise Refused("Choose a card first.")
    return card


def _label(sim: object, request: SimRequest) -> Label:
    label = sim.board.labels.get(request.form.get("label", ""))
    if label is None:
        raise Refused("There is no such label.")
    return label


def _colour(request: SimRequest) -> str | None:
    return request.form.get("color") or None


def act_card(sim: object, request: SimRequest) -> dict:
    """Hang a card."""
    column = sim.board.lists.get(request.form.get("list", ""))
    if column is None:
        raise Refused("There is no such list.")
    name = _text(request, "name", "A card needs a name.")
    return {"id": sim.visitor().add_card(column, name).id}


def act_edit(sim: object, request: SimRequest) -> None:
    """Change a card's name and description."""
    name = _text(request, "name", "A card needs a name.")
    sim.visitor().edit_card(_card(sim, request), name=name, desc=_text(request, "desc"))


def act_move(sim: object, request: SimRequest) -> None:
    """Move a card to another list."""
    column = sim.board.lists.get(request.form.get("list", ""))
    if column is None:
        raise Refused("There is no such list.")
    sim.visitor().move_card(_card(sim, request), column)


def act_archive(sim: object, request: SimRequest) -> None:
    """Archive a card, bring it back, or delete it."""
    card, desk = _card(sim, request), sim.visitor()
    if request.form.get("verb") == "delete":
        desk.delete_card(card)
    else:
        desk.edit_card(card, closed=not card.closed)


def act_labels(sim: object, request: SimRequest) -> None:
    """Set the labels of a card."""
    wanted = request.form.getlist("labels")
    labels = [sim.board.labels[key] for key in wanted if key in sim.board.labels]
    sim.visitor().set_labels(_card(sim, request), labels)


def act_comment(sim: object, request: SimRequest) -> dict:
    """Comment on a card."""
    text = _text(request, "text", "A comment needs a text.")
    return {"id": sim.visitor().comment(_card(sim, request), text)["id"]}


def act_new_label(sim: object, request: SimRequest) -> dict:
    """Create a label."""
    label = sim.visitor().create_label(_text(request, "name"), _colour(request))
    return {"id": label.id}


def act_edit_label(sim: object, request: SimRequest) -> None:
    """Rename or recolour a label, or delete it."""
    label, desk = _label(sim, request), sim.visitor()
    if request.form.get("verb") == "delete":
        desk.delete_label(label)
    else:
        desk.edit_label(label, name=_text(request, "name"), color=_colour(request))


ACTIONS = {
    "card": act_card,
    "edit": act_edit,
    "move": act_move,
    "archive": act_archive,
    "labels": act_labels,
    "comment": act_comment,
    "new_label": act_new_label,
    "edit_label": act_edit_label,
}
