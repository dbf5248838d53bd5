"""The address that webhooks' URLs begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# What a new database notes, wherever its server listens, until an administrator logs in
# by browser: then Odoo notes the address that the browser has used.
UNKNOWN = "http://localhost:8069"
_EVERYWHERE = ("", "0.0.0.0", "::", "127.0.0.1")  # noqa: S104


def webhooks_begin_with(
    noted: str, frozen: Callable[[], Any], config: Mapping[str, Any]
) -> str:
    """Return the address that Odoo has noted, or where the server listens.

    :param frozen: tells whether somebody has said that the noted one is right
    """
    if noted != UNKNOWN or config["proxy_mode"] or not config["http_enable"]:
        return noted
    if frozen():
        return noted
    host = config["http_interface"] or ""
    if host in _EVERYWHERE:
        host = "localhost"
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{config['http_port']}"
