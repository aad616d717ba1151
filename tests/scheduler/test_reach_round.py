"""Rounds over the plan: within the budget, what cannot be read stays due, a kill loses one reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select

from connectors.contract import Figure, Published
from connectors.errors import AuthLost, NotSent, Refused, Throttled
from scheduler import coverage
from scheduler.reach_round import ENOUGH_FAILED, Came, ReachRounds
from scheduler.store.tables import delivery, reading, view_day
from tests.support.clock import TestClock
from tests.support.office import Office, open_office
from tests.support.reached import out

HOUR = timedelta(hours=1)


class Platform:
    """What answers in place of every channel, with a ledger of who was asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.answers: dict[str, Exception] = {}

    def connect(self, _channel_id: str, _version: int | None = None) -> Any:
        return self

    def measure(self, published: Published) -> list[Figure]:
        self.asked[published.remote_id] += 1
        if error := self.answers.get(published.remote_id) or self.answers.get("*"):
            raise error
        return [Figure("views", 7, "lượt xem", "graph v26.0")]


@pytest.fixture
def desk(tmp_path: Path, clock: TestClock) -> Iterator[Office]:
    away: Any = SimpleNamespace(url="http://127.0.0.1:9", add_page=lambda *_: SimpleNamespace(token="none"))
    with open_office(tmp_path / "xa", away, clock) as opened:
        yield opened


@pytest.fixture
def platform() -> Platform:
    return Platform()


def rounds(office: Office, platform: Platform, **budget: int) -> ReachRounds:
    database = office.workspace.database
    zone = office.workspace.config.zone
    return ReachRounds(database, database, platform.connect, office.clock, zone, HOUR, budget)


def taken(office: Office) -> list[tuple[str, int | None]]:
    """Every reading, oldest first: delivery and value."""
    told = (
        select(delivery.c.id, reading.c.value)
        .join(delivery, delivery.c.seq == reading.c.delivery_seq)
        .order_by(reading.c.id)
    )
    with office.workspace.database.read() as connection:
        return [(row.id, row.value) for row in connection.execute(told)]


def test_a_year_of_looks_reads_each_delivery_at_its_points_only(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 0, "fanpage")
    told, begin = rounds(desk, platform), desk.clock.now()
    while desk.clock.now() < begin + timedelta(days=365):
        told.round()
        desk.clock.forward(hours=1)
    assert platform.asked == {"r-mot": 17}, "18 points, the first two of which one hourly look meets at once"
    with desk.workspace.database.read() as connection:
        ages = [
            (row.planned_at - begin, row.taken_at - begin)
            for row in connection.execute(select(reading).order_by(reading.c.id))
        ]
    assert all(planned <= at < planned + timedelta(hours=1) for planned, at in ages)
    assert ages[0][0] == timedelta(hours=1)


def test_a_new_publisher_goes_on_where_the_last_one_was_killed(desk: Office, platform: Platform) -> None:
    for name in ("mot", "hai", "ba"):
        out(desk, name, 2, "fanpage")
    database, left = desk.workspace.database, iter([True, False])

    class Killed(BaseException):
        pass

    def run(work: Any) -> Any:
        if not next(left):
            raise Killed
        return database.run(work)

    dying = ReachRounds(
        database, SimpleNamespace(run=run), platform.connect, desk.clock, desk.workspace.config.zone, HOUR
    )
    with pytest.raises(Killed):
        dying.round()
    assert len(taken(desk)) == 1
    assert rounds(desk, platform).round() == Came(read=2, stored=2)
    assert sorted(name for name, _ in taken(desk)) == ["ba@fanpage", "hai@fanpage", "mot@fanpage"]
    assert rounds(desk, platform).round() == Came()


def test_a_budget_puts_off_what_can_wait_and_comes_to_everything(desk: Office, platform: Platform) -> None:
    out(desk, "cu", 40, "fanpage")
    for name in ("mot", "hai"):
        out(desk, name, 1, "fanpage")
    desk.clock.forward(minutes=30)
    out(desk, "moi", 0, "fanpage")
    desk.clock.forward(minutes=30)
    told = rounds(desk, platform, facebook=2)
    assert told.round() == Came(read=2, stored=2, put_off=2)
    assert taken(desk)[0][0] == "moi@fanpage", "its quarter of an hour is over soonest"
    assert told.round() == Came(read=2, stored=2)
    assert told.round() == Came()


def test_an_outage_leaves_no_rows_and_one_late_reading_afterwards(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 0, "fanpage")
    told, platform.answers["*"] = rounds(desk, platform), NotSent("net:timeout")
    for _ in range(50):
        desk.clock.forward(hours=1)
        assert told.round() == Came(put_off=1)
    assert taken(desk) == []
    platform.answers.clear()
    assert told.round() == Came(read=1, stored=1)
    with desk.workspace.database.read() as connection:
        [row] = connection.execute(select(reading)).all()
        [public] = connection.execute(select(delivery.c.published_at).where(delivery.c.id == "mot@fanpage"))
    assert row.planned_at == public.published_at + timedelta(days=1)
    assert row.taken_at == desk.clock.now()


