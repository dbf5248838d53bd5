"""Renders the web pages of the simulators."""

from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .deliveries import Delivery

TEMPLATES = Path(__file__).resolve().parent.parent / "pages"


def clock(seconds: float) -> str:
    """Show a moment as the time of day."""
    return datetime.fromtimestamp(seconds).strftime("%H:%M:%S")


def hide(text: str, secret: str) -> str:
    """Leave a token out of what the page shows again and again."""
    return text.replace(secret, "…")


def tries(delivery: Delivery) -> str:
    """Sum up the attempts: the last outcome, and how many there were."""
    if not delivery.attempts:
        return ""
    last = delivery.attempts[-1]
    count = len(delivery.attempts)
    times = f", {count} times" if count > 1 else ""
    return f"{last.status or last.reason}{times}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(clock=clock, hide=hide, tries=tries)
    return environment


_ENVIRONMENT = _environment()


def render(template: str, context: dict) -> str:
    """Fill a template."""
    return _ENVIRONMENT.get_template(template).render(context)
