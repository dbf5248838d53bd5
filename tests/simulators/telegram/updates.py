"""Updates on their way to the bot: to its webhook, or until it asks for them."""

import copy
import json
import time

from ..core.deliveries import Delivery
from .errors import TelegramError
from .params import Params
from .store import Person, Webhook

# A webhook may answer with a call of its own, but not with these.
NOT_IN_REPLY = ("deletewebhook", "setwebhook", "close", "logout")
MAX_RETRY_DELAY = 60.0


class Updates:
    """The part of the simulator that hands updates over."""

    def push_update(self, kind: str, content: object, chat: int = 0) -> dict | None:
        """Queue an update of any kind, also one that no library knows.

        Returns the update, or None when the bot doesn't want this kind.
        """
        with self.lock:
            if not self.store.webhook.accepts(kind):
                return None
            update = self.store.add_update({kind: copy.deepcopy(content)})
            self.lanes[update["update_id"]] = str(chat)
            if self.store.webhook.url:
                self._deliver(update)
            self.arrived.notify_all()
            self.touch()
        return update

    def use_webhook(self, webhook: Webhook) -> None:
        """Send what waits, and all that comes, to this webhook (or to none)."""
        with self.lock:
            self.worker.cancel()
            self.store.webhook = webhook
            if webhook.url:
                for update in self.store.updates:
                    self._deliver(update)

    def _deliver(self, update: dict) -> None:
        webhook = self.store.webhook
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        kind = next(key for key in update if key != "update_id")
        body = json.dumps(update, ensure_ascii=False).encode()
        number = update["update_id"]
        lane = self.lanes.get(number, "")
        self.worker.send(Delivery(kind, webhook.url, body, headers, lane, number))

    def retry_in(self, delivery: Delivery) -> float | None:
        """Wait longer and longer, or as long as the webhook asks for."""
        asked = delivery.attempts[-1].headers.get("Retry-After", "")
        if asked.isdigit() and int(asked):
            return int(asked) * self.time_scale
        tries = min(len(delivery.attempts), 10)
        return min(2 ** (tries - 1), MAX_RETRY_DELAY) * self.time_scale

    def delivery_tried(self, delivery: Delivery) -> None:
        """Remember the last error for getWebhookInfo."""
        attempt = delivery.attempts[-1]
        with self.lock:
            if not attempt.ok and not delivery.abandoned:
                webhook = self.store.webhook
                webhook.error_at = int(time.time())
                webhook.error = (
                    f"Wrong response from the webhook: {attempt.status} "
                    f"{attempt.reason}"
                    if attempt.status
                    else attempt.reason
                )
            self.touch()

    def delivery_done(self, delivery: Delivery) -> None:
        """Forget the update, and do what the webhook's answer asks for."""
        with self.lock:
            self.store.forget_update(delivery.subject)
            self.lanes.pop(delivery.subject, None)
            if delivery.state == "delivered":
                self._obey(delivery)

    def _obey(self, delivery: Delivery) -> None:
        try:
            values = json.loads(delivery.attempts[-1].body or b"null")
        except ValueError:
            return
        method = values.get("method", "") if isinstance(values, dict) else ""
        name = str(method).lower()
        if not name or name in NOT_IN_REPLY or name.startswith("get"):
            return
        try:
            self.call_method(name, Params(values, {}))
        except TelegramError as error:
            self.reply_errors.append(error.description)

    # What a person does

    def person_writes(self, person: Person, content: dict) -> dict:
        """Put a person's message into the chat and tell the bot."""
        with self.lock:
            person.started, person.blocked = True, False
            message = self.store.add_message(person, person.user(), content)
            self.push_update("message", message, person.id)
        return message
