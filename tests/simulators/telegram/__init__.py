"""A stand-in for the Telegram Bot API."""

from .simulator import DEFAULT_TOKEN, TelegramSimulator

__all__ = ["DEFAULT_TOKEN", "TelegramSimulator"]
