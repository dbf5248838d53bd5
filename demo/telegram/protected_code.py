# How to talk to Telegram. The bot's token is used here, so this is for Managers.
# Tasks can call the functions without a leading underscore, and nothing else there.
import asyncio as _asyncio
import hmac as _hmac
import logging as _logging
import re as _re

import lxml.html as _lxml
import markupsafe as _markupsafe

try:
    import telegram as _telegram
    from telegram import error as _errors
    from telegram.request import HTTPXRequest as _HTTPXRequest
except ImportError as _error:
    raise UserError(
        "This project needs a Python package that Odoo's Python doesn't have: "
        f"pip install python-telegram-bot, then restart Odoo. ({_error})"
    ) from None

_TIMEOUT = 20  # seconds without an answer
_STEPS = ("connect", "read", "write", "media_write")
_TIMEOUTS = {f"{step}_timeout": _TIMEOUT for step in _STEPS}
_MAX_FILE = 50 * 2**20  # bytes; a bot can't send more
_HEADER = "X-Telegram-Bot-Api-Secret-Token"

# The library's own logs show URLs, and with them the token, to whoever reads the
# server's log.
for _name in ("httpx", "httpcore", "telegram"):
    _logging.getLogger(_name).setLevel(_logging.WARNING)


class Refused(Exception):
    """Telegram won't do it, now or later: the bot is blocked, the chat unknown, ..."""


# -- calls -----------------------------------------------------------------------------


def bot_id():
    """Return the number of the bot, which it keeps when its token is replaced."""
    number, colon, _ = _token().partition(":")
    if not colon or not number.isdigit():
        raise UserError(
            "That is no token of a bot, such as 123456:ABC-DEF: correct the secret "
            "TELEGRAM_BOT_TOKEN."
        )
    return number


def _token():
    return secrets.TELEGRAM_BOT_TOKEN.strip()


def set_webhook(url):
    """Let Telegram send updates to this URL; return the bot's name."""
    # One update after the other keeps the order of the messages, and doesn't make two
    # partners for somebody who writes two messages at once.
    options = {"max_connections": 1, "allowed_updates": []}
    options.update(url=url, secret_token=_webhook_token())
    # The URL's last part is for Telegram alone, not for the log.
    about = f"at {url.rsplit('/', 1)[0]}"
    try:
        _call(_telegram.Bot.set_webhook, about, **options)
    except Refused as error:
        raise UserError(
            f"{error}. Telegram must reach this Odoo over the internet: correct the "
            "system parameter web.base.url."
        ) from None
    return _call(_telegram.Bot.get_me).username


def remove_webhook():
    """Let Telegram keep the updates; it forgets those that are older than a day."""
    _call(_telegram.Bot.delete_webhook)


def send_text(chat, text, entities):
    """Send a text to a chat; entities are dicts with type, offset and length."""
    found = [_entity(**entity) for entity in entities]
    # Telegram counts as UTF-16 does: most emojis have a length of 2.
    found = _telegram.MessageEntity.adjust_message_entities_to_utf_16(text, found)
    options = {"chat_id": chat, "text": text, "entities": found}
    _call(_telegram.Bot.send_message, f"to {chat}: {text}", **options)


def _entity(type, offset, length, url=None):
    return _telegram.MessageEntity(type, offset, length, url)


def send_file(chat, name, data):
    """Send a file to a chat."""
    if not data:
        raise Refused(f"{name} is empty")
    if len(data) > _MAX_FILE:
        raise Refused(f"{name} is too big for Telegram")
    # Nothing but bytes: the library takes a text for the path of a file on this server.
    options = {"chat_id": chat, "document": bytes(data), "filename": name}
    about = f"to {chat}: {name}, {len(data)} bytes"
    _call(_telegram.Bot.send_document, about, **options)


def download(file_id):
    """Return the content of a file that somebody sent, and its name at Telegram."""
    return _call(_download, file_id, file_id=file_id)


async def _download(bot, file_id):
    file = await bot.get_file(file_id)
    if not file.file_path:
        raise Refused("Telegram doesn't hand it out")
    data = await file.download_as_bytearray()
    return bytes(data), file.file_path.rsplit("/", 1)[-1]


def _call(function, about="", **arguments):
    """Call the Bot API; raise an error that says what to do if it fails."""
    address = params.TELEGRAM_API_URL.strip().rstrip("/")
    if not _re.match(r"https?://\w", address):
        raise UserError("Set the parameter TELEGRAM_API_URL: https://api.telegram.org")
    log_transmission(address, f"{function.__name__.strip('_')} {about}".strip())
    try:
        # A loop of its own for each call: Odoo's workers and threads have none.
        return _asyncio.run(_with_bot(address, function, arguments))
    except _errors.TelegramError as error:
        raise _trouble(error, address) from None


async def _with_bot(address, function, arguments):
    async with _HTTPXRequest(**_TIMEOUTS) as request:
        bot = _telegram.Bot(
            _token(),
            base_url=f"{address}/bot",
            base_file_url=f"{address}/file/bot",
            request=request,
            get_updates_request=request,
        )
        return await function(bot, **arguments)


