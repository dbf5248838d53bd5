"""REST: the caller, accounts, repositories, and the pages for people."""

from urllib.parse import urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from ..core.routes import Routes
from ..core.web import SimRequest
from .errors import not_found
from .requests import Page, paginated, repository, shapes

ROUTES = Routes()


@ROUTES.get("/")
def get_root(sim: object, request: SimRequest) -> dict:
    """Show where things are."""
    base = shapes(sim, request).base
    return {
        "current_user_url": f"{base}/user",
        "rate_limit_url": f"{base}/rate_limit",
        "repository_url": f"{base}/repos/{{owner}}/{{repo}}",
    }


@ROUTES.get("/user")
def get_caller(sim: object, request: SimRequest) -> dict:
    """Show whom the token belongs to."""
    return shapes(sim, request).profile(request.actor)


@ROUTES.get("/user/repos")
def list_repositories(sim: object, request: SimRequest) -> Page:
    """List all repositories."""
    found = list(sim.store.repositories.values())
    return paginated(request, found, shapes(sim, request).repository)


@ROUTES.get("/users/<login>")
def get_account(sim: object, request: SimRequest, login: str) -> dict:
    """Show an account."""
    if login not in sim.store.accounts:
        raise not_found()
    return shapes(sim, request).profile(sim.store.accounts[login])


@ROUTES.get("/repos/<owner>/<name>")
def get_repository(sim: object, request: SimRequest, **path: str) -> dict:
    """Show a repository."""
    return shapes(sim, request).repository(repository(sim, path))


@ROUTES.get("/rate_limit")
def get_rate_limit(sim: object, request: SimRequest) -> dict:
    """Tell how many calls are left."""
    core = sim.limits.status(request.actor)
    return {"resources": {"core": core}, "rate": core}


@ROUTES.get("/<owner>/<name>/issues/<int:number>")
@ROUTES.get("/<owner>/<name>/pull/<int:number>")
def show_to_people(
    sim: object, request: SimRequest, owner: str, name: str, number: int
) -> Response:
    """Lead from an issue's address to the page of the simulator."""
    query = urlencode({"show": number})
    return redirect(f"{sim.url}/_sim/?{query}#issue")
