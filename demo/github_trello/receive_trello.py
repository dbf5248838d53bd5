ON_BOARD = ("createLabel", "updateLabel", "deleteLabel")
ON_CARD = ("addLabelToCard", "removeLabelFromCard")


def handle_webhook(httprequest):
    if httprequest.method == "HEAD":
        return "OK"  # Trello looks whether we are there, before it makes the webhook
    action = trello_delivery(httprequest, webhooks.TRELLO)
    if not action:
        log("Refused: the signature is missing or wrong.", LOG_WARNING)
        return "This is for Trello only.", 403
    if action["ours"]:
        log("Our own change.")
    elif action["type"] in ON_BOARD:
        queue_labels()
    elif action["type"] in ON_CARD:
        look_at_card(action["data"]["card"]["id"])
    return "OK"


def look_at_card(card):
    link = get_link(ISSUE, github=None, trello=card)
    number = number_of(link.github) if link else None
    if number:
        queue_issues(number)
