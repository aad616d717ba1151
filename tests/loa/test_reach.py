"""Figures of a period beside those of the one before: never added up, and what is not known is not 0."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from loa.services import byhand, reach
from loa.speech import spark
from scheduler import reach_round
from tests.loa.conftest import Loa
from tests.support.grown import read_at
from tests.support.office import Office
from tests.support.reached import out, read, tell_of


@pytest.fixture
def told(desk: Office) -> Office:
    return tell_of(desk)


def test_channels_are_compared_with_the_period_before_by_their_means_and_never_added_up(told: Office) -> None:
    now, before = reach.periods(told.workspace, 30)
    changes = {one.channel: one for one in reach.compare(now, before, "views")}
    fanpage = changes["fanpage"]
    assert (fanpage.now.value, fanpage.now.known, fanpage.now.posts) == (195.0, 4, 4)
    assert (fanpage.before.value, fanpage.difference, fanpage.percent) == (75.0, 120, 160)
    assert fanpage.few, "two posts before: a hint only"
    assert reach.in_words(fanpage) == (
        "fanpage: 195 (4 bài), kỳ trước 75 (2 bài): tăng 120 (+160%). (ít bài)"
    )
    website = changes["website"]
    assert (website.now.known, website.now.posts, website.difference) == (1, 4, None)
    assert "chưa so sánh được" in reach.in_words(website)


def test_the_period_before_is_told_as_it_stood_at_its_end(desk: Office) -> None:
    """Its posts have been public longer: by today's figures every new period would seem to fall."""
    for name, days_ago in (("moi", 10), ("cu", 40)):
        out(desk, name, days_ago, "fanpage")
    read(desk, "moi@fanpage", "views", 100)
    read(desk, "cu@fanpage", "views", 100, days_ago=30)
    read(desk, "cu@fanpage", "views", 900)
    [fanpage] = reach.compare(*reach.periods(desk.workspace, 30), "views")
    assert (fanpage.now.value, fanpage.before.value, fanpage.difference) == (100, 100, 0)


def test_two_ways_of_counting_are_not_held_against_each_other(desk: Office) -> None:
    for name, days_ago in (("moi", 10), ("cu", 40)):
        out(desk, name, days_ago, "fanpage")
    read(desk, "cu@fanpage", "views", 100, days_ago=31)
    read_at(desk, "moi@fanpage", {timedelta(days=7): 40}, definition="lượt xem nội dung")
    [fanpage] = reach.compare(*reach.periods(desk.workspace, 30), "views")
    assert (fanpage.ways, fanpage.difference, fanpage.percent) == (2, None, None)
    assert "nhiều cách" in reach.in_words(fanpage)
    byhand.add_figure(desk.workspace, desk.people["soan"], "moi@fanpage", "views", 41)
    [fanpage] = reach.compare(*reach.periods(desk.workspace, 30), "views")
    assert (fanpage.ways, fanpage.difference) == (1, -59), "what a person noted besides is no other way"


def test_a_typed_figure_is_not_hidden_by_a_platforms_not_available(told: Office) -> None:
    byhand.add_figure(told.workspace, told.people["soan"], "mot@website", "views", 12)
    told.clock.forward(hours=2)
    read(told, "mot@website", "views", None)
    now, _ = reach.periods(told.workspace, 30)
    [post] = [one for one in now.posts if one.delivery == "mot@website"]
    assert post.value("views") == 12
    newest = {
        one.metric: one.value for one in reach.newest(told.workspace, "mot") if one.delivery == "mot@website"
    }
    assert newest == {"views": 12}, "both ways of asking agree"


def test_points_are_by_day_of_publication_and_days_without_a_figure_are_left_out(told: Office) -> None:
    now, _ = reach.periods(told.workspace, 30)
    points = reach.points(now, "views", told.workspace.config.zone, 1)
    assert [point.mean.value for point in points["fanpage"]] == [210, 0, 420, 150]
    assert [point.mean.value for point in points["website"]] == [55]


def test_the_command_line_tells_the_same_of_a_period(desk: Office, at_desk: Loa) -> None:
    out(desk, "mot", 3, "website")
    read(desk, "mot@website", "views", 10, 20)
    out(desk, "cu", 40, "website")
    read(desk, "cu@website", "views", 5, days_ago=30)
    answer = at_desk("reach", "show", "--period", "30d")
    assert "mot@website" in answer.out
    assert "▅█" in answer.out
    assert "lượt xem · website: 20 (1 bài), kỳ trước 5 (1 bài): tăng 15 (+300%)" in answer.out
    told = json.loads(at_desk("reach", "show", "--period", "30d", "--json").out)
    assert [one["value"] for one in told["posts"][0]["readings"]["views"]] == [10, 20]
    [change] = told["changes"]["views"]
    assert (change["difference"], change["now"]["known"], change["before"]["posts"]) == (15, 1, 1)
    assert at_desk("reach", "show", "--period", "tháng").code == 2
    assert at_desk("reach", "show", "--period", "400d").code == 2
    assert at_desk("reach", "show", "mot", "--period", "30d").code == 2


@pytest.mark.parametrize(
    ("values", "line"), [([], ""), ([5], ""), ([0, 0], "▁▁"), ([0, 5, 10], "▁▅█"), ([9] * 20, "████████")]
)
def test_a_sparkline_begins_at_zero(values: list[int], line: str) -> None:
    assert spark(values) == line


def test_a_pull_without_network_leaves_what_is_known_and_the_plan_as_they_were(
    desk: Office, run_loa: Loa
) -> None:
    out(desk, "mot", 40, "fanpage")
    read(desk, "mot@fanpage", "reach", 12_000)
    desk.clock.forward(days=60)

    def due() -> list[str]:
        with desk.workspace.database.read() as connection:
            return [one.row.id for one in reach_round.due(connection, desk.clock.now())]

    assert due() == ["mot@fanpage"]
    pulled = reach.pull(desk.workspace, lambda *_: None)
    assert (pulled.stored, list(pulled.unread)) == (0, ["mot@fanpage"])
    assert [one.value for one in reach.newest(desk.workspace)] == [12_000]
    assert due() == ["mot@fanpage"]
    answer = run_loa("reach", "pull", workspace=desk.folder)
    assert "1 bài chưa hỏi được nền tảng (mot@fanpage)" in answer.err
