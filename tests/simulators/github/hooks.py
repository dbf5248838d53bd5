"""Tells a repository's webhooks what happened, signed.

GitHub doesn't repeat a delivery that failed; its owner can ask for it again.
"""

import hashlib
import hmac
import json
import uuid
from urllib.parse import urlencode

from ..core.deliveries import Delivery
from .shapes import Shapes
from .store import Account, Hook, Repository

TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
}


class Hooks:
    """The part of the simulator that sends events."""

    def emit(
        self, repo: Repository, sender: Account, event: str, payload: dict
    ) -> None:
        """Send an event to all hooks that want it.

        ``payload`` holds functions that make data of Shapes, as each hook was made
        under an API address of its own.
        """
        for hook in repo.hooks.values():
            if hook.wants(event):
                self.send(repo, sender, hook, event, payload)

    def send(
        self, repo: Repository, sender: Account, hook: Hook, event: str, payload: dict
    ) -> None:
        """Send an event to one hook, whether it wants it or not."""
        shapes = Shapes(hook.base, self.url)
        data = {
            key: value(shapes) if callable(value) else value
            for key, value in payload.items()
        }
        data["repository"] = shapes.repository(repo)
        data["sender"] = shapes.user(sender)
        text = json.dumps(data, ensure_ascii=False)
        if hook.content_type == "form":
            text = urlencode({"payload": text})
        action = payload.get("action")
        name = f"{event}.{action}" if action else event
        headers = self._headers(repo, hook, event, text.encode())
        self.worker.send(
            Delivery(name, hook.url, text.encode(), headers, str(hook.id), hook)
        )

    def _headers(self, repo: Repository, hook: Hook, event: str, body: bytes) -> dict:
        headers = {
            "Accept": "*/*",
            "User-Agent": "GitHub-Hookshot/51a0d3b",
            "Content-Type": TYPES[hook.content_type],
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-GitHub-Hook-ID": str(hook.id),
            "X-GitHub-Hook-Installation-Target-ID": str(repo.id),
            "X-GitHub-Hook-Installation-Target-Type": "repository",
        }
        if hook.secret:
            for header, digest in (("", "sha1"), ("-256", "sha256")):
                code = hmac.new(hook.secret.encode(), body, getattr(hashlib, digest))
                name = f"X-Hub-Signature{header}"
                headers[name] = f"{digest}={code.hexdigest()}"
        return headers

    def redeliver(self, delivery: Delivery) -> None:
        """Send a delivery once more, under its old number."""
        self.worker.send(
            Delivery(
                delivery.event,
                delivery.url,
                delivery.body,
                delivery.headers,
                delivery.lane,
                delivery.subject,
            )
        )

    def delivery_done(self, delivery: Delivery) -> None:
        """Show the outcome on the hook."""
        if not delivery.attempts:
            return
        attempt = delivery.attempts[-1]
        with self.lock:
            delivery.subject.last_response = {
                "code": attempt.status,
                "status": "active" if attempt.ok else "failed",
                "message": attempt.reason,
            }
