"""The simulated Trello as a service."""

import re
import time
from collections import deque

from werkzeug.wrappers import Response

from ..core.faults import Fault
from ..core.locked import Locked
from ..core.simulator import Simulator
from ..core.web import ApiError, SimRequest, parameters, respond
from . import api_boards, api_cards, api_pages, api_webhooks, shapes
from .editor import Editor
from .errors import too_many_requests
from .hooks import Hooks
from .page import page_context
from .people import ACTIONS
from .seed import fill
from .store import Board, CardList, Store

DEFAULT_KEY = "simulated-key"
DEFAULT_TOKEN = "simulated-token"
DEFAULT_SECRET = "simulated-secret"
BOARD_ID = "64f0c0de64f0c0de64f0c0de"
BOARD_LINK = "simBoard"
LISTS = ("To do", "Doing", "Done")
OAUTH = re.compile(r'oauth_(consumer_key|token)="?([^",\s]*)"?')
INTERVAL = 10
TOKEN_LIMIT = 100
KEY_LIMIT = 300
MESSAGES = {401: "invalid app token", 404: "The requested resource was not found."}


class TrelloSimulator(Hooks, Simulator):
    """Trello with one board, at ``url + "/1"``.

    ``rate_limit`` is the number of calls that a token has in ten seconds (100 in the
    real service); None lets everything pass.
    """

    name = "trello"
    title = "Trello"
    routes = (
        api_boards.ROUTES,
        api_cards.ROUTES,
        api_pages.ROUTES,
        api_webhooks.ROUTES,
    )
    actions = ACTIONS
    retry_delays = (30.0, 60.0, 120.0)

    def __init__(
        self,
        key: str = DEFAULT_KEY,
        token: str = DEFAULT_TOKEN,
        secret: str = DEFAULT_SECRET,
        rate_limit: int | None = None,
        **options: object,
    ) -> None:
        self.key, self.token, self.secret = key, token, secret
        self.rate_limit = rate_limit
        super().__init__(**options)

    def build(self) -> None:
        """Begin with one board, its lists and Trello's nameless labels."""
        self.store = Store()
        self.recent: deque[float] = deque()
        self.owner = self.store.add_member("studiobot", "Studio Bot")
        self.board = self.store.add_board("Studio", BOARD_ID, BOARD_LINK)
        self.add_default_lists(self.board)
        if self.demo:
            fill(self.visitor())

    def add_default_lists(self, board: Board) -> None:
        """Give a board its first lists."""
        for name in LISTS:
            Editor(self, board, self.owner).add_list(name)

    # For tests

    def visitor(self, username: str = "robin", name: str = "Robin Reader") -> Editor:
        """Act as somebody outside, e.g. ``sim.visitor().edit_label(...)``."""
        member = self.store.add_member(username, name)
        return Locked(Editor(self, self.board, member), self.lock)

    def list_named(self, name: str) -> CardList:
        """Return a list of the board by its name."""
        return next(item for item in self.board.lists.values() if item.name == name)

    # The service

    def state(self) -> dict:
        """Describe the boards and the webhooks."""
        return {
            "boards": [
                {
                    **shapes.board(board, self.url),
                    "lists": [
                        shapes.card_list(board, column)
                        for column in board.lists.values()
                    ],
                    "labels": [
                        shapes.label(board, label) for label in board.labels.values()
                    ],
                    "cards": [
                        shapes.card(board, card, self.url)
                        for card in board.cards.values()
                    ],
                    "actions": board.actions,
                }
                for board in self.store.boards.values()
            ],
            "webhooks": [shapes.webhook(hook) for hook in self.store.webhooks.values()],
        }

    def page_context(self, request: SimRequest) -> dict:
        """Give the page the board and the chosen card."""
        return page_context(self, request)

    def authenticate(self, request: SimRequest) -> None:
        """Find out who calls, and whether they may."""
        if not request.path.startswith("/1/"):
            return
        key, token = _credentials(request)
        if key != self.key:
            raise ApiError(401, "invalid key")
        if token != self.token:
            raise ApiError(401, "invalid app token")
        if request.method in ("GET", "DELETE") and request.get_data():
            raise ApiError(400, "no body is expected")
        self._count()
        request.actor = self.owner

    def _count(self) -> None:
        now = time.monotonic()
        with self.lock:
            while self.recent and self.recent[0] < now - INTERVAL:
                self.recent.popleft()
            if self.rate_limit is not None and len(self.recent) >= self.rate_limit:
                raise too_many_requests()
            self.recent.append(now)

    def finish(self, request: SimRequest, response: Response) -> None:
        """Add what is left of the budgets."""
        used = len(self.recent)
        limits = {"token": self.rate_limit or TOKEN_LIMIT, "key": KEY_LIMIT}
        for name, limit in limits.items():
            prefix = f"X-Rate-Limit-Api-{name.title()}"
            response.headers[f"{prefix}-Interval-Ms"] = str(1000 * INTERVAL)
            response.headers[f"{prefix}-Max"] = str(limit)
            response.headers[f"{prefix}-Remaining"] = str(max(limit - used, 0))

    def unknown_route(self, request: SimRequest, allowed: bool) -> ApiError:
        """Refuse in the words of the real service."""
        return ApiError(404, f"Cannot {request.method} {request.path}")

    def fault_answer(self, fault: Fault, request: SimRequest) -> Response:
        """Answer with Trello's words for being broken or tired."""
        if fault.kind == "rate_limit":
            error = too_many_requests()
            return respond((error.body, fault.status or error.status))
        status = fault.status or 500
        return respond((MESSAGES.get(status, "Internal Server Error"), status))


def _credentials(request: SimRequest) -> tuple[str, str]:
    header = dict(OAUTH.findall(request.headers.get("Authorization", "")))
    values = parameters(request)
    key = header.get("consumer_key") or values.get("key", "")
    return str(key), str(header.get("token") or values.get("token", ""))
