"""What the pictures of `dev shots` show: the demo projects, after some real jobs."""

from __future__ import annotations

import time

from .client import Client
from .demo_project import DemoProject, configure, odoo2odoo
from .errors import DevError
from .odoo_cli import free_port
from .servers import Studio
from .simulators import Simulators, demo_projects, set_up
from .ui import Step

STUDIO_URL = "https://odoo.example.com"
EXTERNAL_URL, EXTERNAL_DATABASE = "https://legacy.example.com", "legacy"
_BEGAN = "2025-10-06 09:00:00"
_TIMEOUT = 120.0
_PEOPLE = (
    {"name": "Ada Lovelace", "email": "ada@example.com", "city": "London"},
    {"name": "Blaise Pascal", "email": "blaise@example.com", "city": "Paris"},
    {"name": "Emmy Noether", "email": "emmy@example.com", "city": "Erlangen"},
)
_FIRST_STEPS = "First steps"
_MISTAKE = """\
def handle_button():
    for partner in env["res.partner"].search([], limit=5):
        log(f"{partner.nam}: {partner.email or 'no address'}")
"""
# All dates move by one interval, so that what took a second still took a second.
_SHIFT = """
    CREATE TEMP TABLE shift AS
    SELECT :'began'::timestamp - date_trunc('second', min(date_created)) AS by
      FROM sync_job;
    UPDATE sync_job SET date_created = date_created + shift.by,
           date_start = date_start + shift.by, date_end = date_end + shift.by
      FROM shift;
    UPDATE sync_log SET time = time + shift.by FROM shift;
    UPDATE sync_link SET date = date + shift.by FROM shift;
    UPDATE ir_cron SET nextcall = :'began'::timestamp + interval '15 minutes';
"""
_RENAME = """
    UPDATE sync_link SET relation = replace(relation, :'here', :'there');
    UPDATE sync_log SET message = replace(message, :'old', :'new');
"""


def prepare(studio: Studio) -> None:
    """Let every demo project run jobs, then replace what differs from day to day."""
    client = studio.client()
    with Simulators(studio.env, [free_port() for _ in range(3)]) as simulated:
        projects = demo_projects(simulated.access)
        _configure(studio, projects, studio.url)
        set_up(client)
        with Step("Jobs of the demo projects"):
            _play(client)
    with Step("Dates and addresses that stay the same"):
        _settle(studio)


def record_id(client: Client, xml_id: str) -> int:
    """Return the id of a record of the addon's demo data."""
    domain = [("module", "=", "sync"), ("name", "=", xml_id)]
    return client.call("ir.model.data", "search_read", domain, ["res_id"])[0]["res_id"]


def _configure(studio: Studio, projects: list[DemoProject], url: str) -> None:
    system = {"web.base.url": url, "web.base.url.freeze": "True"}
    configure(studio.env, studio.server.database, projects, system)


def _play(client: Client) -> None:
    client.call("res.partner", "create", list(_PEOPLE))
    _wait(client)
    client.call("res.partner", "create", [{"name": "Kurt Gödel", "city": "Vienna"}])
    _wait(client)
    pull = record_id(client, "trigger_demo_odoo2odoo_pull")
    client.call("sync.trigger", "action_run_manually", [pull])
    _wait(client)
    client.call("sync.trigger", "action_run_now", [_first_steps(client)])
    _wait(client)


def _first_steps(client: Client) -> int:
    """Return a button whose task has the mistake that the README speaks of."""
    description = "Lists contacts. There is a mistake in its code, so its job failed."
    values = {"name": _FIRST_STEPS, "description": description}
    project = client.call("sync.project", "create", values)
    values = {"project_id": project, "name": "Contacts", "code": _MISTAKE}
    task = client.call("sync.task", "create", values)
    values = {"task_id": task, "type": "button", "name": "List contacts"}
    return client.call("sync.trigger", "create", values)


def _wait(client: Client) -> None:
    """Wait until no job is waiting or at work."""
    domain = [("state", "in", ("pending", "started"))]
    deadline = time.monotonic() + _TIMEOUT
    time.sleep(1)
    while client.call("sync.job", "search_count", domain):
        if time.monotonic() > deadline:
            raise DevError("The jobs of the demo projects don't come to an end.")
        time.sleep(0.3)


def _settle(studio: Studio) -> None:
    assert studio.external
    external, database = studio.external.database, studio.server.database
    names = {
        "here": f"{studio.external_url}/{external}".partition("://")[2],
        "there": f"{EXTERNAL_URL}/{EXTERNAL_DATABASE}".partition("://")[2],
        "old": external,
        "new": EXTERNAL_DATABASE,
    }
    _configure(studio, [odoo2odoo(EXTERNAL_URL, EXTERNAL_DATABASE)], STUDIO_URL)
    studio.env.postgres.sql(_RENAME, database, **names)
    studio.env.postgres.sql(_SHIFT, database, began=_BEGAN)
