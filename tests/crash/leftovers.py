"""What interrupted tries left unseen at a platform, and whether its connector finds all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from connectors.contract import Handle, Job
from connectors.errors import Refused
from connectors.extras import ListsOrphans
from content.variant import Variant
from loa.services.connecting import Connectors
from scheduler.store.tables import delivery
from tests.crash.platforms import Platform
from tests.support.office import Office


@dataclass
class Found:
    """How many orphans were listed, removed, kept for a person, and left where no connector lists them."""

    orphans: int = 0
    discarded: int = 0
    kept: int = 0
    unlisted: int = 0

    def __add__(self, other: Found) -> Found:
        return Found(
            self.orphans + other.orphans,
            self.discarded + other.discarded,
            self.kept + other.kept,
            self.unlisted + other.unlisted,
        )


def look_for_orphans(
    office: Office,
    channel: str,
    platform: Platform,
    *,
    unproven: str = "",
    loose: frozenset[str] = frozenset(),
) -> Found:
    """Compare the connector's list with the platform's own, then have everything on it removed.

    `unproven` is the one code with which the connector may leave an orphan to a person; `loose` may be left
    there unlisted (pictures of a post that another worker made).
    """
    folder = office.folder
    hidden = platform.hidden(folder)
    connectors = Connectors(office.workspace)
    try:
        connector = connectors.connect(channel)
        if not isinstance(connector, ListsOrphans):
            return Found(unlisted=len(hidden))
        listed = [
            orphan for job, handle in _jobs(office, channel) for orphan in connector.orphans(job, handle)
        ]
        names = {orphan.remote_id for orphan in listed}
        assert names == hidden - loose, f"left unseen are {hidden}, the connector lists {names}"
        kept = set()
        for orphan in listed:
            try:
                connector.discard(orphan)
            except Refused as error:
                if error.code != unproven:
                    raise AssertionError(f"{orphan} is not discarded: {error}") from error
                kept.add(orphan.remote_id)
        left = platform.hidden(folder) - loose
        assert left == kept, f"kept for a person are {kept}, still there are {left}"
        return Found(
            orphans=len(listed),
            discarded=len(listed) - len(kept),
            kept=len(kept),
            unlisted=len(hidden & loose),
        )
    finally:
        connectors.close()


def _jobs(office: Office, channel: str) -> Iterator[tuple[Job, Handle]]:
    """A channel's deliveries as the queue would hand them to the connector."""
    with office.workspace.database.read() as connection:
        rows = connection.execute(select(delivery).where(delivery.c.channel_id == channel)).all()
    for row in rows:
        variant = Variant.parse(row.payload)
        yield Job(row.id, row.marker, variant, row.due_at, row.first_try_at), json.loads(row.handle)
