def handle_button():
    partners = env["res.partner"].search([])
    new = partners - partners.search_links(RELATION).odoo
    push_later(new, params.UPLOAD_ALL_PARTNER_PREFIX)
    log(f"Queued {len(new)} of {len(partners)} partners; the others have links.")