def _trouble(error, address):
    """Return what a failed call means: wrong settings, a refusal, or later."""
    reason = error.message[:200]
    if isinstance(error, _errors.InvalidToken):
        return UserError(
            f"There is no such bot at {address}: correct the secret TELEGRAM_BOT_TOKEN "
            f"or the parameter TELEGRAM_API_URL. ({reason})"
        )
    if isinstance(error, _errors.Forbidden | _errors.BadRequest | _errors.ChatMigrated):
        return Refused(reason)
    if isinstance(error, _errors.RetryAfter):
        wait = error.retry_after  # seconds, or a timedelta in versions to come
        if isinstance(wait, datetime.timedelta):
            wait = wait.total_seconds()
        # To wait as told is no failed attempt.
        return RetryableJobError(f"Telegram: {reason}", int(wait), ignore_retry=True)
    if isinstance(error, _errors.NetworkError):
        return RetryableJobError(
            f"Telegram can't be reached now ({reason}). If it isn't down, correct the "
            f"parameter TELEGRAM_API_URL ({address})."
        )
    return UserError(
        f"No Bot API at {address}: correct the parameter TELEGRAM_API_URL. ({reason})"
    )


# -- updates ---------------------------------------------------------------------------


def is_from_telegram(httprequest):
    """Tell whether a request knows what only Telegram and we know."""
    given = httprequest.headers.get(_HEADER, "")
    return _hmac.compare_digest(given.encode(), _webhook_token().encode())


def _webhook_token():
    # Made from the bot's token, so that there is no second secret to keep.
    return _hmac.new(_token().encode(), b"webhook", "sha256").hexdigest()


def read_update(httprequest):
    """Return an update as plain data; only its kind, if it is no message to the bot.

    It is read as it came, and not by the library's classes: they refuse what a newer
    Telegram sends or leaves out, and then the whole chat would wait behind it. Return
    None if it is no update at all.
    """
    try:
        update = json.loads(httprequest.get_data())
    except (ValueError, RecursionError):
        return None
    if not isinstance(update, dict):
        return None
    kind = next((key for key in update if key != "update_id"), "nothing")
    if kind not in ("message", "edited_message"):
        return {"kind": _text(kind)}
    message, chat = update[kind], _dig(update, kind, "chat")
    if not _is_number(_dig(chat, "id")) or not _is_number(_dig(message, "message_id")):
        return {"kind": f"{kind} without a number"}
    if chat.get("type") != "private":
        return {"kind": f"{kind} of a {_text(chat.get('type'))}"}
    return {"kind": kind, **_read_message(message)}


def _read_message(message):
    chat, sent = message["chat"], _date(message.get("date"))
    return {
        "ref": f"{chat['id']}/{message['message_id']}",
        "sent": sent,
        "date": _date(message.get("edit_date"), sent),
        # In a private chat the chat is the person.
        "user_id": chat["id"],
        "user_name": _name_of(message.get("from")) or _name_of(chat),
        "text": _text(message.get("text")),
        "html": _as_html(message),
        "file": _file_of(message),
    }


def _dig(data, *keys):
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value):
    """Return a text with what PostgreSQL and HTML can't hold replaced.

    It is as long as it was, counted as UTF-16 does: entities are about places in it.
    """
    if not isinstance(value, str):
        return ""
    units = value.encode("utf-16-le", "surrogatepass")
    return _NO_TEXT.sub("\ufffd", units.decode("utf-16-le", "replace"))


_NO_TEXT = _re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _date(seconds, default=None):
    """Return a date in UTC, now unless another one is given if it says nothing."""
    try:
        date = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    except (TypeError, ValueError, OverflowError, OSError):
        date = default or datetime.datetime.now(datetime.timezone.utc)
    return date.replace(tzinfo=None, microsecond=0)


def _name_of(person):
    names = [_text(_dig(person, key)) for key in ("first_name", "last_name")]
    return " ".join(names).strip() or _text(_dig(person, "username"))


# -- content ---------------------------------------------------------------------------

# What a message may be besides words, and what is shown of it. An animation is also a
# document, and a venue a location.
_CONTENT = {
    **dict.fromkeys(
        ("photo", "video", "video_note", "voice", "story", "animation"), ()
    ),
    **dict.fromkeys(("document", "paid_media"), ()),
    **dict.fromkeys(("checklist", "game", "invoice"), ("title",)),
    "audio": ("performer", "title"),
    "contact": ("first_name", "last_name", "phone_number"),
    "dice": ("emoji", "value"),
    "poll": ("question",),
    "sticker": ("emoji",),
    "venue": ("title", "address"),
    "location": (),
}
# What says something about a message, and isn't in it.
_ABOUT = "from chat entities caption_entities via_bot sender_chat sender_business_bot "
_ABOUT += "forward_from forward_from_chat forward_origin is_automatic_forward quote "
_ABOUT += (
    "reply_to_message reply_to_story external_reply reply_markup is_topic_message "
)
_ABOUT += "direct_messages_topic suggested_post_info link_preview_options "
_ABOUT += "has_protected_content has_media_spoiler show_caption_above_media "
_ABOUT += "is_from_offline is_paid_post reply_to_checklist_task_id"
_ABOUT = set(_ABOUT.split())
_MARKS = {"bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre"}
_MARKS |= {"blockquote", "expandable_blockquote", "text_link", "url"}


