# What the tasks of this project share.
RELATION = "odoo2odoo_partner"
FIELDS = ["company_type", "function", "email", "phone"]
FIELDS += ["street", "street2", "zip", "city", "website", "ref"]
CHUNK = 20  # partners a call: with their avatars that is a lot of data
MODULE = "__sync_studio__"  # the external Odoo knows our copies by this


def push(partners, prefix=""):
    """Copy partners to the external Odoo, and link each with its copy."""
    # Meanwhile a partner may have been deleted here, or pushed by another job.
    partners = without_copies(partners.exists())
    new = partners - partners.search_links(RELATION).odoo
    if not new:
        return
    ids = external_create([describe(partner, prefix) for partner in new])
    # The other side's clock, because its later changes are compared with this date:
    # our own writing is no change, and each one after it is.
    rows = external_read(ids, ["create_date"])
    dates = [parse_date(row["create_date"]) for row in rows]
    new.set_links(RELATION, ids, sync_date=min(dates, default=None))
    log(f"Pushed: {', '.join(new.mapped('display_name'))}")


def push_later(partners, prefix=""):
    """Push many partners in sub-jobs: each has a transaction and retries of its own."""
    for chunk in chunks(partners):
        add_job(push)(chunk, prefix)


def describe(partner, prefix):
    """Return a partner as the external Odoo's import wants it: everything is text."""
    database = env["ir.config_parameter"].get_param("database.uuid")
    # An address of a company may have no name of its own.
    name = partner.name or partner.display_name
    return {
        "id": f"{MODULE}.{database}_partner_{partner.id}",
        "name": f"{prefix} {name}".strip(),
        **{field: partner[field] or "" for field in FIELDS},
        image_field(): avatar(partner),
    }


def without_copies(partners):
    """Leave out what another Sync Studio pushed here: else it would go in circles."""
    copies = env["ir.model.data"].search(
        [
            ("module", "=", MODULE),
            ("model", "=", partners._name),
            ("res_id", "in", partners.ids),
        ]
    )
    return partners - partners.browse(copies.mapped("res_id"))


def avatar(partner):
    return (partner.image_1920 or b"").decode()


def parse_date(text):
    return datetime.datetime.fromisoformat(text)


def chunks(items):
    return [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
