"""A stand-in for Trello's REST API and its webhooks."""

from .simulator import (
    BOARD_ID,
    BOARD_LINK,
    DEFAULT_KEY,
    DEFAULT_SECRET,
    DEFAULT_TOKEN,
    TrelloSimulator,
)

__all__ = [
    "BOARD_ID",
    "BOARD_LINK",
    "DEFAULT_KEY",
    "DEFAULT_SECRET",
    "DEFAULT_TOKEN",
    "TrelloSimulator",
]
