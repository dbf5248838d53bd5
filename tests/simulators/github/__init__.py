"""A stand-in for GitHub's REST API and its webhooks."""

from .simulator import DEFAULT_REPOSITORY, DEFAULT_TOKEN, GitHubSimulator

__all__ = ["DEFAULT_REPOSITORY", "DEFAULT_TOKEN", "GitHubSimulator"]
