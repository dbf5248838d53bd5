PREFIX = "/telegram"


def handle_db(records):
    for message in records.exists():
        partner = env["res.partner"].browse(message.res_id).exists()
        # What came from Telegram doesn't go back, whatever it begins with.
        if (partner.ref or "").endswith(SUFFIX) and not message.get_link(RELATION):
            forward(partner, message)


def forward(partner, message):
    content = read_html(message.body)
    if content["text"].split()[:1] != [PREFIX]:
        return
    parts = split(content, len(PREFIX))
    parts += [{"attachment": attachment.id} for attachment in message.attachment_ids]
    if parts:
        add_job(send)(partner, parts)
    else:
        report(partner, f"Not sent to Telegram: write something after {PREFIX}.")
