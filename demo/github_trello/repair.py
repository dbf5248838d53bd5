LOOKED = "github_trello_looked"  # the repository and the board; the date is what counts


def handle_cron():
    """Find what was missed: deliveries get lost on their way, or while Odoo is down.

    Names, colours and labels that differ are settled by the strategy; everything else
    follows GitHub anyway.
    """
    strategy = params.LABELS_STRATEGY.strip() or MERGE
    ends = {"github": github_repository(), "trello": trello_board()}
    since = get_link(LOOKED, **ends).sync_date
    set_link(LOOKED, **ends, allow_many2many=True)
    sync_labels(strategy)
    numbers = find_changed(since) | find_drift()
    queue_pages(numbers, strategy)
    log(f"Queued {len(numbers)} issues and pull requests.")


def find_changed(since):
    """Return the issues that have changed on GitHub; the first time all that count."""
    if not since:
        return set(issues_by_card().values()) | set(github_open_issues())
    # An hour more, for clocks that differ: to look once too often does no harm.
    return set(github_changed_issues(since - datetime.timedelta(hours=1)))


def find_drift():
    """Return the issues whose cards have other labels than when both were equal."""
    issues, pairs, before = issues_by_card(), label_pairs(), labels_before()
    found = set()
    for card in trello_cards():
        issue = issues.get(card["id"])
        labels = {pairs[key] for key in card["idLabels"] if key in pairs}
        if issue and labels != before.get(issue, set()):
            found.add(issue)
    return found


def issues_by_card():
    links = search_links(between(ISSUE), github=None, trello=None)
    return dict(zip(links.trello, map(int, links.github), strict=True))


def labels_before():
    """Return {issue: labels} of when issue and card were equal."""
    found = {}
    for link in search_links(between(ATTACHED), issue=None, label=None):
        found.setdefault(int(link.issue), set()).add(link.label)
    return found
