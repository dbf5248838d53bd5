from contextlib import nullcontext

from odoo import models
from odoo.http import request

from ...engine.http.transcript import WEBHOOK
from ...engine.vault import remote_calls

WEB_CLIENT = "/web/dataset/call_kw"
JSON_2 = "/json/2/"


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _match(cls, path_info):
        if path_info.startswith(WEBHOOK):
            # All below a webhook's URL is the handler's: a rule for paths has no place
            # for line breaks, nor for a second slash at its beginning.
            path_info = "/".join(path_info.split("/")[:4])
        return super()._match(path_info)

    @classmethod
    def _dispatch(cls, endpoint):
        with remote_calls.arrived(request.session.uid), _declared():
            return super()._dispatch(endpoint)


def _declared():
    path, params = request.httprequest.path, request.params
    if path.startswith(WEB_CLIENT):
        call = [params.get("model"), params.get("method")]
        call += [params.get("args") or [], params.get("kwargs") or {}]
    elif path.startswith(JSON_2) and "__method__" in params:
        ids = [params["ids"]] if "ids" in params else []
        call = [params["__model__"], params["__method__"], ids, params]
    else:
        return nullcontext()
    return remote_calls.declared(request.env.cr, request.env.uid, *call)
