"""Reads the parameters of a Bot API call: query, form, multipart or JSON."""

import json
from collections.abc import Mapping

from werkzeug.datastructures import FileStorage

from ..core.web import SimRequest, parameters
from .errors import bad_request


class Params:
    """The parameters of one call, with the API's tolerance for types."""

    def __init__(self, values: dict, files: Mapping[str, FileStorage]) -> None:
        self._values, self._files = values, files

    @classmethod
    def of(cls, request: SimRequest) -> "Params":
        """Read a request."""
        return cls(parameters(request), request.files)

    def text(self, name: str, default: str = "") -> str:
        """Return a parameter as text."""
        value = self._values.get(name, default)
        if isinstance(value, bool):
            return "true" if value else "false"
        return default if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        """Return a parameter as a whole number, the default if it is none."""
        try:
            return int(self._values.get(name, default))
        except (TypeError, ValueError):
            return default

    def boolean(self, name: str) -> bool:
        """Return a parameter as a truth value."""
        return self.text(name).strip().lower() in ("true", "yes", "1")

    def data(self, name: str) -> object:
        """Return a JSON-serialized parameter as data; None if it isn't given."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as error:
            raise bad_request(f"can't parse {name} JSON object") from error

    def given(self, name: str) -> bool:
        """Tell whether a parameter was sent at all."""
        return name in self._values or name in self._files

    def upload(self, name: str) -> FileStorage | None:
        """Return the file sent as this parameter, directly or by attach://."""
        if name in self._files:
            return self._files[name]
        value = self.text(name)
        if value.startswith("attach://"):
            return self._files.get(value.removeprefix("attach://"))
        return None
