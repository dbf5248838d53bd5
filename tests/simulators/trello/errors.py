"""Refusals in the form of Trello's API: mostly one line of plain text."""

from ..core.web import ApiError


def not_found() -> ApiError:
    """Refuse what doesn't exist."""
    return ApiError(404, "The requested resource was not found.")


def invalid(field: str) -> ApiError:
    """Refuse a value."""
    return ApiError(400, f"invalid value for {field}")


def bad_webhook(message: str) -> ApiError:
    """Refuse a webhook, as one of the few answers that are JSON."""
    return ApiError(400, {"message": message, "error": "ERROR"})


def too_many_requests() -> ApiError:
    """Ask the caller to slow down; Trello doesn't say for how long."""
    body = {"error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded"}
    return ApiError(429, body)
