"""Formatted text: what is understood, and what is refused with which words."""

import unittest

from ..telegram.entities import FormattedText, ParseError, detect, fix
from ..telegram.entities.html import parse_html
from ..telegram.entities.markdown import parse_markdown


def kinds(formatted: FormattedText) -> list[tuple]:
    return [
        (entity["type"], entity["offset"], entity["length"])
        for entity in formatted.entities
    ]


class TestHtml(unittest.TestCase):
    def test_tags_become_entities(self):
        formatted = parse_html("<b>bold <i>both</i></b> <u>u</u><s>s</s>")
        self.assertEqual(formatted.text, "bold both us")
        self.assertEqual(
            kinds(formatted),
            [
                ("bold", 0, 9),
                ("italic", 5, 4),
                ("underline", 10, 1),
                ("strikethrough", 11, 1),
            ],
        )

    def test_offsets_count_utf16_units(self):
        self.assertEqual(kinds(parse_html("😀<b>x</b>")), [("bold", 2, 1)])

    def test_references_are_decoded(self):
        formatted = parse_html("&lt;b&gt; &amp;&quot; &#65;&#x42; &nbsp;")
        self.assertEqual(formatted.text, '<b> &" AB &nbsp;')

    def test_links_keep_their_address(self):
        formatted = parse_html('<a href="https://a.example/?x=1&amp;y=2">there</a>')
        self.assertEqual(formatted.entities[0]["url"], "https://a.example/?x=1&y=2")

    def test_address_that_is_none_leaves_plain_text(self):
        self.assertEqual(parse_html('<a href="nowhere">x</a>').entities, [])

    def test_code_inside_pre_names_the_language(self):
        source = '<pre><code class="language-python">x = 1</code></pre>'
        entities = parse_html(source).entities
        expected = {"type": "pre", "offset": 0, "length": 5, "language": "python"}
        self.assertEqual(entities, [expected])

    def test_spoiler_quote_and_emoji(self):
        formatted = parse_html(
            '<span class="tg-spoiler">a</span><blockquote expandable>b</blockquote>'
            '<tg-emoji emoji-id="5368324170671202286">c</tg-emoji>'
        )
        self.assertEqual(
            [entity["type"] for entity in formatted.entities],
            ["spoiler", "expandable_blockquote", "custom_emoji"],
        )

    def test_refusals_are_in_telegrams_words(self):
        cases = {
            "a<br>b": 'Unsupported start tag "br" at byte offset 1',
            "é<p>x</p>": 'Unsupported start tag "p" at byte offset 2',
            "1 < 2": 'Unsupported start tag "" at byte offset 2',
            "<b>x": 'Can\'t find end tag corresponding to start tag "b"',
            "x</b>": "Unexpected end tag at byte offset 1",
            "<b>x</i>": "Unmatched end tag at byte offset 4, "
            'expected "</b>", found "</i>"',
            "<b": "Unclosed start tag at byte offset 0",
            "<b>x</b": "Unclosed end tag at byte offset 4",
            "<span>x</span>": 'Tag "span" must have class "tg-spoiler" '
            "at byte offset 0",
        }
        for source, message in cases.items():
            with self.subTest(source), self.assertRaises(ParseError) as caught:
                parse_html(source)
            self.assertEqual(str(caught.exception), message)


class TestMarkdown(unittest.TestCase):
    def test_marks_become_entities(self):
        formatted = parse_markdown("*b* _i_ __u__ ~s~ ||p|| `c`")
        self.assertEqual(formatted.text, "b i u s p c")
        self.assertEqual(
            [kind for kind, _, _ in kinds(formatted)],
            ["bold", "italic", "underline", "strikethrough", "spoiler", "code"],
        )

    def test_escaped_characters_lose_their_meaning(self):
        formatted = parse_markdown(r"1\.5 \* 2 \= 3\!")
        self.assertEqual((formatted.text, formatted.entities), ("1.5 * 2 = 3!", []))

    def test_links_and_emoji(self):
        formatted = parse_markdown(
            r"[a](https://a.example/\)) ![b](tg://emoji?id=5368324170671202286)"
        )
        self.assertEqual(formatted.entities[0]["url"], "https://a.example/)")
        self.assertEqual(formatted.entities[1]["type"], "custom_emoji")

    def test_code_block_with_language(self):
        formatted = parse_markdown("```python\nx = 1.5\n```")
        self.assertEqual(formatted.text, "x = 1.5\n")
        self.assertEqual(formatted.entities[0]["language"], "python")

    def test_quotes_end_with_the_line_that_has_no_mark(self):
        formatted = parse_markdown(">one\n>two\nthree")
        self.assertEqual(formatted.text, "one\ntwo\nthree")
        self.assertEqual(kinds(formatted), [("blockquote", 0, 7)])

    def test_refusals_are_in_telegrams_words(self):
        cases = {
            "1.5": "Character '.' is reserved and must be escaped with the "
            "preceding '\\'",
            "a-b": "Character '-' is reserved and must be escaped with the "
            "preceding '\\'",
            "x *b": "Can't find end of Bold entity at byte offset 2",
            "_i": "Can't find end of Italic entity at byte offset 0",
            "[a](b": "Can't find end of a URL at byte offset 4",
        }
        for source, message in cases.items():
            with self.subTest(source), self.assertRaises(ParseError) as caught:
                parse_markdown(source)
            self.assertEqual(str(caught.exception), message)


class TestPlainText(unittest.TestCase):
    def test_white_space_at_the_ends_goes_and_entities_move(self):
        formatted = fix(FormattedText(" \n ab ", [{"offset": 3, "length": 3}]))
        self.assertEqual(formatted.text, "ab")
        self.assertEqual(formatted.entities, [{"offset": 0, "length": 2}])

    def test_commands_links_and_names_are_found(self):
        text = "/start see https://a.example/x. or ask @somebody #now a@b.example"
        self.assertEqual(
            [entity["type"] for entity in detect(FormattedText(text)).entities],
            ["bot_command", "url", "mention", "hashtag", "email"],
        )
