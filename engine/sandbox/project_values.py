"""``params.X``, ``texts.X``, ``webhooks.X``: a project's values in its code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ..errors import UnknownValue
from ..messages import _lt


class Values:
    """Named values of a project, read as attributes."""

    __slots__ = ("_kind", "_project", "_values")

    def __init__(self, kind: str, project: str, values: Mapping[str, Any]) -> None:
        self._kind = kind
        self._project = project
        # A copy that can't be changed: Protected Code reads the same object.
        self._values = MappingProxyType(dict(values))

    def __getattr__(self, key: str) -> Any:
        try:
            return self._values[key]
        except KeyError:
            raise UnknownValue(
                _lt(
                    'Project "%(project)s" has no %(kind)s %(key)s. Add it on the '
                    "project's form, or correct the name.",
                    project=self._project,
                    kind=self._kind,
                    key=key,
                )
            ) from None

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of ``key``, or ``default`` where there is none."""
        return self._values.get(key, default)

    def __repr__(self) -> str:
        return f"<{self._kind}s: {', '.join(self._values)}>"
