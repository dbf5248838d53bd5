def handle_button():
    if TRIGGER_NAME == "REMOVE_WEBHOOK":
        remove_webhook()
        log("Telegram keeps what people write, until the webhook is set up again.")
    else:
        name = set_webhook(webhooks.TELEGRAM_UPDATES)
        log(f"Ready: write to https://t.me/{name}")
