def handle_cron():
    links = search_links(RELATION)
    # A link outlives its record.
    living = links.odoo.search_links(RELATION)
    by_ref = {int(link.external): link for link in living}
    changed = find_changed(by_ref, links.sync_date)
    log(f"{len(changed)} of {len(by_ref)} partners have changed in the external Odoo.")
    for ids in chunks(changed):
        for row in external_read(ids, ["write_date", image_field()]):
            pull(by_ref[row["id"]], row)


def find_changed(by_ref, oldest):
    """Return the ids of what was changed there after its own sync date."""
    if not by_ref:
        return []
    # The oldest date keeps the answer small; it can't tell for each of them.
    rows = external_read(list(by_ref), ["write_date"], changed_since=oldest)
    return [
        row["id"]
        for row in rows
        if parse_date(row["write_date"]) > by_ref[row["id"]].sync_date
    ]


def pull(link, row):
    """Take the avatar over, if it is the avatar that has changed."""
    image = row[image_field()]
    if (image or "") != avatar(link.odoo):
        link.odoo.write({"image_1920": image})
        log(f"New avatar: {link.odoo.display_name}")
    link.update(parse_date(row["write_date"]))
