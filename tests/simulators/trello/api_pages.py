"""The addresses for people: they lead to the page of the simulator."""

from urllib.parse import urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from ..core.routes import Routes
from ..core.web import SimRequest

ROUTES = Routes()


@ROUTES.get("/c/<link>")
@ROUTES.get("/c/<link>/<slug>")
def show_card(sim: object, request: SimRequest, link: str, slug: str = "") -> Response:
    """Lead from a card's address to the page."""
    card = sim.store.card(link)[1]
    return redirect(f"{sim.url}/_sim/?{urlencode({'show': card.id})}#card")


@ROUTES.get("/b/<link>")
@ROUTES.get("/b/<link>/<slug>")
def show_board(sim: object, request: SimRequest, link: str, slug: str = "") -> Response:
    """Lead from a board's address to the page."""
    sim.store.board(link)
    return redirect(f"{sim.url}/_sim/")
