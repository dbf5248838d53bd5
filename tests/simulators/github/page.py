"""What the page of the simulated GitHub shows."""

from ..core.web import SimRequest


def ink(colour: str) -> str:
    """Choose black or white, whichever can be read on a colour."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (0, 2, 4))
    bright = 0.299 * red + 0.587 * green + 0.114 * blue > 150
    return "#1f2328" if bright else "#ffffff"


def page_context(sim: object, request: SimRequest) -> dict:
    """Collect the issues, the chosen one and the labels."""
    repo = sim.visitor().repo
    issues = sorted(repo.issues.values(), key=lambda issue: -issue.number)
    asked = request.args.get("show", "")
    chosen = repo.issues.get(int(asked)) if asked.isdigit() else None
    return {
        "repo": repo,
        "issues": issues,
        "chosen": chosen or (issues[0] if issues else None),
        "labels": sorted(repo.labels, key=lambda label: label.name.lower()),
        "hooks": list(repo.hooks.values()),
        "ink": ink,
    }
