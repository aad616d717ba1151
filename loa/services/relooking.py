"""What the daily walk noted is looked at anew once a person has done what its alarm asked for."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, update

from loa.services.workspace import Workspace
from scheduler.store import units
from scheduler.store.tables import checked

AUDIT_EVERY = timedelta(days=1)


def audit_is_due(workspace: Workspace) -> None:
    """The publisher walks the record within a minute. Until then the noted count stands: to forget it would
    hide what else it counted."""
    due = workspace.now() - AUDIT_EVERY

    def work(connection: Connection) -> None:
        if not units.is_kept_apart(connection):
            younger = (checked.c.name == "audit") & (checked.c.at > due)
            connection.execute(update(checked).where(younger).values(at=due))

    workspace.database.run(work)
