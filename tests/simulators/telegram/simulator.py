"""The simulated Bot API as a service."""

import re
import threading
import time
from collections import deque

from werkzeug.wrappers import Response

from ..core.faults import Fault
from ..core.routes import Routes
from ..core.simulator import Simulator
from ..core.web import ApiError, SimRequest, respond
from . import messages  # noqa: F401 - registers its methods
from .errors import TelegramError, bad_request, too_many_requests
from .methods import METHODS
from .page import page_context
from .params import Params
from .people import ACTIONS, People
from .store import Person, Store
from .updates import Updates

DEFAULT_TOKEN = "123456:SIMULATED-BOT-TOKEN"
ROUTES = Routes()


class Described(dict):
    """A result with a sentence beside it."""


class TelegramSimulator(People, Updates, Simulator):
    """The Bot API for one bot.

    The API is at ``url + "/bot<token>/<method>"``, files are at
    ``url + "/file/bot<token>/<path>"``.
    """

    name = "telegram"
    title = "Telegram"
    routes = (ROUTES,)
    actions = ACTIONS
    strict_lanes = True
    delivery_timeout = 60.0

    def __init__(self, token: str = DEFAULT_TOKEN, **options: object) -> None:
        self.token = token
        super().__init__(**options)

    def build(self) -> None:
        """Begin with a bot that nobody has written to."""
        # Whoever tries it out keeps a database that has seen the numbers from 1 on.
        first = int(time.time()) if self.demo else 1
        self.store = Store(self.token, "Simulated Studio Bot", first)
        self.lanes: dict[int, str] = {}
        self.arrived = threading.Condition(self.lock)
        self.reply_errors: deque[str] = deque(maxlen=100)
        if self.demo:
            self.store.add_person("Ada", last_name="Lovelace", username="ada")
            self.store.add_person("Grace", last_name="Hopper", username="grace")

    def state(self) -> dict:
        """Describe people, conversations, webhook and updates."""
        return {
            "bot": self.store.bot,
            "webhook": vars(self.store.webhook),
            "updates": self.store.updates,
            "people": [
                {
                    **person.user(),
                    "blocked": person.blocked,
                    "messages": person.messages,
                }
                for person in self.store.people.values()
            ],
        }

    def page_context(self, request: SimRequest) -> dict:
        """Give the page the chosen person's conversation."""
        return page_context(self, request)

    def described(self, result: object, description: str) -> Described:
        """Add a sentence to a result."""
        return Described(result=result, description=description)

    def chat_of(self, params: Params) -> Person:
        """Return the chat that a call is about, or refuse."""
        chat = params.text("chat_id")
        if not chat:
            raise bad_request("chat_id is empty")
        known = chat.isdigit() and self.store.people.get(int(chat))
        if not known:
            raise bad_request("chat not found")
        return known

    def call_method(self, name: str, params: Params) -> dict:
        """Call a method of the API and wrap its result."""
        function = METHODS.get(name.lower())
        if function is None:
            raise TelegramError(404, "method not found")
        result = function(self, params)
        if isinstance(result, Described):
            return {"ok": True, **result}
        return {"ok": True, "result": result}

    def check_token(self, token: str) -> None:
        """Refuse a token that isn't this bot's."""
        if not re.fullmatch(r"\d+:[\w-]+", token):
            raise TelegramError(404)
        if token != self.token:
            raise TelegramError(401)

    def unknown_route(self, request: SimRequest, allowed: bool) -> ApiError:
        """Refuse as the real service does: everything unknown is 404."""
        return TelegramError(404)

    def fault_answer(self, fault: Fault, request: SimRequest) -> Response:
        """Answer with Telegram's words for being broken or tired."""
        if fault.kind == "rate_limit":
            error = too_many_requests(fault.seconds)
        else:
            error = TelegramError(fault.status or 500)
        return respond((error.body, error.status, error.headers))


@ROUTES.post("/bot<token>/<name>")
@ROUTES.get("/bot<token>/<name>")
def call(sim: TelegramSimulator, request: SimRequest, token: str, name: str) -> dict:
    """Call a method."""
    sim.check_token(token)
    return sim.call_method(name, Params.of(request))


@ROUTES.get("/file/bot<token>/<path:path>")
def download(
    sim: TelegramSimulator, request: SimRequest, token: str, path: str
) -> Response:
    """Hand out a file."""
    sim.check_token(token)
    for file in sim.store.files.values():
        if file.path == path:
            return Response(file.data, mimetype="application/octet-stream")
    raise TelegramError(404)
