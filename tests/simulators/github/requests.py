"""Reads requests to the REST API and cuts long answers into pages."""

from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from ..core.web import SimRequest
from .editor import Editor
from .errors import GitHubError
from .shapes import Shapes
from .store import Repository

PER_PAGE = 30
MAX_PER_PAGE = 100
Page = tuple[list, int, dict]


def json_body(request: SimRequest) -> object:
    """Return the JSON of a request, None when there is none."""
    if not request.get_data():
        return None
    data = request.get_json(force=True, silent=True)
    if data is None:
        raise GitHubError(400, "Problems parsing JSON")
    return data


def json_object(request: SimRequest) -> dict:
    """Return the JSON object of a request, an empty one when there is none."""
    data = json_body(request) or {}
    if not isinstance(data, dict):
        raise GitHubError(422, "Invalid request.\n\nThe body is not an object.")
    return data


def shapes(sim: object, request: SimRequest) -> Shapes:
    """Describe things under the API address that the caller uses."""
    return Shapes(request.root_url.rstrip("/"), sim.url)


def repository(sim: object, path: dict) -> Repository:
    """Return the repository that a path names."""
    return sim.store.repository(path["owner"], path["name"])


def editor(sim: object, request: SimRequest, path: dict) -> Editor:
    """Let the caller change the repository that a path names."""
    return Editor(sim, repository(sim, path), request.actor)


def label_names(values: Iterable) -> list[str]:
    """Accept labels as names or as objects with a name."""
    return [
        value["name"] if isinstance(value, dict) else str(value) for value in values
    ]


def _number(request: SimRequest, name: str, default: int) -> int:
    try:
        value = int(request.args.get(name, default))
    except ValueError:
        return default
    return value if value > 0 else default


def paginated(request: SimRequest, things: list, shape: Callable) -> Page:
    """Answer with one page, and with links to the others."""
    size = min(_number(request, "per_page", PER_PAGE), MAX_PER_PAGE)
    page = _number(request, "page", 1)
    last = max((len(things) + size - 1) // size, 1)
    links = {}
    if page > 1:
        links.update(prev=min(page - 1, last), first=1)
    if page < last:
        links.update(next=page + 1, last=last)
    headers = {"Link": _links(request, links)} if links else {}
    begin = (page - 1) * size
    return [shape(thing) for thing in things[begin : begin + size]], 200, headers


def _links(request: SimRequest, pages: dict[str, int]) -> str:
    parts = []
    for relation in ("prev", "next", "last", "first"):
        if relation in pages:
            query = {**request.args.to_dict(), "page": pages[relation]}
            parts.append(f'<{request.base_url}?{urlencode(query)}>; rel="{relation}"')
    return ", ".join(parts)
