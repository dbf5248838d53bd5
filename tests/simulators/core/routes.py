"""A table of routes, filled by decorators beside the functions that answer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from werkzeug.routing import Map, Rule


@dataclass(frozen=True)
class Endpoint:
    """A function ``(simulator, request, **path) -> answer``.

    Unless ``locked`` is False it runs alone: nothing else changes the state meanwhile.
    """

    function: Callable
    locked: bool = True


class Routes:
    """Collects the endpoints of one subject."""

    def __init__(self) -> None:
        self.rules: list[tuple[str, str, Endpoint]] = []

    def add(self, method: str, path: str, locked: bool = True) -> Callable:
        """Register the decorated function for a method and a path."""

        def register(function: Callable) -> Callable:
            self.rules.append((method, path, Endpoint(function, locked)))
            return function

        return register

    def get(self, path: str, locked: bool = True) -> Callable:
        """Register the decorated function for GET."""
        return self.add("GET", path, locked)

    def post(self, path: str, locked: bool = True) -> Callable:
        """Register the decorated function for POST."""
        return self.add("POST", path, locked)

    def put(self, path: str, locked: bool = True) -> Callable:
        """Register the decorated function for PUT."""
        return self.add("PUT", path, locked)

    def patch(self, path: str) -> Callable:
        """Register the decorated function for PATCH."""
        return self.add("PATCH", path)

    def delete(self, path: str) -> Callable:
        """Register the decorated function for DELETE."""
        return self.add("DELETE", path)


@cache
def build_map(*tables: Routes) -> Map:
    """Join the tables of routes into one map."""
    rules = [
        Rule(path, methods=[method], endpoint=endpoint)
        for table in tables
        for method, path, endpoint in table.rules
    ]
    return Map(rules, strict_slashes=False, merge_slashes=False)
