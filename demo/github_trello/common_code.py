# What the tasks of this project share. The functions look how things are, on both
# sides, and end the differences: so it doesn't matter whether they are called once or
# twice, in which order, or for a change that we made ourselves.
ISSUE = "github_trello_issue"  # the number of an issue and the id of its card
ATTACHED = "github_trello_attached"  # an issue's number and the id of one of its labels
LABEL = "github_trello_label"  # a label's id in GitHub and in Trello
SEEN = "github_trello_seen"  # a label's id and how it was when both were equal
BUSY = "github_trello_busy"  # see claim()
MERGE = "MERGE"
PAGE = 20  # issues a job
MAX_NAME, MAX_TEXT = 50, 16000  # characters in GitHub's labels, in Trello's texts


def between(kind):
    """Return the relation of a kind of links between this repository and this board.

    An issue #5 is in every repository: what a link means, its relation must say. By
    ids, because names change.
    """
    return f"{kind} {github_repository()} {trello_board()}"


def adopt():
    """Take over the links of version 19.0.1.0.0, which knew both sides by name."""
    new = [between(kind) for kind in (ISSUE, ATTACHED, LABEL, SEEN)]
    if env["sync.link"].search_count([("relation", "in", new)], limit=1):
        return
    names = f"{params.GITHUB_REPO} {params.TRELLO_BOARD_ID}"
    issues = f"{params.GITHUB_REPO}#"
    old = [(ISSUE, issues), (ATTACHED, issues)]
    old += [(f"{LABEL} {names}", ""), (f"{SEEN} {names}", "")]
    for relation, (name, start) in zip(new, old, strict=True):
        env.cr.execute(
            "UPDATE sync_link SET relation = %s, ref1 = substr(ref1, %s)"
            " WHERE relation = %s AND starts_with(ref1, %s)",
            [relation, len(start) + 1, name, start],
        )


# -- deliveries and jobs ---------------------------------------------------------------

NO_OBJECT = "The body must be a JSON object."


def read_object(httprequest):
    """Return the JSON object that was sent, None if it is something else."""
    try:
        found = json.loads(httprequest.get_data())
    except (ValueError, RuntimeError):  # no JSON, or too deep
        return None
    return found if isinstance(found, dict) else None


def dig(data, *keys):
    """Return what stands in a JSON object, None if it isn't there."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def queue_issues(*numbers, strategy=MERGE):
    """Bring the cards of issues up to date in a job, unless one is waiting already."""
    add_job(sync_issues, identity_key=key_of(numbers, strategy))(numbers, strategy)


def queue_card(card):
    """Bring the issue of a card up to date in a job, unless one is waiting already."""
    add_job(sync_card, identity_key=key_of("card", card))(card)


def queue_labels():
    """Bring the labels up to date in a job, unless one is waiting already."""
    add_job(sync_labels, identity_key=key_of("labels"), priority=5)()


def key_of(*what):
    """Return an identity key; by what is set here, for a webhook makes no calls."""
    ends = ("GITHUB_API_URL", "GITHUB_REPO", "TRELLO_API_URL", "TRELLO_BOARD_ID")
    return " ".join(str(part) for part in (*[params.get(key) for key in ends], *what))


def queue_pages(numbers, strategy=MERGE):
    """Bring the cards of many issues up to date, in a job for each page of them."""
    numbers = sorted(numbers)
    for start in range(0, len(numbers), PAGE):
        queue_issues(*numbers[start : start + PAGE], strategy=strategy)


def claim(*things):
    """Let no other job work on the same things until this one is over.

    It takes a link for each of them. PostgreSQL lets one transaction at a time change
    it, and none that began before the last one was over: so this job knows all that the
    others have left.
    """
    relation, names = between(BUSY), sorted(str(thing) for thing in things)
    domain = [("relation", "=", relation), ("ref1", "in", names)]
    links = env["sync.link"].search(domain)
    if len(links.try_lock_for_update()) < len(links):
        text = "Another job is at work on the same."
        raise RetryableJobError(text, seconds=1, ignore_retry=True)
    set_links(relation, [{"job": name, "thing": name} for name in names])
    adopt()


# -- issues ----------------------------------------------------------------------------


def sync_issues(numbers, strategy=MERGE):
    """Bring the cards of some issues up to date."""
    claim(*numbers)
    for number in numbers:
        issue = github_issue(number)
        if issue:
            sync_issue(issue, strategy)
        else:
            archive_card(number)


def sync_card(card):
    """Bring the card of an issue up to date, if it is one."""
    adopt()
    link = get_link(between(ISSUE), github=None, trello=card)
    if link:
        sync_issues([int(link.github)])


def sync_issue(issue, strategy):
    card = find_card(issue)
    if not card:
        # What isn't on a card that is new has not been taken off it.
        card, strategy = add_card(issue), MERGE
    wanted = {**describe(issue), **place(issue, card)}
    changes = {key: value for key, value in wanted.items() if card[key] != value}
    if changes:
        trello("PUT", f"cards/{card['id']}", **changes)
    sync_comments(issue, card)
    sync_attached(issue, card, strategy)


def find_card(issue):
    """Return the card of an issue, None if it isn't on this board any more."""
    link = get_link(between(ISSUE), github=issue["number"], trello=None)
    card = trello("GET", f"cards/{link.trello}") if link else None
    columns = {column["id"] for column in trello_lists()}
    return card if card and card["idList"] in columns else None


