"""The HTML parse mode: few tags, strictly nested."""

import re
from dataclasses import dataclass, field

from .model import FormattedText, ParseError, link_entity, ordered, units

TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([a-zA-Z]+));?")
NAME = re.compile(r"[^\s>]*")
ATTRIBUTE = re.compile(
    r"""\s+([^\s=>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)(?=[\s>])))?"""
)
END_TAG = re.compile(r"</([^\s>]*)\s*")


def decode_reference(source: str, position: int) -> tuple[str, int]:
    """Return the character that a reference stands for, and where it ends.

    What Telegram doesn't know (``&nbsp;``) stays as it is written.
    """
    match = REFERENCE.match(source, position)
    if not match:
        return "&", position + 1
    hexadecimal, decimal, name = match.groups()
    if name:
        found = NAMED.get(name, "")
    else:
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        found = chr(code) if 0 < code < 0x10FFFF else ""
    return (found, match.end()) if found else ("&", position + 1)


def decode(text: str) -> str:
    """Replace all references in an attribute's value."""
    result, position = "", 0
    while position < len(text):
        if text[position] == "&":
            character, position = decode_reference(text, position)
            result += character
        else:
            result += text[position]
            position += 1
    return result


@dataclass
class OpenTag:
    """A tag that waits for its end."""

    name: str
    offset: int
    begin: int
    attributes: dict


@dataclass
class HtmlParser:
    """Goes through the source once."""

    source: str
    position: int = 0
    text: str = ""
    offset: int = 0
    open: list[OpenTag] = field(default_factory=list)
    entities: list[dict] = field(default_factory=list)

    def parse(self) -> FormattedText:
        """Return the plain text and its entities, or raise ParseError."""
        while self.position < len(self.source):
            character = self.source[self.position]
            if character == "<":
                self._tag()
            elif character == "&":
                found, self.position = decode_reference(self.source, self.position)
                self._emit(found)
            else:
                self._emit(character)
                self.position += 1
        if self.open:
            name = self.open[-1].name
            raise ParseError(f'Can\'t find end tag corresponding to start tag "{name}"')
        return FormattedText(self.text, ordered(self.entities))

    def _emit(self, character: str) -> None:
        self.text += character
        self.offset += units(character)

    def _where(self, position: int) -> str:
        return f"at byte offset {len(self.source[:position].encode())}"

    def _tag(self) -> None:
        if self.source.startswith("</", self.position):
            self._end_tag()
        else:
            self._start_tag()

    def _start_tag(self) -> None:
        begin = self.position
        name = NAME.match(self.source, begin + 1)[0]
        self.position += 1 + len(name)
        where = self._where(begin)
        if self.position >= len(self.source):
            raise ParseError(f"Unclosed start tag {where}")
        name = name.lower()
        if name not in TYPES:
            raise ParseError(f'Unsupported start tag "{name}" {where}')
        attributes = self._attributes(name, where)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise ParseError(f'Tag "span" must have class "tg-spoiler" {where}')
        self.open.append(OpenTag(name, self.offset, len(self.text), attributes))

    def _attributes(self, tag: str, where: str) -> dict:
        found = {}
        while match := ATTRIBUTE.match(self.source, self.position):
            name, *values = match.groups()
            value = next((item for item in values if item is not None), None)
            if value is None and (tag, name) != ("blockquote", "expandable"):
                raise ParseError(
                    "Expected equal sign in declaration of an attribute of the tag "
                    f'"{tag}" {where}'
                )
            found[name] = decode(value or "")
            self.position = match.end()
        rest = self.source[self.position :].lstrip()
        if not rest.startswith(">"):
            raise ParseError(f"Unclosed start tag {where}")
        self.position = self.source.index(">", self.position) + 1
        return found

    def _end_tag(self) -> None:
        where = self._where(self.position)
        if not self.open:
            raise ParseError(f"Unexpected end tag {where}")
        match = END_TAG.match(self.source, self.position)
        if self.source[match.end() : match.end() + 1] != ">":
            raise ParseError(f"Unclosed end tag {where}")
        expected, found = self.open[-1].name, match[1].lower()
        if found and found != expected:
            raise ParseError(
                f'Unmatched end tag {where}, expected "</{expected}>", '
                f'found "</{found}>"'
            )
        self.position = match.end() + 1
        self._close(self.open.pop())

    def _close(self, tag: OpenTag) -> None:
        length = self.offset - tag.offset
        entity = self._entity(tag) if length else None
        if entity:
            self.entities.append({"offset": tag.offset, "length": length, **entity})

    def _entity(self, tag: OpenTag) -> dict | None:
        attributes = tag.attributes
        if tag.name == "a":
            return link_entity(attributes.get("href") or self.text[tag.begin :])
        if tag.name == "tg-emoji":
            return self._emoji(attributes.get("emoji-id", ""))
        if tag.name == "blockquote" and "expandable" in attributes:
            return {"type": "expandable_blockquote"}
        if tag.name == "pre":
            return {"type": "pre", **self._language(tag)}
        if tag.name == "code":
            return self._code(attributes.get("class", ""))
        return {"type": TYPES[tag.name]}

    def _emoji(self, identifier: str) -> dict:
        if not identifier.isdigit() or not int(identifier):
            raise ParseError("Invalid custom emoji identifier specified")
        return {"type": "custom_emoji", "custom_emoji_id": identifier}

    def _code(self, css_class: str) -> dict:
        # The language counts only when a <pre> holds nothing but this <code>.
        language = css_class.removeprefix("language-")
        hint = {"language": language} if language != css_class else {}
        return {"type": "code", **({"hint": hint} if hint else {})}

    def _language(self, tag: OpenTag) -> dict:
        last = self.entities[-1] if self.entities else {}
        same = last.get("offset") == tag.offset
        if same and last.get("hint") and self._ends_here(last):
            return self.entities.pop()["hint"]
        return {}

    def _ends_here(self, entity: dict) -> bool:
        return entity["offset"] + entity["length"] == self.offset


def parse_html(source: str) -> FormattedText:
    """Read the HTML parse mode, or raise ParseError."""
    formatted = HtmlParser(source).parse()
    for entity in formatted.entities:
        entity.pop("hint", None)
    return formatted
