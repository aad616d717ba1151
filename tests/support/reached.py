"""Posts that went out, and what was read of them: only what the database would hold, without a platform."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, insert, select, update

from scheduler.store.tables import delivery, reading
from tests.support.office import Office


def out(office: Office, name: str, days_ago: int, *channels: str) -> None:
    """A post that went out so many days ago."""
    office.import_post(f"{name}.md", title=f"Bài {name}", channels=f"[{', '.join(channels)}]")
    when = office.clock.now() - timedelta(days=days_ago)
    gone = update(delivery).where(delivery.c.post_id == name)
    values = {"status": "published", "published_at": when, "remote_id": f"r-{name}", "wake_at": None}
    office.workspace.database.run(lambda c: c.execute(gone.values(**values)))


def read(office: Office, delivery_id: str, metric: str, *values: int | None, days_ago: int = 0) -> None:
    """One reading a day, the last an hour ago (and so many days); None is what a platform does not tell."""

    def work(connection: Connection) -> None:
        seq = connection.execute(select(delivery.c.seq).where(delivery.c.id == delivery_id)).scalar_one()
        for place, value in enumerate(values):
            taken = office.clock.now() - timedelta(hours=1, days=days_ago + len(values) - 1 - place)
            told = {"source": "", "note": "nền tảng không cho biết"} if value is None else {"source": "graph"}
            row = {"metric": metric, "value": value, "definition": "", "note": "", "taken_at": taken, **told}
            connection.execute(insert(reading).values(delivery_seq=seq, **row))

    office.workspace.database.run(work)


def tell_of(office: Office) -> Office:
    """Four posts of the last 30 days on two channels, two of the 30 days before; some without a figure."""
    for name, days_ago in (("mot", 3), ("hai", 8), ("ba", 12), ("bon", 20)):
        out(office, name, days_ago, "fanpage", "website")
    out(office, "cu", 40, "fanpage")
    out(office, "cu-hon", 45, "fanpage")
    read(office, "mot@fanpage", "views", 20, 90, 150)
    read(office, "hai@fanpage", "views", 300, 420)
    read(office, "ba@fanpage", "views", 0)
    read(office, "bon@fanpage", "views", 210)
    read(office, "mot@website", "views", None)
    read(office, "hai@website", "views", 40, 55)
    read(office, "mot@fanpage", "reach", 60, 100)
    read(office, "cu@fanpage", "views", 100, days_ago=31)
    read(office, "cu-hon@fanpage", "views", 50, days_ago=31)
    return office
