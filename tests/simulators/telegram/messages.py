"""The methods of the Bot API that write, change and delete messages."""

import time

from .entities import PARSERS, FormattedText, ParseError, detect, fix
from .errors import TelegramError, bad_request
from .methods import method
from .params import Params
from .store import Person

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_PHOTO = 10 * 1024 * 1024
MAX_DOCUMENT = 50 * 1024 * 1024


def formatted(params: Params, field: str, entities: str) -> FormattedText:
    """Read a text with its parse mode or its entities."""
    source, mode = params.text(field), params.text("parse_mode")
    if not mode:
        given = params.data(entities)
        return fix(FormattedText(source, given if isinstance(given, list) else []))
    parser = PARSERS.get(mode.lower())
    if parser is None:
        raise bad_request("unsupported parse_mode")
    try:
        return fix(parser(source))
    except ParseError as error:
        raise bad_request(f"can't parse entities: {error}") from error


def body(params: Params) -> dict:
    """Read the text of a message."""
    message = formatted(params, "text", "entities")
    if not message.text:
        raise bad_request("message text is empty")
    if len(message.text) > MAX_TEXT:
        raise bad_request("message is too long")
    message = detect(message)
    entities = {"entities": message.entities} if message.entities else {}
    return {"text": message.text, **entities}


def caption(params: Params) -> dict:
    """Read the caption of a photo or a document, which may be missing."""
    message = detect(formatted(params, "caption", "caption_entities"))
    if len(message.text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    content = {"caption": message.text} if message.text else {}
    if message.entities:
        content["caption_entities"] = message.entities
    return content


def recipient(sim: object, params: Params) -> Person:
    """Return the person whom the bot may write to, or refuse."""
    person = sim.chat_of(params)
    if person.blocked:
        raise TelegramError(403, "bot was blocked by the user")
    if not person.started:
        raise TelegramError(403, "bot can't initiate conversation with a user")
    return person


def post(sim: object, params: Params, person: Person, content: dict) -> dict:
    """Write a message of the bot into the chat."""
    if params.given("reply_markup"):
        content["reply_markup"] = params.data("reply_markup")
    reply = params.data("reply_parameters") or {}
    number = reply.get("message_id") or params.integer("reply_to_message_id")
    quoted = person.find(int(number)) if number else None
    if number and not quoted and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    if quoted:
        content["reply_to_message"] = quoted
    return sim.store.add_message(person, sim.store.bot, content)


@method("sendMessage")
def send_message(sim: object, params: Params) -> dict:
    """Write a text to a person."""
    content = body(params)
    return post(sim, params, recipient(sim, params), content)


@method("sendPhoto")
def send_photo(sim: object, params: Params) -> dict:
    """Send a picture, new or known."""
    text, person = caption(params), recipient(sim, params)
    upload = params.upload("photo")
    if upload is None:
        sizes = [_known(sim, params, "photo", "photos/")]
        sizes[0].update(width=1, height=1)
    else:
        data = upload.read()
        if len(data) > MAX_PHOTO:
            raise TelegramError(413)
        sizes = sim.store.add_photo(data)
    if not sizes:
        raise bad_request("IMAGE_PROCESS_FAILED")
    return post(sim, params, person, {"photo": sizes, **text})


@method("sendDocument")
def send_document(sim: object, params: Params) -> dict:
    """Send a file, new or known."""
    text, person = caption(params), recipient(sim, params)
    upload = params.upload("document")
    if upload is None:
        document = _known(sim, params, "document", "documents/")
    else:
        data = upload.read()
        if len(data) > MAX_DOCUMENT:
            raise TelegramError(413)
        name = upload.filename or "document"
        document = sim.store.add_document(name, data, upload.mimetype)
    return post(sim, params, person, {"document": document, **text})


def _known(sim: object, params: Params, field: str, folder: str) -> dict:
    value = params.text(field)
    if not value:
        raise bad_request(f"there is no {field} in the request")
    if "://" in value:
        # The simulator fetches nothing from the network.
        raise bad_request("wrong type of the web page content")
    file = sim.store.files.get(value)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if not file.path.startswith(folder):
        raise bad_request("can't use file of another type")
    return file.reference()


@method("editMessageText")
def edit_message_text(sim: object, params: Params) -> dict:
    """Change a text that the bot wrote."""
    content = body(params)
    message = _own_message(sim, params, "edit")
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    old = {key: message[key] for key in ("text", "entities") if key in message}
    if old == content:
        raise bad_request(
            "message is not modified: specified new message content and reply markup "
            "are exactly the same as a current content and reply markup of the message"
        )
    message.pop("entities", None)
    message.update(content, edit_date=int(time.time()))
    return message


@method("deleteMessage")
def delete_message(sim: object, params: Params) -> bool:
    """Take a message out of the chat."""
    message = _own_message(sim, params, "delete")
    sim.chat_of(params).messages.remove(message)
    return True


def _own_message(sim: object, params: Params, verb: str) -> dict:
    message = sim.chat_of(params).find(params.integer("message_id"))
    if message is None:
        raise bad_request(f"message to {verb} not found")
    if verb == "edit" and not message["from"]["is_bot"]:
        raise bad_request("message can't be edited")
    return message


@method("sendChatAction")
def send_chat_action(sim: object, params: Params) -> bool:
    """Show that the bot is typing."""
    recipient(sim, params)
    return True
