"""What the simulated Telegram remembers."""

import itertools
import mimetypes
import time
from dataclasses import dataclass, field

from .images import make_png, picture_size

# These reach a bot only when it asks for them by name.
ON_REQUEST = ("chat_member", "message_reaction", "message_reaction_count")
THUMBNAIL_WIDTHS = (90, 320)
THUMBNAIL_COLOUR = (96, 140, 190)


@dataclass
class Person:
    """A user of Telegram, and the private chat with the bot."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "en"
    started: bool = False
    blocked: bool = False
    messages: list[dict] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Give the full name."""
        return f"{self.first_name} {self.last_name}".strip()

    def names(self) -> dict:
        """Give the parts of the name that are set."""
        parts = ("first_name", "last_name", "username")
        return {part: getattr(self, part) for part in parts if getattr(self, part)}

    def user(self) -> dict:
        """Describe the person as the author of a message."""
        return {
            "id": self.id,
            "is_bot": False,
            **self.names(),
            "language_code": self.language_code,
        }

    def chat(self) -> dict:
        """Describe the private chat."""
        return {"id": self.id, **self.names(), "type": "private"}

    def find(self, message_id: int) -> dict | None:
        """Return the message with that number, if there is one."""
        for message in self.messages:
            if message["message_id"] == message_id:
                return message
        return None


@dataclass
class StoredFile:
    """A file on Telegram's servers."""

    file_id: str
    unique_id: str
    path: str
    data: bytes

    def reference(self) -> dict:
        """Describe the file inside a message."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.data),
        }


@dataclass
class Webhook:
    """Where updates go, and how that went."""

    url: str = ""
    secret: str = ""
    allowed: list[str] = field(default_factory=list)
    max_connections: int = 40
    error_at: int = 0
    error: str = ""

    def accepts(self, kind: str) -> bool:
        """Tell whether the bot wants updates of this kind."""
        if self.allowed:
            return kind in self.allowed
        return kind not in ON_REQUEST


class Store:
    """People, messages, files and updates of one bot."""

    def __init__(self, token: str, bot_name: str, first_message: int = 1) -> None:
        self.token = token
        self.bot = {
            "id": int(token.split(":")[0]),
            "is_bot": True,
            "first_name": bot_name,
            "username": "simulated_studio_bot",
        }
        self.people: dict[int, Person] = {}
        self.files: dict[str, StoredFile] = {}
        self.updates: list[dict] = []
        self.webhook = Webhook()
        self._people_ids = itertools.count(500001)
        self._message_ids = itertools.count(first_message)
        self._file_ids = itertools.count(1)
        self._update_ids = itertools.count(900000001)

    def add_person(self, first_name: str, **details: str) -> Person:
        """Register a user of Telegram who hasn't written to the bot yet."""
        person = Person(next(self._people_ids), first_name, **details)
        self.people[person.id] = person
        return person

    def add_file(self, folder: str, data: bytes, suffix: str) -> StoredFile:
        """Keep a file."""
        number = next(self._file_ids)
        path = f"{folder}/file_{number}{suffix}"
        file = StoredFile(
            f"BQACAgIAAxkBAAI{number:06}SimulatedFile",
            f"AgAD{number:06}Sim",
            path,
            data,
        )
        self.files[file.file_id] = file
        return file

    def add_photo(self, data: bytes) -> list[dict] | None:
        """Keep a picture in several sizes, the largest last; None if it is none."""
        size = picture_size(data)
        if not size:
            return None
        width, height = size
        sizes = [
            self._photo_size(make_png(part, *self._scaled(size, part)), part, size)
            for part in THUMBNAIL_WIDTHS
            if part < width
        ]
        original = self.add_file("photos", data, ".jpg")
        return [*sizes, {**original.reference(), "width": width, "height": height}]

    def _scaled(self, size: tuple[int, int], width: int) -> tuple:
        return max(size[1] * width // size[0], 1), THUMBNAIL_COLOUR

    def _photo_size(self, data: bytes, width: int, size: tuple[int, int]) -> dict:
        file = self.add_file("photos", data, ".jpg")
        height = self._scaled(size, width)[0]
        return {**file.reference(), "width": width, "height": height}

    def add_document(self, name: str, data: bytes, mime_type: str = "") -> dict:
        """Keep any file, with its name."""
        mime_type = mime_type or mimetypes.guess_type(name)[0]
        dot = name.rfind(".")
        file = self.add_file("documents", data, name[dot:] if dot > 0 else "")
        return {
            "file_name": name,
            "mime_type": mime_type or "application/octet-stream",
            **file.reference(),
        }

    def add_message(self, person: Person, author: dict, content: dict) -> dict:
        """Write a message into the chat."""
        message = {
            "message_id": next(self._message_ids),
            "from": author,
            "chat": person.chat(),
            "date": int(time.time()),
            **content,
        }
        person.messages.append(message)
        return message

    def add_update(self, content: dict) -> dict:
        """Number an update and queue it for the bot."""
        update = {"update_id": next(self._update_ids), **content}
        self.updates.append(update)
        return update

    def forget_update(self, update_id: int) -> None:
        """Take an update out of the queue."""
        self.updates = [
            update for update in self.updates if update["update_id"] != update_id
        ]
