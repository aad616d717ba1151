"""What a unit may use: channels, posts a day, media. Said when it is reached, with the remedy; 0 is no
limit."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from content.errors import RefusedByRule
from scheduler.status import Status
from scheduler.store import units
from scheduler.store.tables import channel, delivery, post, unit

MEGABYTE = 1024 * 1024
_UNPLANNED = {Status.DRAFT, Status.FAILED, Status.MISSED, Status.CANCELLED}
"""Of these nothing goes out on a day by itself."""


def of_session(connection: Connection, what: str) -> int:
    """One limit (a column of `unit`) of the session's unit; 0 for none, and for the installation's own
    unit."""
    own = units.session_unit(connection)
    if own == units.OWN:
        return 0
    return connection.execute(select(unit.c[what]).where(unit.c.code == own)).scalar() or 0


def must_have_room_for_a_channel(connection: Connection) -> None:
    """Raises RefusedByRule where the unit has as many channels as it may."""
    if not (most := of_session(connection, "channels")):
        return
    mine = channel.c.unit == units.session_unit(connection)
    if connection.execute(select(func.count()).select_from(channel).where(mine)).scalar_one() >= most:
        raise RefusedByRule("unit.limit_channels", most=most)


def must_fit_the_day(
    connection: Connection, key: str, moments: Iterable[datetime | None], zone: ZoneInfo
) -> None:
    """Raises RefusedByRule where as many other posts of the unit go out on one of these days as may."""
    if not (most := of_session(connection, "posts_per_day")):
        return
    for day in sorted({one.astimezone(zone).date() for one in moments if one}):
        if _others(connection, key, day, zone) >= most:
            raise RefusedByRule("unit.limit_posts", most=most, day=f"{day:%d/%m/%Y}")


def _others(connection: Connection, key: str, day: date, zone: ZoneInfo) -> int:
    begins = datetime.combine(day, time(), zone)
    ends = datetime.combine(day + timedelta(days=1), time(), zone)
    query = select(func.count(delivery.c.post_id.distinct())).where(
        delivery.c.unit == units.session_unit(connection),
        delivery.c.due_at >= begins,
        delivery.c.due_at < ends,
        delivery.c.post_id != key,
        delivery.c.status.not_in(_UNPLANNED),
    )
    return connection.execute(query).scalar_one()


def must_fit_media(connection: Connection, key: str, media: str) -> None:
    """Raises RefusedByRule where the unit's posts would carry more than it may; a file in several counts
    once.

    `media` is what the post `key` is to carry, as its row has it.
    """
    if not (most := of_session(connection, "media_mb")):
        return
    mine = post.c.unit == units.session_unit(connection)
    others = connection.execute(
        select(post.c.media).where(mine, post.c.id != key, post.c.media != "[]")
    ).scalars()
    sizes = _sizes([*others, media])
    if (used := sum(sizes.values())) > most * MEGABYTE and _sizes([media]):
        raise RefusedByRule("unit.limit_media", most=most, used=-(-used // MEGABYTE))


def _sizes(told: Collection[str]) -> dict[str, int]:
    """Bytes by digest."""
    refs = (entry["ref"] for one in told for entry in json.loads(one))
    return {str(ref["sha256"]): int(ref["size_bytes"]) for ref in refs}
