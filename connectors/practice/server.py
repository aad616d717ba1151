"""Running the practice platform: in a thread for tests and the demo, or blocking in its own process."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from connectors.practice.app import Audit, PracticeApp
from connectors.practice.faults import Fault
from connectors.practice.world import Page, World

START_TIMEOUT_S = 10.0
_KEEP_ALIVE_S = (
    75  # longer than a client's pause: a connection closed in the same instant is an unclear answer
)


class PracticeServer:
    """The practice platform in a thread of this process; a context manager.

    >>> with PracticeServer(pages=[Page("1001", "Sở Tư pháp", "token-1")]) as server:
    ...     server.url
    'http://127.0.0.1:…'

    `violations` collects what the audit hook found. Use the `world` for what no method tells.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        pages: Iterable[Page] = (),
        static: dict[str, Path] | None = None,
        clock: Callable[[], datetime] | None = None,
        audit: Audit | None = None,
        duplicate_texts: bool = False,
    ) -> None:
        self.world = World(clock or _now)
        self.app = PracticeApp(self.world, static=static, audit=audit, duplicate_texts=duplicate_texts)
        for page in pages:
            self.world.add_page(page)
        self._host, self._port = host, port
        self._thread: threading.Thread | None = None
        self._server: _Server | None = None
        self.url = ""

    @property
    def violations(self) -> list[str]:
        return self.app.violations

    def add_page(self, id: str, name: str = "", token: str = "", **more: Any) -> Page:  # noqa: A002
        """Make or change a Page; `more` are fields of `world.Page` (app_secret, scopes, expires_at …)."""
        return self.world.add_page(Page(id, name or f"Trang {id}", token or f"practice-token-{id}", **more))

    def fault(
        self,
        kind: str,
        *,
        method: str | None = None,
        edge: str | None = None,
        object: str | None = None,  # noqa: A002
        times: int = 1,
        seconds: float = 0.0,
    ) -> None:
        """Misbehave on the next `times` matching calls. `edge=""` is a call on an object itself: a reveal."""
        self.app.faults.arm(Fault(kind, times, seconds, method, edge, object))

    def ledger(self, *, arrivals: bool = True) -> dict[str, Any]:
        """What happened so far, as `GET /practice/ledger` tells it."""
        return self.world.ledger(arrivals=arrivals)

    def reset(self, *, pages: bool = False) -> None:
        """Forget posts, faults, counts and violations; Pages only when asked."""
        self.world.reset(pages=pages)
        self.app.faults.clear()
        self.violations.clear()

    def start(self) -> PracticeServer:
        """Listen, on a free port when none was given; returns when requests are answered.

        After `stop` it can be started again: same address, same world. That is an outage.
        """
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self.url = _address(listener)
        self._server = _Server(_config(self.app))
        run = self._server.run
        self._thread = threading.Thread(
            target=run, kwargs={"sockets": [listener]}, name="practice", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(START_TIMEOUT_S):
            raise TimeoutError(f"the practice platform did not start at {self.url}")
        return self

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join(START_TIMEOUT_S)

    def __enter__(self) -> PracticeServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    pages: Iterable[Page] = (),
    static: dict[str, Path] | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Run until SIGINT or SIGTERM. `ready` is told the address once the port is bound."""
    world = World(_now)
    for page in pages:
        world.add_page(page)
    listener = _listen(host, port)
    if ready:
        ready(_address(listener))
    _Server(_config(PracticeApp(world, static=static))).run(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A signal ends `serve` like a return: uvicorn would raise it once more afterwards."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


class _Protocol(HttpToolsProtocol):
    """Hands the application a way to close the connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"practice.cut": self.transport.abort}  # type: ignore[dict-item]


def _config(app: PracticeApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        log_config=None,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
        backlog=2048,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # the protocol is named because asyncio sets TCP_NODELAY only then; without it an answer takes 40 ms
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)  # a connection made before the loop runs waits instead of failing
    except OSError:
        listener.close()
        raise
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _now() -> datetime:
    return datetime.now(UTC)
