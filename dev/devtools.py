"""Chromium, driven by its DevTools protocol over a pair of pipes."""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .errors import DevError
from .processes import die_with_parent, stop

_TIMEOUT = 60.0
_PATIENCE = 40.0
_END = b"\0"
# Chromium reads commands from descriptor 3 and answers on 4. The ends of our pipes
# may have these numbers themselves, so they step aside first.
_SHIM = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for end, number in zip(ends, (3, 4)):
    os.dup2(end, number)
os.execv(sys.argv[3], sys.argv[3:])
"""
_SWITCHES = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--lang=en-US",
)
_STYLE = """
document.addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = %s;
    document.head.append(style);
});
"""


class Browser:
    """One page of a headless Chromium, with a window of a fixed size."""

    def __init__(self, program: str, profile: Path, size: tuple[int, int]) -> None:
        self._program = program
        self._profile = profile
        self._size = size
        self._ids = itertools.count(1)
        self._session: str | None = None
        self._received = b""

    def __enter__(self) -> Browser:
        commands, self._writer = os.pipe()
        self._reader, answers = os.pipe()
        self._process = self._start(commands, answers)
        for end in (commands, answers):
            os.close(end)
        try:
            self._attach()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        stop(self._process)
        for end in (self._writer, self._reader):
            os.close(end)

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writer, json.dumps(message).encode() + _END)
        deadline = time.monotonic() + _TIMEOUT
        while (answer := self._receive(deadline)).get("id") != number:
            pass
        if "error" in answer:
            raise DevError(f"Chromium refuses {method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, url: str) -> None:
        """Go to an address; `wait` tells when the page shows what is wanted."""
        self.call("Page.navigate", url=url)

    def evaluate(self, script: str) -> Any:
        """Return the value of a JavaScript expression, awaited if it is a promise."""
        options = {"returnByValue": True, "awaitPromise": True}
        answer = self.call("Runtime.evaluate", expression=script, **options)
        if "exceptionDetails" in answer:
            raise DevError(f"{answer['result'].get('description')}, in: {script}")
        return answer["result"].get("value")

    def wait(self, script: str) -> None:
        """Wait until a JavaScript expression is true."""
        deadline = time.monotonic() + _PATIENCE
        while not self.evaluate(f"!!({script})"):
            if time.monotonic() > deadline:
                raise DevError(f"The page never fulfilled: {script}")
            time.sleep(0.1)

    def style(self, css: str) -> None:
        """Add a style sheet to each page that is opened from now on."""
        script = _STYLE % json.dumps(css)
        self.call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def picture(self, quality: int) -> bytes:
        """Return what the window shows, as WebP."""
        options = {"format": "webp", "quality": quality}
        return base64.b64decode(self.call("Page.captureScreenshot", **options)["data"])

    def _start(self, commands: int, answers: int) -> subprocess.Popen[bytes]:
        width, height = self._size
        return subprocess.Popen(
            [
                *(sys.executable, "-c", _SHIM, str(commands), str(answers)),
                *(self._program, *_SWITCHES, f"--window-size={width},{height}"),
                *(f"--user-data-dir={self._profile}", "about:blank"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(commands, answers),
            start_new_session=True,
            preexec_fn=die_with_parent,
        )

    def _attach(self) -> None:
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(it["targetId"] for it in targets if it["type"] == "page")
        answer = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = answer["sessionId"]
        width, height = self._size
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.call("Emulation.setTimezoneOverride", timezoneId="UTC")
        self.call("Page.enable")

    def _receive(self, deadline: float) -> dict[str, Any]:
        while _END not in self._received:
            patience = deadline - time.monotonic()
            if not select.select([self._reader], [], [], max(patience, 0))[0]:
                raise DevError("Chromium doesn't answer.")
            if not (piece := os.read(self._reader, 1 << 16)):
                raise DevError("Chromium has ended.")
            self._received += piece
        message, _end, self._received = self._received.partition(_END)
        return json.loads(message)
