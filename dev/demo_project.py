"""Point the demo project Odoo2odoo at an external Odoo, and switch it on.

Run inside Odoo's Python as a process of its own:

    python -m dev.demo_project CONFIG DATABASE EXTERNAL_URL EXTERNAL_DATABASE
"""

from __future__ import annotations

import sys

from .cache import ROOT
from .environment import Environment
from .errors import CommandFailed, DevError
from .odoo_cli import write_config
from .processes import run

_PROJECT = "sync.project_demo_odoo2odoo"
_TIMEOUT = 120


def configure(
    env: Environment, database: str, external_url: str, external_database: str
) -> None:
    """Set the demo project up in a database whose server needn't run."""
    config = write_config(env, database, "install")
    try:
        run(
            [
                *(env.python, "-m", "dev.demo_project"),
                *(config, database, external_url, external_database),
            ],
            what="set up the demo project",
            timeout=_TIMEOUT,
            last_lines=10,
            log=env.cache.logs / f"{database}-install.log",
            env=env.env(),
            cwd=ROOT,
        )
    except CommandFailed as error:
        raise DevError(
            f"The demo project {_PROJECT} can't be set up in {database}:\n{error}\n"
            "If its data was changed by hand, `python3 dev run --reset` starts afresh."
        ) from error


def main(config: str, database: str, url: str, external_database: str) -> None:
    """Write parameters and secrets as the superuser, inside Odoo."""
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["-c", config], setup_logging=True)
    with Registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
        project = env.ref(_PROJECT)
        params = {"URL": url, "DB": external_database}
        secrets = {"USERNAME": "admin", "PASSWORD": "admin"}
        for model, values in (
            ("sync.project.param", params),
            ("sync.project.secret", secrets),
        ):
            for key, value in values.items():
                _write_value(env[model], project, key, value)
        project.active = True


def _write_value(model, project, key: str, value: str) -> None:
    found = model.search([("project_id", "=", project.id), ("key", "=", key)])
    if found:
        found.value = value
    else:
        model.create({"project_id": project.id, "key": key, "value": value})


if __name__ == "__main__":
    main(*sys.argv[1:])
