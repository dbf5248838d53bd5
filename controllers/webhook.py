from odoo import http
from odoo.http import request
from werkzeug.exceptions import NotFound


class WebhookController(http.Controller):
    @http.route(
        ["/sync/webhook/<token>", "/sync/webhook/<token>/<path:path>"],
        type="http",
        # Who is logged in to Odoo in that browser has nothing to do with the call.
        auth="none",
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def receive(self, token, path=None, **params):
        """Hand a delivery to its webhook's task and send back what that returns."""
        # The public user, by a name that is cached: auth="public" asks the database.
        names = request.env(su=True)["ir.model.data"]
        request.update_env(user=names._xmlid_to_res_id("base.public_user"))
        env = request.env(su=True)
        trigger = env["sync.trigger"]._find_webhook(token)
        if not trigger:
            raise NotFound()
        response = env["sync.job"]._run_webhook(trigger, request.httprequest)
        return request.make_response(
            response.body, headers=response.headers, status=response.status
        )
