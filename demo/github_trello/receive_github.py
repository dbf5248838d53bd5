def handle_webhook(httprequest):
    delivery = github_delivery(httprequest)
    if not delivery:
        log("Refused: the signature is missing or wrong.", LOG_WARNING)
        return "This is for GitHub only.", 403
    event, data = delivery
    # A comment on a pull request comes as one on an issue, with the same numbers.
    item = data.get("issue") or data.get("pull_request")
    # Only where something has changed: the job looks what, and GitHub needn't wait.
    if event == "label":
        queue_labels()
    elif item:
        queue_issues(item["number"])
    return "OK"
