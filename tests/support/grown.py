"""A year of posts with readings at the points of the plan: what comparisons are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from scheduler.store.tables import delivery, post, reading
from tests.support.office import Office

DAY = timedelta(days=1)


def published(
    office: Office, name: str, at: datetime, *channels: str, kind: str = "hoi_dap", **front: str
) -> None:
    """A post that went out at that instant; `front` are further lines of its front matter."""
    office.import_post(
        f"{name}.md", title=f"Bài {name}", kind=kind, channels=f"[{', '.join(channels)}]", **front
    )
    values = {"status": "published", "published_at": at, "due_at": at, "remote_id": f"r-{name}"}
    gone = update(delivery).where(delivery.c.post_id == name).values(wake_at=None, **values)
    office.workspace.database.run(lambda c: c.execute(gone))


def read_at(
    office: Office,
    delivery_id: str,
    values: Mapping[timedelta, int | None],
    *,
    metric: str = "views",
    definition: str = "lượt xem",
    source: str = "graph",
) -> None:
    """One reading for each age."""

    def work(connection: Connection) -> None:
        row = connection.execute(select(delivery).where(delivery.c.id == delivery_id)).one()
        for age, value in values.items():
            connection.execute(
                insert(reading).values(
                    delivery_seq=row.seq,
                    metric=metric,
                    value=value,
                    definition=definition if value is not None else "",
                    source=source,
                    note="",
                    taken_at=row.published_at + age,
                    planned_at=row.published_at + age,
                )
            )

    office.workspace.database.run(work)


def many(
    office: Office,
    channel: str,
    moments: Sequence[datetime],
    figures: Sequence[int | None],
    prefix: str = "b",
) -> None:
    """One post is imported, the others are copies of its rows: importing each would take long.

    `figures` are of the age of 7 days, None where nobody read.
    """
    published(office, f"{prefix}0", moments[0], channel)

    def work(connection: Connection) -> None:
        first = connection.execute(select(delivery).where(delivery.c.post_id == f"{prefix}0")).one()
        text = connection.execute(select(post).where(post.c.id == f"{prefix}0")).one()
        for place, at in enumerate(moments[1:], start=1):
            name = f"{prefix}{place}"
            connection.execute(insert(post).values({**text._mapping, "id": name}))
            copy = {key: value for key, value in first._mapping.items() if key != "seq"}
            copy |= {"id": f"{name}@{channel}", "post_id": name, "published_at": at, "due_at": at}
            copy |= {"marker": f"m-{name}", "remote_id": f"r-{name}"}
            connection.execute(insert(delivery).values(copy))

    office.workspace.database.run(work)
    for place, value in enumerate(figures):
        if value is not None:
            read_at(office, f"{prefix}{place}@{channel}", {7 * DAY: value})