@pytest.mark.parametrize("error", [AuthLost("fb:190"), Throttled("fb:4")], ids=["lost", "throttled"])
def test_what_concerns_the_whole_channel_is_asked_once_a_round(
    desk: Office, platform: Platform, error: Exception
) -> None:
    for name in ("mot", "hai", "ba"):
        out(desk, name, 2, "fanpage")
    platform.answers["*"] = error
    assert rounds(desk, platform).round() == Came(put_off=3)
    assert platform.asked.total() == 1


def test_one_delivery_that_never_answers_holds_up_no_other(desk: Office, platform: Platform) -> None:
    names = [f"bai{n}" for n in range(ENOUGH_FAILED + 3)]
    for name in names:
        out(desk, name, 2, "fanpage")
    for name in names[: ENOUGH_FAILED + 1]:
        platform.answers[f"r-{name}"] = NotSent("fb:http/500")
    told = rounds(desk, platform)
    for _ in range(3):
        told.round()
    assert sorted(name for name, _ in taken(desk)) == [f"{name}@fanpage" for name in names[-2:]]


def test_what_a_platform_will_never_tell_is_stored_as_not_available_and_asked_again_at_the_next_point(
    desk: Office, platform: Platform
) -> None:
    out(desk, "mot", 2, "fanpage")
    platform.answers["*"] = Refused("fb:100", "no such object")
    told = rounds(desk, platform)
    assert told.round() == Came(read=1)
    assert told.round() == Came()
    assert [value for _, value in taken(desk)] == [None]
    desk.clock.forward(days=1, hours=1)
    assert told.round() == Came(read=1)


def test_a_figure_typed_in_or_imported_does_not_take_a_points_place_and_one_asked_for_does(
    desk: Office, platform: Platform
) -> None:
    out(desk, "mot", 2, "fanpage")
    with desk.workspace.database.read() as connection:
        seq = connection.execute(select(delivery.c.seq).where(delivery.c.id == "mot@fanpage")).scalar_one()

    def add(source: str) -> None:
        row = {"metric": "views", "value": 3, "definition": "", "note": "", "taken_at": desk.clock.now()}
        desk.workspace.database.run(
            lambda c: c.execute(insert(reading).values(delivery_seq=seq, source=source, **row))
        )

    add("typed:soan")
    add("access log 2026-11-08/2026-11-09")
    assert rounds(desk, platform).round().read == 1
    desk.clock.forward(days=2)
    add("graph v26.0")
    assert rounds(desk, platform).round().read == 0, "`loa reach pull` has just read it"


def test_a_damaged_day_takes_no_other_figures_along(desk: Office, platform: Platform) -> None:
    out(desk, "mot", 2, "website")
    now = desk.clock.now()
    times = {"first_at": now - timedelta(days=3), "last_at": now, "counted_at": now}
    days = [
        {"channel_id": "website", "day": day, "source": "log", "run": "", "lines": 1, **times}
        for day in ("hôm qua", "", "2026-11-09")
    ]
    desk.workspace.database.run(lambda c: c.execute(insert(view_day), days))
    platform.answers["*"] = Refused("site:none")
    rounds(desk, platform).round()
    with desk.workspace.database.read() as connection:
        told = {row.metric: row.value for row in connection.execute(select(reading))}
    assert told == {"reach": None, "views": 0, "visitors": 0}


def test_where_nothing_can_be_had_nothing_stays_due_until_the_next_point(
    desk: Office, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    out(desk, "mot", 2, "fanpage")
    told, asked = rounds(desk, platform), Counter[str]()

    def nothing(published: Published) -> list[Figure]:
        asked[published.remote_id] += 1
        return []

    monkeypatch.setattr(platform, "measure", nothing)
    assert [told.round() for _ in range(3)] == [Came(read=1), Came(), Came()]
    desk.clock.forward(days=1, hours=1)
    told.round()
    assert asked == {"r-mot": 2}


@pytest.mark.parametrize(("every", "read"), [(15, 1), (60, 4), (5, 1)])
def test_the_budget_of_a_round_is_as_large_as_the_time_to_the_next(
    desk: Office, platform: Platform, every: int, read: int
) -> None:
    for n in range(6):
        out(desk, f"bai{n}", 2, "fanpage")
    database, zone = desk.workspace.database, desk.workspace.config.zone
    often = timedelta(minutes=every)
    told = ReachRounds(database, database, platform.connect, desk.clock, zone, often, {"facebook": 4})
    assert told.round().read == read


def test_what_was_counted_of_a_channel_is_read_once_a_round(
    desk: Office, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        out(desk, f"bai{n}", 2, "website")
    read, coverage_of = Counter[str](), coverage.coverage

    def counted(connection: Any, channel_id: str, zone: Any) -> Any:
        read[channel_id] += 1
        return coverage_of(connection, channel_id, zone)

    monkeypatch.setattr(coverage, "coverage", counted)
    assert rounds(desk, platform).round().read == 3
    assert read == {"website": 1}
