"""One run of a task: from a handler's name to its result."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType
from typing import Any

import yaml

from . import namespaces, opaque, report, sandbox
from .errors import SyncError
from .logbuffer import LogBuffer
from .project import Project, Task, sources
from .zones import zone


@dataclass
class Run:
    """What one execution works with.

    ``env`` is in superuser mode under the event's user; ``add_job`` queues a
    sub-job: ``add_job(name, options, args, kwargs)``.
    """

    env: Any
    project: Project
    task: Task
    trigger: str
    queue: Callable[[str, dict[str, Any], Any, Any], Any]
    webhook_urls: Mapping[str, str] = field(default_factory=dict)
    logs: LogBuffer = field(init=False)

    def __post_init__(self) -> None:
        self.logs = LogBuffer(self.project.masker())

    def call(self, handler: str, *args: Any, **kwargs: Any) -> Any:
        """Run the project's code and return what the handler returns."""
        with opaque.registry(sources(self.project, self.task)):
            namespace = self._namespace()
            function = _find(namespace, handler, self.task)
            with zone("sandbox"), _one_transaction(self.env.cr):
                return function(*_accepted(function, handler, args), **kwargs)

    def add_job(self, function: Any, **options: Any) -> Callable[..., Any]:
        """Return a callable that queues ``function`` with what it is called with."""
        name = _function_name(function)

        def enqueue(*args: Any, **kwargs: Any) -> Any:
            return self.queue(name, options, args, kwargs)

        return enqueue

    def traceback(self, error: BaseException) -> str:
        """Return the masked traceback of ``error``: the project's lines only."""
        text = report.user_traceback(error, sources(self.project, self.task))
        return self.project.masker()(text)

    def summary(self, error: BaseException) -> str:
        """Return the masked type and message of ``error`` in one line."""
        text = self.project.masker()(report.describe(error))
        return text.splitlines()[0][:500]

    def _namespace(self) -> namespaces.Namespace:
        base = namespaces.helpers(self.env, self.project, self.logs, self.add_job)
        exported = _run_protected(self.project, base, self.logs)
        common = {**base, **exported}
        _run_sandboxed(self.project.common_code, self.project.common_file, common)
        task = namespaces.task(common, self.project, self.webhook_urls, self.trigger)
        _run_sandboxed(self.task.code, self.task.file, task)
        return task


@contextmanager
def _one_transaction(cr: Any) -> Iterator[None]:
    """Keep project code from ending the transaction that its job lives in."""

    def refuse() -> None:
        raise SyncError(
            "Project code can't commit or roll back: the studio does, when the run "
            "is over. For a part that may fail use `with env.cr.savepoint():`, for "
            "work in pieces add_job()."
        )

    commit, rollback = cr.commit, cr.rollback
    cr.commit = cr.rollback = refuse
    try:
        yield
    finally:
        cr.commit, cr.rollback = commit, rollback


def _run_protected(
    project: Project, base: namespaces.Namespace, logs: LogBuffer
) -> namespaces.Namespace:
    if not project.protected_code.strip():
        return {}
    project.check_signature()
    namespace = namespaces.protected(base, project, logs)
    with zone("protected"):
        exec(_compiled(project.protected_code, project.protected_file), namespace)  # noqa: S102
    return namespaces.exports(namespace, base)


@lru_cache(maxsize=512)
def _compiled(source: str, filename: str) -> CodeType:
    return compile(source, filename, "exec")


def _run_sandboxed(source: str, filename: str, namespace: namespaces.Namespace) -> None:
    if source.strip():
        with zone("sandbox"):
            sandbox.run_code(source, filename, namespace)


def _find(
    namespace: namespaces.Namespace, handler: str, task: Task
) -> Callable[..., Any]:
    function = namespace.get(handler)
    if not callable(function):
        raise NameError(f'The task "{task.name}" has no function {handler}')
    return function


def _accepted(function: Any, handler: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Drop the data of a button whose handler takes no parameter."""
    if handler != "handle_button" or not inspect.isfunction(function):
        return args
    takes = function.__code__.co_argcount or function.__code__.co_flags & 4
    return args if takes else ()


def _function_name(function: Any) -> str:
    name = function if isinstance(function, str) else getattr(function, "__name__", "")
    if not callable(function) and not isinstance(function, str) or "<" in name:
        raise TypeError(
            "add_job() takes a function that the task or the Common Code defines "
            "at its top level, not a lambda or a value."
        )
    return name


def button_data(text: str | None) -> Any:
    """Return the data of a button, written in JSON or YAML.

    :raise ValueError: with the line, if it is neither
    """
    if not (text or "").strip():
        return None
    with suppress(ValueError):
        return json.loads(text)
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
