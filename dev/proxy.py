"""One address for a multi-worker Odoo: web sockets go to its evented process.

Odoo's HTTP workers can't serve web sockets; a process on another port does, and in
production a reverse proxy tells them apart by the path. This does the same for one
developer. It looks at the first request of a connection only: a browser opens a
connection of its own for a web socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator

_CHUNK = 65536
_SOCKET_PATH = b" /websocket"
_FIRST_LINE_TIMEOUT = 60.0
_PATIENCE = 0.2


@contextlib.contextmanager
def serve(port: int, http_port: int, socket_port: int) -> Iterator[None]:
    """Forward connections to `port` while the context lasts."""
    loop = asyncio.new_event_loop()
    proxy = _Proxy(http_port, socket_port)
    starting = asyncio.start_server(proxy.handle, "127.0.0.1", port)
    server = loop.run_until_complete(starting)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        _finish(loop)


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    """Cut the connections that are still open, and those that just come in."""

    async def cancel() -> None:
        await asyncio.sleep(0)
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in tasks:
                task.cancel()
            # One that is about to end its waiting misses that it is cancelled.
            await asyncio.wait(tasks, timeout=_PATIENCE)
            await asyncio.sleep(0)

    loop.run_until_complete(cancel())
    loop.close()


class _Proxy:
    def __init__(self, http_port: int, socket_port: int) -> None:
        self._http_port = http_port
        self._socket_port = socket_port
        # The loop itself holds its tasks weakly: one that waits for Odoo alone, its
        # client gone, would be collected as garbage, with a complaint of asyncio's.
        self._open: set[asyncio.Task[None] | None] = set()

    async def handle(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Connect a client with the process that its first request needs."""
        task = asyncio.current_task()
        self._open.add(task)
        # Cancelled when the proxy stops: asyncio would report that as an error.
        with contextlib.suppress(
            OSError, ValueError, asyncio.TimeoutError, asyncio.CancelledError
        ):
            await self._forward(reader, writer)
        self._open.discard(task)
        writer.close()

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        first = await asyncio.wait_for(reader.readline(), _FIRST_LINE_TIMEOUT)
        port = self._socket_port if _SOCKET_PATH in first else self._http_port
        upstream, sink = await asyncio.open_connection("127.0.0.1", port)
        try:
            sink.write(first)
            await asyncio.gather(_pump(reader, sink), _pump(upstream, writer))
        finally:
            sink.close()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Copy bytes until the source ends, and pass its end on."""
    try:
        while chunk := await source.read(_CHUNK):
            target.write(chunk)
            await target.drain()
        target.write_eof()
    except OSError:
        target.transport.abort()
