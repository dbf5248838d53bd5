"""What the engine asks of Odoo's objects, which have no types of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from odoo.tools import SQL

# Records of any model: what they have is known when a registry is loaded.
Records = Any


class Callbacks(Protocol):
    """What happens before or after the end of a transaction."""

    data: dict[str, Any]

    def add(self, func: Callable[[], object]) -> None:
        """Call a function then."""


class Savepoint(Protocol):
    """A part of a transaction: undone if it ends with an error."""

    def __enter__(self) -> Savepoint: ...
    def __exit__(self, *error: Any) -> None: ...
    def rollback(self) -> None:
        """Undo what was done so far."""


class Cursor(Protocol):
    """A cursor and its transaction."""

    connection: Any
    rowcount: int
    precommit: Callbacks
    postcommit: Callbacks
    postrollback: Callbacks
    flush: Callable[[], None]

    def execute(
        self, query: str | SQL, params: Any = None, log_exceptions: bool = True
    ) -> None:
        """Run one statement or several."""

    def fetchone(self) -> Any:
        """Return the next row, None after the last."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def savepoint(self, flush: bool = True) -> Savepoint:
        """Undo what is done meanwhile if it fails."""

    def close(self) -> None:
        """Give the connection back."""


class Registry(Protocol):
    """The models of one database."""

    db_name: str
    models: Mapping[str, Any]
    ready: bool
    registry_sequence: int
    cache_sequences: Mapping[str, int]
    get_sequences: Callable[[Any], tuple[int, dict[str, int]]]

    def cursor(self) -> AbstractContextManager[Cursor]:
        """Open a transaction of its own."""

    def get_dependent_fields(self, field: Any) -> Iterator[Any]:
        """Yield the fields that are computed from this one."""

    def __getitem__(self, model: str) -> Any: ...
    def __iter__(self) -> Iterator[str]: ...
    def __contains__(self, model: object) -> bool: ...


class Environment(Protocol):
    """On whose behalf, in which transaction and context something is done."""

    cr: Cursor
    uid: int
    su: bool
    lang: str | None
    context: Mapping[str, Any]
    registry: Registry
    user: Records

    def __getitem__(self, model: str) -> Records: ...
    def __contains__(self, model: object) -> bool: ...
    def __call__(self, **changes: Any) -> Environment:
        """Return another one that differs in these."""

    def _(self, source: str, /, **values: object) -> str:
        """Return a text in the language of the environment."""

    def add_to_compute(self, field: Any, records: Records) -> None:
        """Compute a field when it is needed."""

    def records_to_compute(self, field: Any) -> Records:
        """Return the records that wait for a field."""

    def flush_all(self) -> None:
        """Write what is pending."""
