def handle_db(records):
    partners = records.exists()
    active = partners.filtered("active")
    push_active(active, True)
    push_active(partners - active, False)


def push_active(partners, active):
    """Archive or unarchive the copies of partners, as the partners are."""
    ids = [int(ref) for ref in partners.search_links(RELATION).external]
    rows = external_read(ids, ["active"]) if ids else []
    different = [row["id"] for row in rows if row["active"] != active]
    if not different:
        return
    try:
        external_activate(different, active)
    except ValidationError as error:
        if len(partners) == 1:
            raise refusal(partners, error) from None
        log(f"Refused together, so one by one: {error}", LOG_WARNING)
        for partner in partners:
            add_job(push_active)(partner, active)
        return
    names = ", ".join(partners.mapped("display_name"))
    log(f"{'Unarchived' if active else 'Archived'}: {names}")
