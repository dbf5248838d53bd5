"""Stand-ins for the outside services that the demo projects talk to.

Each is a context manager that serves on the loopback interface::

    with TelegramSimulator(time_scale=0.01) as sim:
        person = sim.register("Ada")
        sim.say(person, "Hello")
        sim.wait_deliveries()
"""

from .github import GitHubSimulator
from .telegram import TelegramSimulator
from .trello import TrelloSimulator

__all__ = ["GitHubSimulator", "TelegramSimulator", "TrelloSimulator"]
