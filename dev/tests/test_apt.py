"""The Debian mirror among a machine's package sources."""

import unittest

from dev.apt import pick_mirror
from dev.errors import Unavailable

TRIXIE = """\
deb main nodistro https://node.example/node_20.x/
deb main stable https://browser.example/linux/deb/
deb-src main trixie http://source.example/debian/
deb contrib trixie http://contrib.example/debian/
deb main trixie-security http://security.example/debian-security/
deb main trixie http://mirror.example/debian/
deb main trixie-updates http://other.example/debian/
"""


class TestMirror(unittest.TestCase):
    def test_release_of_the_machine_decides(self):
        self.assertEqual(pick_mirror(TRIXIE, "trixie"), "http://mirror.example/debian")

    def test_rolling_release_is_found_by_its_suite(self):
        targets = "deb main sid http://mirror.example/debian/\n"
        self.assertEqual(pick_mirror(targets, ""), "http://mirror.example/debian")

    def test_other_vendors_are_no_debian(self):
        targets = "\n".join(TRIXIE.splitlines()[:2])
        with self.assertRaises(Unavailable):
            pick_mirror(targets, "trixie")
