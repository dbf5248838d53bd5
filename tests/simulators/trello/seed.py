"""Content to look at when the simulator is started for a demonstration."""

from .editor import Editor

LABELS = (("urgent", "red_dark"), ("waiting", "sky_light"))


def fill(desk: Editor) -> None:
    """Add labels and a card that no other system knows."""
    labels = [desk.create_label(name, color) for name, color in LABELS]
    column = next(iter(desk.board.lists.values()))
    text = "A card that was made by hand."
    card = desk.add_card(column, "Order new keyboards", text, labels[:1])
    desk.comment(card, "Two of them, please.")
