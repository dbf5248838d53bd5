"""What the page of the simulated Telegram shows."""

from markupsafe import Markup, escape

from ..core.web import SimRequest

TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
    "spoiler": "mark",
}
PLAIN_TAG = "em"


def rendered(text: str, entities: list[dict]) -> Markup:
    """Show a text with its entities as HTML."""
    units = text.encode("utf-16-le")
    marks: dict[int, list[str]] = {}
    for entity in entities:
        tag = TAGS.get(entity["type"], PLAIN_TAG)
        start, end = entity["offset"], entity["offset"] + entity["length"]
        marks.setdefault(start, []).append(f"<{tag}>")
        # Ends come before the starts at the same place, the innermost first.
        marks.setdefault(end, []).insert(0, f"</{tag}>")
    result, last = Markup(), 0
    for place in sorted(marks):
        result += escape(units[2 * last : 2 * place].decode("utf-16-le"))
        result += Markup("".join(marks[place]))
        last = place
    return result + escape(units[2 * last :].decode("utf-16-le"))


def _message(sim: object, message: dict) -> dict:
    text = message.get("text", message.get("caption", ""))
    entities = message.get("entities", message.get("caption_entities", []))
    photo = message["photo"][-1]["file_id"] if "photo" in message else ""
    document = message.get("document", {})
    return {
        "number": message["message_id"],
        "mine": not message["from"]["is_bot"],
        "html": rendered(text, entities),
        "text": message.get("text", ""),
        "at": message["date"],
        "edited": "edit_date" in message,
        "photo": _address(sim, photo),
        "document": document.get("file_name", ""),
        "document_url": _address(sim, document.get("file_id", "")),
    }


def _address(sim: object, file_id: str) -> str:
    file = sim.store.files.get(file_id)
    return f"/file/bot{sim.token}/{file.path}" if file else ""


def page_context(sim: object, request: SimRequest) -> dict:
    """Collect the people and the chosen one's conversation."""
    people = list(sim.store.people.values())
    chosen = next(
        (person for person in people if str(person.id) == request.args.get("show")),
        people[0] if people else None,
    )
    conversation = chosen.messages if chosen else []
    return {
        "people": people,
        "chosen": chosen,
        "messages": [_message(sim, message) for message in conversation],
        "webhook": sim.store.webhook,
        "pending": len(sim.store.updates),
    }
