"""Refusals in the form of the Bot API."""

from ..core.web import ApiError

NAMES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


class TelegramError(ApiError):
    """A refusal; the description begins with the status' name."""

    def __init__(self, status: int, detail: str = "", parameters: dict | None = None):
        description = NAMES.get(status, "Error") + (f": {detail}" if detail else "")
        body = {"ok": False, "error_code": status, "description": description}
        headers = {}
        if parameters:
            body["parameters"] = parameters
            headers["Retry-After"] = str(parameters.get("retry_after", ""))
        super().__init__(status, body, headers)

    @property
    def description(self) -> str:
        """Give the sentence that a client shows."""
        return self.body["description"]


def bad_request(detail: str) -> TelegramError:
    """Refuse a request whose content is wrong."""
    return TelegramError(400, detail)


def too_many_requests(seconds: float) -> TelegramError:
    """Ask the caller to wait."""
    wait = max(int(seconds), 1)
    return TelegramError(429, f"retry after {wait}", {"retry_after": wait})
