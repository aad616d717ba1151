"""Followers of a channel as a series of days: once a day, only what a platform said."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from connectors.contract import Figure, Health
from loa.services import followers, report_readings
from loa.services.care import look_after
from loa.services.connecting import Connectors
from scheduler.store.tables import reading
from tests.loa.conftest import Loa
from tests.support.office import Office
from tests.support.reached import out, read


def said(office: Office, channel: str, count: int | None, definition: str = "số người quan tâm") -> None:
    told = Figure(
        "followers", count, definition, "zalo oa", "" if count is not None else "Zalo chưa cho biết"
    )
    health = Health(True, followers=told)
    zone, now = office.workspace.config.zone, office.clock.now()
    office.workspace.database.run(lambda c: followers.keep(c, channel, health, now, zone))


def test_a_channel_is_counted_once_a_day_and_its_change_told(desk: Office, at_desk: Loa) -> None:
    for count in (100, 104, 98):
        said(desk, "fanpage", count)
        said(desk, "fanpage", count + 50)  # later the same day
        desk.clock.forward(days=2)
    said(desk, "website", 7)
    fanpage, website = followers.series(desk.workspace, 90)
    assert [(one.day.day, one.followers) for one in fanpage.days] == [(9, 100), (11, 104), (13, 98)]
    assert (fanpage.newest.followers, fanpage.change, website.change) == (98, -2, None)
    shown = at_desk("reach", "followers").out.splitlines()
    assert [line.split()[:4] for line in shown[2:]] == [
        ["fanpage", "98", "13/11/2026", "-2"],
        ["website", "7", "15/11/2026", "–"],
    ]
    [told, _] = at_desk("reach", "followers", "--json").json
    assert told["days"][0] == {
        "day": "2026-11-09",
        "followers": 100,
        "definition": "số người quan tâm",
        "source": "zalo oa",
        "note": "",
    }
    [recent] = followers.series(desk.workspace, 1)
    assert recent.channel == "website"


def test_a_day_that_was_asked_without_an_answer_is_kept_as_that_and_filled_when_the_answer_comes(
    desk: Office, at_desk: Loa
) -> None:
    said(desk, "fanpage", None)
    [told] = followers.series(desk.workspace, 90)
    assert (told.newest.followers, told.newest.note, told.change) == (None, "Zalo chưa cho biết", None)
    assert "không có số liệu" in at_desk("reach", "followers").out
    said(desk, "fanpage", 40)
    said(desk, "fanpage", None)
    [told] = followers.series(desk.workspace, 90)
    assert [one.followers for one in told.days] == [40]
    desk.clock.forward(days=1)
    said(desk, "fanpage", None)
    [told] = followers.series(desk.workspace, 90)
    assert [one.followers for one in told.days] == [40, None]
    assert (told.newest.followers, told.trail) == (40, [40])


def test_a_count_in_another_way_is_not_compared_with_the_old_one(desk: Office) -> None:
    for count, definition in ((900, "lượt thích Trang"), (120, "người theo dõi"), (125, "người theo dõi")):
        said(desk, "fanpage", count, definition)
        desk.clock.forward(days=1)
    [told] = followers.series(desk.workspace, 90)
    assert (told.trail, told.change) == ([120, 125], 5)


def test_a_channel_that_was_not_asked_has_no_day(desk: Office, at_desk: Loa) -> None:
    zone, now = desk.workspace.config.zone, desk.clock.now()
    desk.workspace.database.run(lambda c: followers.keep(c, "website", Health(True), now, zone))
    answer = at_desk("reach", "followers")
    assert (answer.code, answer.out) == (0, "")
    assert "Chưa kênh nào" in answer.err


def test_a_report_names_the_platforms_own_definition(desk: Office) -> None:
    said(desk, "fanpage", 40)
    desk.clock.forward(days=1)
    said(desk, "fanpage", None)
    with desk.workspace.database.read() as connection:
        told = report_readings.followers(connection, desk.clock.now() + timedelta(days=1))["fanpage"]
    assert (told.value, told.definition, told.source) == (40, "số người quan tâm", "zalo oa")


def test_the_page_of_the_practice_office_tells_its_followers_once_a_day(office: Office) -> None:
    connectors = Connectors(office.workspace)
    try:
        for _ in range(2):
            look_after(office.workspace, office.workspace.database, connectors)
    finally:
        connectors.close()
    [told] = followers.series(office.workspace, 1)
    assert told.channel == "fanpage"
    assert told.newest.followers == 120
    assert told.newest.definition.startswith("followers_count:")


def test_a_years_watch_time_in_milliseconds_is_kept(desk: Office) -> None:
    """Three hundred thousand hours; on PostgreSQL a plain integer ends at six hundred."""
    out(desk, "mot", 1, "fanpage")
    read(desk, "mot@fanpage", "watched_ms", 300_000 * 3_600_000)
    with desk.workspace.database.read() as connection:
        assert connection.execute(select(reading.c.value)).scalar_one() == 1_080_000_000_000


def test_a_channel_that_was_asked_in_vain_is_shown_as_that(desk: Office, at_desk: Loa) -> None:
    said(desk, "fanpage", None)
    answer = at_desk("reach", "show", "fanpage")
    assert answer.code == 0, answer.err
    assert "không có số liệu" in answer.out
