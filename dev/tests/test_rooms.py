"""Imports run downwards: a room knows those below it, and none above."""

import ast
import unittest
from collections.abc import Iterator
from pathlib import Path

from dev.cache import ROOT

FLOORS = ("engine", "models", "wizard", "cli", "controllers")
# From the ground up.
ROOMS = (
    *(
        "protocols",
        "plaintext",
        "messages",
        "errors",
        "logs",
        "links",
        "sandbox",
        "boundary",
        "vault",
    ),
    *("events", "runs", "http", "guards"),
)
UNDER = {
    "engine": (),
    "models": ("engine",),
    "wizard": ("engine",),
    "cli": ("engine",),
    "controllers": ("engine", "models"),
}


def imports(file: Path) -> Iterator[tuple[str, ...]]:
    """Yield what of the addon a file imports, as paths from the addon's root."""
    package = file.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = tuple((node.module or "").split(".")) if node.module else ()
        if node.level:
            base = package[: len(package) - node.level + 1]
        elif module[:3] == ("odoo", "addons", "sync"):
            base, module = (), module[3:]
        else:
            continue
        for name in node.names:
            yield (*base, *module, name.name)


class TestRooms(unittest.TestCase):
    def test_floors_import_downwards(self):
        for floor in FLOORS:
            for file in (ROOT / floor).rglob("*.py"):
                for path in imports(file):
                    with self.subTest(file=str(file.relative_to(ROOT)), path=path):
                        self.assertIn(path[0], (floor, *UNDER[floor]))

    def test_rooms_of_the_engine_import_downwards(self):
        files = list((ROOT / "engine").rglob("*.py"))
        self.assertGreater(len(files), 50)
        for file in files:
            own = file.relative_to(ROOT / "engine").with_suffix("").parts[0]
            if own == "__init__":
                continue
            height = ROOMS.index(own)
            for path in imports(file):
                if path[0] == "engine" and len(path) > 1:
                    with self.subTest(file=str(file.relative_to(ROOT)), path=path):
                        self.assertLessEqual(ROOMS.index(path[1]), height)

    def test_no_file_stands_outside_of_the_rooms(self):
        names = {path.stem for path in (ROOT / "engine").iterdir()}
        self.assertEqual(names - {"__init__", "__pycache__"}, set(ROOMS))
        outside = [path.name for path in (ROOT / "models").glob("*.py")]
        self.assertEqual(outside, ["__init__.py"])


if __name__ == "__main__":
    unittest.main()
