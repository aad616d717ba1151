"""The reference model: what people asked for, as plain as it can be said, and what must then be true.

Nothing here knows lanes, leases, attempts or back-off. An entry says which words of one delivery are approved
now, from when they may be public, and whether somebody took it back; `LIFE` says which way a delivery can go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scheduler.status import IN_DOUBT, SENDABLE, Status
from tests.scheduler.model_platform import Thing, World

S = Status
LIFE: dict[Status, frozenset[Status]] = {
    S.DRAFT: frozenset({S.IN_REVIEW, S.CANCELLED}),
    S.IN_REVIEW: frozenset({S.DRAFT, S.QUEUED, S.CANCELLED}),
    # looked for first, where the notes know of a try that the row does not
    S.QUEUED: frozenset({S.PREPARING, S.UNKNOWN, S.HELD, S.MISSED, S.DRAFT, S.CANCELLED}),
    # back to its turn, on to its minute, or given up; found public already when another machine sent it
    S.PREPARING: frozenset(
        {S.QUEUED, S.READY, S.HELD, S.MISSED, S.FAILED, S.UNKNOWN, S.PUBLISHED, S.DRAFT, S.CANCELLED}
    ),
    S.READY: frozenset({S.REVEALING, S.HANDED_OVER, S.UNKNOWN, S.HELD, S.MISSED, S.DRAFT, S.CANCELLED}),
    # only a read-back leads out of these two, or a recall: the platform has it, or may have
    S.HANDED_OVER: frozenset({S.UNKNOWN, S.RECALLING}),
    S.RECALLING: frozenset({S.HELD, S.UNKNOWN}),
    # the platform said yes, said that it took nothing (four times differently), or nothing that is clear
    S.REVEALING: frozenset({S.PUBLISHED, S.QUEUED, S.READY, S.HELD, S.FAILED, S.UNKNOWN}),
    # seen, proven not to be there (then its turn again, or too late); back to waiting after a restore
    S.UNKNOWN: frozenset({S.PUBLISHED, S.QUEUED, S.READY, S.MISSED, S.REVEALING, S.HELD}),
    S.PUBLISHED: frozenset({S.UNKNOWN, S.REMOVING}),
    S.REMOVING: frozenset({S.REMOVED, S.PUBLISHED}),
    S.REMOVED: frozenset(),
    # a person's turn; what a restore held is in doubt until it was read back
    S.HELD: frozenset({S.QUEUED, S.UNKNOWN, S.DRAFT, S.CANCELLED}),
    S.FAILED: frozenset({S.QUEUED, S.DRAFT, S.CANCELLED}),
    S.MISSED: frozenset({S.QUEUED, S.DRAFT, S.CANCELLED}),
    S.CANCELLED: frozenset(),
}
"""The life of a delivery: every step that the database may ever see."""

MAY_BE_SEEN = IN_DOUBT | {S.PUBLISHED, S.HANDED_OVER, S.RECALLING, S.REMOVING}
"""Where a delivery can stand while it is public: in any other state it could be sent once more."""
PLANNED = SENDABLE | {S.REVEALING, S.HANDED_OVER, S.RECALLING}
"""The machine's turn: there is always an instant at which it goes on."""
FOR_A_PERSON = frozenset({S.HELD, S.FAILED, S.MISSED, S.UNKNOWN})
"""When no instant is set, somebody has to decide, and is told why."""


@dataclass
class Entry:
    """One delivery as its people think of it. `approved` are the words that may be public, from `due` on."""

    delivery: str
    post: str
    channel: str
    words: str
    due: datetime
    deadline: datetime
    approved: str | None = None
    approved_from: datetime | None = None
    cancelled: bool = False
    doubtful: bool = False
    """A restore brought it back: another machine may have published it, which only the platform knows."""
    strayed: bool = False
    """The platform published by itself what was handed over after the backup that was restored."""
    tampered: bool = False
    """Somebody has written other words into the database."""
    needs_a_word: bool = False
    """Called back, or overdue when a freeze was lifted: it goes on when a person names it, not before."""


@dataclass(frozen=True)
class Cleared:
    """What was true when a worker was handed a delivery, which is the last moment to say no."""

    delivery: str
    words: str | None
    until: datetime


