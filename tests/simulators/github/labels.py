"""How labels are created, changed, attached and deleted."""

import re
import secrets
from collections.abc import Iterable

from .errors import GitHubError, invalid
from .store import DEFAULT_COLOUR, Issue, Label, Repository

COLOUR = re.compile(r"[0-9a-fA-F]{6}")
MAX_NAME = 50
MAX_DESCRIPTION = 100


class LabelEditing:
    """The part of the editor that deals with labels."""

    repo: Repository

    def label_named(self, name: str) -> Label:
        """Return a label, a new one if the repository has none of that name."""
        return self.repo.label(name) or self.create_label(name, DEFAULT_COLOUR)

    def create_label(
        self, name: str, color: str | None = None, description: str | None = None
    ) -> Label:
        """Create a label."""
        if not name:
            raise invalid("Label", "missing_field", "name")
        self._check_label(None, name, color, description)
        colour = (color or secrets.token_hex(3)).lower()
        label = Label(self.sim.store.new_id(), name, colour, description)
        self.repo.labels.append(label)
        self._tell_label(label, "created")
        return label

    def _check_label(
        self,
        label: Label | None,
        name: str,
        color: str | None,
        description: str | None,
    ) -> None:
        same = self.repo.label(name)
        if same and same is not label:
            raise invalid("Label", "already_exists", "name")
        if len(name) > MAX_NAME:
            raise invalid("Label", "too_long", "name")
        if color and not COLOUR.fullmatch(color):
            raise invalid("Label", "invalid", "color")
        if description and len(description) > MAX_DESCRIPTION:
            raise invalid("Label", "too_long", "description")

    def find_label(self, name: str) -> Label:
        """Return a label, or refuse."""
        label = self.repo.label(name)
        if label is None:
            raise GitHubError(404, "Not Found")
        return label

    def edit_label(
        self,
        name: str,
        new_name: str | None = None,
        color: str | None = None,
        description: str | None = None,
    ) -> Label:
        """Rename, recolour or describe a label."""
        label = self.find_label(name)
        self._check_label(label, new_name or label.name, color, description)
        wanted = {
            "name": new_name or label.name,
            "color": (color or label.color).lower(),
            "description": label.description if description is None else description,
        }
        changes = {}
        for field, value in wanted.items():
            if value != getattr(label, field):
                changes[field] = {"from": getattr(label, field) or ""}
                setattr(label, field, value)
        if changes:
            self._tell_label(label, "edited", changes=changes)
        return label

    def delete_label(self, name: str) -> None:
        """Delete a label, which takes it off all issues."""
        label = self.find_label(name)
        self.repo.labels.remove(label)
        self._tell_label(label, "deleted")
        for issue in self.repo.issues.values():
            if label in issue.labels:
                issue.labels.remove(label)
                self.touch_issue(issue)
                # GitHub leaves the label out of these events.
                self.tell_label_change(issue, "unlabeled", None)

    def _tell_label(self, label: Label, action: str, **payload: object) -> None:
        repo = self.repo
        self.tell("label", action, label=lambda it: it.label(repo, label), **payload)

    # Labels on issues

    def add_labels(self, number: int, names: Iterable[str]) -> Issue:
        """Attach labels; those that the repository lacks are created."""
        issue = self.repo.issue(number)
        for label in [self.label_named(name) for name in names]:
            self._attach(issue, label)
        return issue

    def set_labels(self, number: int, names: Iterable[str]) -> Issue:
        """Replace the labels of an issue."""
        issue = self.repo.issue(number)
        wanted = [self.label_named(name) for name in names]
        for label in [old for old in issue.labels if old not in wanted]:
            self._detach(issue, label)
        for label in wanted:
            self._attach(issue, label)
        return issue

    def remove_label(self, number: int, name: str) -> Issue:
        """Take a label off an issue."""
        issue = self.repo.issue(number)
        label = self.repo.label(name)
        if label not in issue.labels:
            raise GitHubError(404, "Label does not exist")
        self._detach(issue, label)
        return issue

    def _attach(self, issue: Issue, label: Label) -> None:
        if label not in issue.labels:
            issue.labels.append(label)
            self.touch_issue(issue)
            self.tell_label_change(issue, "labeled", label)

    def _detach(self, issue: Issue, label: Label) -> None:
        issue.labels.remove(label)
        self.touch_issue(issue)
        self.tell_label_change(issue, "unlabeled", label)
