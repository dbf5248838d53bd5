"""The pieces that all parse modes share."""

import re
from dataclasses import dataclass, field

LINK = re.compile(r"(?:https?|tg|ton|tonsite)://[^\s]+", re.IGNORECASE)
BARE_LINK = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[/?#:]\S*)?$")
USER_LINK = re.compile(r"tg://user\?id=(\d+)$", re.IGNORECASE)
FOUND = (
    ("url", re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]]")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("bot_command", re.compile(r"(?<![\w/])/\w{1,64}(?:@\w+)?(?![/\w])")),
    ("mention", re.compile(r"(?<![\w@])@\w{4,32}\b")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
)


class ParseError(ValueError):
    """The markup is wrong; the message is Telegram's."""


@dataclass
class FormattedText:
    """A plain text with its entities."""

    text: str
    entities: list[dict] = field(default_factory=list)


def units(text: str) -> int:
    """Count the UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def checked_link(url: str) -> str:
    """Return the address as Telegram would store it, empty when it isn't one."""
    if LINK.match(url):
        return url
    if BARE_LINK.match(url):
        return f"http://{url}" + ("" if "/" in url else "/")
    return ""


def link_entity(url: str) -> dict | None:
    """Describe a link, or a mention of a user by a tg:// address."""
    user = USER_LINK.match(url)
    if user:
        person = {"id": int(user[1]), "is_bot": False, "first_name": "User"}
        return {"type": "text_mention", "user": person}
    url = checked_link(url)
    return {"type": "text_link", "url": url} if url else None


def ordered(entities: list[dict]) -> list[dict]:
    """Sort entities: earlier ones first, and longer ones before those inside."""
    return sorted(entities, key=lambda item: (item["offset"], -item["length"]))


def detect(formatted: FormattedText) -> FormattedText:
    """Add what Telegram finds by itself: links, addresses, commands, names, tags."""
    text = formatted.text
    found = list(formatted.entities)
    for kind, pattern in FOUND:
        for match in pattern.finditer(text):
            entity = {
                "type": kind,
                "offset": units(text[: match.start()]),
                "length": units(match[0]),
            }
            if not any(_overlap(entity, other) for other in found):
                found.append(entity)
    return FormattedText(text, ordered(found))


def _overlap(one: dict, other: dict) -> bool:
    return (
        one["offset"] < other["offset"] + other["length"]
        and other["offset"] < one["offset"] + one["length"]
    )


def fix(formatted: FormattedText) -> FormattedText:
    """Strip white space at both ends, as Telegram does, and move the entities."""
    text = formatted.text.replace("\r", "").rstrip()
    skipped = units(text) - units(text.lstrip())
    text = text.lstrip()
    size = units(text)
    entities = []
    for entity in formatted.entities:
        start = max(entity["offset"] - skipped, 0)
        end = min(entity["offset"] + entity["length"] - skipped, size)
        if end > start:
            entities.append({**entity, "offset": start, "length": end - start})
    return FormattedText(text, ordered(entities))
