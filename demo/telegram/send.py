PREFIX = "/telegram"


def handle_db(records):
    for message in records.exists():
        partner = env["res.partner"].browse(message.res_id).exists()
        # What came from Telegram doesn't go back, whatever it begins with.
        if (partner.ref or "").endswith(SUFFIX) and bot_of(message) is None:
            forward(partner, message)


def forward(partner, message):
    content = read_html(message.body)
    if content["text"].split()[:1] != [PREFIX]:
        return
    if last_bot(partner) not in (None, "", bot_id()):
        log("Left to the bot that this person has written to last.")
        return
    parts = split(content, len(PREFIX))
    # As they were attached: Odoo has the newest first.
    attachments = message.attachment_ids.sorted("id")
    parts += [{"attachment": attachment.id} for attachment in attachments]
    if parts:
        add_job(send)(partner, parts)
    else:
        report(partner, f"Not sent to Telegram: write something after {PREFIX}.")


def last_bot(partner):
    """Return the bot that a partner has written to last."""
    domain = [("model", "=", partner._name), ("res_id", "=", partner.id)]
    return bot_of(env["mail.message"].search(domain, order="id desc", limit=100))
