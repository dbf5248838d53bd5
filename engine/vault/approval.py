"""What a Manager has approved: the Protected Code, and the parameters it may rely on.

Both are signed as one text. A parameter that is not locked is a Developer's to
change, so it must not decide where Protected Code sends a secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..messages import _lt
from ..sandbox import characters
from . import cipher


@dataclass(frozen=True)
class Approval:
    """Protected Code and locked parameters, as approved or as they are.

    Nothing of it can be changed, and nothing is kept that was made of it: what is
    checked is what is used.
    """

    code: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        params = MappingProxyType(dict(self.params))
        object.__setattr__(self, "params", params)

    @classmethod
    def from_text(cls, text: str) -> Approval:
        """Return what :attr:`text` was made of."""
        return cls(**json.loads(text))

    @property
    def text(self) -> str:
        """The text that is signed."""
        values = {"code": self.code, "params": dict(self.params)}
        return json.dumps(values, sort_keys=True, ensure_ascii=False)

    @property
    def lines(self) -> list[str]:
        """The same for people to read: the parameters, then the code."""
        params = [f"{key} = {value!r}" for key, value in sorted(self.params.items())]
        # Not splitlines(): that ends lines where Python doesn't, and drops the sign.
        code = self.code.split("\n") if self.code else []
        return [characters.shown(line) for line in (*params, *code)]

    def with_code(self, code: str) -> Approval:
        """Return the approval with other Protected Code."""
        return Approval(code, self.params)

    def with_param(self, key: str, value: str | None) -> Approval:
        """Return the approval with a locked parameter, or without it for None."""
        others = {name: text for name, text in self.params.items() if name != key}
        params = others if value is None else {**others, key: value}
        return Approval(self.code, params)

    def differences(self, current: Approval) -> list[str]:
        """Say what of ``current`` isn't as it was approved."""
        found: list[str] = []
        if self.code != current.code:
            found.append(_lt("the Protected Code"))
        keys = sorted({*self.params, *current.params})
        return found + [
            _lt("the locked parameter %(key)s", key=key)
            for key in keys
            if self.params.get(key) != current.params.get(key)
        ]


def owner(project_id: int) -> str:
    """Return the name that a project's signature is made for."""
    return f"project/{project_id}"


def verified(project_id: int, text: str, signature: str) -> Approval | None:
    """Return the approval that ``text`` stands for, if its signature is genuine."""
    if text and cipher.is_signed(owner(project_id), text, signature):
        return Approval.from_text(text)
    return None