def add_card(issue):
    """Create and link a card, or link the one of a job that broke off in between."""
    card = trello_find_card(mark(issue))
    if not card:
        column = find_list("NEW_LIST")
        card = trello("POST", "cards", idList=column["id"], **describe(issue))
    # Left by another card, if there was one.
    number = issue["number"]
    search_links(between(ISSUE), github=number, trello=None).delete()
    search_links(between(ATTACHED), issue=number, label=None).delete()
    set_link(between(ISSUE), github=number, trello=card["id"])
    log(f"#{number} has a new card.")
    return card


def archive_card(number):
    """Put the card of a deleted issue away."""
    card = find_card({"number": number})
    if card and not card["closed"]:
        trello("PUT", f"cards/{card['id']}", closed=True)
        log(f"#{number} is deleted, its card archived.")


def describe(issue):
    """Return name and description of an issue's card."""
    name = f"{params.CARD_PREFIX} {issue['title']}".strip()
    return {"name": name, "desc": text_of(issue)}


def place(issue, card):
    """Return what has to change for a card to be in its place: Done is for closed."""
    if not params.DONE_LIST:
        return {"closed": not issue["open"]}
    done, new = find_list("DONE_LIST"), find_list("NEW_LIST")
    if issue["open"] and card["idList"] == done["id"]:
        return {"idList": new["id"], "closed": False}
    return {} if issue["open"] else {"idList": done["id"]}


def find_list(key):
    """Return the list that a parameter names."""
    name = params.get(key, "")
    for column in trello_lists():
        if column["name"].lower() == name.lower() and not column["closed"]:
            return column
    raise UserError(f'The board has no list "{name}": correct the parameter {key}.')


# -- comments --------------------------------------------------------------------------

LINE, SIGNED = "---", " on [GitHub]("  # before an author's name, and after it


def sync_comments(issue, card):
    """Let the card have a copy of each comment; what people write there stays."""
    copies = find_copies(issue, card)
    for comment in issue["comments"]:
        text = text_of(comment)
        copy = copies.pop(comment_in(text, issue), None)
        if not copy:
            trello("POST", f"cards/{card['id']}/actions/comments", text=text)
        elif copy["data"]["text"] != text:
            trello("PUT", f"actions/{copy['id']}", text=text)
    for copy in copies.values():
        trello("DELETE", f"actions/{copy['id']}")


def find_copies(issue, card):
    """Return {comment: action} of the comments that we have copied to a card."""
    if not card["badges"]["comments"]:
        return {}
    path, options = f"cards/{card['id']}/actions", {"limit": 1000}
    actions = trello("GET", path, filter="commentCard", **options)
    copies = {comment_in(each["data"]["text"], issue): each for each in actions}
    return {key: copy for key, copy in copies.items() if key}


def comment_in(text, issue):
    """Return the comment that a text is a copy of, None if it isn't one.

    What stays of its address is the number of the issue and the comment's id, such as
    issuecomment-77: who renames or transfers a repository changes the rest.
    """
    *_, line, last = ["", *text.splitlines()]
    _, signed, address = last.rpartition(SIGNED)
    page, _, comment = address.removesuffix(")").rpartition("#")
    ours = line == LINE and signed and f"{page}#{comment})" == address
    return comment if ours and page.endswith(f"/{issue['number']}") else None


def text_of(thing):
    """Return the text of an issue or a comment, signed with where it comes from."""
    body = thing["body"].replace("\r", "").strip()[:MAX_TEXT]
    return f"{body}\n\n{LINE}\n{thing['author']}{SIGNED}{thing['url']})".strip()


