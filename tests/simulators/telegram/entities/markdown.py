"""The MarkdownV2 parse mode: every special character that marks nothing is escaped."""

import re
from dataclasses import dataclass, field

from .model import FormattedText, ParseError, link_entity, ordered, units

RESERVED = "_*[]()~`>#+-=|{}.!\n"
CODE = ("code", "pre")
# The longer marks first, as they begin with the shorter ones.
MARKS = {
    "```": "pre",
    "__": "underline",
    "||": "spoiler",
    "_": "italic",
    "*": "bold",
    "~": "strikethrough",
    "`": "code",
}
NAMES = {
    "pre": "Pre",
    "underline": "Underline",
    "spoiler": "Spoiler",
    "italic": "Italic",
    "bold": "Bold",
    "strikethrough": "Strikethrough",
    "code": "Code",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}
EMOJI = re.compile(r"tg://emoji\?id=(\d+)$")
LANGUAGE = re.compile(r"([^\s`]+)(?=\s)")


@dataclass
class OpenMark:
    """A mark that waits for its end."""

    kind: str
    offset: int
    begin: int
    position: int
    extra: dict = field(default_factory=dict)


@dataclass
class MarkdownParser:
    """Goes through the source once."""

    source: str
    position: int = 0
    text: str = ""
    offset: int = 0
    open: list[OpenMark] = field(default_factory=list)
    entities: list[dict] = field(default_factory=list)

    def parse(self) -> FormattedText:
        """Return the plain text and its entities, or raise ParseError."""
        if self._at(">"):
            self._begin("blockquote", ">")
        while self.position < len(self.source):
            self._step()
        self._close_quote()
        if self.open:
            self._unfinished(self.open[-1])
        return FormattedText(self.text, ordered(self.entities))

    def _at(self, mark: str) -> bool:
        return self.source.startswith(mark, self.position)

    def _inside(self, *kinds: str) -> bool:
        return bool(self.open) and self.open[-1].kind in kinds

    def _emit(self, character: str, width: int = 1) -> None:
        self.text += character
        self.offset += units(character)
        self.position += width

    def _step(self) -> None:
        character = self.source[self.position]
        following = self.source[self.position + 1 : self.position + 2]
        reserved = "`" if self._inside(*CODE) else RESERVED
        if character == "\\" and "\0" < following <= "~":
            self._emit(following, 2)
        elif character not in reserved:
            self._emit(character)
        elif character == "\n":
            self._new_line()
        elif not self._end():
            self._start(character)

    def _new_line(self) -> None:
        quoted = any(mark.kind == "blockquote" for mark in self.open)
        continues = self.source.startswith(">", self.position + 1)
        if quoted and not continues:
            self._close_quote()
        self._emit("\n", 2 if continues else 1)
        if continues and not quoted:
            self._begin("blockquote", "")

    def _close_quote(self) -> None:
        if any(mark.kind == "blockquote" for mark in self.open):
            if not self._inside("blockquote"):
                self._unfinished(self.open[-1])
            self._close()

    def _end(self) -> bool:
        if not self.open:
            return False
        kind = self.open[-1].kind
        if kind in ("text_link", "custom_emoji"):
            return self._end_link() if self._at("]") else False
        mark = next((text for text, name in MARKS.items() if name == kind), None)
        # "__" inside italics begins an underline; it doesn't end the italics.
        if mark is None or not self._at(mark) or (mark == "_" and self._at("__")):
            return False
        self.position += len(mark)
        self._close()
        return True

    def _start(self, character: str) -> None:
        if self._at("!["):
            self._begin("custom_emoji", "![")
            return
        if character == "[":
            self._begin("text_link", "[")
            return
        mark = next((text for text in MARKS if self._at(text)), None)
        if mark is None or self._inside(*CODE):
            raise ParseError(
                f"Character '{character}' is reserved and must be escaped with the "
                "preceding '\\'"
            )
        self._begin(MARKS[mark], mark)
        if mark == "```":
            self._language()

    def _begin(self, kind: str, mark: str) -> None:
        self.open.append(OpenMark(kind, self.offset, len(self.text), self.position))
        self.position += len(mark)

    def _language(self) -> None:
        match = LANGUAGE.match(self.source, self.position)
        if match:
            self.open[-1].extra = {"language": match[1]}
            self.position = match.end()
        if self._at("\n"):
            self.position += 1

    def _end_link(self) -> bool:
        mark = self.open[-1]
        self.position += 1
        url = self._url() if self._at("(") else self.text[mark.begin :]
        if mark.kind == "custom_emoji":
            found = EMOJI.match(url)
            if not found:
                raise ParseError("Custom emoji entity must contain a tg://emoji URL")
            mark.extra = {"custom_emoji_id": found[1]}
        else:
            mark.extra = link_entity(url) or {"type": ""}
        self._close()
        return True

    def _url(self) -> str:
        begin = self.position = self.position + 1
        url = ""
        while self.position < len(self.source) and not self._at(")"):
            self.position += self._at("\\")
            url += self.source[self.position : self.position + 1]
            self.position += 1
        if not self._at(")"):
            raise ParseError(f"Can't find end of a URL {self._where(begin)}")
        self.position += 1
        return url

    def _close(self) -> None:
        mark = self.open.pop()
        length = self.offset - mark.offset
        entity = {"type": mark.kind, **mark.extra}
        if length and entity["type"]:
            self.entities.append({"offset": mark.offset, "length": length, **entity})

    def _where(self, position: int) -> str:
        return f"at byte offset {len(self.source[:position].encode())}"

    def _unfinished(self, mark: OpenMark) -> None:
        raise ParseError(
            f"Can't find end of {NAMES[mark.kind]} entity {self._where(mark.position)}"
        )


def parse_markdown(source: str) -> FormattedText:
    """Read the MarkdownV2 parse mode, or raise ParseError."""
    return MarkdownParser(source).parse()
