"""What a worker is given: one delivery, for one step, under one fence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from connectors.contract import Handle
from content.variant import Variant
from scheduler.policy import State
from scheduler.witness import handle_of


class LeaseLost(Exception):
    """Another worker holds the lane now; whoever gets this must not touch the platform again."""


@dataclass(frozen=True)
class Claim:
    """One delivery handed to one worker for one step, under one fence."""

    seq: int
    delivery: str
    marker: str
    channel: str
    channel_version: int
    platform: str
    fence: int
    attempt: int
    state: State
    variant: Variant
    handle: Handle
    pending: str
    due_at: datetime
    first_try_at: datetime | None
    leased_until: datetime
    hand_over: bool = False
    forbidden: str = ""
    """What forbids that the platform publishes it, when it is called back for that."""
    approvals: tuple[str, ...] = ()
    """Names (scheduler.witness) of those it rests on: used up once it is public."""

    @staticmethod
    def of(
        row: Row[Any],
        fence: int,
        state: State,
        attempt: int,
        until: datetime,
        forbidden: str,
        approvals: tuple[str, ...],
    ) -> Claim:
        """Of a row joined with all that the gate looks at (`scheduler.statements`)."""
        return Claim(
            seq=row.seq,
            delivery=row.id,
            marker=row.marker,
            channel=row.channel_id,
            channel_version=row.channel_version,
            platform=row.platform,
            fence=fence,
            attempt=attempt,
            state=state,
            variant=Variant.parse(row.payload),
            handle=handle_of(row.handle),
            pending=row.pending,
            due_at=row.due_at,
            first_try_at=row.first_try_at,
            leased_until=until,
            hand_over=row.hand_over,
            forbidden=forbidden,
            approvals=approvals,
        )
