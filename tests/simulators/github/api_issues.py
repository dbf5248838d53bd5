"""REST: issues, pull requests and their comments."""

from datetime import datetime

from ..core.routes import Routes
from ..core.web import SimRequest
from .errors import GitHubError, not_found
from .requests import (
    Page,
    editor,
    json_object,
    label_names,
    paginated,
    repository,
    shapes,
)
from .store import Comment, Issue

ROUTES = Routes()
REPO = "/repos/<owner>/<name>"
ISSUE = f"{REPO}/issues/<int:number>"
PULL = f"{REPO}/pulls/<int:number>"
COMMENT = f"{REPO}/issues/comments/<int:comment_id>"
EDITABLE = ("title", "body", "state", "state_reason")
SORTS = {
    "created": lambda issue: (issue.created_at, issue.number),
    "updated": lambda issue: (issue.updated_at, issue.number),
    "comments": lambda issue: (len(issue.comments), issue.number),
}


def since(request: SimRequest) -> int:
    """Return the moment from which changes are asked for, 0 for all."""
    text = request.args.get("since")
    if not text:
        return 0
    try:
        return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())
    except ValueError as error:
        raise GitHubError(422, "Validation Failed", [{"field": "since"}]) from error


def chosen(request: SimRequest, issues: list[Issue]) -> list[Issue]:
    """Filter and sort issues as the query says."""
    state = request.args.get("state", "open")
    wanted = [
        name for name in request.args.get("labels", "").lower().split(",") if name
    ]
    begin = since(request)
    creator = request.args.get("creator")
    found = [
        issue
        for issue in issues
        if state in ("all", issue.state)
        and int(issue.updated_at) >= begin
        and creator in (None, issue.author.login)
        and set(wanted) <= {label.name.lower() for label in issue.labels}
    ]
    sort = SORTS.get(request.args.get("sort", ""), SORTS["created"])
    ascending = request.args.get("direction") == "asc"
    return sorted(found, key=sort, reverse=not ascending)


@ROUTES.get(f"{REPO}/issues")
def list_issues(sim: object, request: SimRequest, **path: str) -> Page:
    """List issues, pull requests among them."""
    repo, shape = repository(sim, path), shapes(sim, request)
    issues = chosen(request, list(repo.issues.values()))
    return paginated(request, issues, lambda issue: shape.issue(repo, issue))


@ROUTES.post(f"{REPO}/issues")
def create_issue(sim: object, request: SimRequest, **path: str) -> tuple:
    """Open an issue."""
    values = json_object(request)
    desk = editor(sim, request, path)
    labels = label_names(values.get("labels") or ())
    issue = desk.open_issue(values.get("title"), values.get("body"), labels)
    return shapes(sim, request).issue(desk.repo, issue), 201


@ROUTES.get(ISSUE)
def get_issue(sim: object, request: SimRequest, number: int, **path: str) -> dict:
    """Show an issue."""
    repo = repository(sim, path)
    return shapes(sim, request).issue(repo, repo.issue(number))


@ROUTES.patch(ISSUE)
def edit_issue(sim: object, request: SimRequest, number: int, **path: str) -> dict:
    """Change an issue."""
    desk = editor(sim, request, path)
    issue = _edit(desk, number, json_object(request))
    return shapes(sim, request).issue(desk.repo, issue)


def _edit(desk: object, number: int, values: dict) -> Issue:
    known = {key: values[key] for key in EDITABLE if key in values}
    if values.get("labels") is not None:
        known["labels"] = label_names(values["labels"])
    return desk.edit_issue(number, **known)


# Pull requests


def _pull(repo: object, number: int) -> Issue:
    issue = repo.issue(number)
    if not issue.pull:
        raise not_found()
    return issue


@ROUTES.get(f"{REPO}/pulls")
def list_pulls(sim: object, request: SimRequest, **path: str) -> Page:
    """List pull requests."""
    repo, shape = repository(sim, path), shapes(sim, request)
    pulls = chosen(request, [issue for issue in repo.issues.values() if issue.pull])
    return paginated(request, pulls, lambda issue: shape.pull(repo, issue))


