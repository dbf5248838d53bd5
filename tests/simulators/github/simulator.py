"""The simulated GitHub as a service."""

import base64
import binascii
import re

from werkzeug.wrappers import Response

from ..core.faults import Fault
from ..core.locked import Locked
from ..core.simulator import Simulator
from ..core.web import ApiError, SimRequest, respond
from . import api_base, api_hooks, api_issues, api_labels
from .editor import Editor
from .errors import GitHubError, not_found
from .hooks import Hooks
from .limits import Limits, primary_limit, secondary_limit
from .page import page_context
from .people import ACTIONS
from .seed import fill
from .shapes import Shapes
from .store import Account, Store

DEFAULT_TOKEN = "ghp_simulated"
DEFAULT_REPOSITORY = "demo/studio"
BOT = "studio-bot"
VISITOR = "octo-visitor"
ENTERPRISE_PREFIX = "/api/v3"
FOR_PEOPLE = re.compile(r"/[^/]+/[^/]+/(issues|pull)/\d+$")
MESSAGES = {401: "Bad credentials", 404: "Not Found", 500: "Server Error"}


class GitHubSimulator(Hooks, Simulator):
    """GitHub with one repository, at ``url`` and also at ``url + "/api/v3"``."""

    name = "github"
    title = "GitHub"
    routes = (
        api_base.ROUTES,
        api_hooks.ROUTES,
        api_issues.ROUTES,
        api_labels.ROUTES,
    )
    actions = ACTIONS

    def __init__(
        self,
        token: str = DEFAULT_TOKEN,
        repository: str = DEFAULT_REPOSITORY,
        **options: object,
    ) -> None:
        self.token, self.repository = token, repository
        super().__init__(**options)

    def build(self) -> None:
        """Begin with one repository, empty unless it is for a demonstration."""
        self.store = Store()
        self.limits = Limits()
        self.store.add_repository(self.repository)
        self.add_token(self.token, BOT)
        if self.demo:
            fill(self.visitor())

    # For tests

    def add_token(self, token: str, login: str, permission: str = "admin") -> None:
        """Let somebody in; with the permission "read" only to look."""
        self.store.tokens[token] = self.store.account(login, permission)

    def visitor(self, login: str = VISITOR, repository: str = "") -> Editor:
        """Act as somebody outside, e.g. ``sim.visitor().open_issue("Broken")``."""
        owner, name = (repository or self.repository).split("/")
        repo = self.store.repository(owner, name)
        return Locked(Editor(self, repo, self.store.account(login)), self.lock)

    # The service

    def state(self) -> dict:
        """Describe the repositories."""
        shapes = Shapes(self.url, self.url)
        return {
            "repositories": [
                {
                    "full_name": repo.full_name,
                    "labels": [shapes.label(repo, label) for label in repo.labels],
                    "issues": [
                        {
                            **shapes.issue(repo, issue),
                            "comment_list": [
                                shapes.comment(repo, issue, comment)
                                for comment in issue.comments.values()
                            ],
                        }
                        for issue in repo.issues.values()
                    ],
                    "hooks": [shapes.hook(repo, hook) for hook in repo.hooks.values()],
                }
                for repo in self.store.repositories.values()
            ]
        }

    def page_context(self, request: SimRequest) -> dict:
        """Give the page the issues and the labels."""
        return page_context(self, request)

    def rewrite(self, environ: dict) -> None:
        """Serve the API below the prefix of GitHub Enterprise as well."""
        path = environ["PATH_INFO"]
        if path.startswith(ENTERPRISE_PREFIX + "/"):
            environ["SCRIPT_NAME"] = ENTERPRISE_PREFIX
            environ["PATH_INFO"] = path.removeprefix(ENTERPRISE_PREFIX)

    def authenticate(self, request: SimRequest) -> None:
        """Find out who calls, and whether they may."""
        if FOR_PEOPLE.match(request.path):
            return
        request.actor = self._caller(request.headers.get("Authorization", ""))
        if request.path != "/rate_limit":
            self.limits.spend(request.actor)
        reading = request.method in ("GET", "HEAD")
        if not reading and request.actor.permission == "read":
            message = "Resource not accessible by personal access token"
            raise GitHubError(403, message)

    def _caller(self, header: str) -> Account:
        if not header:
            raise GitHubError(401, "Requires authentication")
        scheme, _, token = header.partition(" ")
        if scheme.lower() == "basic":
            token = _password(token)
        account = self.store.tokens.get(token.strip())
        if account is None:
            raise GitHubError(401, "Bad credentials")
        return account

    def unknown_route(self, request: SimRequest, allowed: bool) -> ApiError:
        """Refuse as the real service does: everything unknown is 404."""
        return not_found()

    def finish(self, request: SimRequest, response: Response) -> None:
        """Add the budget of calls, and the tag that tells a change."""
        response.headers.extend(self.limits.headers(request.actor))
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        response.headers["X-OAuth-Scopes"] = "admin:repo_hook, repo"
        if request.method == "GET" and response.status_code == 200:
            response.add_etag(weak=True)
            response.make_conditional(request)

    def fault_answer(self, fault: Fault, request: SimRequest) -> Response:
        """Answer with GitHub's words for being broken or tired."""
        error = self._fault_error(fault, request)
        return respond((error.body, error.status, error.headers))

    def _fault_error(self, fault: Fault, request: SimRequest) -> GitHubError:
        if fault.kind != "rate_limit":
            status = fault.status or 500
            return GitHubError(status, MESSAGES.get(status, "Something went wrong"))
        status = fault.status or 403
        if fault.secondary:
            return secondary_limit(fault.seconds, status)
        token = request.headers.get("Authorization", "").rpartition(" ")[2]
        request.actor = self.store.tokens.get(token)
        self.limits.exhaust(request.actor, fault.seconds)
        return primary_limit(request.actor, status)


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
