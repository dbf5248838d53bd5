"""One run of a task: from a handler's name to its result."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType
from typing import Any

from ..boundary import callers, proxies
from ..boundary.callers import PROTECTED_BUILTINS
from ..errors import SignatureMismatch, contained
from ..events import memory
from ..logs import alarm, tracebacks
from ..logs.buffer import LogBuffer
from ..messages import _lt, translated
from ..protocols import Environment, Registry
from ..sandbox import compiler, lint, trigger_types
from ..vault import lockdown
from . import namespaces, transaction
from .namespaces import Namespace
from .project import Masker, Project, Task, sources
from .secret_values import Secrets


@dataclass
class Run:
    """What one execution works with.

    ``env`` is in superuser mode under the event's user; ``add_job`` queues a
    sub-job: ``add_job(name, options, args, kwargs)``.
    """

    env: Environment
    project: Project
    task: Task
    trigger: str
    queue: Callable[[str, dict[str, Any], Any, Any], Any]
    webhook_urls: Mapping[str, str] = field(default_factory=dict)
    mask: Masker = field(init=False)
    logs: LogBuffer = field(init=False)

    def __post_init__(self) -> None:
        self.mask = self.project.masker()
        self.logs = LogBuffer(self.mask, self._told)

    def call(self, handler: str, *args: Any, **kwargs: Any) -> Any:
        """Run the project's code and return what the handler returns."""
        return self.finish(lambda result: result, handler, *args, **kwargs)

    def finish(
        self, make: Callable[[Any], Any], handler: str, *args: Any, **kwargs: Any
    ) -> Any:
        """Run the project's code and return what ``make`` makes of the result.

        It does so as part of the run: a result may be made as it is read.
        """
        files = sources(self.project, self.task)
        heard = alarm.heard_by(self.logs)
        with proxies.registry(files, self.mask), heard, callers.running():
            try:
                return self._call(make, handler, args, kwargs)
            except Exception:
                raise
            except BaseException as error:
                # It would end the worker, which other jobs and requests need.
                raise contained(error) from None

    def _call(
        self, make: Callable[[Any], Any], handler: str, args: Any, kwargs: Any
    ) -> Any:
        with transaction.kept(self.env.cr):
            namespace = _namespace(self)
            function = _find(namespace, handler, self.task)
            return make(function(*_accepted(function, handler, args), **kwargs))

    def add_job(self, function: Any, **options: Any) -> Callable[..., Any]:
        """Return a callable that queues ``function`` with what it is called with."""
        name = _function_name(function)

        def enqueue(*args: Any, **kwargs: Any) -> Any:
            return self.queue(name, options, args, kwargs)

        return enqueue

    def traceback(self, error: BaseException) -> str:
        """Return the masked traceback of ``error``: the project's lines only."""
        files = sources(self.project, self.task)
        return self.mask(tracebacks.user_traceback(error, files, self._told))

    def summary(self, error: BaseException) -> str:
        """Return the masked type and message of ``error`` in one line."""
        text = self.mask(tracebacks.describe(error, self._told))
        return " ".join(text.split())[:500]

    def _told(self, said: object) -> str:
        """Return a message, or an error's, in the language of the run's user."""
        return translated(self.env, said)


# Functions from here on: sandboxed code can prepare a run too, and call its methods.
def _namespace(run: Run) -> Namespace:
    base = namespaces.helpers(run.env, run.project, run.logs, run.add_job)
    exported = proxies.attempt(_run_protected, run, base)
    if isinstance(exported, proxies.Failed):
        raise exported.error
    common = {**base, **exported}
    _run_sandboxed(run.project.common_code, run.project.common_file, common)
    task = namespaces.task(common, run.project, run.webhook_urls, run.trigger)
    _run_sandboxed(run.task.code, run.task.file, task)
    return task


def _run_protected(run: Run, base: Namespace) -> Namespace:
    if not run.project.protected_code:
        return {}
    # Whoever prepares a run could put anything in the project's place.
    if type(run.project) is not Project or type(run.project.id) is not int:
        alarm.refuse(_lt("Protected Code runs for a project only."))
    _check_guards(run.env.registry)
    _check_signature(run.project)
    given = namespaces.protected(
        base, Secrets(run.env, run.project, run.mask), run.logs
    )
    namespace = {
        **given,
        "__builtins__": PROTECTED_BUILTINS,
        compiler.FORMAT_GUARD: proxies.guarded_format,
    }
    source = run.project.protected_code
    code = _compiled(source, run.project.protected_file)
    exec(code, namespace)  # noqa: S102
    return namespaces.exports(namespace, given, _imported_names(source))


def _check_guards(registry: Registry) -> None:
    """Refuse a registry whose guards were not tested: Odoo has another way to load it.

    While it is being loaded there are but modules' own runs.
    """
    if registry.ready and not memory.of(registry).tested:
        lockdown.refuse(lockdown.UNTESTED)


def _check_signature(project: Project) -> None:
    try:
        project.check_signature()
    except SignatureMismatch as error:
        # Also if a run within a run catches it.
        alarm.report(error.args[0])
        raise


@lru_cache(maxsize=512)
def _compiled(source: str, filename: str) -> CodeType:
    tree = compiler.guard_formats(ast.parse(source, filename), literals=False)
    return compile(tree, filename, "exec")


@lru_cache(maxsize=512)
def _imported_names(source: str) -> frozenset[str]:
    return frozenset(lint.imported_names(source))


def _run_sandboxed(source: str, filename: str, namespace: Namespace) -> None:
    if source.strip():
        compiler.run_code(source, filename, namespace)


def _find(namespace: Namespace, handler: str, task: Task) -> Callable[..., Any]:
    function = namespace.get(handler)
    if not callable(function):
        raise NameError(
            _lt(
                'The task "%(task)s" has no function %(handler)s',
                task=task.name,
                handler=handler,
            )
        )
    return function


def _accepted(function: Any, handler: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Drop what a handler that may leave it out takes no parameter for."""
    if not trigger_types.may_take_less(handler) or not inspect.isfunction(function):
        return args
    takes = function.__code__.co_argcount or function.__code__.co_flags & 4
    return args if takes else ()


def _function_name(function: Any) -> str:
    name = function if isinstance(function, str) else getattr(function, "__name__", "")
    usable = callable(function) or isinstance(function, str)
    if not usable or not isinstance(name, str) or not name.isidentifier():
        raise TypeError(
            _lt(
                "add_job() takes a function that the task or the Common Code "
                "defines at its top level, not a lambda or a value."
            )
        )
    return name
