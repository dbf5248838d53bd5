def handle_webhook(httprequest):
    if not is_from_telegram(httprequest):
        log("Refused: the secret token is missing or wrong.", LOG_WARNING)
        return "This is for Telegram only.", 403
    update = read_update(httprequest)
    if "ref" in update:
        receive(update)
    else:
        log(f"Ignored: {update['kind']}")


def receive(update):
    partner = get_partner(update["user_id"], update["user_name"])
    # The link tells what we have already: Telegram may send an update twice.
    link = get_link(RELATION, update["ref"])
    if not link:
        copy = add_copy(partner, update)
        copy.set_link(RELATION, update["ref"], sync_date=update["date"])
    elif update["kind"] == "edited_message":
        change_copy(partner, link, update)
    else:
        log(f"Known already: {update['ref']}")


def get_partner(user_id, name):
    ref = f"{user_id}{SUFFIX}"
    partners = env["res.partner"].with_context(active_test=False)
    name = f"{params.PARTNER_NAME_PREFIX} {name}".strip()
    found = partners.search([("ref", "=", ref)], limit=1)
    return found or partners.create({"name": name, "ref": ref})


def add_copy(partner, update):
    """Attach a copy to the partner, or answer to /start; return the new message."""
    if update["text"].split()[:1] == ["/start"]:
        return welcome(partner)
    copy = partner.message_post(
        body=update["html"],
        author_id=partner.id,
        message_type="comment",
        subtype_xmlid="mail.mt_note",
    )
    if update["file"]:
        # Later, in a job: Telegram waits for our answer, and the file may be big.
        add_job(attach)(partner, copy, update["file"])
    return copy


def welcome(partner):
    parts = split({"text": params.TELEGRAM_WELCOME_MESSAGE, "entities": []})
    if parts:
        add_job(send)(partner, parts)
    return report(partner, "Started the bot.")


def change_copy(partner, link, update):
    copy, date = link.odoo.exists(), update["date"].replace(tzinfo=None)
    # An older change may come later than a newer one.
    if copy.message_type == "comment" and date >= link.sync_date:
        partner._message_update_content(copy, body=update["html"])
        link.update(date)


def attach(partner, copy, file):
    """Attach a file to the copy of the message that it came with."""
    try:
        data, name = download(file["id"])
    except Refused as error:
        report(partner, f"{file['name'] or 'A file'} can't be fetched: {error}")
        return
    values = {"name": file["name"] or name, "raw": data}
    values.update(res_model=partner._name, res_id=partner.id)
    attachment = env["ir.attachment"].create(values)
    copy.exists().write({"attachment_ids": [Command.link(attachment.id)]})
