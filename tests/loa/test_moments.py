"""Times where they are easily got wrong: midnight, ends of months and years, other zones, changed clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.practice import PracticeServer
from tests.loa.conftest import Loa
from tests.oracles.facebook import audit
from tests.support.clock import TestClock
from tests.support.office import Office, open_office, write_post

FANPAGE = "hoi-dap@fanpage"


@pytest.fixture(scope="module")
def server() -> Iterator[PracticeServer]:
    """One platform for all: each test starts it empty and sets its clock."""
    with PracticeServer(audit=audit) as running:
        yield running
        assert running.violations == []


def open_in(zone: str, folder: Path, server: PracticeServer, clock: TestClock) -> Iterator[Office]:
    server.reset(pages=True)
    server.world.clock = clock.now
    with open_office(folder / "xa", server, clock) as office:
        config = office.folder / "config.toml"
        config.write_text(config.read_text("utf-8").replace("Asia/Ho_Chi_Minh", zone), "utf-8")
        from loa import config as settings

        office.workspace.config = settings.read(office.folder)
        yield office


@pytest.fixture
def zoned(
    request: pytest.FixtureRequest, tmp_path: Path, server: PracticeServer, clock: TestClock
) -> Iterator[Office]:
    """An office in the zone that the test names."""
    yield from open_in(request.param, tmp_path, server, clock)


CASES = [
    # zone, now, as written, the instant, as shown
    (
        "Asia/Ho_Chi_Minh",
        "2026-11-09T16:00Z",
        "10/11/2026 00:00",
        "2026-11-09T17:00Z",
        "Thứ Ba 10/11/2026 00:00 (Asia/Ho_Chi_Minh, UTC+07:00)",
    ),
    (
        "Asia/Ho_Chi_Minh",
        "2026-11-09T16:00Z",
        "09/11/2026 23:59:59",
        "2026-11-09T16:59:59Z",
        "Thứ Hai 09/11/2026 23:59:59 (Asia/Ho_Chi_Minh, UTC+07:00)",
    ),
    (
        "Asia/Ho_Chi_Minh",
        "2028-02-28T00:00Z",
        "29/02/2028 00:30",
        "2028-02-28T17:30Z",
        "Thứ Ba 29/02/2028 00:30 (Asia/Ho_Chi_Minh, UTC+07:00)",
    ),
    (
        "Asia/Ho_Chi_Minh",
        "2026-11-30T00:00Z",
        "01/12/2026 06:59",
        "2026-11-30T23:59Z",
        "Thứ Ba 01/12/2026 06:59 (Asia/Ho_Chi_Minh, UTC+07:00)",
    ),
    (
        "Asia/Ho_Chi_Minh",
        "2026-12-31T10:00Z",
        "0h00 01/01/2027",
        "2026-12-31T17:00Z",
        "Thứ Sáu 01/01/2027 00:00 (Asia/Ho_Chi_Minh, UTC+07:00)",
    ),
    (
        "Asia/Ho_Chi_Minh",
        "2026-12-31T10:00Z",
        "2026-12-31T23:30:00-05:00",
        "2027-01-01T04:30Z",
        "Thứ Sáu 01/01/2027 11:30 (Asia/Ho_Chi_Minh, UTC+07:00)",
    ),
    (
        "Europe/Berlin",
        "2026-12-31T10:00Z",
        "01/01/2027 00:00",
        "2026-12-31T23:00Z",
        "Thứ Sáu 01/01/2027 00:00 (Europe/Berlin, UTC+01:00)",
    ),
    (
        "Europe/Berlin",
        "2027-03-27T12:00Z",
        "28/03/2027 01:59",
        "2027-03-28T00:59Z",
        "Chủ nhật 28/03/2027 01:59 (Europe/Berlin, UTC+01:00)",
    ),
    (
        "Europe/Berlin",
        "2027-03-27T12:00Z",
        "28/03/2027 03:00",
        "2027-03-28T01:00Z",
        "Chủ nhật 28/03/2027 03:00 (Europe/Berlin, UTC+02:00)",
    ),
    (
        "Europe/Berlin",
        "2027-10-30T12:00Z",
        "2027-10-31T02:30+01:00",
        "2027-10-31T01:30Z",
        "Chủ nhật 31/10/2027 02:30 (Europe/Berlin, UTC+01:00)",
    ),
    (
        "Asia/Kathmandu",
        "2026-11-09T00:00Z",
        "09/11/2026 23:45",
        "2026-11-09T18:00Z",
        "Thứ Hai 09/11/2026 23:45 (Asia/Kathmandu, UTC+05:45)",
    ),
]


@pytest.mark.parametrize(
    ("zoned", "now", "written", "instant", "shown"),
    CASES,
    indirect=["zoned"],
    ids=[f"{case[0]} {case[2]}" for case in CASES],
)
def test_a_time_is_shown_as_it_was_meant_and_kept_to_the_second(
    zoned: Office, run_loa: Loa, clock: TestClock, now: str, written: str, instant: str, shown: str
):
    due = datetime.fromisoformat(instant)
    clock.instant = datetime.fromisoformat(now)

    def loa(*args: object, user: str) -> str:
        answer = run_loa(*args, workspace=zoned.folder, user=user)
        assert answer.code == 0, answer.err
        return answer.out + answer.err

    loa("post", "import", write_post(zoned.folder / "posts", due=written, channels="[fanpage]"), user="soan")
    assert shown in loa("post", "submit", "hoi-dap", user="soan")
    assert shown in loa("post", "approve", "hoi-dap", user="duyet")
    listed = loa("queue", "list", user="soan")
    weekday_date_time, zone = shown.split(" (")
    assert weekday_date_time in listed
    assert f"({zone.split(',')[0]})" in listed, "the heading names the zone"
    zoned.publish_until(due - timedelta(seconds=1))
    assert zoned.view(FANPAGE).status == "ready"
    zoned.publish_until(due + timedelta(minutes=1))
    view = zoned.view(FANPAGE)
    assert (view.status, view.published_at) == ("published", due)
    assert shown in loa("queue", "show", FANPAGE, user="soan").replace("Đăng lúc: ", "")


@pytest.mark.parametrize("zoned", ["Europe/Berlin"], indirect=True)
@pytest.mark.parametrize(
    ("written", "rule"),
    [("28/03/2027 02:30", "không có lúc"), ("31/10/2027 02:30", "đến hai lần")],
)
def test_a_time_that_is_not_or_is_twice_is_given_back_to_the_officer(
    zoned: Office, run_loa: Loa, clock: TestClock, written: str, rule: str
):
    clock.instant = datetime(2027, 1, 1, tzinfo=UTC)
    path = write_post(zoned.folder / "posts", due=written)
    answer = run_loa("post", "import", path, workspace=zoned.folder, user="soan")
    assert answer.code == 3
    assert rule in answer.err
    assert zoned.statuses() == {}
    zoned.import_post(due="2027-03-01 07:00")
    moved = run_loa("queue", "move", FANPAGE, written, workspace=zoned.folder, user="soan")
    assert moved.code == 2
    assert rule in moved.err


@pytest.mark.parametrize("zoned", ["Europe/Berlin"], indirect=True)
def test_a_deadline_counts_hours_not_the_clock_on_the_wall(zoned: Office, clock: TestClock):
    """Six hours after 23:00 on the night of the change are six hours, though the wall says 06:00."""
    clock.instant = datetime(2027, 3, 27, 12, tzinfo=UTC)
    zoned.import_post(due="27/03/2027 23:00", kind="thong_bao")
    view = zoned.view(FANPAGE)
    assert view.deadline == datetime(2027, 3, 28, 4, 0, tzinfo=UTC)
    assert view.deadline == datetime.fromisoformat("2027-03-28T06:00+02:00")


@pytest.mark.parametrize("zoned", ["America/New_York"], indirect=True)
def test_relative_times_are_taken_from_now(zoned: Office, run_loa: Loa, clock: TestClock):
    clock.instant = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # half an hour before clocks go back
    zoned.import_post(due="2026-11-20 07:00")
    answer = run_loa("queue", "move", FANPAGE, "+1h", workspace=zoned.folder, user="soan")
    assert answer.code == 0
    assert "Chủ nhật 01/11/2026 01:30 (America/New_York, UTC-05:00)" in answer.err
    assert zoned.view(FANPAGE).due_at == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("zoned", ["Asia/Ho_Chi_Minh"], indirect=True)
def test_the_queue_is_in_order_of_instants_whatever_zone_they_were_written_in(
    zoned: Office, clock: TestClock
):
    clock.instant = datetime(2026, 12, 31, 0, tzinfo=UTC)
    for name, due in (
        ("ba.md", "2027-01-01T00:00-05:00"),
        ("mot.md", "31/12/2026 23:59"),
        ("hai.md", "2026-12-31T23:00Z"),
    ):
        zoned.import_post(name, due=due, channels="[fanpage]")
    assert list(zoned.statuses()) == ["mot@fanpage", "hai@fanpage", "ba@fanpage"]
