"""Many deliveries in one call: what a round spends, and what trouble with a batch costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select

from connectors.contract import Figure, Measured, Published
from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled
from scheduler import reach
from scheduler.lane import Connect
from scheduler.reach_round import ENOUGH_FAILED, Came, ReachRounds
from scheduler.store.tables import delivery, reading
from tests.support.clock import TestClock
from tests.support.office import Office, open_office
from tests.support.reached import out

HOUR = timedelta(hours=1)
FIGURES = [Figure("views", 7, "lượt xem", "graph v26.0")]


class Platform:
    """What answers in place of every channel: three posts at once, a call each or one for all."""

    at_once = 3

    def __init__(self, calls_each: int = 1) -> None:
        self.calls_each = calls_each
        self.batches: list[list[str]] = []
        self.one: dict[str, ConnectorError] = {}
        """Errors of single posts, told inside the batch."""
        self.poison: dict[str, Exception] = {}
        """Posts that spoil the whole batch they are in."""
        self.left_out: set[str] = set()

    def connect(self, _channel_id: str, _version: int | None = None) -> Any:
        return self

    def measure_many(self, published: Sequence[Published]) -> Measured:
        names = [one.remote_id.removeprefix("r-") for one in published]
        self.batches.append(names)
        for name in names:
            if name in self.poison:
                raise self.poison[name]
        answers = {f"r-{name}": self.one.get(name, FIGURES) for name in names if name not in self.left_out}
        return Measured(answers, self.calls_each * len(names) or 1)


@pytest.fixture
def desk(tmp_path: Path, clock: TestClock) -> Iterator[Office]:
    away: Any = SimpleNamespace(url="http://127.0.0.1:9", add_page=lambda *_: SimpleNamespace(token="none"))
    with open_office(tmp_path / "xa", away, clock) as opened:
        yield opened


def posts(desk: Office, count: int, channel: str = "fanpage") -> None:
    """`bai0` is two days old, each other a day older; `bai0` is the most urgent."""
    for place in range(count):
        out(desk, f"bai{place}", 2 + place, channel)


def rounds(office: Office, platform: Platform, **budget: int) -> ReachRounds:
    database, zone = office.workspace.database, office.workspace.config.zone
    return ReachRounds(database, database, cast(Connect, platform.connect), office.clock, zone, HOUR, budget)


def taken(office: Office) -> list[str]:
    told = (
        select(delivery.c.post_id)
        .join(reading, delivery.c.seq == reading.c.delivery_seq)
        .order_by(reading.c.id)
    )
    with office.workspace.database.read() as connection:
        return list(connection.execute(told).scalars())


def test_what_is_due_is_asked_in_batches(desk: Office) -> None:
    posts(desk, 7)
    platform = Platform()
    assert rounds(desk, platform).round() == Came(read=7, stored=7)
    assert [len(batch) for batch in platform.batches] == [3, 3, 1]
    assert Counter(taken(desk)) == {f"bai{place}": 1 for place in range(7)}


def test_where_every_post_costs_a_call_the_budget_is_one_of_posts(desk: Office) -> None:
    posts(desk, 7)
    platform = Platform()
    told = rounds(desk, platform, facebook=5)
    assert told.round() == Came(read=5, stored=5, put_off=2)
    assert [len(batch) for batch in platform.batches] == [3, 2]
    assert told.round() == Came(read=2, stored=2)


def test_where_a_batch_costs_one_call_the_budget_is_one_of_batches(desk: Office) -> None:
    posts(desk, 7)
    platform = Platform(calls_each=0)
    assert rounds(desk, platform, facebook=2).round() == Came(read=6, stored=6, put_off=1)


def test_a_batch_passes_over_nothing_more_urgent_that_the_budget_reaches(desk: Office) -> None:
    posts(desk, 5)
    platform = Platform()
    rounds(desk, platform, facebook=2).round()
    with desk.workspace.database.read() as connection:
        from scheduler.reach_round import due

        left = [one.row.remote_id.removeprefix("r-") for one in due(connection, desk.clock.now())]
    assert set(taken(desk)).isdisjoint(left)
    assert len(left) == 3


@pytest.mark.parametrize("error", [NotSent("fb:http/500"), ValueError("a fault of ours")])
def test_one_post_that_spoils_its_batch_is_asked_alone_and_holds_up_no_other(
    desk: Office, error: Exception
) -> None:
    posts(desk, 4)
    platform = Platform()
    platform.poison["bai1"] = error
    told = rounds(desk, platform)
    for _ in range(3):
        told.round()
    others = {"bai0", "bai2", "bai3"}
    assert others <= set(taken(desk))
    assert ["bai1"] in platform.batches
    assert ("bai1" in taken(desk)) == isinstance(error, ValueError), "a fault is told as not available"


def test_a_batch_that_is_refused_is_asked_one_by_one_at_once(desk: Office) -> None:
    posts(desk, 3)
    platform = Platform()
    platform.poison["bai2"] = Refused("fb:100", "what is that")
    assert rounds(desk, platform).round() == Came(read=3, stored=2)
    assert [len(batch) for batch in platform.batches] == [3, 1, 1, 1]


def test_trouble_with_one_of_a_batch_puts_off_that_one(desk: Office) -> None:
    posts(desk, 3)
    platform = Platform()
    platform.one["bai1"] = NotSent("fb:http/500")
    platform.left_out.add("bai2")
    told = rounds(desk, platform)
    assert told.round() == Came(read=1, stored=1, put_off=2)
    platform.one.clear()
    platform.left_out.clear()
    assert told.round() == Came(read=2, stored=2)


def test_an_outage_is_noticed_and_not_asked_for_by_every_batch(desk: Office) -> None:
    posts(desk, 9)
    platform = Platform()
    platform.poison = {f"bai{place}": NotSent("net:unreachable") for place in range(9)}
    assert rounds(desk, platform).round() == Came(put_off=9)
    assert len(platform.batches) == 1, f"{ENOUGH_FAILED} answers in a row came to nothing"


def test_after_a_long_outage_a_few_calls_lead_back_to_whole_batches(desk: Office) -> None:
    posts(desk, 24)
    platform = Platform(calls_each=0)
    platform.at_once = 8
    platform.poison = {f"bai{place}": NotSent("yt:http-503") for place in range(24)}
    told = rounds(desk, platform, facebook=100)
    for _ in range(30):
        told.round()
    platform.poison.clear()
    platform.batches.clear()
    while told.round().read:
        pass
    sizes = [len(batch) for batch in platform.batches]
    assert sum(sizes) == 24
    assert len(sizes) <= 16, sizes
    assert max(sizes) == 8


def test_one_bad_post_among_many_keeps_none_of_them_for_long(desk: Office) -> None:
    posts(desk, 20)
    platform = Platform(calls_each=0)
    platform.at_once = 8
    platform.poison["bai5"] = NotSent("yt:http-503")
    told = rounds(desk, platform, facebook=100)
    for _ in range(5):
        told.round()
    assert set(taken(desk)) == {f"bai{place}" for place in range(20)} - {"bai5"}


def test_a_platform_that_asks_for_a_pause_gets_it(desk: Office) -> None:
    posts(desk, 4)
    platform = Platform()
    platform.one["bai0"] = Throttled("fb:80001", retry_at=desk.clock.now() + timedelta(hours=3))
    told = rounds(desk, platform)
    first = told.round()
    assert (first.read, first.put_off) == (2, 2), "the others of its batch were answered"
    asked = len(platform.batches)
    platform.one.clear()
    desk.clock.forward(hours=2)
    assert told.round().read == 0
    assert len(platform.batches) == asked
    desk.clock.forward(hours=1)
    told.round()
    assert set(taken(desk)) == {f"bai{place}" for place in range(4)}


def test_a_lost_login_is_asked_for_once_a_round(desk: Office) -> None:
    posts(desk, 7)
    platform = Platform()
    platform.poison = {f"bai{place}": AuthLost("fb:190") for place in range(7)}
    told = rounds(desk, platform)
    assert told.round() == Came(put_off=7)
    assert told.round() == Came(put_off=7)
    assert len(platform.batches) == 2


def test_a_kill_between_batches_loses_none_that_was_committed_and_the_next_reads_the_rest(
    desk: Office,
) -> None:
    posts(desk, 7)
    platform, database, left = Platform(), desk.workspace.database, iter([True, True, False])

    class Killed(BaseException):
        pass

    def run(work: Any) -> Any:
        if not next(left):
            raise Killed
        return database.run(work)

    zone = desk.workspace.config.zone
    dying = ReachRounds(
        database, SimpleNamespace(run=run), cast(Connect, platform.connect), desk.clock, zone, HOUR
    )
    with pytest.raises(Killed):
        dying.round()
    assert len(taken(desk)) == 6
    assert rounds(desk, platform).round() == Came(read=1, stored=1)
    assert Counter(taken(desk)) == {f"bai{place}": 1 for place in range(7)}


def test_after_days_off_one_round_after_another_catches_up_within_the_budget(desk: Office) -> None:
    """Eight posts went out, the machine was off for ten days: the points in between are gaps, not zeroes."""
    for place in range(8):
        out(desk, f"bai{place}", 0, "fanpage")
    platform = Platform()
    told = rounds(desk, platform, facebook=3)
    desk.clock.forward(days=10)
    assert [told.round().read for _ in range(4)] == [3, 3, 2, 0]
    with desk.workspace.database.read() as connection:
        rows = connection.execute(select(reading)).all()
    assert len(rows) == 8, "one reading each, however many points were missed"
    assert all(row.taken_at - row.planned_at == timedelta(days=3) for row in rows)


def test_reading_everything_now_asks_in_batches_too_and_names_what_was_not_read(desk: Office) -> None:
    posts(desk, 5)
    platform = Platform()
    platform.one["bai4"] = NotSent("fb:http/500")
    with desk.workspace.database.read() as connection:
        rows = reach.published(connection)
    seen: list[tuple[str, int, int]] = []
    zone = desk.workspace.config.zone
    told = reach.pull(
        rows,
        desk.workspace.database,
        cast(Connect, platform.connect),
        desk.clock,
        zone,
        lambda *said: seen.append(said),
    )
    assert (told.stored, list(told.unread)) == (4, ["bai4@fanpage"])
    assert len(platform.batches) == 2
    assert [place for _, place, _ in seen] == [1, 2, 3, 4, 5]
