"""Training inside one process: practice platforms and a publisher that end with it, and what was tried out.

`loa practice` and `loa run` do the same in processes of their own. Nothing of it outlives the window: a
killed one leaves no server behind.
"""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import Connection, exists, select

from connectors.practice.places import DEFAULT_PORT, SITE, Place
from content.errors import LoaError, PlatformTrouble, RefusedByRule, UsageError
from content.events import about
from loa.services import channels, training
from loa.services.workspace import Workspace
from scheduler import presence
from scheduler.presence import SILENT_AFTER
from scheduler.status import Status
from scheduler.store.tables import attempt, audit_event, delivery

if TYPE_CHECKING:
    from connectors.practice.hall import PracticeHall
    from scheduler.publisher import Publisher

log = logging.getLogger("loa.training")

EXERCISES = ("write", "submit", "approve", "watch", "unclear", "freeze", "release")
"""In the order in which they are done."""
TRIALS = ("cut_after_accept", "500", "slow", "expired", "revoked", "code_190", "code_-216")
"""Kinds of trouble that teach something, in this order, where the platform knows them."""


@dataclass(frozen=True)
class Stage:
    """What there is to train with. `places` empty: nobody answers at `url`."""

    real: tuple[str, ...]
    """Channels that publish for real: with any of them, this is no place to train."""
    practises: bool
    url: str
    places: tuple[Place, ...]
    ours: bool
    """Whether the platforms run in this process."""
    publishing: bool
    """Whether a publisher is alive, whoever's."""
    our_publisher: bool
    done: frozenset[str]


class Rehearsal:
    """The platforms and the publisher of this process. Its methods are called in threads."""

    def __init__(self, port: int = DEFAULT_PORT) -> None:
        self._port = port
        self._hall: PracticeHall | None = None
        self._publisher: Publisher | None = None
        self._running = ExitStack()
        self._lock = threading.Lock()

    def look(self, workspace: Workspace) -> Stage:
        url = self.address(workspace)
        real = training.real_channels(workspace)
        with workspace.database.read() as connection:
            now = workspace.now()
            seen = presence.newest(connection, now)
            practises = training.practises(workspace)
            done = _done(connection) if practises else frozenset()
        return Stage(
            real=tuple(real),
            practises=practises,
            url=url,
            places=() if real else tuple(_places(url)),
            ours=self._hall is not None,
            publishing=bool(seen and seen.alive and now - seen.beat_at < SILENT_AFTER),
            our_publisher=self._publisher is not None,
            done=done,
        )

    def address(self, workspace: Workspace) -> str:
        """The start page: of the platforms that run here, else as the channels know it."""
        if self._hall is not None:
            return self._hall.url
        for view in channels.listing(workspace):
            address = view.settings.get("base_url", "")
            if view.platform == "website" and address.endswith(SITE):
                return address.removesuffix(SITE)
        return f"http://127.0.0.1:{self._port}"

    def open_platforms(self, workspace: Workspace) -> str:
        """Start all practice platforms; returns the start page's address.

        Raises RefusedByRule where real channels are, UsageError when a port is taken.
        """
        from connectors.practice.hall import PracticeHall

        _must_not_be_real(workspace)
        with self._lock:
            if self._hall is None:
                port = urlsplit(self.address(workspace)).port or self._port
                hall = PracticeHall(port=port, site=training.site_of(workspace.folder))
                try:
                    hall.start()
                except OSError as error:
                    detail = error.strerror or str(error)
                    raise UsageError("tui_training.port_taken", port=port, detail=detail) from None
                self._hall = hall
            return self._hall.url

    def close_platforms(self) -> None:
        """Their posts and figures are forgotten."""
        with self._lock:
            hall, self._hall = self._hall, None
            if hall is not None:
                hall.stop()

    def start_publisher(self, workspace: Workspace) -> None:
        """Publish from here, until `stop_publisher`; refused where anything could go out for real."""
        from loa.services import publishing

        _must_not_be_real(workspace)
        with self._lock:
            if self._publisher is not None:
                return
            with ExitStack() as opened:
                publisher = opened.enter_context(publishing.publisher(workspace))
                thread = threading.Thread(
                    target=self._publish, args=(publisher,), name="loa-training", daemon=True
                )
                thread.start()
                opened.callback(thread.join)
                opened.callback(publisher.stop)
                self._running = opened.pop_all()
                self._publisher = publisher

    def stop_publisher(self) -> None:
        """Steps that run are finished first."""
        with self._lock:
            running, self._running, self._publisher = self._running, ExitStack(), None
        running.close()

    def close(self) -> None:
        self.stop_publisher()
        self.close_platforms()

    def _publish(self, publisher: Publisher) -> None:
        try:
            publisher.run()
        except LoaError as error:  # another publisher took the workspace a moment earlier
            log.info("%s", error, extra=about("publisher.broke_off", error=error.key))
        except Exception:
            log.exception("the practice publisher broke off", extra=about("publisher.broke_off"))
        finally:
            self._publisher = None


def trials(place: Place) -> list[str]:
    """Kinds of trouble that are offered first."""
    fits = {"facebook": "code_190", "zalo": "code_-216"}
    return [
        kind
        for kind in TRIALS
        if kind in place.faults or (kind.startswith("code_") and fits.get(place.platform) == kind)
    ]


def moment_of(kind: str) -> str:
    """The call at which a trial is worth seeing: making public, or the first one that comes."""
    return "publish" if kind in ("cut_after_accept", "slow") else ""


def _must_not_be_real(workspace: Workspace) -> None:
    if real := training.real_channels(workspace):
        raise RefusedByRule("cli.practice.real_channels", channels=", ".join(real))


def _places(url: str) -> list[Place]:
    try:
        return training.open_places(url)
    except PlatformTrouble:
        return []


def _done(connection: Connection) -> frozenset[str]:
    """Exercises that somebody did here, by what is in the database. Only asked in a training workspace."""

    def happened(*actions: str) -> bool:
        return bool(connection.execute(select(exists().where(audit_event.c.action.in_(actions)))).scalar())

    def there(condition: object) -> bool:
        return bool(connection.execute(select(exists().where(condition))).scalar())  # type: ignore[arg-type]

    settled = (attempt.c.outcome == "unclear") & (attempt.c.delivery_seq == delivery.c.seq)
    settled &= delivery.c.status.not_in([Status.UNKNOWN, Status.REVEALING])
    found = {
        "write": there(delivery.c.seq > 0),
        "submit": happened("submitted"),
        "approve": happened("approved"),
        "watch": there(delivery.c.status == Status.PUBLISHED),
        "unclear": there(settled),
        "freeze": happened("frozen"),
        "release": happened("freeze_lifted"),
    }
    return frozenset(name for name, yes in found.items() if yes)