def mark(thing):
    """Return the word by which we know a card again: it ends its description."""
    return f"[GitHub]({thing['url']})"


# -- labels of an issue ----------------------------------------------------------------


def sync_attached(issue, card, strategy):
    """Let an issue and its card have the same labels."""
    pairs = find_pairs(issue, card)
    on_issue = set(issue["labels"])
    on_card = {pairs[key] for key in card["idLabels"] if key in pairs}
    known = search_links(between(ATTACHED), issue=issue["number"], label=None)
    wanted = merge(on_issue, on_card, set(known.label), strategy)
    if wanted != on_issue:
        change_issue(issue["number"], wanted - on_issue, on_issue - wanted)
    for key, label in pairs.items():
        if label in wanted - on_card:
            trello("POST", f"cards/{card['id']}/idLabels", value=key)
        elif label in on_card - wanted:
            trello("DELETE", f"cards/{card['id']}/idLabels/{key}")
    known.filtered(lambda link: link.label not in wanted).delete()
    links = [{"issue": issue["number"], "label": label} for label in wanted]
    set_links(between(ATTACHED), links, allow_many2many=True)


def merge(on_issue, on_card, before, strategy):
    """Return the labels that both shall have, of what they have and had."""
    choices = {
        "USE_GITHUB": on_issue,
        "USE_TRELLO": on_card,
        "UNION": on_issue | on_card,
        "INTERSECTION": on_issue & on_card,
        # What one of them has and the other hasn't is new, unless both had it.
        MERGE: (on_issue & on_card) | ((on_issue ^ on_card) - before),
    }
    if strategy not in choices:
        raise UserError(
            f"The parameter LABELS_STRATEGY must be one of {', '.join(choices)}."
        )
    return choices[strategy]


def find_pairs(issue, card):
    """Return {Trello's id: GitHub's id} of all labels, those of the two included."""
    pairs = label_pairs()
    new = set(issue["labels"]) - set(pairs.values())
    new |= {label["id"] for label in card["labels"] if label["name"]} - set(pairs)
    if new:
        sync_labels()
        pairs = label_pairs()
    return pairs


def label_pairs():
    links = search_links(between(LABEL), github=None, trello=None)
    return dict(zip(links.trello, links.github, strict=True))


def change_issue(number, attach, detach):
    # By the names of this moment: GitHub would create a label that it doesn't know.
    names = {label["id"]: label["name"] for label in github_labels()}
    for label in attach & set(names):
        github_attach(number, names[label])
    for label in detach & set(names):
        github_detach(number, names[label])


# -- labels ----------------------------------------------------------------------------


def sync_labels(strategy=MERGE):
    """Let repository and board have the same labels, whoever has changed them."""
    claim("labels")
    on_github = {label["id"]: label for label in github_labels()}
    on_trello = {label["id"]: label for label in trello_labels()}
    delete_halves(on_github, on_trello)
    pair_new(on_github, on_trello)
    for link in search_links(between(LABEL), github=None, trello=None):
        label, other = on_github.get(link.github), on_trello.get(link.trello)
        if label and other:
            align(on_github, label, other, strategy)


def delete_halves(on_github, on_trello):
    """Delete what is left of the pairs of which one was deleted."""
    for link in search_links(between(LABEL), github=None, trello=None):
        label, other = on_github.get(link.github), on_trello.get(link.trello)
        if (label and other) or not is_deleted(link, label):
            continue
        if label:
            github_delete_label(label["name"])
        trello("DELETE", f"labels/{link.trello}")
        on_github.pop(link.github, None)
        on_trello.pop(link.trello, None)
        log(f"The label {remembered(link.github)[0]} is deleted.")
        search_links(between(SEEN), label=link.github, state=None).delete()
        link.delete()


def is_deleted(link, label):
    """Look again: what changes while a list is read can be missing in it."""
    if label:
        return trello("GET", f"labels/{link.trello}") is None
    found = github_label(remembered(link.github)[0])
    return not found or found["id"] != link.github


def pair_new(on_github, on_trello):
    """Find or create the other one of each label that is alone."""
    links = search_links(between(LABEL), github=None, trello=None)
    alone = [label for key, label in on_github.items() if key not in links.github]
    alone = {label["name"].lower(): label for label in alone}
    for key, other in on_trello.items():
        name = github_name(other)
        # Trello's labels may be without a name, GitHub's may not.
        if name and key not in links.trello:
            label = alone.pop(name.lower(), None) or add_to_github(on_github, other)
            if label:
                set_link(between(LABEL), github=label["id"], trello=key)
    for label in alone.values():
        other = add_to_trello(on_trello, label)
        set_link(between(LABEL), github=label["id"], trello=other["id"])


