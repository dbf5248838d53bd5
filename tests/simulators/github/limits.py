"""Counts calls, as GitHub does for each account and hour."""

import time
from dataclasses import dataclass, field

from .errors import GitHubError
from .store import Account

WINDOW = 3600
ABUSE = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"


@dataclass
class Count:
    """The calls of one account in the current window."""

    reset_at: int
    used: int = 0


@dataclass
class Limits:
    """The budget of calls."""

    limit: int = 5000
    counts: dict[str, Count] = field(default_factory=dict)

    def _count(self, account: Account | None) -> Count:
        login = account.login if account else ""
        now = int(time.time())
        count = self.counts.get(login)
        if count is None or count.reset_at <= now:
            count = self.counts[login] = Count(now + WINDOW)
        return count

    def spend(self, account: Account) -> None:
        """Count a call, or refuse it."""
        count = self._count(account)
        if count.used >= self.limit:
            raise primary_limit(account)
        count.used += 1

    def exhaust(self, account: Account | None, seconds: float) -> None:
        """Use the budget up, until a moment from now."""
        count = self._count(account)
        count.used, count.reset_at = self.limit, int(time.time() + seconds)

    def status(self, account: Account | None) -> dict:
        """Describe the budget."""
        count = self._count(account)
        return {
            "limit": self.limit,
            "used": count.used,
            "remaining": max(self.limit - count.used, 0),
            "reset": count.reset_at,
        }

    def headers(self, account: Account | None) -> dict[str, str]:
        """Describe the budget in headers."""
        values = {
            f"X-RateLimit-{key.title()}": str(value)
            for key, value in self.status(account).items()
        }
        return {**values, "X-RateLimit-Resource": "core"}


def primary_limit(account: Account | None, status: int = 403) -> GitHubError:
    """Refuse because the hour's budget is used up."""
    number = account.id if account else 0
    return GitHubError(status, f"API rate limit exceeded for user ID {number}.")


def secondary_limit(seconds: float, status: int = 403) -> GitHubError:
    """Refuse because of too many calls at once."""
    error = GitHubError(
        status,
        "You have exceeded a secondary rate limit. "
        "Please wait a few minutes before you try again.",
        headers={"Retry-After": str(max(int(seconds), 1))},
    )
    error.body["documentation_url"] = ABUSE
    return error