@ROUTES.post(f"{REPO}/pulls")
def create_pull(sim: object, request: SimRequest, **path: str) -> tuple:
    """Open a pull request."""
    values = json_object(request)
    desk = editor(sim, request, path)
    branches = {key: values[key] for key in ("head", "base") if key in values}
    issue = desk.open_pull(values.get("title"), values.get("body"), **branches)
    return shapes(sim, request).pull(desk.repo, issue), 201


@ROUTES.get(PULL)
def get_pull(sim: object, request: SimRequest, number: int, **path: str) -> dict:
    """Show a pull request."""
    repo = repository(sim, path)
    return shapes(sim, request).pull(repo, _pull(repo, number))


@ROUTES.patch(PULL)
def edit_pull(sim: object, request: SimRequest, number: int, **path: str) -> dict:
    """Change a pull request."""
    desk = editor(sim, request, path)
    _pull(desk.repo, number)
    issue = _edit(desk, number, json_object(request))
    return shapes(sim, request).pull(desk.repo, issue)


@ROUTES.put(f"{PULL}/merge")
def merge_pull(sim: object, request: SimRequest, number: int, **path: str) -> dict:
    """Merge a pull request."""
    desk = editor(sim, request, path)
    desk.merge(_pull(desk.repo, number).number)
    message = "Pull Request successfully merged"
    return {"sha": f"{number:040x}", "merged": True, "message": message}


# Comments


def _by_time(comments: list[Comment]) -> list[Comment]:
    return sorted(comments, key=lambda comment: comment.id)


@ROUTES.get(f"{ISSUE}/comments")
def list_comments(sim: object, request: SimRequest, number: int, **path: str) -> Page:
    """List the comments of an issue."""
    repo, shape = repository(sim, path), shapes(sim, request)
    issue, begin = repo.issue(number), since(request)
    found = [item for item in issue.comments.values() if int(item.updated_at) >= begin]
    return paginated(
        request, _by_time(found), lambda item: shape.comment(repo, issue, item)
    )


@ROUTES.get(f"{REPO}/issues/comments")
def list_all_comments(sim: object, request: SimRequest, **path: str) -> Page:
    """List the comments of a repository."""
    repo, shape, begin = repository(sim, path), shapes(sim, request), since(request)
    found = [
        item
        for issue in repo.issues.values()
        for item in issue.comments.values()
        if int(item.updated_at) >= begin
    ]
    return paginated(
        request,
        _by_time(found),
        lambda item: shape.comment(repo, *repo.find_comment(item.id)),
    )


@ROUTES.post(f"{ISSUE}/comments")
def create_comment(sim: object, request: SimRequest, number: int, **path: str) -> tuple:
    """Comment on an issue."""
    desk = editor(sim, request, path)
    comment = desk.comment(number, json_object(request).get("body"))
    issue = desk.repo.issue(number)
    return shapes(sim, request).comment(desk.repo, issue, comment), 201


@ROUTES.get(COMMENT)
def get_comment(sim: object, request: SimRequest, comment_id: int, **path: str) -> dict:
    """Show a comment."""
    repo = repository(sim, path)
    return shapes(sim, request).comment(repo, *repo.find_comment(comment_id))


@ROUTES.patch(COMMENT)
def edit_comment(
    sim: object, request: SimRequest, comment_id: int, **path: str
) -> dict:
    """Change a comment."""
    desk = editor(sim, request, path)
    desk.edit_comment(comment_id, json_object(request).get("body"))
    return get_comment(sim, request, comment_id, **path)


@ROUTES.delete(COMMENT)
def delete_comment(
    sim: object, request: SimRequest, comment_id: int, **path: str
) -> tuple:
    """Delete a comment."""
    editor(sim, request, path).delete_comment(comment_id)
    return None, 204
