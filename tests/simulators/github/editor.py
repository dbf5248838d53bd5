"""Changes a repository on somebody's behalf, and tells its webhooks."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .errors import GitHubError, invalid, missing
from .labels import LabelEditing
from .store import Account, Comment, Issue, Label, PullRequest, Repository

STATES = ("open", "closed")


@dataclass
class Editor(LabelEditing):
    """One person at work in one repository."""

    sim: object
    repo: Repository
    actor: Account

    # Issues and pull requests

    def open_issue(
        self, title: str, body: str | None = None, labels: Iterable[str] = ()
    ) -> Issue:
        """Open an issue."""
        return self._open(title, body, labels, None)

    def open_pull(
        self,
        title: str,
        body: str | None = None,
        labels: Iterable[str] = (),
        head: str = "feature",
        base: str = "main",
    ) -> Issue:
        """Open a pull request."""
        pull = PullRequest(self.sim.store.new_id(), head, base)
        return self._open(title, body, labels, pull)

    def _open(
        self,
        title: str,
        body: str | None,
        labels: Iterable[str],
        pull: PullRequest | None,
    ) -> Issue:
        if not title or not str(title).strip():
            raise missing("title")
        now = time.time()
        number = max([0, *self.repo.issues, *self.repo.deleted]) + 1
        new_id = self.sim.store.new_id()
        issue = Issue(new_id, number, self.actor, title, body, now, now, pull=pull)
        self.repo.issues[number] = issue
        issue.labels = [self.label_named(name) for name in dict.fromkeys(labels)]
        self.tell_issue(issue, "opened")
        for label in issue.labels:
            self.tell_label_change(issue, "labeled", label)
        return issue

    def edit_issue(self, number: int, **values: object) -> Issue:
        """Change an issue: title, body, state, state_reason, labels."""
        issue = self.repo.issue(number)
        self._check(values)
        self._rewrite(issue, values)
        if values.get("labels") is not None:
            self.set_labels(number, values["labels"])
        state = values.get("state") or issue.state
        if state != issue.state:
            self._change_state(issue, state, values.get("state_reason"))
        return issue

    def _check(self, values: dict) -> None:
        if "title" in values and not str(values["title"] or "").strip():
            raise invalid("Issue", "missing_field", "title")
        if values.get("state") not in (None, *STATES):
            raise invalid("Issue", "invalid", "state")

    def _rewrite(self, issue: Issue, values: dict) -> None:
        changes = {}
        for name in ("title", "body"):
            if name in values and values[name] != getattr(issue, name):
                changes[name] = {"from": getattr(issue, name) or ""}
                setattr(issue, name, values[name])
        if changes:
            self.touch_issue(issue)
            self.tell_issue(issue, "edited", changes=changes)

    def _change_state(self, issue: Issue, state: str, reason: object) -> None:
        closed = state == "closed"
        issue.state = state
        issue.closed_at = time.time() if closed else None
        issue.closed_by = self.actor if closed else None
        if not issue.pull:
            default = "completed" if closed else "reopened"
            issue.state_reason = str(reason or default)
        self.touch_issue(issue)
        self.tell_issue(issue, "closed" if closed else "reopened")

    def close(self, number: int, reason: str | None = None) -> Issue:
        """Close an issue or a pull request."""
        return self.edit_issue(number, state="closed", state_reason=reason)

    def reopen(self, number: int) -> Issue:
        """Open an issue or a pull request again."""
        return self.edit_issue(number, state="open")

    def merge(self, number: int) -> Issue:
        """Merge a pull request."""
        issue = self.repo.issue(number)
        if not issue.pull or issue.state == "closed":
            raise GitHubError(405, "Pull Request is not mergeable")
        issue.pull.merged_at = time.time()
        self._change_state(issue, "closed", None)
        return issue

    def delete_issue(self, number: int) -> None:
        """Delete an issue, which the real REST API can't but people can."""
        issue = self.repo.issue(number)
        del self.repo.issues[number]
        self.repo.deleted.add(number)
        self.tell_issue(issue, "deleted")

    # Comments

    def comment(self, number: int, body: str | None) -> Comment:
        """Comment on an issue or a pull request."""
        issue = self.repo.issue(number)
        now = time.time()
        text = self._comment_text(body)
        comment = Comment(self.sim.store.new_id(), self.actor, text, now, now)
        issue.comments[comment.id] = comment
        self.touch_issue(issue)
        self._tell_comment(issue, comment, "created")
        return comment

    def edit_comment(self, comment_id: int, body: str | None) -> Comment:
        """Change a comment."""
        issue, comment = self.repo.find_comment(comment_id)
        old, comment.body = comment.body, self._comment_text(body)
        comment.updated_at = time.time()
        self.touch_issue(issue)
        changes = {"body": {"from": old}}
        self._tell_comment(issue, comment, "edited", changes=changes)
        return comment

    def delete_comment(self, comment_id: int) -> None:
        """Delete a comment."""
        issue, comment = self.repo.find_comment(comment_id)
        del issue.comments[comment_id]
        self.touch_issue(issue)
        self._tell_comment(issue, comment, "deleted")

    def _comment_text(self, body: str | None) -> str:
        if body is None:
            raise missing("body")
        if not str(body).strip():
            raise invalid(
                "IssueComment", "unprocessable", "data", message="Body cannot be blank"
            )
        return str(body)

    # Events

    def touch_issue(self, issue: Issue) -> None:
        """Note that an issue has changed."""
        issue.updated_at = time.time()

    def tell(self, event: str, action: str, **payload: object) -> None:
        """Send an event to the repository's hooks."""
        data = {"action": action, **payload}
        self.sim.emit(self.repo, self.actor, event, data)

    def tell_issue(self, issue: Issue, action: str, **payload: object) -> None:
        """Send an event about an issue, or about a pull request."""
        if issue.pull:
            pull = self._shape("pull", issue)
            payload = {"number": issue.number, "pull_request": pull, **payload}
            self.tell("pull_request", action, **payload)
        else:
            self.tell("issues", action, issue=self._shape("issue", issue), **payload)

    def tell_label_change(self, issue: Issue, action: str, label: Label | None) -> None:
        """Send labeled or unlabeled; the label is missing when it was deleted."""
        extra = {"label": self._shape("label", label)} if label else {}
        self.tell_issue(issue, action, **extra)

    def _tell_comment(
        self, issue: Issue, comment: Comment, action: str, **payload: object
    ) -> None:
        payload["issue"] = self._shape("issue", issue)
        payload["comment"] = self._shape("comment", issue, comment)
        self.tell("issue_comment", action, **payload)

    def _shape(self, kind: str, *things: object) -> Callable:
        return lambda shapes: getattr(shapes, kind)(self.repo, *things)
