"""Packs that lie in front of people are marked when their delivery was withdrawn, cancelled or unapproved."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import closing

from sqlalchemy import select

from connectors import registry
from connectors.errors import ConnectorError
from connectors.extras import KeepsPacks
from content.errors import LoaError
from content.events import about
from loa.services.connecting import Connectors
from loa.services.workspace import Workspace
from scheduler.store.tables import channel, delivery

log = logging.getLogger("loa.byhand")


def mark(workspace: Workspace, delivery_ids: Iterable[str]) -> None:
    """After the commit, which counts: what cannot be marked (a full disk) is only told of."""
    columns = (delivery.c.id, delivery.c.marker, delivery.c.channel_id, channel.c.platform)
    query = select(*columns).join(channel, channel.c.id == delivery.c.channel_id)
    with workspace.database.read() as connection:
        rows = connection.execute(query.where(delivery.c.id.in_(list(delivery_ids)))).all()
    keeping = [row for row in rows if hasattr(registry.connector_class(row.platform), "call_off")]
    if not keeping:
        return
    with closing(Connectors(workspace)) as connectors:
        for row in keeping:
            try:
                connector = connectors.connect(row.channel_id)
                if isinstance(connector, KeepsPacks):
                    connector.call_off(row.marker)
            except (ConnectorError, LoaError) as error:
                log.warning("%s: %s", row.id, error, extra=about("by_hand.not_called_off", delivery=row.id))
