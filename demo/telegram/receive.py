def handle_webhook(httprequest):
    if not is_from_telegram(httprequest):
        log("Refused: the secret token is missing or wrong.", LOG_WARNING)
        return "This is for Telegram only.", 403
    update = read_update(httprequest)
    if not update:
        log("Refused: this is no update.", LOG_WARNING)
        return "The body must be an update of the Bot API: a JSON object.", 400
    if "ref" in update:
        receive(update)
    else:
        log(f"Ignored: {update['kind']}")


def receive(update):
    # The link tells what we have already: Telegram may send an update twice.
    link = get_link(relation(), update["ref"]) or adopt(update)
    if not link:
        copy = add_copy(get_partner(update), update)
        copy.set_link(relation(), update["ref"], sync_date=update["date"])
    elif update["kind"] == "edited_message":
        change_copy(link, update)
    else:
        log(f"Known already: {update['ref']}")


def adopt(update):
    """Return the link of version 19.0.1.0.0, which doesn't say which bot it means."""
    link = get_link(MESSAGE, update["ref"])
    # What another bot got under the same number was written at another time.
    if not link or not update["sent"] <= link.sync_date <= update["date"]:
        return None
    copy, date = link.odoo, link.sync_date
    if copy:
        link.delete()
        link = copy.set_link(relation(), update["ref"], sync_date=date)
    return link


def get_partner(update):
    ref = f"{update['user_id']}{SUFFIX}"
    partners = env["res.partner"].with_context(active_test=False)
    found = partners.search([("ref", "=", ref)], limit=1)
    if found:
        return found
    # Of several first messages at once one makes the partner: PostgreSQL lets only one
    # of them set this link, and Odoo lets the others begin anew.
    set_link(NEW, person=ref, partner=ref)
    name = f"{params.PARTNER_NAME_PREFIX} {update['user_name']}".strip()
    return partners.create({"name": name or ref, "ref": ref})


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


def change_copy(link, update):
    copy = link.odoo
    # An older change may come later than a newer one.
    if copy.message_type == "comment" and update["date"] >= link.sync_date:
        partner = env["res.partner"].browse(copy.res_id)
        partner._message_update_content(copy, body=update["html"])
        link.update(update["date"])


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
