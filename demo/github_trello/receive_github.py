def handle_webhook(httprequest):
    if not is_from_github(httprequest):
        log("Refused: the signature is missing or wrong.", LOG_WARNING)
        return "This is for GitHub only.", 403
    data = read_object(httprequest)
    if data is None:
        log(NO_OBJECT, LOG_WARNING)
        return NO_OBJECT, 400
    event = httprequest.headers.get("X-GitHub-Event")
    # A comment on a pull request comes as one on an issue, with the same numbers.
    number = dig(data, "issue", "number") or dig(data, "pull_request", "number")
    # Only where something has changed: the job looks what, and GitHub needn't wait.
    if event == "label":
        queue_labels()
    elif str(number).isdigit():
        queue_issues(number)
    else:
        log(f"Nothing to do: {event}")
    return "OK"
