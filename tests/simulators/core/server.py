"""A WSGI server in a thread, which can also pretend that it isn't there."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

from werkzeug.serving import WSGIRequestHandler, make_server

# How long closing may take: http.server looks that often whether it should end.
POLL_SECONDS = 0.01


class QuietHandler(WSGIRequestHandler):
    """Answers without writing a line a request to the terminal."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Leave the record of requests to the simulator."""


class ServerThread:
    """Serves a WSGI application on one address."""

    def __init__(self, application: Callable, host: str, port: int) -> None:
        self._application = application
        self.host = host
        self.port = port
        self._server = None
        self._thread: threading.Thread | None = None
        self._reopener: threading.Timer | None = None

    def start(self) -> None:
        """Listen; OSError when the address is taken."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            # werkzeug ends the whole process when it can't bind, so bind for it.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.port))
            listener.listen(128)
            self.port = listener.getsockname()[1]
            self._server = make_server(
                self.host,
                self.port,
                self._application,
                threaded=True,
                request_handler=QuietHandler,
                fd=listener.fileno(),
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close the door; calls that are under way end by themselves."""
        if self._reopener:
            self._reopener.cancel()
        self._close()

    def _close(self) -> None:
        thread, self._thread = self._thread, None
        if thread:
            self._server.shutdown()
            thread.join()

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse connections for the duration of the block."""
        self._close()
        try:
            yield
        finally:
            self.start()

    def refuse_for(self, seconds: float) -> None:
        """Refuse connections, and come back after that many seconds."""
        self._reopener = threading.Timer(seconds, self.start)
        self._reopener.daemon = True
        # From another thread: the caller is answering a request of this very server.
        threading.Thread(target=self._close_and_reopen, daemon=True).start()

    def _close_and_reopen(self) -> None:
        self._close()
        self._reopener.start()
