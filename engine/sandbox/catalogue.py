"""What project code can use: one list for the sandbox, the task form and the docs."""

from __future__ import annotations

from typing import NamedTuple

from ..messages import _lt

EVERYWHERE = _lt("everywhere")
PROTECTED = _lt("Protected Code")
TASK = _lt("tasks")


class Entry(NamedTuple):
    """One name in project code; ``usage`` shows how it is written."""

    group: str
    name: str
    usage: str
    text: str
    where: str = EVERYWHERE


_ROWS: dict[str, list[tuple[str, ...]]] = {
    _lt("Base"): [
        (
            "env",
            "env",
            _lt("The Odoo environment, in superuser mode, of the event's user."),
        ),
        (
            "user",
            "user",
            _lt("Who caused the event: clicked, saved, called or scheduled."),
        ),
        (
            "log",
            "log(message, level=LOG_INFO)",
            _lt(
                "Write a line to the log. Anything that is not a text is shown as JSON "
                "or by its repr."
            ),
        ),
        (
            "print",
            'print(*values, sep=" ")',
            _lt("Write a line of level info to the log."),
        ),
        (
            "add_job",
            "add_job(function, **options)(*args, **kwargs)",
            _lt(
                "Queue a function of this task, or of Common Code, as a sub-job. "
                "Options: priority, eta, max_retries, description, channel, "
                "identity_key, replace."
            ),
        ),
    ],
    _lt("Log levels"): [
        (
            f"LOG_{level.upper()}",
            f"LOG_{level.upper()}",
            _lt("The log level %(level)s.", level=level),
        )
        for level in ("debug", "info", "warning", "error", "critical")
    ],
    _lt("Links"): [
        (
            "",
            "record.set_link(relation, external, sync_date=None, "
            "allow_many2many=False)",
            _lt(
                "Link a record with an external reference and return the link. A "
                "second link of either end is refused unless allow_many2many is set."
            ),
        ),
        (
            "",
            "record.get_link(relation)",
            _lt("The record's link, falsy if there is none."),
        ),
        (
            "",
            "records.set_links(relation, externals, sync_date=None)",
            _lt(
                "Link each record with the external reference at the same place of the "
                "list, in one statement."
            ),
        ),
        ("", "records.search_links(relation)", _lt("All links of these records.")),
        (
            "get_link",
            "get_link(relation, external) or get_link(relation, github=1, trello='a')",
            _lt(
                "The one link with that reference, or between the two; falsy if "
                "there is none."
            ),
        ),
        (
            "set_link",
            "set_link(relation, github=1, trello='a', sync_date=None, "
            "allow_many2many=False)",
            _lt(
                "Link references of two external systems. The labels are yours to "
                "choose."
            ),
        ),
        (
            "set_links",
            "set_links(relation, [{'github': 1, 'trello': 'a'}, ...], sync_date=None)",
            _lt("Link many pairs in one statement."),
        ),
        (
            "search_links",
            "search_links(relation, externals=None) or "
            "search_links(relation, github=None, trello=None)",
            _lt(
                "All links of a relation. A reference or a list of them filters an "
                "end, None does not."
            ),
        ),
    ],
    _lt("One link, or a collection of links"): [
        (
            "",
            "link.odoo",
            _lt("The record, or the records; without those that are gone."),
        ),
        (
            "",
            "link.external",
            _lt("The external reference (text), or the list of them."),
        ),
        ("", "elink.github", _lt("The reference of that system, or the list of them.")),
        (
            "",
            "link.sync_date",
            _lt("When it was synchronized last; of several the oldest."),
        ),
        (
            "",
            "link.update(sync_date=None)",
            _lt("Set the sync date, by default to now."),
        ),
        ("", "link.delete()", _lt("Delete the links; what they linked stays.")),
        (
            "",
            "links | other, links & other, links - other",
            _lt(
                "Collections support union, intersection and difference, len, truth, "
                "iteration, slices, filtered and sorted."
            ),
        ),
    ],
    _lt("One-to-one synchronization"): [
        (
            "sync_odoo2x",
            "sync_odoo2x(records, sync_info, create=True, update=True)",
            _lt(
                "Create or update what the records are on the other side, and set the "
                "links."
            ),
        ),
        (
            "sync_x2odoo",
            "sync_x2odoo(items, sync_info, create=True, update=True)",
            _lt(
                "Create or update records for items of another system, and set the "
                "links."
            ),
        ),
        (
            "sync_external",
            "sync_external(items, sync_info, create=True, update=True)",
            _lt("The same between two external systems."),
        ),
    ],
    _lt("Network"): [
        (
            "log_transmission",
            "log_transmission(recipient, data)",
            _lt("Record in the log that data goes to a recipient."),
            PROTECTED,
        ),
    ],
    _lt("Project values"): [
        ("params", "params.NAME", _lt("A parameter of the project, as text.")),
        (
            "texts",
            "texts.NAME",
            _lt("A translatable text, in the language of the event."),
        ),
        ("secrets", "secrets.NAME", _lt("A secret of the project."), PROTECTED),
        (
            "webhooks",
            "webhooks.NAME",
            _lt("The URL of one of the project's webhooks."),
            TASK,
        ),
    ],
    _lt("Event"): [
        (
            "TRIGGER_NAME",
            "TRIGGER_NAME",
            _lt("The technical name of the trigger."),
            TASK,
        ),
    ],
    _lt("Errors"): [
        ("UserError", "UserError(message)", _lt("Fail the job with a plain message.")),
        (
            "ValidationError",
            "ValidationError(message)",
            _lt("The same, for invalid data."),
        ),
        (
            "RetryableJobError",
            "RetryableJobError(message, seconds=None, ignore_retry=False)",
            _lt("Undo what the job did and run it again later."),
        ),
        ("OSError", "OSError", _lt("What failing connections raise.")),
    ],
    _lt("Libraries"): [
        ("json", "json.loads, json.dumps", _lt("JSON.")),
        (
            "datetime",
            "datetime.datetime, datetime.timedelta, ...",
            _lt("Dates and times."),
        ),
        (
            "dateutil",
            "dateutil.parser, dateutil.relativedelta, ...",
            _lt("More on dates."),
        ),
        ("time", "time.time, time.sleep, ...", _lt("The clock.")),
        ("timezone", "timezone(name)", _lt("A time zone by name, e.g. Europe/Paris.")),
        ("b64encode", "b64encode(data)", _lt("Encode bytes in base64.")),
        ("b64decode", "b64decode(data)", _lt("Decode base64.")),
        ("html2plaintext", "html2plaintext(html)", _lt("Turn HTML into plain text.")),
        (
            "Command",
            "Command.link(id), Command.set(ids), ...",
            _lt("Writing x2many fields."),
        ),
        ("getattr", "getattr(object, name, default)", _lt("Public attributes only.")),
        ("hasattr", "hasattr(object, name)", _lt("Public attributes only.")),
        ("type2str", "type2str(value)", _lt("The name of a value's type.")),
    ],
}