@dataclass
class Book:
    """Every delivery, and what stands still."""

    entries: dict[str, Entry] = field(default_factory=dict)
    frozen: dict[int, tuple[str, str]] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    """Made after the backup that was restored: the platform may show them, the database knows nothing."""

    def of_post(self, post: str) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.post == post]

    def stands_still(self, entry: Entry) -> bool:
        places = {"all": "", "channel": entry.channel, "post": entry.post}
        return any(places[scope] == target for scope, target in self.frozen.values())

    def clear(self, delivery: str, until: datetime, *, reveals: bool, now: datetime) -> Cleared:
        """Handed to a worker for a step by which something can become public."""
        entry = self.entries[delivery]
        assert entry.approved is not None, f"{delivery} was handed out and nobody approves of it"
        assert not entry.tampered, f"{delivery} was handed out and is not what was approved"
        assert not entry.cancelled, f"{delivery} was handed out and is cancelled"
        assert not self.stands_still(entry), f"{delivery} was handed out and is frozen"
        assert now <= entry.deadline, f"{delivery} was handed out after its deadline"
        assert not reveals or now >= entry.due, f"{delivery} was to be revealed before its minute"
        return Cleared(delivery, entry.approved, until)

    def witness(self, thing: Thing, true_time: datetime, now: datetime, cleared: Cleared | None) -> None:
        """Something has become public. `cleared`: the worker that is at it, None for the platform itself."""
        if thing.delivery in self.forgotten:
            return
        entry = self.entries[thing.delivery]
        if entry.doubtful and thing.held:
            entry.strayed = True  # handed over after the backup was made: nothing here can know of it
            return
        assert thing.channel == entry.channel, f"{thing} came out on another channel"
        assert true_time >= entry.due, f"{thing} came out before {entry.due}"
        if cleared is None or cleared.delivery != entry.delivery:
            assert entry.approved == thing.text, f"{thing} came out by itself, unapproved"
            assert not entry.needs_a_word, f"{thing} came out by itself after it was called back"
        else:
            assert cleared.words == thing.text, f"{thing} came out, approved was {cleared.words!r}"
            assert now < cleared.until, f"{thing} came out after the lease had ended"


def must_be_true(book: Book, world: World, rows: Sequence[Any], steps: Sequence[tuple[str, str]]) -> None:
    """The promises, after any step: `rows` of the delivery table, `steps` of a status since last time."""
    for was, became in steps:
        assert Status(became) in LIFE[Status(was)], f"{was} → {became} is no step of a delivery's life"
    assert {row.id for row in rows} == set(book.entries), "a delivery is gone, or nobody asked for it"
    claimed: dict[tuple[str, str], str] = {}
    for row in rows:
        entry, status, seen = book.entries[row.id], Status(row.status), world.seen(row.id)
        told = f"{row.id} {status} wake_at={row.wake_at} last_error={row.last_error!r}"
        entry.needs_a_word |= status is S.HELD and row.last_error == "recalled"
        assert len(seen) <= 1 or entry.strayed, f"{told}: public twice: {seen}"
        if seen and not entry.doubtful:
            assert status in MAY_BE_SEEN, f"{told}: it is public and could be sent once more"
        if status is S.PUBLISHED:
            looked = row.verified_at is not None or not row.remote_id  # seen by a read-back, or by a person
            # A store out of a backup does not know what was taken down since.
            assert seen or not looked or entry.doubtful, f"{told}: called public, seen by nobody"
            if row.remote_id:
                other = claimed.setdefault((row.channel_id, row.remote_id), row.id)
                assert other == row.id, f"{row.id} and {other} count the same object as theirs"
        if status in PLANNED:
            assert row.wake_at is not None, f"{told}: nothing will ever wake it"
        if status in SENDABLE:
            assert entry.approved is not None, f"{told}: on its way and not approved"
        if status in FOR_A_PERSON and row.wake_at is None:
            assert row.last_error, f"{told}: a person has to decide and is not told what about"
        if status is S.CANCELLED or entry.cancelled:
            assert entry.cancelled, f"{told}: cancelled by nobody"
            assert status is S.CANCELLED, f"{told}: a person cancelled it"
        if entry.needs_a_word:
            assert status not in SENDABLE, f"{told}: a person was to decide and it goes on by itself"


def must_have_ended_well(book: Book, world: World, rows: Sequence[Any], healed_at: datetime) -> None:
    """After everything was repaired, lifted and answered, and long after every deadline: nothing is lost."""
    for row in rows:
        entry, status, seen = book.entries[row.id], Status(row.status), world.seen(row.id)
        told = f"{row.id} {status} last_error={row.last_error!r} due={entry.due} deadline={entry.deadline}"
        assert status not in PLANNED | {S.UNKNOWN, S.REMOVING}, f"{told}: not settled"
        assert status is not S.PUBLISHED or seen or entry.doubtful, f"{told}: the platform shows nothing"
        # What another machine published meanwhile is looked for when it is let go, not before.
        assert status is S.PUBLISHED or not seen or entry.doubtful, f"{told}: the platform shows {seen}"
        if entry.approved is None or entry.tampered or status in (S.PUBLISHED, S.REMOVED, S.CANCELLED):
            continue
        assert row.last_error, f"{told}: ended without a reason"
        if row.last_error == "approval.post_changed":
            continue  # edited while it was in doubt: somebody approves the new text
        assert entry.deadline <= healed_at, f"{told}: approved, in time, and never sent"