def _as_html(message):
    """Return a message's text with its bold words, links, ... as Odoo shows it."""
    text, marks = _text(message.get("text")), message.get("entities")
    if not text:
        text, marks = _text(message.get("caption")), message.get("caption_entities")
    # What has no words has a name: [photo], [poll: Tea or coffee?], ...
    text = text or f"[{_described(message)}]"
    marks = marks if isinstance(marks, list) else []
    try:
        entities = [_mark(**mark) for mark in marks if isinstance(mark, dict)]
        written = _telegram.Message(0, None, None, text=text, entities=entities)
        html = written.text_html_urled
    except (TypeError, ValueError):
        # Marks that cut an emoji in two, or are no marks: the words are what counts.
        html = str(_markupsafe.escape(text))
    return _markupsafe.Markup(html.replace("\n", "<br/>"))


def _mark(type=None, offset=0, length=0, url=None, **_others):
    # One that we don't show, or don't know, shall leave its words as they are.
    type = type if type in _MARKS else "unknown"
    url = str(_markupsafe.escape(_text(url)))
    return _telegram.MessageEntity(type, offset, length, url)


def _described(message):
    """Return what a message without words is, in a few words."""
    for kind, fields in _CONTENT.items():
        if message.get(kind):
            values = [_dig(message, kind, field) for field in fields]
            words = [str(value) for value in values if isinstance(value, int | str)]
            about = _text(" ".join(words)).strip()
            return f"{kind}: {about}" if about else kind
    unknown = ", ".join(_text(key) for key in _contents(message))
    return f"unsupported content: {unknown}" if unknown else "empty message"


def _contents(message):
    """Return what is in a message besides words, by its name."""
    return {
        key: value
        for key, value in message.items()
        if key not in _ABOUT and (value is True or isinstance(value, dict | list))
    }


def _file_of(message):
    """Return id and name of the file in a message, None if it has none."""
    for found in _contents(message).values():
        # A photo comes in several sizes, the largest is the last one.
        file = found[-1] if isinstance(found, list) and found else found
        file_id = _text(_dig(file, "file_id"))
        if file_id:
            return {"id": file_id, "name": _text(_dig(file, "file_name"))}
    return None


# -- HTML ------------------------------------------------------------------------------

_STYLES = {
    **dict.fromkeys(("b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **{tag: tag for tag in ("code", "pre", "blockquote")},
}
_BLOCKS = {"p", "div", "ul", "ol", "li", "table", "tr", "pre", "blockquote", "hr"}
_BLOCKS |= {f"h{level}" for level in range(1, 7)}


def read_html(html):
    """Reduce HTML to what Telegram can show: a text, and entities that mark parts."""
    reader = _Reader()
    reader.read(_lxml.fragment_fromstring(html or "", create_parent="div"))
    return {"text": reader.text.rstrip(), "entities": reader.entities}


class _Reader:
    def __init__(self):
        self.text, self.entities = "", []
        self.line = 0  # where the words of the current line begin

    def read(self, node):
        if node.tag in _BLOCKS:
            self.end_line()
        if node.tag == "li":
            self.add_bullet(node)
        start = len(self.text)
        self.add(node.text, node)
        for child in node:
            if isinstance(child.tag, str):  # no comment
                self.read(child)
            self.add(child.tail, node)
        self.mark(node, start)
        if node.tag in _BLOCKS:
            self.end_line()
        elif node.tag == "br":
            self.break_line()
        elif node.tag in ("td", "th"):
            self.add(" ", node)

    def add(self, text, node):
        if any(parent.tag == "pre" for parent in (node, *node.iterancestors())):
            self.text += text or ""
            return
        words = _re.sub(r"\s+", " ", text or "")
        self.text += words.lstrip() if self.text[-1:] in ("", " ", "\n") else words

    def add_bullet(self, node):
        ordered = node.getparent().tag == "ol"
        place = len(list(node.itersiblings("li", preceding=True))) + 1
        self.text += f"{place}. " if ordered else "• "
        self.line = len(self.text)

    def end_line(self):
        if self.text[self.line :].strip(" "):
            self.break_line()

    def break_line(self):
        self.text = self.text.rstrip(" ") + "\n"
        self.line = len(self.text)

    def mark(self, node, start):
        length = len(self.text[start:].rstrip())
        link = node.get("href", "") if node.tag == "a" else ""
        # A mention leads to a page of Odoo that is of no use outside.
        if link.startswith(("http://", "https://")) and not node.get("data-oe-model"):
            style = {"type": "text_link", "url": link}
        else:
            style = {"type": _STYLES.get(node.tag)}
        if length and style["type"]:
            self.entities.append({**style, "offset": start, "length": length})
