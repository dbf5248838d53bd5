"""REST: labels of a repository and of an issue."""

from ..core.routes import Routes
from ..core.web import SimRequest
from .requests import (
    Page,
    editor,
    json_body,
    json_object,
    label_names,
    paginated,
    repository,
    shapes,
)
from .store import Issue, Label, Repository

ROUTES = Routes()
LABELS = "/repos/<owner>/<name>/labels"
ON_ISSUE = "/repos/<owner>/<name>/issues/<int:number>/labels"
# A label's name may hold a slash.
LABEL = "<path:label>"


def _shown(sim: object, request: SimRequest, repo: Repository, label: Label) -> dict:
    return shapes(sim, request).label(repo, label)


def _all_shown(
    sim: object, request: SimRequest, repo: Repository, issue: Issue
) -> list[dict]:
    return [_shown(sim, request, repo, label) for label in issue.labels]


def _asked(request: SimRequest) -> list[str]:
    data = json_body(request) or []
    return label_names(data.get("labels", ()) if isinstance(data, dict) else data)


@ROUTES.get(LABELS)
def list_labels(sim: object, request: SimRequest, **path: str) -> Page:
    """List the labels of a repository."""
    repo = repository(sim, path)
    labels = sorted(repo.labels, key=lambda label: label.name.lower())
    return paginated(request, labels, lambda label: _shown(sim, request, repo, label))


@ROUTES.post(LABELS)
def create_label(sim: object, request: SimRequest, **path: str) -> tuple:
    """Create a label."""
    values, desk = json_object(request), editor(sim, request, path)
    label = desk.create_label(
        values.get("name"), values.get("color"), values.get("description")
    )
    return _shown(sim, request, desk.repo, label), 201


@ROUTES.get(f"{LABELS}/{LABEL}")
def get_label(sim: object, request: SimRequest, label: str, **path: str) -> dict:
    """Show a label."""
    desk = editor(sim, request, path)
    return _shown(sim, request, desk.repo, desk.find_label(label))


@ROUTES.patch(f"{LABELS}/{LABEL}")
def edit_label(sim: object, request: SimRequest, label: str, **path: str) -> dict:
    """Rename, recolour or describe a label."""
    values, desk = json_object(request), editor(sim, request, path)
    changed = desk.edit_label(
        label,
        values.get("new_name", values.get("name")),
        values.get("color"),
        values.get("description"),
    )
    return _shown(sim, request, desk.repo, changed)


@ROUTES.delete(f"{LABELS}/{LABEL}")
def delete_label(sim: object, request: SimRequest, label: str, **path: str) -> tuple:
    """Delete a label."""
    editor(sim, request, path).delete_label(label)
    return None, 204


@ROUTES.get(ON_ISSUE)
def list_on_issue(sim: object, request: SimRequest, number: int, **path: str) -> Page:
    """List the labels of an issue."""
    repo = repository(sim, path)
    labels = repo.issue(number).labels
    return paginated(request, labels, lambda label: _shown(sim, request, repo, label))


@ROUTES.post(ON_ISSUE)
def add_to_issue(sim: object, request: SimRequest, number: int, **path: str) -> list:
    """Attach labels to an issue."""
    desk = editor(sim, request, path)
    issue = desk.add_labels(number, _asked(request))
    return _all_shown(sim, request, desk.repo, issue)


@ROUTES.put(ON_ISSUE)
def set_on_issue(sim: object, request: SimRequest, number: int, **path: str) -> list:
    """Replace the labels of an issue."""
    desk = editor(sim, request, path)
    issue = desk.set_labels(number, _asked(request))
    return _all_shown(sim, request, desk.repo, issue)


@ROUTES.delete(ON_ISSUE)
def clear_issue(sim: object, request: SimRequest, number: int, **path: str) -> tuple:
    """Take all labels off an issue."""
    editor(sim, request, path).set_labels(number, ())
    return None, 204


@ROUTES.delete(f"{ON_ISSUE}/{LABEL}")
def remove_from_issue(
    sim: object, request: SimRequest, number: int, label: str, **path: str
) -> list:
    """Take a label off an issue."""
    desk = editor(sim, request, path)
    issue = desk.remove_label(number, label)
    return _all_shown(sim, request, desk.repo, issue)
