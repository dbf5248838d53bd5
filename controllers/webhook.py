from odoo import http
from odoo.http import HttpDispatcher, request
from werkzeug.exceptions import NotFound

from ..engine.http.incoming import Body
from ..models.job.delivery import Delivery
from .webhook_request import WebhookRequest


class WebhookDispatcher(HttpDispatcher):
    """Leave a request as it came: what is read of it, and how, is the job's business.

    Odoo's own dispatcher reads forms before the controller runs, whereupon their bytes
    are gone, and calls it with each of their fields as an argument.
    """

    routing_type = "sync_webhook"

    def __init__(self, request):
        super().__init__(request)
        self._body = None

    def dispatch(self, endpoint, args):
        received = self.request.httprequest
        if self._body is None:
            limit = received.max_content_length
            self._body = Body(received._HTTPRequest__environ, limit)
        # Anew for each try: what another one has done to forms and files is gone.
        self.request.httprequest = WebhookRequest(received, self._body)
        self.request.params = args
        return self.request.registry["ir.http"]._dispatch(endpoint)


class WebhookController(http.Controller):
    @http.route(
        # What follows the token is cut off before: see `ir.http`.
        "/sync/webhook/<token>",
        type=WebhookDispatcher.routing_type,
        # Who is logged in to Odoo in that browser has nothing to do with the call.
        auth="none",
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def receive(self, token):
        """Hand a delivery to its webhook's task and send back what that returns."""
        # The public user, by a name that is cached: auth="public" asks the database.
        names = request.env(su=True)["ir.model.data"]
        request.update_env(user=names._xmlid_to_res_id("base.public_user"))
        env = request.env(su=True)
        trigger = env["sync.trigger"]._find_webhook(token)
        if not trigger:
            raise NotFound()
        response = Delivery(trigger).answer(request.httprequest)
        return request.make_response(
            response.body, headers=response.headers, status=response.status
        )
