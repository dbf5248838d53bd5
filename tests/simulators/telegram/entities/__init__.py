"""Formatted text: a plain text and the entities that mark parts of it.

Offsets and lengths count UTF-16 code units, as the Bot API does. The rules follow
TDLib's description of its parse modes: https://core.telegram.org/bots/api#formatting-options
"""

from .html import parse_html
from .markdown import parse_markdown
from .model import FormattedText, ParseError, detect, fix, units

PARSERS = {"html": parse_html, "markdownv2": parse_markdown}

__all__ = ["PARSERS", "FormattedText", "ParseError", "detect", "fix", "units"]
