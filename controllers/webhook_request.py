from odoo.http import HTTPRequest

from ..engine.http.incoming import Incoming

# What handlers may use besides what Odoo lets controllers use.
_ADDED = ("form_error", "form_fields", "problems", "raw_data", "stream")


class WebhookRequest(HTTPRequest):
    """The request as a webhook's handler gets it.

    Like Odoo's own, it shows a list of attributes and keeps the request itself, with
    what belongs to the server, out of reach of sandboxed code.
    """

    # pylint: disable=super-init-not-called
    def __init__(self, received, body):
        environ = received._HTTPRequest__environ
        incoming = Incoming(environ, body)
        incoming.max_content_length = received.max_content_length
        incoming.user_agent_class = type(received.user_agent)
        incoming.headers.environ = self.environ = received.environ
        self._session_id__ = received._session_id__
        self._HTTPRequest__environ = environ
        self._HTTPRequest__wrapped = incoming


def _shown(name):
    return property(lambda request: getattr(request._HTTPRequest__wrapped, name))


for _name in _ADDED:
    setattr(WebhookRequest, _name, _shown(_name))
