"""Tells webhooks what happened, signed, and again when they don't listen.

https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks
"""

import base64
import hashlib
import hmac
import json
import time

import requests

from ..core.deliveries import Delivery, call
from . import shapes
from .errors import bad_webhook
from .store import Board, Card, CardList, Webhook

HEAD_TIMEOUT = 10
GONE = 410
AGENT = "Trello-Webhook"


class Hooks:
    """The part of the simulator that sends actions."""

    def emit(self, action: dict, models: set[str], client: str) -> None:
        """Send an action to the webhooks that watch one of the models."""
        for hook in list(self.store.webhooks.values()):
            if hook.active and hook.model in models:
                self._send(hook, action, client)

    def _send(self, hook: Webhook, action: dict, client: str) -> None:
        payload = {
            "model": self._model(hook.model),
            "action": action,
            "webhook": shapes.webhook(hook),
        }
        body = json.dumps(payload, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": AGENT,
            "X-Trello-Webhook": self.signature(body, hook.url),
        }
        if client:
            headers["X-Trello-Client-Identifier"] = client
        self.worker.send(
            Delivery(action["type"], hook.url, body, headers, hook.id, hook)
        )

    def signature(self, body: bytes, url: str) -> str:
        """Sign a body for an address, as Trello does with the app's secret."""
        code = hmac.new(self.secret.encode(), body + url.encode(), hashlib.sha1)
        return base64.b64encode(code.digest()).decode()

    def _model(self, model_id: str) -> dict:
        model = self.store.model(model_id)
        if isinstance(model, Board):
            return shapes.board(model, self.url)
        if isinstance(model, Card):
            return shapes.card(self.store.card(model_id)[0], model, self.url)
        if isinstance(model, CardList):
            return shapes.card_list(self.store.list(model_id)[0], model)
        return shapes.member(model) if model else {"id": model_id}

    def check_callback(self, url: str) -> None:
        """Refuse an address that doesn't answer a HEAD request with 200."""
        if not url.startswith(("http://", "https://")):
            raise bad_webhook("Invalid URL")
        headers = {"User-Agent": AGENT, **self.delivery_headers}
        try:
            answer = call("HEAD", url, headers, HEAD_TIMEOUT)
        except requests.RequestException as error:
            raise bad_webhook(f"URL ({url}) not reachable") from error
        if answer.status_code != 200:
            raise bad_webhook(
                f"URL ({url}) did not return 200 status code, got {answer.status_code}"
            )

    def retry_in(self, delivery: Delivery) -> float | None:
        """Give up at once when the receiver says that it is gone."""
        if delivery.attempts[-1].status == GONE:
            return None
        return super().retry_in(delivery)

    def delivery_done(self, delivery: Delivery) -> None:
        """Count failures; a receiver that is gone loses its webhook."""
        hook = delivery.subject
        with self.lock:
            if delivery.state == "delivered":
                hook.failures, hook.failing_since = 0, None
            elif delivery.state == "failed":
                hook.failures += 1
                hook.failing_since = hook.failing_since or time.time()
                if delivery.attempts[-1].status == GONE:
                    self.store.webhooks.pop(hook.id, None)
