LOOKED = "github_trello_looked"  # the repository and the board; the date is what counts


def handle_cron():
    """Find what was missed: deliveries get lost on their way, or while Odoo is down.

    Names, colours and labels that differ are settled by the strategy; everything else
    follows GitHub anyway.
    """
    strategy = params.LABELS_STRATEGY.strip() or MERGE
    ends = {"github": params.GITHUB_REPO, "trello": params.TRELLO_BOARD_ID}
    since = get_link(LOOKED, **ends).sync_date
    set_link(LOOKED, **ends, allow_many2many=True)
    sync_labels(strategy)
    numbers = find_changed(since) | find_drift()
    queue_pages(numbers, strategy)
    log(f"Queued {len(numbers)} issues and pull requests.")


def find_changed(since):
    """Return the issues that have changed on GitHub; the first time all that count."""
    if not since:
        linked = {number_of(name) for name in issues_by_card().values()} - {None}
        return linked | set(github_open_issues())
    # An hour more, for clocks that differ: to look once too often does no harm.
    return set(github_changed_issues(since - datetime.timedelta(hours=1)))


def find_drift():
    """Return the issues whose cards have other labels than when both were equal."""
    issues, pairs, before = issues_by_card(), label_pairs(), labels_before()
    found = set()
    for card in trello_cards():
        issue = issues.get(card["id"], "")
        labels = {pairs[key] for key in card["idLabels"] if key in pairs}
        if labels != before.get(issue, set()):
            found.add(number_of(issue))
    return found - {None}


def issues_by_card():
    links = search_links(ISSUE, github=None, trello=None)
    return dict(zip(links.trello, links.github, strict=True))


def labels_before():
    """Return {issue: labels} of when issue and card were equal."""
    found = {}
    for link in search_links(ATTACHED, issue=None, label=None):
        found.setdefault(link.issue, set()).add(link.label)
    return found
