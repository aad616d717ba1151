"""The practice office with its rows on a real PostgreSQL server, and workers over it."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.practice import PracticeServer
from loa import config as settings
from loa.services import channels, moving, working
from loa.services.workspace import Workspace
from scheduler.clock import SystemClock
from scheduler.worker import Worker
from scheduler.zones import EVERYTHING, Serves
from tests.support.office import Office, open_office

PATIENCE_S = 60.0


@contextmanager
def office_on(server: Any, folder: Path, platform: PracticeServer, pages: int = 0) -> Iterator[Office]:
    """On the real clock: workers of other processes have no other. `pages`: further channels `xa0`, …"""
    with open_office(folder, platform, SystemClock()) as office:  # type: ignore[arg-type]
        for number in range(pages):
            add_page(office, number)
        if office.workspace.database.is_sqlite:
            moving.move(office.workspace, office.people["ky"], server.empty(folder))
        yield office


def add_page(office: Office, number: int) -> None:
    account = str(5000 + number)
    token = office.server.add_page(account, f"Xã {number}").token
    channels.add(
        office.workspace,
        office.people["ky"],
        f"xa{number}",
        platform="facebook",
        account=account,
        settings={"base_url": office.server.url},
        secrets={"page_token": token},
    )


def another(office: Office) -> Workspace:
    """The same workspace as another process opens it."""
    return Workspace(office.folder, settings.read(office.folder), office.workspace.clock)


def soon(seconds: float = 2) -> str:
    """A due time that is still to come when the post is approved."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for what another thread or process does; fails by name."""
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < limit, f"after {PATIENCE_S:.0f} s still not: {what}"
        time.sleep(0.02)


@contextmanager
def working_on(office: Office, count: int = 1, mine: Serves = EVERYTHING) -> Iterator[list[Worker]]:
    """Workers in threads of this process, each with a workspace of its own; drained at the end."""
    with ExitStack() as stack:
        workers, threads = [], []
        for _ in range(count):
            workspace = another(office)
            stack.callback(workspace.close)
            workers.append(stack.enter_context(working.worker(workspace, mine)))
            threads.append(threading.Thread(target=workers[-1].run))
        for thread in threads:
            thread.start()
        try:
            yield workers
        finally:
            for one in workers:
                one.stop()
            for thread in threads:
                thread.join(PATIENCE_S)
        assert not any(thread.is_alive() for thread in threads), "a worker did not end"
    gc.collect()  # a small job that was under way leaves its connection to the collector: here, not elsewhere
