"""Running the practice Zalo in a thread, like `connectors.practice.PracticeServer`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from connectors.practice.running import Server, address_of, config, listen, utc_now
from connectors.practice.server import START_TIMEOUT_S
from connectors.practice.zalo.app import Audit, ZaloApp
from connectors.practice.zalo.faults import Fault
from connectors.practice.zalo.world import Oa, World


class PracticeZalo:
    """The practice Zalo in a thread of this process; a context manager.

    >>> with PracticeZalo(oas=[Oa("4001", "Sở Tư pháp")]) as zalo:
    ...     zalo.url, zalo.token_url
    ('http://127.0.0.1:…', 'http://127.0.0.1:…/v4/oa/access_token')

    `violations` collects what the audit hook found. Use the `world` for what no method tells.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        oas: Iterable[Oa] = (),
        clock: Callable[[], datetime] | None = None,
        audit: Audit | None = None,
    ) -> None:
        self.world = World(clock or utc_now)
        self.app = ZaloApp(self.world, audit=audit)
        for oa in oas:
            self.world.add_oa(oa)
        self._host, self._port = host, port
        self._thread: threading.Thread | None = None
        self._server: Server | None = None
        self.url = ""

    @property
    def token_url(self) -> str:
        return self.url + "/v4/oa/access_token"

    @property
    def violations(self) -> list[str]:
        return self.app.violations

    def add_oa(self, id: str, name: str = "", **more: Any) -> Oa:  # noqa: A002
        """Make or change an OA; `more` are fields of `world.Oa` (tokens, package, articles_most …)."""
        return self.world.add_oa(Oa(id, name or f"OA {id}", **more))

    def fault(
        self,
        kind: str,
        *,
        method: str | None = None,
        path: str | None = None,
        times: int = 1,
        seconds: float = 0.0,
    ) -> None:
        """Misbehave on the next `times` calls whose path ends so: `article/create`, `oa/access_token` …"""
        self.app.faults.arm(Fault(kind, times, seconds, method, path))

    def ledger(self, *, arrivals: bool = True) -> dict[str, Any]:
        """What happened so far, as `GET /practice/ledger` tells it."""
        return self.world.ledger(arrivals=arrivals)

    def reset(self, *, oas: bool = False) -> None:
        """Forget articles, faults, counts and violations; OAs only when asked."""
        self.world.reset(oas=oas)
        self.app.faults.clear()
        self.violations.clear()

    def start(self) -> PracticeZalo:
        """Listen, on a free port when none was given; returns when requests are answered.

        After `stop` it can be started again: same address, same world. That is an outage.
        """
        listener = listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self.url = address_of(listener)
        self._server = Server(config(self.app))  # type: ignore[arg-type]  # any ASGI application
        run = self._server.run
        self._thread = threading.Thread(target=run, kwargs={"sockets": [listener]}, name="zalo", daemon=True)
        self._thread.start()
        if not self._server.ready.wait(START_TIMEOUT_S):
            raise TimeoutError(f"the practice Zalo did not start at {self.url}")
        return self

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.end()
            self._thread.join(START_TIMEOUT_S)

    def __enter__(self) -> PracticeZalo:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
