"""Asking the platforms for figures now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from loa.services.connecting import Connectors
from loa.services.deliveries import must_be_known
from loa.services.workspace import Workspace
from scheduler import reach
from scheduler.reach import Pulled


def pull(
    workspace: Workspace,
    progress: Callable[[str, int, int], None],
    delivery_id: str = "",
    *,
    since: datetime | None = None,
) -> Pulled:
    """Read every published delivery (or one, or those published from `since` on) now.

    Each delivery is committed by itself: what `progress` raises ends the reading and loses nothing.
    """
    with workspace.database.read() as connection:
        must_be_known(connection, delivery_id=delivery_id)
        rows = [
            row
            for row in reach.published(connection)
            if (not delivery_id or row.id == delivery_id) and (since is None or row.published_at >= since)
        ]
    connectors = Connectors(workspace)
    try:
        return reach.pull(
            rows, workspace.database, connectors.connect, workspace.clock, workspace.config.zone, progress
        )
    finally:
        connectors.close()
