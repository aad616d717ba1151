"""The publisher's own look at the plan, against the practice platforms."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from loa.services import publishing
from scheduler.store.tables import delivery, reading
from scheduler.timetable import Periodic
from tests.support.office import Office


def readings(office: Office) -> list[tuple[str, str, int | None, timedelta]]:
    """Delivery, metric, value, and the age the plan asked for."""
    told = select(delivery.c.id, delivery.c.published_at, reading).join(
        delivery, delivery.c.seq == reading.c.delivery_seq
    )
    with office.workspace.database.read() as connection:
        rows = connection.execute(told.order_by(reading.c.id)).all()
    return [(row.id, row.metric, row.value, row.planned_at - row.published_at) for row in rows]


def test_it_reads_what_is_due_at_the_platforms_and_nothing_again_until_the_next_point(office: Office) -> None:
    post = office.approved(channels="[fanpage, website]")
    office.publish_until(office.clock.now() + timedelta(hours=1))
    with publishing.publisher(office.workspace) as publisher:
        [look] = [one for one in publisher._periodic if one.name == "reach"]
        assert isinstance(look, Periodic)
        look.call()
        assert readings(office) == [], "no quarter of an hour has passed"
        office.clock.forward(minutes=16)
        look.call()
        first = readings(office)
        assert {age for *_, age in first} == {timedelta(minutes=15)}
        assert {name for name, *_ in first} == {f"{post}@fanpage", f"{post}@website"}
        assert all(value is None for name, _, value, _ in first if name.endswith("@website")), "not 0"
        asked = len(office.server.ledger()["arrivals"])
        for _ in range(2):
            office.clock.forward(minutes=15)
            look.call()
        assert readings(office) == first
        assert len(office.server.ledger()["arrivals"]) == asked, "nothing is due, so nobody is asked"
        office.clock.forward(hours=5, minutes=30)
        look.call()
    later = [one for one in readings(office) if one not in first]
    assert {age for *_, age in later} == {timedelta(hours=6)}, "an hour was missed: it is not made up"
    views = [value for name, metric, value, _ in later if (name, metric) == (f"{post}@fanpage", "views")]
    assert views
    assert views[0]
