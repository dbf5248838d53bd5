"""REST: webhooks. The callback is checked without a lock, as it may call back."""

from ..core.routes import Routes
from ..core.web import ApiError, SimRequest
from . import shapes
from .errors import bad_webhook, invalid, not_found
from .requests import boolean, values_of
from .store import Webhook

ROUTES = Routes()


@ROUTES.post("/1/webhooks", locked=False)
def create_webhook(sim: object, request: SimRequest) -> dict:
    """Create a webhook, if its address answers."""
    values = values_of(request)
    url, model = str(values.get("callbackURL", "")), str(values.get("idModel", ""))
    watched = sim.store.model(model)
    if watched is None:
        raise invalid("idModel")
    _refuse_twin(sim, url, watched.id)
    sim.check_callback(url)
    with sim.lock:
        _refuse_twin(sim, url, watched.id)
        hook = Webhook(
            sim.store.new_id(),
            sim.token,
            watched.id,
            url,
            str(values.get("description", "")),
            boolean({"active": values.get("active", True)}, "active"),
        )
        sim.store.webhooks[hook.id] = hook
        sim.touch()
    return shapes.webhook(hook)


@ROUTES.post("/1/tokens/<token>/webhooks", locked=False)
def create_token_webhook(sim: object, request: SimRequest, token: str) -> dict:
    """Create a webhook, by the token's address."""
    _check_token(sim, token)
    return create_webhook(sim, request)


def _refuse_twin(sim: object, url: str, model: str) -> None:
    for hook in sim.store.webhooks.values():
        if (hook.url, hook.model) == (url, model):
            raise bad_webhook(
                "A webhook with that callback, model, and token already exists"
            )


def _check_token(sim: object, token: str) -> None:
    if token != sim.token:
        raise ApiError(401, "invalid token")


@ROUTES.get("/1/tokens/<token>/webhooks")
def list_webhooks(sim: object, request: SimRequest, token: str) -> list[dict]:
    """List the webhooks of a token."""
    _check_token(sim, token)
    return [shapes.webhook(hook) for hook in sim.store.webhooks.values()]


@ROUTES.get("/1/webhooks/<key>")
def get_webhook(sim: object, request: SimRequest, key: str) -> dict:
    """Show a webhook."""
    return shapes.webhook(sim.store.webhook(key))


@ROUTES.put("/1/webhooks/<key>", locked=False)
def edit_webhook(sim: object, request: SimRequest, key: str) -> dict:
    """Change a webhook; a new address is checked."""
    values, hook = values_of(request), sim.store.webhook(key)
    url = str(values.get("callbackURL", hook.url))
    model = str(values.get("idModel", hook.model))
    if sim.store.model(model) is None:
        raise invalid("idModel")
    if url != hook.url:
        sim.check_callback(url)
    with sim.lock:
        hook.url, hook.model = url, model
        hook.description = str(values.get("description", hook.description))
        if "active" in values:
            hook.active = boolean(values, "active")
        sim.touch()
    return shapes.webhook(hook)


@ROUTES.delete("/1/webhooks/<key>")
def delete_webhook(sim: object, request: SimRequest, key: str) -> dict:
    """Delete a webhook."""
    del sim.store.webhooks[sim.store.webhook(key).id]
    return {"limits": {}}


@ROUTES.get("/1/tokens/<token>")
def get_token(sim: object, request: SimRequest, token: str) -> dict:
    """Show what a token may do."""
    if token != sim.token:
        raise not_found()
    return {
        "id": sim.store.new_id(),
        "identifier": "Sync Studio",
        "idMember": request.actor.id,
        "dateExpires": None,
        "permissions": [],
    }
