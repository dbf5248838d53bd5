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
    from telegram.helpers import effective_message_type as _message_type
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
            secrets.TELEGRAM_BOT_TOKEN.strip(),
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
    if isinstance(error, _errors.Forbidden | _errors.BadRequest):
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
    key = secrets.TELEGRAM_BOT_TOKEN.strip().encode()
    return _hmac.new(key, b"webhook", "sha256").hexdigest()


def read_update(httprequest):
    """Return an update as plain data; only its kind, if it is no message to the bot.

    Plain data, because tasks get it: an object of the library can lead to the token.
    """
    update = json.loads(httprequest.get_data())
    kind = next(key for key in update if key != "update_id")
    if kind not in ("message", "edited_message"):
        return {"kind": kind}
    message = _telegram.Message.de_json(update[kind], None)
    if message.chat.type != "private":
        return {"kind": f"{kind} of a {message.chat.type}"}
    return {
        "kind": kind,
        "ref": f"{message.chat.id}/{message.id}",
        "date": message.edit_date or message.date,
        "user_id": message.from_user.id,
        "user_name": message.from_user.full_name,
        "text": message.text or "",
        "html": _as_html(message),
        "file": _file_of(message),
    }


def _as_html(message):
    """Return a message's text with its bold words, links, ... as Odoo shows it."""
    html = message.text_html_urled or message.caption_html_urled
    # What has no words has a name: [photo], [location], ...
    html = html or f"[{_message_type(message)}]"
    return _markupsafe.Markup(html.replace("\n", "<br/>"))


def _file_of(message):
    found = message.effective_attachment
    # A photo comes in several sizes, the largest is the last one.
    file = found[-1] if isinstance(found, list | tuple) else found
    if not hasattr(file, "file_id"):
        return None
    return {"id": file.file_id, "name": getattr(file, "file_name", None)}


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