CATALOGUE = tuple(Entry(group, *row) for group, rows in _ROWS.items() for row in rows)


def names(*places: str) -> set[str]:
    """Return the names that code in ``places``, or everywhere, can use."""
    wanted = {EVERYWHERE, *places}
    return {entry.name for entry in CATALOGUE if entry.name and entry.where in wanted}


def grouped() -> dict[str, list[Entry]]:
    """Return the entries by group, in the order of the documentation."""
    groups: dict[str, list[Entry]] = {}
    for entry in CATALOGUE:
        groups.setdefault(entry.group, []).append(entry)
    return groups


def as_rst() -> str:
    """Return the catalogue as the reference page of the documentation."""
    lines = ["Names in project code", "=====================", ""]
    lines += [
        "What tasks, Common Code and Protected Code can use without an import. The",
        "task form shows the same list. Python's own harmless functions (``len``,",
        "``sorted``, ``zip``, ...) and exceptions are there too.",
        "",
    ]
    for group, entries in grouped().items():
        lines += [group, "-" * len(group), ""]
        for entry in entries:
            place = "" if entry.where == EVERYWHERE else f" *(only in {entry.where})*"
            lines += [f"``{entry.usage}``", f"    {entry.text}{place}", ""]
    return "\n".join(lines).rstrip() + "\n"
