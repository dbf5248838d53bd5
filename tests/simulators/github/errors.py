"""Refusals in the form of GitHub's REST API."""

from ..core.web import ApiError

DOCS = "https://docs.github.com/rest"


class GitHubError(ApiError):
    """A refusal with a message, and the errors of single fields if there are any."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: list | None = None,
        headers: dict | None = None,
    ) -> None:
        body = {"message": message, "documentation_url": DOCS, "status": str(status)}
        if errors:
            body["errors"] = errors
        super().__init__(status, body, headers)

    def __str__(self) -> str:
        details = [
            str(item.get("message", item)) for item in self.body.get("errors", ())
        ]
        return " ".join([self.body["message"], *details])


def not_found() -> GitHubError:
    """Refuse what doesn't exist, or what the caller may not see."""
    return GitHubError(404, "Not Found")


def invalid(resource: str, code: str, field: str, **more: str) -> GitHubError:
    """Refuse a value."""
    error = {"resource": resource, "code": code, "field": field, **more}
    return GitHubError(422, "Validation Failed", [error])


def missing(field: str) -> GitHubError:
    """Refuse a request that lacks a value."""
    return GitHubError(422, f'Invalid request.\n\n"{field}" wasn\'t supplied.')
