"""Running the practice platform: in a thread for tests and the demo, or blocking in its own process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.practice.app import Audit, PracticeApp
from connectors.practice.faults import Fault
from connectors.practice.people import Person
from connectors.practice.running import Server, address_of, config, listen, utc_now
from connectors.practice.world import Page, World

START_TIMEOUT_S = 10.0


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
        self.world = World(clock or utc_now)
        self.app = PracticeApp(self.world, static=static, audit=audit, duplicate_texts=duplicate_texts)
        for page in pages:
            self.world.add_page(page)
        self._host, self._port = host, port
        self._thread: threading.Thread | None = None
        self._server: Server | None = None
        self.url = ""

    @property
    def violations(self) -> list[str]:
        return self.app.violations

    def add_page(self, id: str, name: str = "", token: str = "", **more: Any) -> Page:  # noqa: A002
        """Make or change a Page; `more` are fields of `world.Page` (app_secret, scopes, expires_at …)."""
        return self.world.add_page(Page(id, name or f"Trang {id}", token or f"practice-token-{id}", **more))

    def add_person(self, **fields: Any) -> Person:
        """Somebody who can sign in; `fields` of `people.Person`."""
        return self.world.add_person(Person(**fields))

    def fault(
        self,
        kind: str,
        *,
        method: str | None = None,
        edge: str | None = None,
        object: str | None = None,  # noqa: A002
        phase: str | None = None,
        times: int = 1,
        skip: int = 0,
        seconds: float = 0.0,
    ) -> None:
        """Misbehave on the next `times` matching calls, after `skip` of them.

        `edge=""` is a call on an object itself: a reveal. `phase` is the `upload_phase` of a video call;
        a Reel's bytes arrive on the edge `video-upload`.
        """
        self.app.faults.arm(Fault(kind, times, seconds, method, edge, object, phase, skip))

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
        listener = listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self.url = address_of(listener)
        self._server = Server(config(self.app))
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
            self._server.end()
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
    world = World(utc_now)
    for page in pages:
        world.add_page(page)
    listener = listen(host, port)
    if ready:
        ready(address_of(listener))
    Server(config(PracticeApp(world, static=static))).run(sockets=[listener])
