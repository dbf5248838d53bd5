"""The methods of the Bot API: about the bot, its webhook, its updates and files."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from .errors import TelegramError, bad_request
from .params import Params
from .store import Webhook

METHODS: dict[str, Callable] = {}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PORTS = (None, 80, 88, 443, 8443)
MAX_POLL = 50
MAX_DOWNLOAD = 20 * 1024 * 1024


def method(name: str) -> Callable:
    """Register the decorated function ``(simulator, params) -> result``."""

    def register(function: Callable) -> Callable:
        METHODS[name.lower()] = function
        return function

    return register


@method("getMe")
def get_me(sim: object, params: Params) -> dict:
    """Describe the bot."""
    return {
        **sim.store.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("setWebhook")
def set_webhook(sim: object, params: Params) -> object:
    """Send updates to an address from now on."""
    url = params.text("url")
    if not url:
        return delete_webhook(sim, params)
    _check_address(url)
    webhook = Webhook(
        url,
        _secret(params),
        _allowed_updates(sim, params),
        params.integer("max_connections", 40),
    )
    if params.boolean("drop_pending_updates"):
        sim.store.updates.clear()
    before = sim.store.webhook
    same = (before.url, before.secret) == (webhook.url, webhook.secret)
    sim.use_webhook(webhook)
    return sim.described(True, f"Webhook {'is already' if same else 'was'} set")


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if not parts.hostname:
        raise bad_request("bad webhook: invalid webhook URL specified")
    # The real service knows no exception; this one is for tests on one machine.
    if parts.hostname in LOOPBACK:
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.port not in PORTS:
        raise bad_request(
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
        )


def _secret(params: Params) -> str:
    secret = params.text("secret_token")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    return secret


def _allowed_updates(sim: object, params: Params) -> list[str]:
    # Left out, the list of the last call stays in force.
    if not params.given("allowed_updates"):
        return sim.store.webhook.allowed
    allowed = params.data("allowed_updates")
    if not isinstance(allowed, list):
        return []
    return [str(kind) for kind in allowed]


@method("deleteWebhook")
def delete_webhook(sim: object, params: Params) -> object:
    """Keep updates until the bot asks for them."""
    was_set = bool(sim.store.webhook.url)
    if params.boolean("drop_pending_updates"):
        sim.store.updates.clear()
    sim.use_webhook(Webhook(allowed=sim.store.webhook.allowed))
    return sim.described(True, f"Webhook {'was' if was_set else 'is already'} deleted")


@method("getWebhookInfo")
def get_webhook_info(sim: object, params: Params) -> dict:
    """Tell where updates go, and what waits."""
    webhook = sim.store.webhook
    info = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(sim.store.updates),
    }
    if webhook.url:
        info["max_connections"] = webhook.max_connections
        info["ip_address"] = "127.0.0.1"
    if webhook.allowed:
        info["allowed_updates"] = webhook.allowed
    if webhook.error_at:
        info["last_error_date"] = webhook.error_at
        info["last_error_message"] = webhook.error
    return info


@method("getUpdates")
def get_updates(sim: object, params: Params) -> list[dict]:
    """Give the updates that wait, and forget those before the offset."""
    store = sim.store
    if store.webhook.url:
        raise TelegramError(
            409,
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    if params.given("allowed_updates"):
        store.webhook.allowed = _allowed_updates(sim, params)
    offset = params.integer("offset")
    if offset < 0:
        offset = ([0] + [item["update_id"] for item in store.updates])[offset:][0]
    for update in list(store.updates):
        if update["update_id"] < offset:
            store.forget_update(update["update_id"])
    # Waiting lets go of the lock, so that a person can write meanwhile.
    wait = min(params.integer("timeout"), MAX_POLL)
    sim.arrived.wait_for(lambda: store.updates or store.webhook.url, wait)
    limit = min(max(params.integer("limit", 100), 1), 100)
    return store.updates[:limit]


@method("getFile")
def get_file(sim: object, params: Params) -> dict:
    """Tell where a file can be downloaded."""
    file = sim.store.files.get(params.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.data) > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {**file.reference(), "file_path": file.path}


@method("getChat")
def get_chat(sim: object, params: Params) -> dict:
    """Describe a private chat."""
    person = sim.chat_of(params)
    return {**person.chat(), "accent_color_id": 0, "max_reaction_count": 11}
