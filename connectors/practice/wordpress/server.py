"""Running the practice site: in a thread for tests and the demo, or blocking in its own process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import uvicorn

from connectors.practice.faults import Fault
from connectors.practice.running import KEEP_ALIVE_S, Protocol, Server, address_of, listen, utc_now
from connectors.practice.server import START_TIMEOUT_S
from connectors.practice.wordpress.app import WordPressApp
from connectors.practice.wordpress.world import User, World

SITE = "Trang WordPress tập huấn"


class PracticeWordPress:
    """A practice site in a thread of this process; a context manager.

    >>> with PracticeWordPress() as site:
    ...     site.add_user("loa", "abcd efgh ijkl mnop")
    ...     site.url
    'http://127.0.0.1:…'

    Use the `world` for what no method tells: permalinks, plug-ins, whether passwords are offered.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        name: str = SITE,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.world = World(clock or utc_now, name)
        self.app = WordPressApp(self.world)
        self._host, self._port = host, port
        self._thread: threading.Thread | None = None
        self._server: Server | None = None
        self.url = ""

    def add_user(self, login: str, password: str, role: str = "author") -> User:
        """Make or change somebody; roles are WordPress's subscriber, contributor, author, editor."""
        return self.world.add_user(login, password, role)

    def revoke(self, login: str) -> None:
        """Take somebody's application password away."""
        self.world.users[login].password = ""

    def fault(
        self,
        kind: str,
        *,
        method: str | None = None,
        edge: str | None = None,
        object: str | None = None,  # noqa: A002 the same word as in PracticeServer
        times: int = 1,
        seconds: float = 0.0,
    ) -> None:
        """Misbehave on the next `times` matching calls. Edges: `` (index), `posts`, `posts/id`, `media`,
        `media/id`, `tags`, `categories`, `users/me`, `page`."""
        self.app.faults.arm(Fault(kind, times, seconds, method, edge, object))

    def ledger(self, *, arrivals: bool = True) -> dict[str, Any]:
        """What happened so far, as `GET /practice/ledger` tells it."""
        return self.world.ledger(arrivals=arrivals)

    def reset(self) -> None:
        """Forget posts, pictures, faults and settings; the people stay."""
        self.world.reset()
        self.app.faults.clear()

    def start(self) -> PracticeWordPress:
        """Listen, on a free port when none was given; returns when requests are answered.

        After `stop` it can be started again: same address, same world. That is an outage.
        """
        listener = listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self.url = self.world.home = address_of(listener)
        self._server = Server(_config(self.app))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="practice-wordpress", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(START_TIMEOUT_S):
            raise TimeoutError(f"the practice site did not start at {self.url}")
        return self

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.end()
            self._thread.join(START_TIMEOUT_S)

    def __enter__(self) -> PracticeWordPress:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(site: PracticeWordPress, ready: Callable[[str], None] | None = None) -> None:
    """Run a site until SIGINT or SIGTERM. `ready` is told the address once the port is bound."""
    listener = listen(site._host, site._port)
    site.url = site.world.home = address_of(listener)
    if ready:
        ready(site.url)
    Server(_config(site.app)).run(sockets=[listener])


def _config(app: WordPressApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        log_config=None,
        server_header=False,
        date_header=False,  # the site's clock is the world's
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
        backlog=2048,
    )
