"""Content to look at when the simulator is started for a demonstration."""

from .editor import Editor

LABELS = (
    ("bug", "d73a4a", "Something isn't working"),
    ("enhancement", "a2eeef", "New feature or request"),
    ("documentation", "0075ca", "Improvements or additions to documentation"),
    ("question", "d876e3", "Further information is requested"),
)


def fill(desk: Editor) -> None:
    """Add labels, issues, a pull request and a few comments."""
    for name, color, description in LABELS:
        desk.create_label(name, color, description)
    first = desk.open_issue(
        "Prices are rounded twice", "See the invoice of last Monday.", ["bug"]
    )
    desk.comment(first.number, "The second rounding comes from the export.")
    desk.open_issue("Explain the nightly job", None, ["documentation", "question"])
    desk.open_pull("Round prices once", "Closes #1", ["bug"], head="round-once")
    old = desk.open_issue("Export as a spreadsheet", "CSV is not enough.")
    desk.close(old.number)
