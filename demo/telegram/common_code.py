# What the tasks of this project share.
RELATION = "telegram_message"  # what people wrote, and our copies
SUFFIX = "@telegram"  # ends the Internal Reference of a partner who writes to the bot
LIMIT = 4096  # characters in a message


def send(partner, parts):
    """Send the first part to a partner, and leave the others to the next job.

    So a part that fails is tried again alone, and the order stays.
    """
    try:
        send_part(partner.ref.removesuffix(SUFFIX), parts[0])
    except Refused as error:
        log(f"Telegram refuses: {error}", LOG_WARNING)
        report(partner, f"Not sent to Telegram: {error}")
        return
    if parts[1:]:
        add_job(send)(partner, parts[1:])
    else:
        report(partner, "Sent to Telegram.")


def send_part(chat, part):
    if "attachment" in part:
        attachment = env["ir.attachment"].browse(part["attachment"])
        send_file(chat, attachment.name, attachment.raw)
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
    if len(text) <= end:
        return len(text)
    for separator in ("\n", " "):
        found = text.rfind(separator, start + LIMIT // 2, end)
        if found > 0:
            return found + 1
    return end


def cut(message, start, end):
    """Return a part of a message, with what is left of its entities there."""
    entities = []
    for entity in message["entities"]:
        first = max(entity["offset"], start)
        length = min(entity["offset"] + entity["length"], end) - first
        if length > 0:
            entities.append({**entity, "offset": first - start, "length": length})
    return {"text": message["text"][start:end], "entities": entities}
