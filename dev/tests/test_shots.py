"""The pictures of `dev shots`, and the page that shows them."""

import ast
import re
import unittest

from dev import shots
from dev.cache import ROOT
from dev.errors import DevError
from dev.wheel import named_files

PAGE = (shots.FOLDER / "index.html").read_text()
MANIFEST = ast.literal_eval((ROOT / "__manifest__.py").read_text())


def on_page() -> list[str]:
    """Return the images of the page, in order."""
    return re.findall(r'<img\b[^>]*?\bsrc="([^"]*)"', PAGE)


class TestShots(unittest.TestCase):
    def test_each_picture_is_on_the_page_and_taken_by_the_command(self):
        taken = [shot.file for shot in shots.SHOTS]
        self.assertEqual(len(set(taken)), len(taken))
        self.assertEqual(on_page(), taken)

    def test_pictures_are_there_and_small(self):
        pictures = {name: (shots.FOLDER / name).read_bytes() for name in on_page()}
        shots.check_sizes(pictures)
        for name, picture in pictures.items():
            self.assertEqual(picture[8:12], b"WEBP", name)

    def test_no_picture_is_left_over(self):
        there = sorted(path.name for path in shots.FOLDER.glob("*.webp"))
        self.assertEqual(there, sorted(on_page()))

    def test_large_pictures_are_refused(self):
        with self.assertRaisesRegex(DevError, "too large: big.webp"):
            shots.check_sizes({"big.webp": bytes(shots.MOST_BYTES + 1), "a": b""})
        many = {str(number): bytes(shots.MOST_BYTES) for number in range(7)}
        with self.assertRaisesRegex(DevError, "too large: together"):
            shots.check_sizes(many)

    def test_the_manifest_names_pictures_of_the_page(self):
        folder = "static/description/"
        named = [name.removeprefix(folder) for name in MANIFEST["images"]]
        self.assertTrue(named)
        self.assertLessEqual(set(named), set(on_page()))

    def test_the_wheel_is_checked_for_page_and_pictures(self):
        named = set(named_files(MANIFEST))
        self.assertIn("static/description/index.html", named)
        for name in on_page():
            self.assertIn(f"static/description/{name}", named)


class TestPage(unittest.TestCase):
    def test_apps_page_of_odoo_keeps_all_of_it(self):
        for refused in (
            "<script",
            "<style",
            "<iframe",
            "<link",
            "style=",
            "javascript:",
        ):
            self.assertNotIn(refused, PAGE)
        self.assertNotRegex(PAGE, r"\son\w+=")

    def test_images_are_found_from_wherever_the_page_is_shown(self):
        # Odoo completes addresses that name neither a host nor the folder `static`.
        for name in on_page():
            self.assertRegex(name, r"^[\w-]+\.webp$")

    def test_images_say_in_words_what_they_show(self):
        images = re.findall(r"<img\b[^>]*>", PAGE)
        self.assertEqual(len(images), len(on_page()))
        for image in images:
            self.assertRegex(image, r'\balt="[^"]{20,}"')
