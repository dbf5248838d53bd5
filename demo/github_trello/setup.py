def handle_button():
    if TRIGGER_NAME == "REMOVE_WEBHOOKS":
        github_remove_webhook(webhooks.GITHUB)
        trello_remove_webhook(webhooks.TRELLO)
        log("Neither of them tells us of changes any more.")
    else:
        github_add_webhook(webhooks.GITHUB)
        trello_add_webhook(webhooks.TRELLO)
        log("Both of them tell us of changes from now on.")
