"""Requests, answers and refusals, as the simulators see them."""

import json

from werkzeug.wrappers import Request, Response


class ApiError(Exception):
    """An answer that refuses; the body is JSON unless it is a string."""

    def __init__(self, status: int, body: object, headers: dict | None = None) -> None:
        super().__init__(status, body)
        self.status, self.body, self.headers = status, body, headers or {}

    def __str__(self) -> str:
        if isinstance(self.body, dict):
            return str(self.body.get("message") or self.body.get("description"))
        return str(self.body)


class Refused(Exception):
    """What the outside user wanted to do on the page can't be done."""


class SimRequest(Request):
    """A request that knows who sent it."""

    actor: object = None
    max_form_memory_size = None

    @property
    def subject(self) -> str:
        """Name the request for the faults, e.g. ``POST /1/cards``."""
        return f"{self.method} {self.path}"


def as_response(
    data: object, status: int = 200, headers: dict | None = None
) -> Response:
    """Make a response: JSON, unless the data is a string, or None for 204."""
    if status == 204:
        return Response(status=204, headers=headers)
    if isinstance(data, str):
        return Response(data, status, headers, mimetype="text/plain")
    text = json.dumps(data, ensure_ascii=False)
    return Response(text, status, headers, mimetype="application/json")


def respond(answer: object) -> Response:
    """Make a response of what an endpoint returned.

    That is a Response, data, (data, status) or (data, status, headers).
    """
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, tuple):
        return as_response(*answer)
    return as_response(answer)


def parameters(request: Request) -> dict:
    """Join the query, the form and the JSON object of a request."""
    values = {**request.args.to_dict(), **request.form.to_dict()}
    if request.mimetype == "application/json" and request.get_data():
        body = request.get_json(silent=True)
        values.update(body if isinstance(body, dict) else {})
    return values
