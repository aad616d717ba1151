"""The beacon's server (`loa counter serve`): a page tells it that it was read, and it answers with nothing.

What comes is a delivery's marker as plain text. No cookie is set, no address is stored or logged. Totals go
to the store every few seconds as whole numbers of this run: a kill loses those seconds and doubles nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta

import uvicorn
from sqlalchemy import Connection
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from content.events import about
from content.wording import say
from loa.services import counter
from loa.services.tally import Tally
from loa.services.workspace import Workspace
from scheduler import counting, coverage
from scheduler.counting import DayCount
from scheduler.trouble import trouble

PATH = "/c"
STORE_EVERY_S = 5.0
SIGN_OF_LIFE = timedelta(minutes=10)
"""So often is noted, without any view, up to when there was somebody to count."""
LONGEST = 200
"""Bytes of a message; a marker has 20."""
PATIENCE_S = 10.0
"""So long a message may take to come in; it is one packet."""
_LOOPBACK = ("127.0.0.1", "::1")
_QUIET = {"Cache-Control": "no-store"}
log = logging.getLogger("loa.counter")


class Beacon:
    """Counts for every website channel whose setting `counter` is filled in: others' pages tell it nothing.

    `run` names this life of it in the store.
    """

    def __init__(self, workspace: Workspace, run: str = "") -> None:
        self._workspace = workspace
        self._run = run or secrets.token_hex(6)
        self._tally = Tally(workspace.config.zone)
        self._readers = counter.readers(workspace)
        self._pages: dict[str, tuple[str, int]] = {}
        self._lock = threading.Lock()
        """Over the tally: what comes is counted in one thread, what goes to the store is taken in another."""
        self._stored: dict[tuple[str, date], tuple[int, datetime]] = {}
        self._trouble = ""
        self._told_of_proxy = False

    def app(self, every_s: float = STORE_EVERY_S) -> Starlette:
        """The server's application: `POST /c`. It stores at least every `every_s` and when it ends."""

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            await asyncio.to_thread(self.store)
            keeping = asyncio.create_task(self._keep(every_s))
            try:
                yield
            finally:
                keeping.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await keeping
                await asyncio.to_thread(self.store)

        return Starlette(routes=[Route(PATH, self._take, methods=["POST"])], lifespan=lifespan)

    async def _take(self, request: Request) -> Response:
        """204 for whatever is well-formed, known or not: who asks learns nothing from the answer."""
        address = request.client.host if request.client else ""
        now = self._workspace.now()
        with self._lock:
            welcome = self._tally.may_send(address, now)
        if not welcome:
            self._tell_of_proxy(address)
            return Response(status_code=429, headers=_QUIET)
        message = b""
        try:
            async with asyncio.timeout(PATIENCE_S):
                async for part in request.stream():
                    message += part
                    if len(message) > LONGEST:
                        return Response(status_code=413, headers=_QUIET)
        except (ClientDisconnect, TimeoutError):
            return Response(status_code=408, headers=_QUIET)
        page = self._pages.get(message.decode("utf-8", "replace").strip())
        agent = request.headers.get("user-agent", "").strip()
        person = agent and not self._readers.is_robot(agent) and not self._readers.is_own(address)
        if page and person:
            with self._lock:
                self._tally.count(*page, address, agent, now)
        return Response(status_code=204, headers=_QUIET)

    def _tell_of_proxy(self, address: str) -> None:
        """A server in front that does not tell the readers' addresses makes one reader of them all."""
        if address in _LOOPBACK and not self._told_of_proxy:
            self._told_of_proxy = True
            log.warning(say("counter.one_address"), extra=about("counter.one_address"))

    async def _keep(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            await asyncio.to_thread(self.store)

    def store(self) -> None:
        """Bring the store up to date and learn of new pages; trouble is said once and tried again."""
        try:
            self._store()
        except Exception as error:
            met = trouble(error, self._workspace.folder)
            said = str(met or f"{type(error).__name__}: {error}")
            if said != self._trouble:
                log.warning(say("counter.not_stored", trouble=said), extra=about("counter.not_stored"))
                log.debug("not stored", exc_info=error, extra=about("counter.not_stored"))
            self._trouble = said
        else:
            self._trouble = ""

    def _store(self) -> None:
        workspace, now = self._workspace, self._workspace.now()
        with workspace.database.read() as connection:
            channels = coverage.with_beacon(connection)
            pages = [row for row in counter.pages_of(connection) if row.channel_id in channels]
        self._pages = {row.marker: (row.channel_id, row.seq) for row in pages}
        with self._lock:
            for name in {row.channel_id for row in pages}:
                self._tally.is_there(name, now)
            fresh = [(name, day) for name, day in self._tally.days() if self._is_fresh(name, day)]

        def work(connection: Connection) -> None:
            for name, day in fresh:
                counting.store_run(connection, name, self._run, day, now)

        if fresh:
            workspace.database.run(work)
            self._stored.update({(name, day.day): (day.lines, day.last_at) for name, day in fresh})
        with self._lock:
            self._tally.forget_before(now)

    def _is_fresh(self, channel: str, day: DayCount) -> bool:
        lines, last_at = self._stored.get((channel, day.day), (-1, day.last_at))
        return day.lines != lines or day.last_at - last_at >= SIGN_OF_LIFE


class Server(uvicorn.Server):
    """uvicorn that returns when it was told to end: it would raise the signal once more."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def server(beacon: Beacon, proxies: str) -> Server:
    """Over `beacon.app`. Whose word is believed about a reader's address: `proxies`, comma-separated."""
    return Server(
        uvicorn.Config(
            beacon.app(),
            lifespan="on",
            loop="asyncio",
            ws="none",
            access_log=False,  # it would keep addresses
            log_config=None,
            log_level="warning",
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=proxies,
            limit_concurrency=512,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=2,
        )
    )
