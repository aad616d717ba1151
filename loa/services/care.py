"""The publisher's round of the channels: each is asked, what it says is kept, and people are told in time."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from connectors.contract import Health
from connectors.errors import ConnectorError
from content.events import about
from content.wording import say
from loa.services import channels, clockcare, followers, standing
from loa.services.connecting import Connectors
from loa.services.workspace import Workspace
from scheduler.store.database import Transactions
from scheduler.store.group import Closed
from scheduler.zones import Serves, chosen

log = logging.getLogger("loa.care")


def look_after(
    workspace: Workspace, transactions: Transactions, connectors: Connectors, serves: Serves | None = None
) -> None:
    """One round. Asking for a channel's health also renews a token that is due, before a post needs it.

    `serves`: the channels of one worker among several; None: all.
    """
    connectors.forget_skews()
    with workspace.database.read() as connection:
        mine = chosen(connection, serves)
    for view in channels.listing(workspace):
        if not mine(view.id):
            continue
        try:
            _look_after(workspace, transactions, view.id, channels.ask(connectors, view.id))
        except ConnectorError as error:
            told = about("channel.trouble", channel=view.id, platform=view.platform, error=error.code)
            log.warning("%s: %s", view.id, channels.trouble(error, view.id), extra=told)
        except Closed:
            return
        except Exception:  # a fault with one channel is no reason to leave the others alone
            told = about("channel.trouble", channel=view.id, platform=view.platform)
            log.exception("%s: %s", view.id, say("logs.channel_unasked"), extra=told)
    skew = connectors.skew_s()
    if skew is not None and clockcare.is_off(skew):
        log.warning(clockcare.in_words(skew), extra=about("clock.off", seconds=round(skew, 3)))


def _look_after(workspace: Workspace, transactions: Transactions, channel_id: str, health: Health) -> None:
    now = workspace.now()

    def keep(connection: Connection) -> standing.Kept:
        followers.keep(connection, channel_id, health, now, workspace.config.zone)
        return standing.keep(connection, channel_id, health, now, warn=True)

    kept = transactions.run(keep)
    if kept.written and (health.problem or health.values.get("warning")):  # not every hour the same
        if health.problem:
            told = about("channel.trouble", channel=channel_id, error=health.problem)
        else:  # it works; whoever has an alarm on trouble is not to be woken
            told = about("channel.remark", channel=channel_id)
        log.log(
            logging.WARNING if health.problem else logging.INFO,
            "%s: %s",
            channel_id,
            channels.explain(health),
            extra=told,
        )
    if kept.threshold is not None:
        ends = standing.in_words(health.expires_at, now, workspace.config.zone, channel_id)
        log.warning("%s: %s", channel_id, ends, extra=about("channel.expires", channel=channel_id))
