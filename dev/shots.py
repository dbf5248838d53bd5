"""`dev shots`: the screenshots of static/description, taken from the running product.

The windows' size, the demo data, the dates and the addresses are always the same, so
a picture changes when the product does.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import showcase
from .browser import find_browser
from .cache import ROOT
from .client import Client
from .devtools import Browser
from .errors import DevError
from .servers import Studio
from .ui import Step, say

HELP = "take the screenshots of static/description from a fresh studio"
DESCRIPTION = """
Start a studio of its own with the demo projects, let them run some jobs, walk through
it with Chromium, and write the pictures of static/description. Whoever changes what
they show calls it, looks at the pictures, and commits them.
"""
FOLDER = ROOT / "static/description"
SIZE = (1400, 800)
MOST_BYTES, MOST_BYTES_TOGETHER = 200_000, 1_200_000
_QUALITY = 80
_FIND = "[...document.querySelectorAll(%s)].find(it => it.innerText.includes(%s))"
# What moves, blinks or counts visits would make each picture another one.
_STILL = """
*, *::before, *::after {
    animation: none !important;
    transition: none !important;
    caret-color: transparent !important;
}
.o_menu_systray .badge { visibility: hidden !important; }
"""
# Odoo's pages load what they show in steps.
_LOADED = "!document.querySelector('.o_loading_indicator, .o_blockUI')"


@dataclass(frozen=True)
class Shot:
    """Say which page a picture shows, what is clicked there, and what must be seen."""

    name: str
    page: str
    record: Callable[[Client], int] | None = None
    clicks: tuple[tuple[str, str], ...] = ()
    seen: tuple[str, str] = ("body", "")

    @property
    def file(self) -> str:
        """Return the picture's file name."""
        return f"{self.name}.webp"


def _demo(xml_id: str) -> Callable[[Client], int]:
    return lambda client: showcase.record_id(client, xml_id)


def _last_job(state: str, task: str) -> Callable[[Client], int]:
    def find(client: Client) -> int:
        domain = [("state", "=", state), ("task_id.name", "=", task)]
        return client.call("sync.job", "search", domain, limit=1, order="id")[0]

    return find


SHOTS = (
    Shot("projects", "sync-projects", seen=(".o_kanban_record", "First steps")),
    Shot(
        "project",
        "sync-projects",
        record=_demo("project_demo_odoo2odoo"),
        clicks=((".nav-link", "Triggers"),),
        seen=(".o_data_row", "On partner creation"),
    ),
    Shot(
        "task",
        "sync-tasks",
        record=_demo("task_demo_odoo2odoo_pull"),
        seen=(".ace_line", "handle_cron"),
    ),
    Shot(
        "triggers",
        "sync-tasks",
        record=_demo("task_demo_odoo2odoo_pull"),
        clicks=((".nav-link", "Triggers"),),
        seen=(".o_data_row", "Every 15 minutes"),
    ),
    Shot(
        "job",
        "sync-jobs",
        record=_last_job("done", "Push new partners"),
        seen=(".o_data_row", "Pushed"),
    ),
    Shot(
        "failure",
        "sync-jobs",
        record=_last_job("failed", "Contacts"),
        seen=(".o_form_view", "partner.nam"),
    ),
    Shot("links", "sync-links", seen=(".o_data_row", "Ada Lovelace")),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `dev shots`."""
    parser.add_argument(
        "--folder",
        type=Path,
        default=FOLDER,
        help="where the pictures go (default: static/description)",
    )


def main(options: argparse.Namespace) -> int:
    """Take all pictures and write them."""
    # No cron: what it starts in between would be seen.
    with Studio(job_runner=True, cron_threads=0) as studio:
        program, reason = find_browser(studio.env.cache)
        if not program:
            raise DevError(f"No pictures without a browser: {reason}.")
        showcase.prepare(studio)
        with (
            studio.env.cache.scratch("browser") as profile,
            Browser(program, profile, SIZE) as browser,
        ):
            pictures = _take(studio, browser)
    check_sizes(pictures)
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (options.folder / name).write_bytes(picture)
        say(f"  {len(picture) / 1000:4.0f} kB  {options.folder / name}")
    return 0


def check_sizes(pictures: dict[str, bytes]) -> None:
    """Raise a DevError if a page with these pictures would be slow to load."""
    large = [name for name, it in pictures.items() if len(it) > MOST_BYTES]
    if large or sum(map(len, pictures.values())) > MOST_BYTES_TOGETHER:
        raise DevError(f"The pictures are too large: {', '.join(large) or 'together'}.")


def _take(studio: Studio, browser: Browser) -> dict[str, bytes]:
    pictures = {}
    with Step("Pictures") as step:
        browser.style(_STILL)
        _log_in(studio, browser)
        for shot in SHOTS:
            step.update(shot.name)
            _show(studio, browser, shot)
            pictures[shot.file] = browser.picture(_QUALITY)
    return pictures


def _log_in(studio: Studio, browser: Browser) -> None:
    browser.open(f"{studio.url}/web/login")
    browser.wait("document.querySelector('.oe_login_form input[name=password]')")
    browser.evaluate("""
        const form = document.querySelector(".oe_login_form");
        form.elements.login.value = form.elements.password.value = "admin";
        form.submit();
    """)
    browser.wait("document.querySelector('.o_main_navbar')")


def _show(studio: Studio, browser: Browser, shot: Shot) -> None:
    page = f"{studio.url}/odoo/{shot.page}"
    if shot.record:
        page += f"/{shot.record(studio.client())}"
    browser.open(page)
    for selector, text in shot.clicks:
        browser.wait(_find(selector, text))
        browser.evaluate(f"{_find(selector, text)}.click()")
    browser.wait(f"{_find(*shot.seen)} && {_LOADED}")
    browser.evaluate("document.fonts.ready.then(() => true)")
    _rest(browser)


def _rest(browser: Browser) -> None:
    """Wait until a page's text has stopped changing."""
    text, before = browser.evaluate("document.body.innerHTML"), None
    while text != before:
        browser.evaluate("new Promise(done => setTimeout(done, 500))")
        text, before = browser.evaluate("document.body.innerHTML"), text


def _find(selector: str, text: str) -> str:
    return _FIND % (json.dumps(selector), json.dumps(text))
