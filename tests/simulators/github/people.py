"""What the page lets a person do on the simulated GitHub."""

from ..core.web import Refused, SimRequest
from .editor import Editor


def _text(request: SimRequest, name: str, needed: str = "") -> str:
    value = request.form.get(name, "").strip()
    if needed and not value:
        raise Refused(needed)
    return value


def _number(request: SimRequest) -> int:
    try:
        return int(request.form.get("show", ""))
    except ValueError as error:
        raise Refused("Choose an issue first.") from error


def _colour(request: SimRequest) -> str:
    return _text(request, "color").lstrip("#")


def act_open(sim: object, request: SimRequest) -> dict:
    """Open an issue or a pull request."""
    desk: Editor = sim.visitor()
    title = _text(request, "title", "An issue needs a title.")
    opened = desk.open_pull if request.form.get("kind") == "pull" else desk.open_issue
    issue = opened(
        title, _text(request, "body") or None, request.form.getlist("labels")
    )
    return {"number": issue.number}


def act_edit(sim: object, request: SimRequest) -> dict:
    """Change title and text."""
    title = _text(request, "title", "An issue needs a title.")
    issue = sim.visitor().edit_issue(
        _number(request), title=title, body=_text(request, "body") or None
    )
    return {"number": issue.number}


def act_state(sim: object, request: SimRequest) -> None:
    """Close, reopen, merge or delete."""
    desk: Editor = sim.visitor()
    verbs = {
        "close": desk.close,
        "reopen": desk.reopen,
        "merge": desk.merge,
        "delete": desk.delete_issue,
    }
    verb = verbs.get(request.form.get("verb", ""))
    if verb is None:
        raise Refused("Close, reopen, merge or delete?")
    verb(_number(request))


def act_comment(sim: object, request: SimRequest) -> dict:
    """Comment, or change a comment."""
    text = _text(request, "body", "A comment needs a text.")
    desk, known = sim.visitor(), request.form.get("comment")
    if known:
        return {"id": desk.edit_comment(int(known), text).id}
    return {"id": desk.comment(_number(request), text).id}


def act_delete_comment(sim: object, request: SimRequest) -> None:
    """Delete a comment."""
    sim.visitor().delete_comment(int(request.form["comment"]))


def act_labels(sim: object, request: SimRequest) -> None:
    """Set the labels of an issue."""
    sim.visitor().set_labels(_number(request), request.form.getlist("labels"))


def act_new_label(sim: object, request: SimRequest) -> dict:
    """Create a label."""
    name = _text(request, "name", "A label needs a name.")
    description = _text(request, "description") or None
    return {"id": sim.visitor().create_label(name, _colour(request), description).id}


def act_edit_label(sim: object, request: SimRequest) -> dict:
    """Rename or recolour a label, or delete it."""
    name = _text(request, "label")
    if request.form.get("verb") == "delete":
        sim.visitor().delete_label(name)
        return {}
    new_name = _text(request, "name", "A label needs a name.")
    return {"id": sim.visitor().edit_label(name, new_name, _colour(request)).id}


ACTIONS = {
    "open": act_open,
    "edit": act_edit,
    "state": act_state,
    "comment": act_comment,
    "delete_comment": act_delete_comment,
    "labels": act_labels,
    "new_label": act_new_label,
    "edit_label": act_edit_label,
}
