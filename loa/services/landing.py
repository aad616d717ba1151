"""Where a platform sends the browser after a sign-in: one address of this machine, for a short time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from content.wording import say

HERE = ("127.0.0.1", "localhost")
OPEN_FOR_S = 600.0
"""A sign-in's one-use code is worth nothing after ten minutes."""
REQUEST_TIMEOUT_S = 5.0
_PAGE = (
    '<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>Loa</title><h1>{title}</h1><p>{text}</p>'
)


class Landing:
    """What came in. The address carries a one-use code: it is told to nobody but the connector."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.root = f"{parts.scheme}://{parts.netloc}"
        self.path = parts.path or "/"
        self._came = threading.Event()
        self._address = ""

    def wait(self, seconds: float) -> str:
        """The whole address at which the browser arrived first, empty if it has not within this time."""
        self._came.wait(seconds)
        return self._address

    def take(self, target: str) -> bool:
        """Whether this is what is waited for: the one path, with something in its query."""
        path, _, query = target.partition("?")
        if path != self.path or not query:
            return False
        if not self._came.is_set():
            self._address = self.root + target
            self._came.set()
        return True


@contextmanager
def landing_at(address: str) -> Iterator[Landing | None]:
    """Listen at an address of this machine until the block ends or `OPEN_FOR_S` is over.

    None when that cannot be: an address elsewhere, or a port that is taken. A person pastes then.
    """
    try:
        parts = urlsplit(address)
        if parts.scheme != "http" or parts.hostname not in HERE:
            raise ValueError(address)
        landing = Landing(address)
        server = _Server((HERE[0], parts.port or 80), _handler(landing))
    except (OSError, ValueError):
        yield None
        return
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="loa-landing", daemon=True)
    limit = threading.Timer(OPEN_FOR_S, server.shutdown)
    limit.daemon = True
    thread.start()
    limit.start()
    try:
        yield landing
    finally:
        limit.cancel()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """Threads, because browsers open connections ahead and leave them silent."""

    daemon_threads = True
    block_on_close = False


def _handler(landing: Landing) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = REQUEST_TIMEOUT_S
        server_version, sys_version = "Loa", ""

        def do_GET(self) -> None:
            if landing.take(self.path):
                self._answer(200, say("login.landing.done"), say("login.landing.back"))
            else:
                self._answer(404, say("login.landing.nothing"), "")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name is http.server's
            """The address has a one-use code in it: nothing is logged."""

        def _answer(self, status: int, title: str, text: str) -> None:
            lang = say("login.landing.lang")
            page = _PAGE.format(lang=lang, title=escape(title), text=escape(text)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(page)

    return Handler
