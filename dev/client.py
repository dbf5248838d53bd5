"""A small client of Odoo's external API."""

from __future__ import annotations

import http.client
import itertools
import json
import urllib.error
import urllib.request
from typing import Any

_TIMEOUT = 60.0
_ids = itertools.count(1)


class RpcError(Exception):
    """Carry what the server answered instead of a result."""


class Client:
    """Call model methods of one database as one user."""

    def __init__(
        self, url: str, database: str, login: str = "admin", password: str = "admin"
    ) -> None:
        self.url = url
        self.database = database
        self._login = login
        self._password = password
        self._uid: int | None = None

    def status(self) -> int | None:
        """Return the HTTP status of the login page, or None if nobody answers."""
        page = f"{self.url}/web/login"
        try:
            with urllib.request.urlopen(page, timeout=_TIMEOUT) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except (OSError, http.client.HTTPException):
            return None

    def call(
        self, model: str, method: str, *arguments: object, **options: object
    ) -> Any:
        """Call a public method and return its result; raise RpcError if it fails."""
        if self._uid is None:
            credentials = [self.database, self._login, self._password, {}]
            self._uid = self._post("common", "authenticate", credentials)
            if not self._uid:
                raise RpcError(f"{self._login} can't log in to {self.database}")
        session = [self.database, self._uid, self._password]
        parameters = [*session, model, method, list(arguments), options]
        return self._post("object", "execute_kw", parameters)

    def _post(self, service: str, method: str, arguments: list[Any]) -> Any:
        body = {
            "jsonrpc": "2.0",
            "id": next(_ids),
            "method": "call",
            "params": {"service": service, "method": method, "args": arguments},
        }
        request = urllib.request.Request(
            f"{self.url}/jsonrpc",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            answer = json.load(response)
        if error := answer.get("error"):
            data = error.get("data") or {}
            raise RpcError(data.get("debug") or data.get("message") or str(error))
        return answer.get("result")
