"""The companies of a job: those of the moment that it comes from."""

from __future__ import annotations

from typing import Any

from ..protocols import Environment, Records


def present(env: Environment) -> list[int]:
    """Return the ids of the companies of ``env``, the current one first."""
    chosen = env.context.get("allowed_company_ids")
    # sudo: what is asked is which companies these are, not who may see them
    return list(chosen or env.user.sudo()._company_choice())


def of_project(records: Records, company_id: int | None) -> Any:
    """Return ``records`` in the company of a project, unchanged if it has none."""
    if not company_id:
        return records
    return records.with_context(allowed_company_ids=[company_id])
