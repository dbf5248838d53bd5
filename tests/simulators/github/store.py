"""What the simulated GitHub remembers."""

import itertools
import time
from dataclasses import dataclass, field

from .errors import GitHubError, not_found

DEFAULT_COLOUR = "ededed"


@dataclass(eq=False)
class Account:
    """Somebody with a login; ``permission`` is admin, write or read."""

    id: int
    login: str
    permission: str = "admin"


@dataclass(eq=False)
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = DEFAULT_COLOUR
    description: str | None = None


@dataclass(eq=False)
class Comment:
    """A comment under an issue or a pull request."""

    id: int
    author: Account
    body: str
    created_at: float
    updated_at: float


@dataclass(eq=False)
class PullRequest:
    """What a pull request has beyond an issue."""

    id: int
    head: str
    base: str
    merged_at: float | None = None


@dataclass(eq=False)
class Issue:
    """An issue, or a pull request."""

    id: int
    number: int
    author: Account
    title: str
    body: str | None
    created_at: float
    updated_at: float
    state: str = "open"
    state_reason: str | None = None
    closed_at: float | None = None
    closed_by: Account | None = None
    pull: PullRequest | None = None
    labels: list[Label] = field(default_factory=list)
    comments: dict[int, Comment] = field(default_factory=dict)


@dataclass(eq=False)
class Hook:
    """A webhook of a repository; ``base`` is the API address that its events show."""

    id: int
    url: str
    secret: str
    content_type: str
    insecure_ssl: str
    events: list[str]
    active: bool
    base: str
    created_at: float
    updated_at: float
    last_response: dict = field(
        default_factory=lambda: {"code": None, "status": "unused", "message": None}
    )

    def wants(self, event: str) -> bool:
        """Tell whether the hook gets events of this name."""
        return self.active and (event in self.events or "*" in self.events)


@dataclass(eq=False)
class Repository:
    """A repository with its issues, labels and hooks."""

    id: int
    owner: Account
    name: str
    created_at: float
    labels: list[Label] = field(default_factory=list)
    issues: dict[int, Issue] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    hooks: dict[int, Hook] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """Give the name with the owner's."""
        return f"{self.owner.login}/{self.name}"

    def label(self, name: str) -> Label | None:
        """Return the label with that name, whatever its case."""
        for label in self.labels:
            if label.name.lower() == name.lower():
                return label
        return None

    def issue(self, number: int) -> Issue:
        """Return an issue or a pull request, or refuse."""
        if number in self.deleted:
            raise GitHubError(410, "This issue was deleted")
        if number not in self.issues:
            raise not_found()
        return self.issues[number]

    def find_comment(self, comment_id: int) -> tuple[Issue, Comment]:
        """Return a comment and where it stands, or refuse."""
        for issue in self.issues.values():
            if comment_id in issue.comments:
                return issue, issue.comments[comment_id]
        raise not_found()


class Store:
    """Accounts and repositories."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Account] = {}
        self.repositories: dict[str, Repository] = {}
        self._ids = itertools.count(1001)

    def new_id(self) -> int:
        """Return a number that nothing else has."""
        return next(self._ids)

    def account(self, login: str, permission: str = "admin") -> Account:
        """Return the account with that login, a new one if need be."""
        if login not in self.accounts:
            self.accounts[login] = Account(self.new_id(), login, permission)
        return self.accounts[login]

    def add_repository(self, full_name: str) -> Repository:
        """Create an empty repository."""
        owner, name = full_name.split("/")
        repository = Repository(self.new_id(), self.account(owner), name, time.time())
        self.repositories[full_name.lower()] = repository
        return repository

    def rename(self, repository: Repository, name: str) -> None:
        """Give a repository another name; who asks for the old one still finds it."""
        repository.name = name
        self.repositories[repository.full_name.lower()] = repository

    def repository(self, owner: str, name: str) -> Repository:
        """Return a repository, or refuse."""
        found = self.repositories.get(f"{owner}/{name}".lower())
        if found is None:
            raise not_found()
        return found
