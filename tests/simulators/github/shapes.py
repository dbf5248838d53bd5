"""How things look as JSON: https://docs.github.com/rest

``base`` is the address of the API, ``site`` that of the pages for people.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import quote

from .store import Account, Comment, Hook, Issue, Label, Repository

NO_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
# What can be fetched of a repository, and where.
PARTS = {
    "hooks": "hooks",
    "issues": "issues{/number}",
    "labels": "labels{/name}",
    "pulls": "pulls{/number}",
    "issue_comment": "issues/comments{/number}",
}
MASK = "********"


def moment(seconds: float | None) -> str | None:
    """Write a moment as GitHub does, to the second."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int) -> str:
    """Make the opaque name that GraphQL would use."""
    return base64.b64encode(f"0:{kind}{number}".encode()).decode()


def association(person: Account | None, repo: Repository) -> str:
    """Tell what the author is to the repository."""
    if person is None:
        return "NONE"
    if person is repo.owner:
        return "OWNER"
    return "COLLABORATOR" if person.permission == "admin" else "CONTRIBUTOR"


@dataclass(frozen=True)
class Shapes:
    """Makes JSON data of what the store holds."""

    base: str
    site: str

    def user(self, account: Account | None) -> dict | None:
        """Describe an account, as it appears inside other things."""
        if account is None:
            return None  # it was deleted
        url = f"{self.base}/users/{account.login}"
        return {
            "login": account.login,
            "id": account.id,
            "node_id": node_id("User", account.id),
            "avatar_url": f"{self.site}/{account.login}.png",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self.site}/{account.login}",
            "repos_url": f"{url}/repos",
            "type": "User",
            "site_admin": False,
        }

    def profile(self, account: Account) -> dict:
        """Describe an account in full."""
        name = account.login.replace("-", " ").title()
        return {**self.user(account), "name": name, "company": None, "email": None}

    def repository(self, repo: Repository) -> dict:
        """Describe a repository."""
        url = f"{self.base}/repos/{repo.full_name}"
        created = moment(repo.created_at)
        return {
            "id": repo.id,
            "node_id": node_id("Repository", repo.id),
            "name": repo.name,
            "full_name": repo.full_name,
            "private": False,
            "visibility": "public",
            "owner": self.user(repo.owner),
            "html_url": f"{self.site}/{repo.full_name}",
            "description": "A repository of the simulator",
            "fork": False,
            "url": url,
            **{f"{key}_url": f"{url}/{path}" for key, path in PARTS.items()},
            **dict.fromkeys(("created_at", "updated_at", "pushed_at"), created),
            "has_issues": True,
            "archived": False,
            "disabled": False,
            "default_branch": "main",
            "open_issues_count": sum(
                issue.state == "open" for issue in repo.issues.values()
            ),
            "permissions": {"admin": True, "push": True, "pull": True},
        }

    def label(self, repo: Repository, label: Label) -> dict:
        """Describe a label."""
        return {
            "id": label.id,
            "node_id": node_id("Label", label.id),
            "url": f"{self.base}/repos/{repo.full_name}/labels/{quote(label.name, '')}",
            "name": label.name,
            "color": label.color,
            "default": False,
            "description": label.description,
        }

    def _thread(self, repo: Repository, issue: Issue) -> dict:
        """Describe what issues and pull requests have in common."""
        comments = f"{self.base}/repos/{repo.full_name}/issues/{issue.number}/comments"
        return {
            "number": issue.number,
            "state": issue.state,
            "locked": False,
            "active_lock_reason": None,
            "title": issue.title,
            "body": issue.body,
            "user": self.user(issue.author),
            "labels": [self.label(repo, label) for label in issue.labels],
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "author_association": association(issue.author, repo),
            "comments": len(issue.comments),
            "comments_url": comments,
            "created_at": moment(issue.created_at),
            "updated_at": moment(issue.updated_at),
            "closed_at": moment(issue.closed_at),
        }

    def issue(self, repo: Repository, issue: Issue) -> dict:
        """Describe an issue, or a pull request as an issue."""
        repository = f"{self.base}/repos/{repo.full_name}"
        url = f"{repository}/issues/{issue.number}"
        data = {
            "id": issue.id,
            "node_id": node_id("Issue", issue.id),
            "url": url,
            "repository_url": repository,
            "labels_url": f"{url}/labels{{/name}}",
            "events_url": f"{url}/events",
            "timeline_url": f"{url}/timeline",
            "html_url": self.page(repo, issue),
            "state_reason": issue.state_reason,
            "closed_by": issue.closed_by and self.user(issue.closed_by),
            "reactions": self._reactions(url),
            "performed_via_github_app": None,
            **self._thread(repo, issue),
        }
        if issue.pull:
            data["draft"] = False
            data["pull_request"] = self._pull_links(repo, issue)
        return data

    def page(self, repo: Repository, issue: Issue) -> str:
        """Give the address of the page for people."""
        kind = "pull" if issue.pull else "issues"
        return f"{self.site}/{repo.full_name}/{kind}/{issue.number}"

    def _pull_links(self, repo: Repository, issue: Issue) -> dict:
        page = self.page(repo, issue)
        return {
            "url": f"{self.base}/repos/{repo.full_name}/pulls/{issue.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": moment(issue.pull.merged_at),
        }

    def _reactions(self, url: str) -> dict:
        return {
            "url": f"{url}/reactions",
            "total_count": 0,
            **dict.fromkeys(NO_REACTIONS, 0),
        }

    def pull(self, repo: Repository, issue: Issue) -> dict:
        """Describe a pull request."""
        url = f"{self.base}/repos/{repo.full_name}/issues/{issue.number}"
        merged = issue.pull.merged_at is not None
        return {
            "id": issue.pull.id,
            "node_id": node_id("PullRequest", issue.pull.id),
            "issue_url": url,
            **self._pull_links(repo, issue),
            **self._thread(repo, issue),
            "draft": False,
            "head": self._branch(repo, issue.author, issue.pull.head),
            "base": self._branch(repo, repo.owner, issue.pull.base),
            "merged": merged,
            "mergeable": not merged,
            "requested_reviewers": [],
            "requested_teams": [],
            "commits": 1,
            "additions": 1,
            "deletions": 0,
            "changed_files": 1,
        }

    def _branch(self, repo: Repository, owner: Account, name: str) -> dict:
        return {
            "label": f"{owner.login}:{name}",
            "ref": name,
            "sha": f"{repo.id:040x}",
            "user": self.user(owner),
            "repo": self.repository(repo),
        }

    def comment(self, repo: Repository, issue: Issue, comment: Comment) -> dict:
        """Describe a comment."""
        repository = f"{self.base}/repos/{repo.full_name}"
        url = f"{repository}/issues/comments/{comment.id}"
        return {
            "id": comment.id,
            "node_id": node_id("IssueComment", comment.id),
            "url": url,
            "html_url": f"{self.page(repo, issue)}#issuecomment-{comment.id}",
            "issue_url": f"{repository}/issues/{issue.number}",
            "body": comment.body,
            "user": self.user(comment.author),
            "author_association": association(comment.author, repo),
            "created_at": moment(comment.created_at),
            "updated_at": moment(comment.updated_at),
            "reactions": self._reactions(url),
            "performed_via_github_app": None,
        }

    def hook(self, repo: Repository, hook: Hook) -> dict:
        """Describe a webhook; its secret stays hidden."""
        url = f"{self.base}/repos/{repo.full_name}/hooks/{hook.id}"
        config = {
            "url": hook.url,
            "content_type": hook.content_type,
            "insecure_ssl": hook.insecure_ssl,
        }
        if hook.secret:
            config["secret"] = MASK
        return {
            "type": "Repository",
            "id": hook.id,
            "name": "web",
            "active": hook.active,
            "events": hook.events,
            "config": config,
            "created_at": moment(hook.created_at),
            "updated_at": moment(hook.updated_at),
            "url": url,
            "test_url": f"{url}/test",
            "ping_url": f"{url}/pings",
            "deliveries_url": f"{url}/deliveries",
            "last_response": hook.last_response,
        }
