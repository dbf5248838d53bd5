"""The benchmark: our work and its peers' in turn, in the same run; see `command`."""

from .command import main

__all__ = ["main"]
