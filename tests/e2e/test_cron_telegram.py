"""The demo project Telegram in one process with threads, without a job runner."""

import telegram_story


class TestCronTelegram(telegram_story.Usage):
    """A default Odoo."""

    options = {"job_runner": False, "workers": 0}
