"""Followers of a channel as a series of days: once a day, only what a platform said."""

from __future__ import annotations

import pytest

from connectors.contract import Health
from loa.services import followers
from tests.loa.conftest import Loa
from tests.support.office import Office


def said(office: Office, channel: str, count: object) -> None:
    health = Health(True, values={"followers": count})
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
    assert (fanpage.newest, fanpage.change, website.change) == (98, -2, None)
    shown = at_desk("reach", "followers").out.splitlines()
    assert [line.split()[:4] for line in shown[2:]] == [
        ["fanpage", "98", "13/11/2026", "-2"],
        ["website", "7", "15/11/2026", "–"],
    ]
    [told, _] = at_desk("reach", "followers", "--json").json
    assert told["days"][0] == {"day": "2026-11-09", "followers": 100}
    [recent] = followers.series(desk.workspace, 1)
    assert recent.channel == "website"


@pytest.mark.parametrize("count", [None, "", "12", True, -1, 3.5])
def test_what_is_no_count_is_not_kept(desk: Office, at_desk: Loa, count: object) -> None:
    said(desk, "fanpage", count)
    answer = at_desk("reach", "followers")
    assert (answer.code, answer.out) == (0, "")
    assert "Chưa kênh nào" in answer.err