def add_to_github(on_github, other):
    name = github_name(other)
    if is_taken(on_github, name):
        log(f"Trello has several labels {name}: only one is synchronized.", LOG_WARNING)
        return None
    label = github_create_label(name, hex_of(other["color"]))
    on_github[label["id"]] = label
    return label


def add_to_trello(on_trello, label):
    other = trello_create_label(label["name"], nearest(label["color"]))
    on_trello[other["id"]] = other
    return other


def align(on_github, label, other, strategy):
    """Let the two labels of a pair have the same name and colour."""
    before = remembered(label["id"])
    name = settle(
        label["name"], github_name(other) or label["name"], before[0], strategy
    )
    if name.lower() != label["name"].lower() and is_taken(on_github, name):
        log(f"GitHub has another label {name}: {label['name']} stays.", LOG_WARNING)
        name = label["name"]
    color = settle(nearest(label["color"]), other["color"], before[1], strategy)
    change_label(label, name, color)
    if [name, color] != [other["name"], other["color"]]:
        trello("PUT", f"labels/{other['id']}", name=name, color=color)
    remember(label["id"], [name, color])


def settle(on_github, on_trello, before, strategy):
    """Return what both shall have; if both have changed it, GitHub's."""
    if strategy == "USE_GITHUB":
        return on_github
    changed_on_trello = on_github == before or strategy == "USE_TRELLO"
    return on_trello if changed_on_trello else on_github


def change_label(label, name, color):
    # GitHub knows more colours: its own stays, unless Trello's is another one.
    same = color == nearest(label["color"])
    color = label["color"] if same else hex_of(color)
    if [name, color] != [label["name"], label["color"]]:
        github_edit_label(label["name"], name, color)
        log(f"The label {label['name']}, {label['color']} is {name}, {color} now.")
        label.update(name=name, color=color)


def is_taken(on_github, name):
    return name.lower() in {label["name"].lower() for label in on_github.values()}


def github_name(other):
    return other["name"].strip()[:MAX_NAME]


def remembered(label):
    """Return name and colour of a label when the two sides were equal last."""
    link = get_link(between(SEEN), label=label, state=None)
    return json.loads(link.state) if link else ["", ""]


def remember(label, state):
    if state != remembered(label):
        search_links(between(SEEN), label=label, state=None).delete()
        set_link(
            between(SEEN), label=label, state=json.dumps(state), allow_many2many=True
        )


# -- colours ---------------------------------------------------------------------------

# Trello's colours as they look on a board: normal, dark, light.
HUES = {
    "green": ("4bce97", "1f845a", "baf3db"),
    "yellow": ("f5cd47", "946f00", "f8e6a0"),
    "orange": ("fea362", "c25100", "fedec8"),
    "red": ("f87168", "c9372c", "ffd5d2"),
    "purple": ("9f8fef", "6e5dc6", "dfd8fd"),
    "blue": ("579dff", "0c66e4", "cce0ff"),
    "sky": ("6cc3e0", "227d9b", "c6edfb"),
    "lime": ("94c748", "5b7f24", "d3f1a7"),
    "pink": ("e774bb", "ae4787", "fdd0ec"),
    "black": ("8590a2", "626f86", "dcdfe4"),
}
PALETTE = {
    hue + shade: color
    for hue, colors in HUES.items()
    for shade, color in zip(("", "_dark", "_light"), colors, strict=True)
}
NO_COLOR = "ededed"  # GitHub's colour for a label without one; Trello's is None


def nearest(color):
    """Return the colour in Trello that looks most like one in GitHub."""
    if color == NO_COLOR:
        return None
    return min(PALETTE, key=lambda name: distance(PALETTE[name], color))


def hex_of(color):
    """Return the colour in GitHub that is one in Trello."""
    return PALETTE.get(color, NO_COLOR)


def distance(color, other):
    # Another hue is further away than the same one that is brighter or darker.
    parts = zip((0.15, 1, 1, 1), tint(color), tint(other), strict=True)
    return sum(weight * (a - b) * (a - b) for weight, a, b in parts)


def tint(color):
    red, green, blue = [int(color[start : start + 2], 16) for start in (0, 2, 4)]
    return red + green + blue, red - green, green - blue, blue - red
