ON_BOARD = ("createLabel", "updateLabel", "deleteLabel")
ON_CARD = ("addLabelToCard", "removeLabelFromCard")


def handle_webhook(httprequest):
    if httprequest.method == "HEAD":
        return "OK"  # Trello looks whether we are there, before it makes the webhook
    if not is_from_trello(httprequest, webhooks.TRELLO):
        log("Refused: the signature is missing or wrong.", LOG_WARNING)
        return "This is for Trello only.", 403
    data = read_object(httprequest)
    if data is None:
        log(NO_OBJECT, LOG_WARNING)
        return NO_OBJECT, 400
    kind = dig(data, "action", "type")
    if is_our_change(httprequest):
        log("Our own change.")
    elif kind in ON_BOARD:
        queue_labels()
    elif kind in ON_CARD and is_copy(dig(data, "action", "data", "card", "id")):
        queue_card(data["action"]["data"]["card"]["id"])
    else:
        log(f"Nothing to do: {kind}")
    return "OK"


def is_copy(card):
    """Tell whether a card is that of any issue: the job looks closer."""
    domain = [("relation", "=like", f"{ISSUE}%"), ("ref2", "=", str(card))]
    return env["sync.link"].search_count(domain, limit=1)
