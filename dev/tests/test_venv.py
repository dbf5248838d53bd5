import contextlib
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from dev.errors import DevError
from dev.venv import find_interpreter, find_version

_ANSWER = '#!/bin/sh\necho {version} {has_pip} "$0"\n'


class TestFindInterpreter(unittest.TestCase):
    """Which Python of a machine runs Odoo."""

    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        machine = {"HOME": str(self.home), "PATH": str(self.home / "bin")}
        stack.enter_context(patch.dict(os.environ, machine, clear=True))
        own = self.add("own/python3", "3.14")
        stack.enter_context(patch.object(sys, "executable", str(own)))

    def add(self, place, version, has_pip=True):
        """Put a Python that says so of itself below the home folder."""
        path = self.home / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_ANSWER.format(version=version, has_pip=has_pip))
        path.chmod(0o755)
        return path

    def test_the_best_of_several_is_chosen(self):
        self.add("bin/python3.13", "3.13")
        self.add("bin/python3.11", "3.11")
        self.assertEqual(find_interpreter().version, "3.11")
        self.add("bin/python3.12", "3.12", has_pip=False)
        self.assertEqual(find_interpreter().version, "3.11")

    def test_pythons_of_pyenv_and_uv_are_found(self):
        for place in (
            ".pyenv/versions/3.10.13/bin/python3.10",
            ".local/share/uv/python/cpython-3.13.9-linux-x86_64-gnu/bin/python3.13",
        ):
            path = self.add(place, path_version(place))
            with self.subTest(place):
                self.assertEqual(find_interpreter().path, str(path))
            path.unlink()

    def test_a_machine_with_a_newer_python_only_is_told_what_to_install(self):
        with self.assertRaisesRegex(DevError, "3.10 to 3.13.*uv python install 3.13"):
            find_interpreter()

    def test_one_can_be_named(self):
        self.add("bin/python3.12", "3.12")
        for version in ("3.10", "3.13"):
            path = self.add(f"bin/python{version}", version)
            os.environ["SYNC_PYTHON"] = str(path)
            self.assertEqual(find_interpreter().version, version)

    def test_a_version_is_found_or_not(self):
        self.add("bin/python3.13", "3.13", has_pip=False)
        self.assertIsNone(find_version("3.10"))
        found = find_version("3.13")
        self.assertEqual(found and found.version, "3.13")
        whole = self.add(".pyenv/versions/3.13.1/bin/python3.13", "3.13")
        found = find_version("3.13")
        self.assertEqual(found and found.path, str(whole))

    def test_one_that_will_not_do_is_refused(self):
        for path, reason in (
            (self.add("bin/python3.14", "3.14"), "is Python 3.14"),
            (self.home / "nothing", "is no Python"),
        ):
            os.environ["SYNC_PYTHON"] = str(path)
            with self.assertRaisesRegex(DevError, reason):
                find_interpreter()


def path_version(place):
    """Return the version that ends the name of a Python."""
    return place.rpartition("python")[2]
