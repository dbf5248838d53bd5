"""The tag filter of `dev test`: Odoo's own grammar, for tests of all phases."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import DevError

# [-][tag][/path/file.py][/module][:class][.method]
_SPEC = re.compile(
    r"^(?P<sign>[+-]?)(?P<tag>\*|\w*)(?P<file>/[\w/.-]+\.py)?(?:/(?P<module>\w+))?"
    r"(?::(?P<klass>\w*))?(?:\.(?P<method>\w*))?$"
)


@dataclass(frozen=True)
class Spec:
    """Hold one part of the filter; an empty field fits everything."""

    include: bool
    tag: str
    file: str
    module: str
    klass: str
    method: str

    def fits(self, tags: set[str], file: str, klass: str, method: str) -> bool:
        """Tell whether a test of this addon is meant."""
        return (
            (not self.tag or self.tag in tags)
            and self.module in ("", "sync")
            and self.klass in ("", klass)
            and self.method in ("", method)
            and (not self.file or self.file.endswith(file))
        )


class Tags:
    """Choose tests by a comma separated list such as `/sync:TestLinks,-slow`."""

    def __init__(self, text: str | None) -> None:
        self.text = text
        specs = [_parse(part.strip()) for part in (text or "").split(",") if part]
        self.included = [spec for spec in specs if spec.include]
        self.excluded = [spec for spec in specs if not spec.include]

    def choose(self, phase: str, file: str, klass: str, method: str) -> bool:
        """Tell whether a test outside Odoo, which has its phase as a tag, shall run."""
        test = ({phase, "standard"}, file, klass, method)
        wanted = not self.included or any(spec.fits(*test) for spec in self.included)
        return wanted and not any(spec.fits(*test) for spec in self.excluded)

    def for_odoo(self, phases: tuple[str, ...]) -> str | None:
        """Return Odoo's option `--test-tags`; None if only other phases are meant."""
        if self.included and all(spec.tag in phases for spec in self.included):
            return None
        parts = [self.text] if self.included else ["/sync", self.text]
        return ",".join(filter(None, parts))


def _parse(text: str) -> Spec:
    found = _SPEC.match(text)
    if not found:
        raise DevError(
            f"`{text}` is no test tag: write [-][tag][/module][:class][.method], for"
            " example `--tags=/sync:TestLinks` or `--tags=e2e,-slow`."
        )
    part = {name: value or "" for name, value in found.groupdict().items()}
    include = part.pop("sign") != "-"
    tag = part.pop("tag")
    # As in Odoo: to include without a tag means the standard tests.
    tag = "" if tag == "*" else tag or ("standard" if include else "")
    return Spec(include, tag, **part)
