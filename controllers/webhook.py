from odoo import http
from odoo.http import request
from werkzeug.exceptions import NotFound


class WebhookController(http.Controller):
    @http.route(
        ["/sync/webhook/<token>", "/sync/webhook/<token>/<path:path>"],
        type="http",
        auth="public",
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def receive(self, token, path=None, **params):
        """Hand a delivery to its webhook's task and send back what that returns."""
        trigger = request.env["sync.trigger"].sudo()._find_webhook(token)
        if not trigger:
            raise NotFound()
        if request.session.uid:
            # Who is logged in to Odoo in that browser has nothing to do with the call.
            request.update_env(user=request.env.ref("base.public_user").id)
        env = request.env(su=True)
        response = env["sync.job"]._run_webhook(trigger, request.httprequest)
        return request.make_response(
            response.body, headers=response.headers, status=response.status
        )
