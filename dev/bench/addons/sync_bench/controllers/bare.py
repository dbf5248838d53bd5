from odoo import http
from odoo.http import request


class BareController(http.Controller):
    """The peer of a webhook: what somebody writes who needs no studio."""

    @http.route(
        "/bench/bare",
        type="http",
        auth="public",
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def receive(self):
        """Insert one row and answer."""
        body = request.httprequest.get_data(as_text=True)
        # sudo: whoever delivers is nobody to Odoo
        request.env["sync.bench.row"].sudo().create({"name": "delivery", "body": body})
        return request.make_response("ok")
