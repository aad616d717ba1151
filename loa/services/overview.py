"""One look at a workspace: the publisher's heartbeat, what waits, what needs a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from loa.services import deliveries, listing, offer_news, standing, stopping, zoning
from loa.services.deliveries import DeliveryView
from loa.services.stopping import FreezeView
from loa.services.workspace import Workspace
from scheduler import presence, unserved
from scheduler.presence import Presence
from scheduler.status import SENDABLE
from scheduler.store import tally
from scheduler.store.tables import channel, delivery
from scheduler.unserved import Unserved

NEXT_SHOWN = 5
NEEDS_A_PERSON_SHOWN = 100


@dataclass(frozen=True)
class Overview:
    """What `loa status` tells."""

    unit: str
    now: datetime
    publisher: Presence | None
    workers: list[Presence]
    """On a server all that have not said goodbye, silent ones too; empty where one publisher has a file, and
    on a unit's own PC, where nobody can look after them."""
    unserved: list[Unserved]
    """Work that none of the living workers takes."""
    unplaced: list[str]
    """Channels that are a folder on one machine, and that any of several may publish into its own."""
    counts: Mapping[str, int]
    next: list[DeliveryView]
    needs_a_person: list[DeliveryView]
    stopped_channels: Mapping[str, str]
    freezes: list[FreezeView]
    expiring_channels: Mapping[str, datetime]
    """When the access of a channel ends, of those that have no more than two weeks left."""
    elsewhere: bool = False
    """Whether only another machine can publish: this is a unit's own PC."""
    offers: list[str] = field(default_factory=list)
    """Sentences: what changed above about offers adopted here, and nobody has done anything about."""


def overview(workspace: Workspace) -> Overview:
    now, elsewhere = workspace.now(), workspace.is_kept_apart
    alone = elsewhere or workspace.database.is_sqlite
    with workspace.database.read() as connection:
        stopped = connection.execute(
            select(channel.c.id, channel.c.state_reason).where(channel.c.state != "ok")
        ).all()
        return Overview(
            unit=workspace.config.unit.name,
            now=now,
            publisher=presence.looked_at(workspace.database, connection, now),
            workers=[] if alone else presence.workers(connection, now),
            unserved=[] if workspace.database.is_sqlite else unserved.look(connection, now),
            unplaced=zoning.unplaced(workspace),
            counts=tally.counts(connection),
            next=listing.first(connection, [delivery.c.status == status for status in SENDABLE], NEXT_SHOWN),
            needs_a_person=listing.first(connection, deliveries.waits_for_a_person(), NEEDS_A_PERSON_SHOWN),
            stopped_channels={row.id: row.state_reason for row in stopped},
            freezes=stopping.listing(workspace),
            expiring_channels=standing.expiring(connection, now),
            elsewhere=elsewhere,
            offers=[changed.line() for changed in offer_news.open_(connection, now)],
        )
