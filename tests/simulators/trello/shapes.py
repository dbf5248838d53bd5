"""How things look as JSON: https://developer.atlassian.com/cloud/trello/rest/"""

from datetime import datetime, timezone

from .store import HUES, Board, Card, CardList, Label, Member, Webhook

# What cards have in the real service and never here.
UNUSED_ON_CARDS = {
    "checkItemStates": [],
    "descData": {"emoji": {}},
    "idChecklists": [],
    "idMembers": [],
    "start": None,
    "subscribed": False,
}


def moment(seconds: float) -> str:
    """Write a moment as Trello does, to the millisecond."""
    when = datetime.fromtimestamp(seconds, timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"


def member(person: Member) -> dict:
    """Describe a member."""
    names = person.full_name.split()
    return {
        "id": person.id,
        "activityBlocked": False,
        "avatarHash": None,
        "avatarUrl": None,
        "fullName": person.full_name,
        "idMemberReferrer": None,
        "initials": "".join(name[0] for name in names[:2]).upper(),
        "nonPublic": {},
        "nonPublicAvailable": True,
        "username": person.username,
    }


def label(owner: Board, tag: Label) -> dict:
    """Describe a label."""
    return {
        "id": tag.id,
        "idBoard": owner.id,
        "idOrganization": None,
        "name": tag.name,
        "nodeId": f"ari:cloud:trello::label/simulator/{tag.id}",
        "color": tag.color,
        "uses": owner.uses(tag),
    }


def card_list(owner: Board, column: CardList) -> dict:
    """Describe a list."""
    return {
        "id": column.id,
        "name": column.name,
        "closed": column.closed,
        "color": None,
        "idBoard": owner.id,
        "pos": column.pos,
        "subscribed": False,
        "softLimit": None,
        "type": None,
    }


def board(owner: Board, site: str) -> dict:
    """Describe a board."""
    address = f"{site}/b/{owner.short_link}"
    return {
        "id": owner.id,
        "name": owner.name,
        "desc": owner.desc,
        "descData": None,
        "closed": owner.closed,
        "idOrganization": None,
        "idEnterprise": None,
        "pinned": False,
        "shortLink": owner.short_link,
        "shortUrl": address,
        "url": f"{address}/{slug(owner.name)}",
        "prefs": {"permissionLevel": "private", "comments": "members"},
        "labelNames": _label_names(owner),
    }


def _label_names(owner: Board) -> dict:
    names = dict.fromkeys(HUES, "")
    for tag in owner.labels.values():
        if tag.color in names and not names[tag.color]:
            names[tag.color] = tag.name
    return names


def card(owner: Board, item: Card, site: str) -> dict:
    """Describe a card."""
    address = f"{site}/c/{item.short_link}"
    return {
        "id": item.id,
        "badges": _badges(owner, item),
        "closed": item.closed,
        "dueComplete": item.due_complete,
        "dateLastActivity": moment(item.active_at),
        "desc": item.desc,
        "due": item.due,
        "idBoard": owner.id,
        "idLabels": [tag.id for tag in item.labels],
        "idList": item.list.id,
        "idShort": item.number,
        "labels": [label(owner, tag) for tag in item.labels],
        "name": item.name,
        "pos": item.pos,
        "shortLink": item.short_link,
        "shortUrl": address,
        "url": f"{address}/{item.number}-{slug(item.name)}",
        **UNUSED_ON_CARDS,
    }


def _badges(owner: Board, item: Card) -> dict:
    return {
        "comments": len(owner.comments(item)),
        "description": bool(item.desc),
        "due": item.due,
        "dueComplete": item.due_complete,
    }


def webhook(hook: Webhook) -> dict:
    """Describe a webhook."""
    since = hook.failing_since
    return {
        "id": hook.id,
        "description": hook.description,
        "idModel": hook.model,
        "callbackURL": hook.url,
        "active": hook.active,
        "consecutiveFailures": hook.failures,
        "firstConsecutiveFailDate": since and moment(since),
    }


def slug(name: str) -> str:
    """Turn a name into the end of an address."""
    words = "".join(char if char.isalnum() else " " for char in name.lower()).split()
    return "-".join(words)


def brief_board(owner: Board) -> dict:
    """Describe a board inside an action."""
    return {"id": owner.id, "name": owner.name, "shortLink": owner.short_link}


def brief_list(column: CardList) -> dict:
    """Describe a list inside an action."""
    return {"id": column.id, "name": column.name}


def brief_card(item: Card, **more: object) -> dict:
    """Describe a card inside an action."""
    return {
        "id": item.id,
        "name": item.name,
        "idShort": item.number,
        "shortLink": item.short_link,
        **more,
    }


def brief_label(tag: Label) -> dict:
    """Describe a label inside an action."""
    return {"id": tag.id, "name": tag.name, "color": tag.color}
