"""The publisher's round of the channels: each is asked, what it says is kept, and people are told in time."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from connectors.contract import Health
from connectors.errors import ConnectorError
from loa.services import channels, clockcare, followers, standing
from loa.services.connecting import Connectors
from loa.services.workspace import Workspace
from scheduler.store.database import Transactions

log = logging.getLogger("loa.care")


def look_after(workspace: Workspace, transactions: Transactions, connectors: Connectors) -> None:
    """One round. Asking for a channel's health also renews a token that is due, before a post needs it."""
    connectors.forget_skews()
    for view in channels.listing(workspace):
        try:
            _look_after(workspace, transactions, view.id, channels.ask(connectors, view.id))
        except ConnectorError as error:
            log.warning("%s: %s", view.id, channels.trouble(error, view.id))
        except Exception:  # a fault with one channel is no reason to leave the others alone
            log.exception("%s: could not be looked after", view.id)
    skew = connectors.skew_s()
    if skew is not None and clockcare.is_off(skew):
        log.warning(clockcare.in_words(skew))


def _look_after(workspace: Workspace, transactions: Transactions, channel_id: str, health: Health) -> None:
    now = workspace.now()

    def keep(connection: Connection) -> standing.Kept:
        followers.keep(connection, channel_id, health, now, workspace.config.zone)
        return standing.keep(connection, channel_id, health, now, warn=True)

    kept = transactions.run(keep)
    if kept.written and (health.problem or health.values.get("warning")):  # not every hour the same
        log.warning("%s: %s", channel_id, channels.explain(health))
    if kept.threshold is not None:
        ends = standing.in_words(health.expires_at, now, workspace.config.zone, channel_id)
        log.warning("%s: %s", channel_id, ends)
