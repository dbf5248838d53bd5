"""A registry reads our signals along with Odoo's own, and Odoo's as before."""

from __future__ import annotations

from typing import Any

from odoo.orm import registry

from ..messages import _lt
from ..protocols import Environment
from .rehearsal import Guard, expect, expect_call


def _test(env: Environment) -> None:
    ours: Any = vars(env.registry).get("get_sequences")
    expect(callable(ours), "the registry doesn't read our signals")
    expect_call(registry, "get_sequences")
    found = ours(env.cr)
    wanted = registry.Registry.get_sequences(env.registry, env.cr)
    expect(found == wanted, f"Odoo reads the signals {wanted}, and we read {found}")


GUARD = Guard("signals", _lt("Signals between processes"), _test)
