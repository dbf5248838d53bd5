"""What a person can do to the bot, for tests and for the page."""

import time

from ..core.web import Refused, SimRequest
from .entities import FormattedText, detect
from .images import make_png
from .store import Person

SAMPLE_COLOURS = ((235, 120, 90), (90, 170, 120), (110, 120, 220), (220, 170, 60))


def _content(text: str, field: str = "text", entities: str = "entities") -> dict:
    found = detect(FormattedText(text))
    if not text:
        return {}
    return {field: text, **({entities: found.entities} if found.entities else {})}


def _caption(text: str) -> dict:
    return _content(text, "caption", "caption_entities")


class People:
    """The part of the simulator that stands for the users of Telegram."""

    def person(self, person_id: int) -> Person:
        """Return a person, or refuse."""
        person = self.store.people.get(person_id)
        if person is None:
            raise Refused("There is no such person.")
        return person

    def register(self, first_name: str, **details: str) -> int:
        """Create a user of Telegram; details are last_name, username, language_code."""
        with self.lock:
            return self.store.add_person(first_name, **details).id

    def say(self, person_id: int, text: str) -> dict:
        """Write to the bot."""
        return self.person_writes(self.person(person_id), _content(text))

    def start_bot(self, person_id: int) -> dict:
        """Press the Start button."""
        return self.say(person_id, "/start")

    def edit(self, person_id: int, message_id: int, text: str) -> dict:
        """Change a message that the person wrote before."""
        person = self.person(person_id)
        with self.lock:
            message = person.find(message_id)
            if message is None or message["from"]["is_bot"] or "text" not in message:
                raise Refused("Only own texts can be changed.")
            message.pop("entities", None)
            message.update(_content(text), edit_date=int(time.time()))
            self.push_update("edited_message", message, person.id)
        return message

    def send_photo(self, person_id: int, data: bytes = b"", caption: str = "") -> dict:
        """Send a picture; without data, one that is drawn for the occasion."""
        person = self.person(person_id)
        colour = SAMPLE_COLOURS[len(person.messages) % len(SAMPLE_COLOURS)]
        with self.lock:
            sizes = self.store.add_photo(data or make_png(640, 400, colour))
        if not sizes:
            raise Refused("That is no picture: PNG, JPEG or GIF are.")
        return self.person_writes(person, {"photo": sizes, **_caption(caption)})

    def send_document(
        self, person_id: int, name: str, data: bytes, mime_type: str = "", **more: str
    ) -> dict:
        """Send a file, with a ``caption`` if wanted."""
        with self.lock:
            document = self.store.add_document(name, data, mime_type)
        content = {"document": document, **_caption(more.get("caption", ""))}
        return self.person_writes(self.person(person_id), content)

    def send_content(self, person_id: int, content: dict) -> dict:
        """Send a message of any kind, e.g. ``{"location": {...}}``."""
        return self.person_writes(self.person(person_id), content)

    def block(self, person_id: int) -> None:
        """Block the bot."""
        self._change_membership(self.person(person_id), blocked=True)

    def unblock(self, person_id: int) -> None:
        """Let the bot write again."""
        self._change_membership(self.person(person_id), blocked=False)

    def _change_membership(self, person: Person, blocked: bool) -> None:
        states = ("kicked", "member") if person.blocked else ("member", "kicked")
        with self.lock:
            if person.blocked == blocked:
                return
            person.blocked = blocked
            old, new = (self._member(state) for state in states)
            change = {
                "chat": person.chat(),
                "from": person.user(),
                "date": int(time.time()),
                "old_chat_member": old,
                "new_chat_member": new,
            }
            self.push_update("my_chat_member", change, person.id)

    def _member(self, status: str) -> dict:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"user": self.store.bot, "status": status, **until}

    def conversation(self, person_id: int) -> list[dict]:
        """Return the messages of a chat, oldest first."""
        with self.lock:
            return list(self.person(person_id).messages)

    def received(self, person_id: int) -> list[str]:
        """Return the texts (or captions) that the bot sent to a person."""
        return [
            message.get("text", message.get("caption", ""))
            for message in self.conversation(person_id)
            if message["from"]["is_bot"]
        ]


def _person_id(request: SimRequest) -> int:
    try:
        return int(request.form.get("show", ""))
    except ValueError as error:
        raise Refused("Choose a person first.") from error


def _upload(request: SimRequest, name: str) -> tuple[str, bytes, str]:
    file = request.files.get(name)
    if not file:
        return "", b"", ""
    return file.filename or "", file.read(), file.mimetype


def act_register(sim: People, request: SimRequest) -> dict:
    """Create a person."""
    first, _, last = request.form.get("name", "").strip().partition(" ")
    if not first:
        raise Refused("A person needs a name.")
    username = request.form.get("username", "").strip().lstrip("@")
    return {"id": sim.register(first, last_name=last, username=username)}


def act_write(sim: People, request: SimRequest) -> dict:
    """Write to the bot, with a picture or a file if one is attached."""
    person, text = _person_id(request), request.form.get("text", "").strip()
    name, data, mime_type = _upload(request, "file")
    if data and mime_type.startswith("image/") and "as_file" not in request.form:
        return sim.send_photo(person, data, text)
    if data:
        return sim.send_document(person, name, data, mime_type, caption=text)
    if not text:
        raise Refused("There is nothing to send.")
    return sim.say(person, text)


def act_start(sim: People, request: SimRequest) -> dict:
    """Press the Start button."""
    return sim.start_bot(_person_id(request))


def act_edit(sim: People, request: SimRequest) -> dict:
    """Change an own message."""
    text = request.form.get("text", "").strip()
    if not text:
        raise Refused("A message can't become empty.")
    return sim.edit(_person_id(request), int(request.form["message"]), text)


def act_sample_photo(sim: People, request: SimRequest) -> dict:
    """Send a picture without having one at hand."""
    return sim.send_photo(_person_id(request), caption="A picture")


def act_sample_document(sim: People, request: SimRequest) -> dict:
    """Send a file without having one at hand."""
    data = b"Written by the simulator of Telegram.\n"
    return sim.send_document(_person_id(request), "notes.txt", data, "text/plain")


def act_block(sim: People, request: SimRequest) -> None:
    """Block the bot, or let it write again."""
    person = sim.person(_person_id(request))
    sim.unblock(person.id) if person.blocked else sim.block(person.id)


def act_unknown(sim: People, request: SimRequest) -> dict:
    """Send an update of a kind that no library knows yet."""
    return sim.push_update("hologram_beamed", {"strength": 11}) or {}


ACTIONS = {
    "register": act_register,
    "write": act_write,
    "start": act_start,
    "edit": act_edit,
    "sample_photo": act_sample_photo,
    "sample_document": act_sample_document,
    "block": act_block,
    "unknown": act_unknown,
}
