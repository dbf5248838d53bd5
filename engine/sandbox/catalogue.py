"""What project code can use: one list for the sandbox, the task form and the docs."""

from __future__ import annotations

from typing import NamedTuple

EVERYWHERE = "everywhere"
PROTECTED = "Protected Code"
TASK = "tasks"


class Entry(NamedTuple):
    """One name in project code; ``usage`` shows how it is written."""

    group: str
    name: str
    usage: str
    text: str
    where: str = EVERYWHERE


_ROWS: dict[str, list[tuple[str, ...]]] = {
    "Base": [
        ("env", "env", "The Odoo environment, in superuser mode, of the event's user."),
        ("user", "user", "Who caused the event: clicked, saved, called or scheduled."),
        (
            "log",
            "log(message, level=LOG_INFO)",
            "Write a line to the log. Anything that is not a text is shown as JSON "
            "or by its repr.",
        ),
        (
            "print",
            'print(*values, sep=" ")',
            "Write a line of level info to the log.",
        ),
        (
            "add_job",
            "add_job(function, **options)(*args, **kwargs)",
            "Queue a function of this task, or of Common Code, as a sub-job. Options: "
            "priority, eta, max_retries, description, channel, identity_key, replace.",
        ),
    ],
    "Log levels": [
        (f"LOG_{level.upper()}", f"LOG_{level.upper()}", f"The log level {level}.")
        for level in ("debug", "info", "warning", "error", "critical")
    ],
    "Links": [
        (
            "",
            "record.set_link(relation, external, sync_date=None, "
            "allow_many2many=False)",
            "Link a record with an external reference and return the link. A second "
            "link of either end is refused unless allow_many2many is set.",
        ),
        ("", "record.get_link(relation)", "The record's link, falsy if there is none."),
        (
            "",
            "records.set_links(relation, externals, sync_date=None)",
            "Link each record with the external reference at the same place of the "
            "list, in one statement.",
        ),
        ("", "records.search_links(relation)", "All links of these records."),
        (
            "get_link",
            "get_link(relation, external) or get_link(relation, github=1, trello='a')",
            "The one link with that reference, or between the two; falsy if there is "
            "none.",
        ),
        (
            "set_link",
            "set_link(relation, github=1, trello='a', sync_date=None, "
            "allow_many2many=False)",
            "Link references of two external systems. The labels are yours to choose.",
        ),
        (
            "set_links",
            "set_links(relation, [{'github': 1, 'trello': 'a'}, ...], sync_date=None)",
            "Link many pairs in one statement.",
        ),
        (
            "search_links",
            "search_links(relation, externals=None) or "
            "search_links(relation, github=None, trello=None)",
            "All links of a relation. A reference or a list of them filters an end, "
            "None does not.",
        ),
    ],
    "One link, or a collection of links": [
        ("", "link.odoo", "The record, or the records; without those that are gone."),
        ("", "link.external", "The external reference (text), or the list of them."),
        ("", "elink.github", "The reference of that system, or the list of them."),
        ("", "link.sync_date", "When it was synchronized last; of several the oldest."),
        ("", "link.update(sync_date=None)", "Set the sync date, by default to now."),
        ("", "link.delete()", "Delete the links; what they linked stays."),
        (
            "",
            "links | other, links & other, links - other",
            "Collections support union, intersection and difference, len, truth, "
            "iteration, slices, filtered and sorted.",
        ),
    ],
    "One-to-one synchronization": [
        (
            "sync_odoo2x",
            "sync_odoo2x(records, sync_info, create=True, update=True)",
            "Create or update what the records are on the other side, and set the "
            "links.",
        ),
        (
            "sync_x2odoo",
            "sync_x2odoo(items, sync_info, create=True, update=True)",
            "Create or update records for items of another system, and set the links.",
        ),
        (
            "sync_external",
            "sync_external(items, sync_info, create=True, update=True)",
            "The same between two external systems.",
        ),
    ],
    "Network": [
        (
            "log_transmission",
            "log_transmission(recipient, data)",
            "Record in the log that data goes to a recipient.",
            PROTECTED,
        ),
    ],
    "Project values": [
        ("params", "params.NAME", "A parameter of the project, as text."),
        ("texts", "texts.NAME", "A translatable text, in the language of the event."),
        ("secrets", "secrets.NAME", "A secret of the project.", PROTECTED),
        (
            "webhooks",
            "webhooks.NAME",
            "The URL of one of the project's webhooks.",
            TASK,
        ),
    ],
    "Event": [
        ("TRIGGER_NAME", "TRIGGER_NAME", "The technical name of the trigger.", TASK),
    ],
    "Errors": [
        ("UserError", "UserError(message)", "Fail the job with a plain message."),
        ("ValidationError", "ValidationError(message)", "The same, for invalid data."),
        (
            "RetryableJobError",
            "RetryableJobError(message, seconds=None, ignore_retry=False)",
            "Undo what the job did and run it again later.",
        ),
        ("OSError", "OSError", "What failing connections raise."),
    ],
    "Libraries": [
        ("json", "json.loads, json.dumps", "JSON."),
        ("datetime", "datetime.datetime, datetime.timedelta, ...", "Dates and times."),
        ("dateutil", "dateutil.parser, dateutil.relativedelta, ...", "More on dates."),
        ("time", "time.time, time.sleep, ...", "The clock."),
        ("timezone", "timezone(name)", "A time zone by name, e.g. Europe/Paris."),
        ("b64encode", "b64encode(data)", "Encode bytes in base64."),
        ("b64decode", "b64decode(data)", "Decode base64."),
        ("html2plaintext", "html2plaintext(html)", "Turn HTML into plain text."),
        (
            "Command",
            "Command.link(id), Command.set(ids), ...",
            "Writing x2many fields.",
        ),
        ("getattr", "getattr(object, name, default)", "Public attributes only."),
        ("hasattr", "hasattr(object, name)", "Public attributes only."),
        ("type2str", "type2str(value)", "The name of a value's type."),
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
