"""Removing what tries that broke off or were given up left hidden at the platforms; never what is public.

A delivery is asked about once after its last attempt, and the ledger remembers that (step `clean`). While
the janitor looks and removes it holds the channel's lane, so that nothing there can be shown meanwhile.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, or_, select, update

from connectors.contract import Handle, Job
from connectors.errors import AuthLost, ConnectorError, Refused, Throttled
from connectors.extras import ListsOrphans, Orphan
from content.events import about
from content.variant import Variant
from scheduler import audit
from scheduler import statements as sql
from scheduler.audit import MACHINE
from scheduler.clock import Clock
from scheduler.lane import Connect
from scheduler.leftovers import (
    CLEAN,
    GIVEN_UP,
    GRACE,
    AnyRow,
    candidates,
    is_needed,
    named_by,
)
from scheduler.policy import LEASE
from scheduler.store.database import Database, Transactions
from scheduler.store.tables import delivery, lane
from scheduler.witness import handle_of
from scheduler.zones import Serves, chosen

log = logging.getLogger("loa.janitor")

MOST = 20
"""Removed per channel and round: a mistake must stay small enough to be noticed."""
QUIET = timedelta(minutes=2)
"""A channel that has something to do within this time is left to it."""

Outcome = Literal["found", "discarded", "left", "not_asked"]


@dataclass(frozen=True)
class Swept:
    """One leftover; or, without `remote_id`, a delivery that could not be asked about for `trouble`."""

    delivery: str
    channel: str
    remote_id: str
    kind: str
    created_at: datetime | None
    outcome: Outcome
    trouble: str = ""


class _Busy(Exception):
    """The channel is somebody else's now: nothing more is touched there."""


