# What the tasks of this project share.
# Ids mean something in one Odoo only, so the links say which one they are of.
RELATION = f"odoo2odoo_partner@{external_name()}"
FIELDS = ["company_type", "function", "email", "phone"]
FIELDS += ["street", "street2", "zip", "city", "website", "ref"]
CHUNK = 20  # partners a call: with their avatars that is a lot of data
MODULE = "__sync_studio__"  # the external Odoo knows our copies by this


def push(partners, prefix=""):
    """Copy partners to the external Odoo, and link each with its copy."""
    # Meanwhile a partner may have been deleted here, or pushed by another job.
    partners = without_copies(partners.exists())
    new = partners - partners.search_links(RELATION).odoo
    if new:
        push_new(new, prefix)


def push_new(partners, prefix):
    try:
        ids = external_create([describe(partner, prefix) for partner in partners])
    except ValidationError as error:
        if len(partners) == 1:
            raise refusal(partners, error) from None
        log(f"Refused together, so one by one: {error}", LOG_WARNING)
        push_one_by_one(partners, prefix)
        return
    # The other side's clock, because its later changes are compared with this date:
    # our own writing is no change, and each one after it is.
    rows = external_read(ids, ["create_date"])
    dates = [parse_date(row["create_date"]) for row in rows]
    partners.set_links(RELATION, ids, sync_date=min(dates, default=None))
    log(f"Pushed: {', '.join(partners.mapped('display_name'))}")


def push_one_by_one(partners, prefix):
    """Push what can be pushed; the rest fails in jobs of its own."""
    refusals = {}
    for partner in partners:
        try:
            push_new(partner, prefix)
        except ValidationError as error:
            log(str(error), LOG_ERROR)
            refusals[partner] = str(error)
    if len(refusals) == len(partners):
        raise ValidationError(" ".join(refusals.values()))
    for partner in refusals:
        add_job(push)(partner, prefix)


def refusal(partner, error):
    """Return an error that names its partner."""
    name, text = partner.display_name, str(error)
    return ValidationError(text if name in text else f"{name}: {text}")


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
        "active": "1" if partner.active else "0",
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
