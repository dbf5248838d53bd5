# What the tasks of this project share.
MESSAGE = "telegram_message"  # what people wrote, and our copies
NEW = "telegram_new"  # see get_partner()
SUFFIX = "@telegram"  # ends the Internal Reference of a partner who writes to the bot
LIMIT = 4096  # units of UTF-16 in a message


def relation():
    """Return the relation of what people wrote to this bot, and our copies.

    Telegram counts messages for each bot and chat: without the bot, a link would not
    say which message it means.
    """
    return f"{MESSAGE} {bot_id()}"


def bot_of(messages):
    """Return the bot that brought the last of some messages, None if none came so.

    It is "" for a message that was copied by version 19.0.1.0.0.
    """
    domain = [("relation", "=like", f"{MESSAGE}%"), ("model", "=", messages._name)]
    domain.append(("ref1", "in", [str(number) for number in messages.ids]))
    link = env["sync.link"].search(domain, order="date desc, id desc", limit=1)
    return link.relation.removeprefix(MESSAGE).strip() if link else None


def send(partner, parts):
    """Send the first part to a partner, and leave the others to the next job.

    So a part that fails is tried again alone, and the order stays.
    """
    try:
        send_part((partner.ref or "").removesuffix(SUFFIX), parts[0])
    except Refused as error:
        log(f"Refused: {error}", LOG_WARNING)
        report(partner, f"Not sent to Telegram: {error}")
        # A file that can't be sent doesn't hold back those after it.
        if "attachment" not in parts[0] or not parts[1:]:
            return
    if parts[1:]:
        add_job(send)(partner, parts[1:])
    else:
        report(partner, "Sent to Telegram.")


def send_part(chat, part):
    if "attachment" in part:
        attachment = env["ir.attachment"].browse(part["attachment"]).exists()
        if attachment.type == "url":
            send_text(chat, f"{attachment.name}: {attachment.url}", [])
        else:
            send_file(chat, attachment.name or "The file", attachment.raw)
    else:
        send_text(chat, part["text"], part["entities"])


def report(partner, text):
    """Attach a note by OdooBot to a partner."""
    return partner.message_post(
        body=text,
        author_id=env.ref("base.partner_root").id,
        subtype_xmlid="mail.mt_note",
    )


def split(message, start=0):
    """Cut a message, from a place in its text on, into parts that Telegram takes."""
    text, parts = message["text"], []
    while text[start:].strip():
        start += len(text[start:]) - len(text[start:].lstrip())
        end = find_end(text, start)
        parts.append(cut(message, start, end))
        start = end
    return parts


def find_end(text, start):
    """Return the end of the part that begins there: of a line or a word, if it can."""
    end = start + LIMIT
    while (excess := units(text[start:end]) - LIMIT) > 0:
        end -= (excess + 1) // 2
    if len(text) <= end:
        return len(text)
    for separator in ("\n", " "):
        found = text.rfind(separator, (start + end) // 2, end)
        if found > 0:
            return found + 1
    return end


def units(text):
    """Return the length of a text as Telegram counts: most emojis have two units."""
    return len(text.encode("utf-16-le")) // 2


def cut(message, start, end):
    """Return a part of a message, with what is left of its entities there."""
    entities = []
    for entity in message["entities"]:
        first = max(entity["offset"], start)
        length = min(entity["offset"] + entity["length"], end) - first
        if length > 0:
            entities.append({**entity, "offset": first - start, "length": length})
    return {"text": message["text"][start:end], "entities": entities}