@dataclass
class Janitor:
    """`worker` holds the lane, `actor` is whom the audit names.

    `text_of` is what a delivery shows: its sealed variant, or for one that is a draft again what would be
    sealed now.
    """

    database: Database
    transactions: Transactions
    connect: Connect
    clock: Clock
    worker: str
    text_of: Callable[[AnyRow], Variant]
    actor: str = MACHINE
    serves: Serves | None = None
    """Whose channels are cleaned up, of one worker among several; None: all."""

    def sweep(self, *, dry_run: bool = False, everything: bool = False) -> list[Swept]:
        """One round. `dry_run` only tells; `everything` also asks where the ledger shows no broken-off try.

        Trouble with one delivery leaves the others their turn. A channel that is busy, has lost its access or
        says "wait" rests for this round, and so does one that had `MOST` removed.
        """
        with self.database.read() as connection:
            mine = chosen(connection, self.serves)
            found = candidates(connection, self.clock.now(), everything=everything)
            rows = [row for row in found if mine(row.channel_id)]
        swept: list[Swept] = []
        resting: set[str] = set()
        for row in rows:
            gone = Counter(one.channel for one in swept if one.outcome == "discarded")
            room = MOST - gone[row.channel_id]
            if row.channel_id in resting or room <= 0:
                continue
            try:
                self._one(row, swept, room, dry_run=dry_run, everything=everything)
            except (_Busy, AuthLost, Throttled) as error:
                resting.add(row.channel_id)
                swept.append(_not_asked(row, str(error)))
            except ConnectorError as error:
                swept.append(_not_asked(row, str(error)))
            except Exception as error:  # a fault with one is no reason to leave the others
                told = about("janitor.trouble", delivery=row.id, error=type(error).__name__)
                log.exception("%s: could not be cleaned up", row.id, extra=told)
                swept.append(_not_asked(row, f"loa:fault: {type(error).__name__}"))
        return swept

    def _one(self, row: AnyRow, swept: list[Swept], room: int, *, dry_run: bool, everything: bool) -> None:
        """At most `room` are removed; of one that has more the ledger tells nothing, so it is asked again."""
        connector = self.connect(row.channel_id)
        if not isinstance(connector, ListsOrphans):
            return
        if dry_run:
            found = self._orphans(connector, row, everything=everything)
            swept += [_swept(row, orphan, "found") for orphan in found]
            return
        with self._holding(row.channel_id) as still_mine, self._ledger(row) as note:
            orphans = self._orphans(connector, row, everything=everything)
            for orphan in orphans[:room]:
                still_mine()
                swept.append(self._discard(connector, row, orphan))
                note.append(
                    f"{orphan.kind} {orphan.remote_id}: {swept[-1].outcome} {swept[-1].trouble}".strip()
                )
            if len(orphans) > room:
                raise _Busy("janitor.many")

    def _orphans(self, connector: ListsOrphans, row: AnyRow, *, everything: bool) -> list[Orphan]:
        """What this delivery left, old enough and needed by nobody."""
        begun = row.created_at if everything else min(row.first_at, row.first_try_at or row.first_at)
        job = Job(row.id, row.marker, self.text_of(row), row.due_at, begun)
        handles: list[Handle] = [handle_of(row.handle)]
        if row.status in GIVEN_UP and handles[0]:
            handles.append({})  # lists what its own handle names as well
        listed = {orphan.remote_id: orphan for handle in handles for orphan in connector.orphans(job, handle)}
        before = self.clock.now() - GRACE
        with self.database.read() as connection:
            return [
                orphan
                for name, orphan in listed.items()
                if name
                and (orphan.created_at is None or orphan.created_at <= before)
                and not is_needed(connection, row.seq, name)
            ]

    def _discard(self, connector: ListsOrphans, row: AnyRow, orphan: Orphan) -> Swept:
        if self._taken_up(row):
            return _swept(row, orphan, "left", "janitor.taken_up")
        try:
            connector.discard(orphan)
        except Refused as error:  # public by now, or perhaps once: a person's matter
            log.warning(
                "%s: %s %s stays at the platform: %s",
                row.id,
                orphan.kind,
                orphan.remote_id,
                error,
                extra=about("janitor.left", delivery=row.id, error=error.code),
            )
            return _swept(row, orphan, "left", str(error))
        now = self.clock.now()

        def work(connection: Connection) -> None:
            if orphan.remote_id in named_by(row.handle):  # whoever takes it up again prepares anew
                unchanged = (delivery.c.seq == row.seq) & (delivery.c.handle == row.handle)
                connection.execute(update(delivery).where(unchanged).values(handle="{}"))
            audit.record(
                connection,
                at=now,
                actor=self.actor,
                action="orphan_discarded",
                subject=row.id,
                kind=orphan.kind,
                remote_id=orphan.remote_id,
            )

        self.transactions.run(work)
        told = about("janitor.removed", delivery=row.id)
        log.info("%s: the hidden %s %s was removed", row.id, orphan.kind, orphan.remote_id, extra=told)
        return _swept(row, orphan, "discarded")

    def _taken_up(self, row: AnyRow) -> bool:
        """Whether a person decided something about it since the round began."""
        with self.database.read() as connection:
            now = connection.execute(
                select(delivery.c.status, delivery.c.updated_at).where(delivery.c.seq == row.seq)
            ).one()
        return (now.status, now.updated_at) != (row.status, row.updated_at)

    @contextmanager
    def _ledger(self, row: AnyRow) -> Iterator[list[str]]:
        """An attempt of the ledger, written before anybody is asked; `done` unless something was raised."""
        opened = {
            "delivery_seq": row.seq,
            "step": CLEAN,
            "fence": -1,
            "worker": self.worker,
            "started_at": self.clock.now(),
            "outcome": "",
            "evidence": "",
        }
        number = self.transactions.run(lambda c: c.execute(sql.OPEN_ATTEMPTS, [opened]).scalar_one())
        note: list[str] = []
        outcome = "trouble"
        try:
            yield note
            outcome = "done"
        except Exception as error:
            note.append(str(error))
            raise
        finally:
            closed = {
                "b_attempt": number,
                "b_now": self.clock.now(),
                "b_outcome": outcome,
                "b_evidence": "; ".join(note),
            }
            self.transactions.run(lambda c: c.execute(sql.CLOSE_ATTEMPT, closed))

    @contextmanager
    def _holding(self, channel_id: str) -> Iterator[Callable[[], None]]:
        """The channel's lane, given back at the end; what it yields renews the lease, or raises _Busy."""
        fence = self.transactions.run(lambda connection: self._lease(connection, channel_id))
        if fence is None:
            raise _Busy("janitor.busy")

        def still_mine() -> None:
            held = {"b_channel": channel_id, "b_fence": fence, "b_until": self.clock.now() + LEASE}
            if not self.transactions.run(lambda c: c.execute(sql.RENEW, held).rowcount):
                raise _Busy("janitor.busy")

        try:
            yield still_mine
        finally:
            back = {"b_channel": channel_id, "b_fence": fence}
            self.transactions.run(lambda c: c.execute(sql.FREE, back))

    def _lease(self, connection: Connection, channel_id: str) -> int | None:
        """The lane's new fence; None when it is taken, or something is to be done there soon."""
        now = self.clock.now()
        soon = delivery.c.wake_at <= now + QUIET
        if connection.execute(
            select(delivery.c.seq).where(delivery.c.channel_id == channel_id, soon)
        ).first():
            return None
        free = or_(lane.c.lease_until.is_(None), lane.c.lease_until <= now)
        leased = connection.execute(
            update(lane)
            .where(lane.c.channel_id == channel_id, free)
            # not under the worker's own name, whose lanes its heartbeat renews
            .values(owner=f"{self.worker}/{CLEAN}", fence=lane.c.fence + 1, lease_until=now + LEASE)
            .returning(lane.c.fence)
        )
        return leased.scalar()


def _swept(row: AnyRow, orphan: Orphan, outcome: Outcome, trouble: str = "") -> Swept:
    return Swept(row.id, row.channel_id, orphan.remote_id, orphan.kind, orphan.created_at, outcome, trouble)


def _not_asked(row: AnyRow, trouble: str) -> Swept:
    return Swept(row.id, row.channel_id, "", "", None, "not_asked", trouble)
