"""Loa with one of its safeguards taken out: to see that the crash tests notice. Applied in a child only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, update

from connectors.contract import Capabilities, Handle, Published
from connectors.facebook.posts import PagePosts
from scheduler import fenced, policy
from scheduler import statements as sql
from scheduler.gate import Gate
from scheduler.policy import Decision, State, Step
from scheduler.presence import PublisherLock
from scheduler.queue import Queue
from scheduler.store.tables import delivery, lane
from scheduler.witness import Witness


def without_fences() -> None:
    """A worker writes whoever holds the lane by now."""
    here = lane.c.channel_id == sql._channel
    anyones = or_(lane.c.fence == sql._fence, lane.c.fence != sql._fence)

    def written(connection: Connection, seq: int, fence: int, values: dict[str, Any], now: datetime) -> bool:
        change = update(delivery).where(delivery.c.seq == seq).values(**values, updated_at=now)
        return connection.execute(change).rowcount == 1

    held = update(lane).where(here, anyones)
    sql.RENEW = held.values(lease_until=sql.bindparam("b_until"))
    sql.FREE = held.values(owner="", lease_until=None)
    sql.LANE_AFTER = sql.RENEW.values(
        owner=sql.bindparam("b_owner"),
        failures=sql.bindparam("b_failures"),
        rest_until=sql.bindparam("b_rest_until"),
        served_at=sql._now,
    )
    fenced.write = written


def without_read_back() -> None:
    """What is in doubt is taken for not public: settling sees nothing, nor does the Page's connector itself.

    The connector's own look before it posts would hide that the scheduler's is gone.
    """
    look = policy.after_read_back

    def blind(found: list[Published], state: State, capabilities: Capabilities, *more: Any) -> Decision:
        if state.step is Step.SETTLE:
            found, state = [], replace(state, looks=len(capabilities.settle_after))
        return look(found, state, capabilities, *more)

    policy.after_read_back = blind  # type: ignore[assignment]
    show = PagePosts.reveal

    def rashly(posts: Any, handle: Handle) -> Published:
        posts.listed = lambda _: []
        try:
            return show(posts, handle)
        finally:
            del posts.listed

    PagePosts.reveal = rashly  # type: ignore[method-assign]


def without_approval_gate() -> None:
    """The claim asks nobody whether it may."""
    Gate.refusal = lambda *_: None  # type: ignore[method-assign]


def without_notes_of_use() -> None:
    """A yes is good for any number of publications: else the witness keeps most doubles out by itself."""
    Witness.approvals = lambda *_, **__: None  # type: ignore[method-assign]


def on_several_machines() -> None:
    """Not broken: as beside a database server, where no lock keeps a second publisher out."""
    PublisherLock.take = lambda *_: None  # type: ignore[method-assign]
    PublisherLock.release = lambda *_: None  # type: ignore[method-assign]
    Queue.recover = lambda *_: 0  # type: ignore[method-assign]


BUILDS: dict[str, Callable[[], None]] = {
    "no fences": without_fences,
    "no notes of use": without_notes_of_use,
    "no read-back": without_read_back,
    "no approval gate": without_approval_gate,
    "several machines": on_several_machines,
}
