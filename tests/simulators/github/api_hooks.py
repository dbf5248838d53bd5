"""REST: webhooks and their deliveries."""

import json
import time
from urllib.parse import urlsplit

from ..core.deliveries import Delivery
from ..core.routes import Routes
from ..core.web import SimRequest
from .errors import GitHubError, invalid, not_found
from .requests import Page, json_object, paginated, repository, shapes
from .shapes import moment
from .store import Hook, Repository

ROUTES = Routes()
HOOKS = "/repos/<owner>/<name>/hooks"
HOOK = f"{HOOKS}/<int:hook_id>"
DELIVERY = f"{HOOK}/deliveries/<int:delivery_id>"
ZEN = "Keep it logically awesome."
CONFIG = ("url", "secret", "content_type", "insecure_ssl")


def _find(repo: Repository, hook_id: int) -> Hook:
    if hook_id not in repo.hooks:
        raise not_found()
    return repo.hooks[hook_id]


def _check(repo: Repository, hook: Hook) -> None:
    if urlsplit(hook.url).scheme not in ("http", "https"):
        raise invalid("Hook", "custom", "url", message="url is missing or not a URL")
    if hook.content_type not in ("json", "form"):
        raise invalid("Hook", "invalid", "content_type")
    for other in repo.hooks.values():
        same = (other.url, other.events) == (hook.url, hook.events)
        if other is not hook and same:
            message = "Hook already exists on this repository"
            error = {"resource": "Hook", "code": "custom", "message": message}
            raise GitHubError(422, "Validation Failed", [error])


def _ping(sim: object, request: SimRequest, repo: Repository, hook: Hook) -> None:
    payload = {
        "zen": ZEN,
        "hook_id": hook.id,
        "hook": lambda shape: shape.hook(repo, hook),
    }
    sim.send(repo, request.actor, hook, "ping", payload)


@ROUTES.get(HOOKS)
def list_hooks(sim: object, request: SimRequest, **path: str) -> Page:
    """List the webhooks of a repository."""
    repo, shape = repository(sim, path), shapes(sim, request)
    hooks = list(repo.hooks.values())
    return paginated(request, hooks, lambda hook: shape.hook(repo, hook))


@ROUTES.post(HOOKS)
def create_hook(sim: object, request: SimRequest, **path: str) -> tuple:
    """Create a webhook, and ping it."""
    repo, values, now = repository(sim, path), json_object(request), time.time()
    if values.get("name", "web") != "web":
        raise invalid("Hook", "invalid", "name")
    config = values.get("config") or {}
    hook = Hook(
        sim.store.new_id(),
        str(config.get("url", "")),
        str(config.get("secret") or ""),
        str(config.get("content_type", "form")),
        str(config.get("insecure_ssl", "0")),
        list(dict.fromkeys(values.get("events") or ["push"])),
        bool(values.get("active", True)),
        shapes(sim, request).base,
        now,
        now,
    )
    _check(repo, hook)
    repo.hooks[hook.id] = hook
    _ping(sim, request, repo, hook)
    return shapes(sim, request).hook(repo, hook), 201


@ROUTES.get(HOOK)
def get_hook(sim: object, request: SimRequest, hook_id: int, **path: str) -> dict:
    """Show a webhook."""
    repo = repository(sim, path)
    return shapes(sim, request).hook(repo, _find(repo, hook_id))


@ROUTES.patch(HOOK)
def edit_hook(sim: object, request: SimRequest, hook_id: int, **path: str) -> dict:
    """Change a webhook."""
    repo, values = repository(sim, path), json_object(request)
    hook = _find(repo, hook_id)
    for field in CONFIG:
        if field in (values.get("config") or {}):
            setattr(hook, field, str(values["config"][field] or ""))
    _edit_events(hook, values)
    hook.active = bool(values.get("active", hook.active))
    hook.updated_at = time.time()
    _check(repo, hook)
    return shapes(sim, request).hook(repo, hook)


def _edit_events(hook: Hook, values: dict) -> None:
    events = [*(values.get("events") or hook.events), *values.get("add_events", ())]
    removed = values.get("remove_events", ())
    hook.events = [event for event in dict.fromkeys(events) if event not in removed]


@ROUTES.delete(HOOK)
def delete_hook(sim: object, request: SimRequest, hook_id: int, **path: str) -> tuple:
    """Delete a webhook."""
    repo = repository(sim, path)
    del repo.hooks[_find(repo, hook_id).id]
    return None, 204


@ROUTES.post(f"{HOOK}/pings")
def ping_hook(sim: object, request: SimRequest, hook_id: int, **path: str) -> tuple:
    """Ping a webhook."""
    repo = repository(sim, path)
    _ping(sim, request, repo, _find(repo, hook_id))
    return None, 204


# Deliveries


def _delivery(delivery: Delivery) -> dict:
    event, _, action = delivery.event.partition(".")
    attempt = delivery.attempts[-1]
    return {
        "id": delivery.id,
        "guid": delivery.headers["X-GitHub-Delivery"],
        "delivered_at": moment(attempt.at),
        "redelivery": False,
        "duration": round(attempt.seconds, 2),
        "status": "OK" if attempt.ok else attempt.reason,
        "status_code": attempt.status or 502,
        "event": event,
        "action": action or None,
        "url": delivery.url,
    }


def _sent(sim: object, hook: Hook) -> list[Delivery]:
    found = [item for item in sim.deliveries if item.subject is hook and item.attempts]
    return found[::-1]


@ROUTES.get(f"{HOOK}/deliveries")
def list_deliveries(
    sim: object, request: SimRequest, hook_id: int, **path: str
) -> Page:
    """List what was sent to a webhook, the newest first."""
    hook = _find(repository(sim, path), hook_id)
    return paginated(request, _sent(sim, hook), _delivery)


def _find_delivery(sim: object, hook: Hook, delivery_id: int) -> Delivery:
    for delivery in _sent(sim, hook):
        if delivery.id == delivery_id:
            return delivery
    raise not_found()


@ROUTES.get(DELIVERY)
def get_delivery(
    sim: object, request: SimRequest, hook_id: int, delivery_id: int, **path: str
) -> dict:
    """Show a delivery with its content."""
    hook = _find(repository(sim, path), hook_id)
    delivery = _find_delivery(sim, hook, delivery_id)
    body = delivery.body.decode()
    payload = json.loads(body) if hook.content_type == "json" else body
    return {
        **_delivery(delivery),
        "request": {"headers": delivery.headers, "payload": payload},
        "response": {
            "headers": delivery.attempts[-1].headers,
            "payload": delivery.attempts[-1].body.decode(errors="replace"),
        },
    }


@ROUTES.post(f"{DELIVERY}/attempts")
def redeliver(
    sim: object, request: SimRequest, hook_id: int, delivery_id: int, **path: str
) -> tuple:
    """Send a delivery again."""
    hook = _find(repository(sim, path), hook_id)
    sim.redeliver(_find_delivery(sim, hook, delivery_id))
    return {}, 202
