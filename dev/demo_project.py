"""Set demo projects up: their parameters and secrets, and switch them on or off.

Run inside Odoo's Python as a process of its own, with the settings as JSON in its
standard input: they hold secrets, which a command line would show.

    python -m dev.demo_project CONFIG DATABASE
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .cache import ROOT
from .environment import Environment
from .errors import CommandFailed, DevError
from .odoo_cli import write_config
from .processes import run

_TIMEOUT = 120


@dataclass(frozen=True)
class DemoProject:
    """What a demo project is set to."""

    xml_id: str
    params: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    active: bool = True


def odoo2odoo(external_url: str, external_database: str) -> DemoProject:
    """Return the demo project Odoo2odoo, pointed at an external Odoo."""
    return DemoProject(
        "sync.project_demo_odoo2odoo",
        params={"URL": external_url, "DB": external_database},
        secrets={"USERNAME": "admin", "PASSWORD": "admin"},
    )


def configure(
    env: Environment,
    database: str,
    projects: Sequence[DemoProject],
    system: Mapping[str, str | None] | None = None,
) -> None:
    """Set projects up in a database whose server needn't run.

    `system` are system parameters to set, too, or to remove if the value is None.
    """
    config = write_config(env, database, "install")
    settings = [[asdict(project) for project in projects], dict(system or {})]
    try:
        run(
            [env.python, "-m", "dev.demo_project", config, database],
            what="set up the demo projects",
            timeout=_TIMEOUT,
            last_lines=10,
            log=env.cache.logs / f"{database}-install.log",
            env=env.env(),
            cwd=ROOT,
            stdin=json.dumps(settings),
        )
    except CommandFailed as error:
        raise DevError(
            f"The demo projects can't be set up in {database}:\n{error}\nIf their data"
            " was changed by hand, `python3 dev run --reset` starts afresh."
        ) from error


def main(config: str, database: str) -> None:
    """Write the settings as the superuser, inside Odoo."""
    import odoo
    from odoo.modules.registry import Registry

    projects, system = json.load(sys.stdin)
    odoo.tools.config.parse_config(["-c", config], setup_logging=True)
    registry = Registry(database)
    # The addon can be imported now that a registry has loaded it.
    from odoo.addons.sync.engine.vault import authority

    with registry.cursor() as cr, authority.granted():
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
        for key, value in system.items():
            env["ir.config_parameter"].set_param(key, value)
        for row in projects:
            _set_up(env, DemoProject(**row))


def _set_up(env: Any, wanted: DemoProject) -> None:
    project = env.ref(wanted.xml_id)
    for key, value in wanted.params.items():
        _write_value(env["sync.project.param"], project, key, value)
    for key, value in wanted.secrets.items():
        _write_value(env["sync.project.secret"], project, key, value)
    project.active = wanted.active


def _write_value(model: Any, project: Any, key: str, value: str) -> None:
    found = model.search([("project_id", "=", project.id), ("key", "=", key)])
    if found:
        found.value = value
    else:
        model.create({"project_id": project.id, "key": key, "value": value})


if __name__ == "__main__":
    main(*sys.argv[1:])
