"""The simulators, which tests/simulators describes."""

import sys
from pathlib import Path

# They are a package of the folder above, whose own package needs Odoo.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from simulators import TelegramSimulator

__all__ = ["TelegramSimulator"]
