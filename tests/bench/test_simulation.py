"""Laws that hold in every simulated Law Day, whatever is asked."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import simulate
from bench.simulation import facts, page
from bench.simulation.facts import COMMUNES
from bench.simulation.figures import Figures
from bench.simulation.resources import reset_after
from bench.simulation.world import LAW_DAY, PLATFORMS, Scenario, live
from tests.support.examples import some

scenarios = st.builds(
    Scenario,
    units=st.integers(1, 60),
    workers=st.integers(1, 5),
    platforms=st.sets(st.sampled_from(PLATFORMS), min_size=1).map(lambda found: tuple(sorted(found))),
    posts_each=st.integers(1, 3),
    sharing=st.sampled_from(["one", "province", "unit"]),
    worst=st.booleans(),
    call_s=st.sampled_from([0.01, 0.3, 5.0]),
    jitter=st.sampled_from([0.0, 0.5]),
    video_mb=st.sampled_from([1.0, 200.0]),
    captions=st.booleans(),
    hand_over=st.booleans(),
    spread_s=st.sampled_from([0.0, 90.0]),
    lead_s=st.sampled_from([None, 0.0, 7200.0]),
    threads=st.sampled_from([8, 64]),
    database=st.sampled_from(["sqlite", "postgresql"]),
    trouble=st.sampled_from([0.0, 0.2, 0.9]),
    seed=st.integers(0, 3),
)
many = settings(max_examples=some(60), deadline=None)


@many
@given(scenarios)
def test_no_post_comes_out_before_its_minute_and_each_ends_exactly_once(asked: Scenario) -> None:
    lived = live(asked)
    assert len(lived.deliveries) == asked.units * len(asked.platforms) * asked.posts_each
    for one in lived.deliveries:
        assert one.state in ("published", "missed", "failed"), f"{one} was forgotten"
        assert (one.shown_at is not None) == (one.state == "published"), one
        assert one.shown_at is None or one.shown_at >= one.due, f"{one} is early"
        assert not one.verified or one.state == "published", one


@many
@given(scenarios)
def test_a_lane_is_at_work_in_one_place_at_a_time(asked: Scenario) -> None:
    turns: dict[tuple[int, str], list[tuple[float, float]]] = {}
    for unit, platform, since, until in live(asked).spans:
        turns.setdefault((unit, platform), []).append((since, until))
    for lane, spans in turns.items():
        for (_, before), (after, _) in pairwise(sorted(spans)):
            assert before <= after, f"two were at work on {lane}"


@many
@given(scenarios)
def test_no_more_lanes_are_at_work_than_there_are_threads(asked: Scenario) -> None:
    edges = [
        (at, change) for *_, since, until in live(asked).spans for at, change in ((since, 1), (until, -1))
    ]
    at_work = 0
    for _, change in sorted(edges):  # whoever ends goes before whoever begins
        at_work += change
        assert at_work <= asked.workers * asked.threads


@many
@given(scenarios)
def test_no_allowance_is_exceeded_in_any_window(asked: Scenario) -> None:
    lived = live(asked)
    for (name, holder), taken in lived.taken.items():
        limit = facts.limits()[name]
        amount = limit.worst if asked.worst else limit.best
        assert amount is not None
        if limit.each_unit:
            amount *= asked.units  # no more can share it
        for at, _ in taken:
            end = at + limit.window_s if limit.window_s else reset_after(LAW_DAY, at)
            used = sum(cost for when, cost in taken if at <= when < end)
            assert used <= amount, f"{name} of {holder}: {used} of {amount} from {at} on"


@many
@given(scenarios)
def test_the_same_question_gets_the_same_answer(asked: Scenario) -> None:
    assert live(asked).deliveries == live(asked).deliveries


@many
@given(st.integers(1, 300), st.integers(1, 4), st.sampled_from([0.0, 0.05, 2.0]))
def test_twice_the_workers_are_never_later_by_more_than_one_post_takes(
    units: int, workers: int, call_s: float
) -> None:
    """Prepared in time and within every allowance. Who goes first may change, hence one post's length."""
    asked = {"platforms": ("facebook",), "call_s": call_s, "jitter": 0.0, "database": "postgresql"}
    few, more = (live(Scenario(units, n, server_cores=64, **asked)) for n in (workers, 2 * workers))
    length = 2 * call_s + facts.worker_s("facebook", "reveal") + facts.server_s("reveal") + 0.01
    ends = [max(one.late_s for one in lived.deliveries) for lived in (few, more)]
    assert ends[1] <= ends[0] + length


@many
@given(st.integers(1, 400))
def test_one_worker_is_no_faster_than_its_core(units: int) -> None:
    lived = live(Scenario(units, platforms=("facebook",), call_s=0.0))
    computed = units * facts.worker_s("facebook", "reveal") * 2 / 3  # of three shares two before it is seen
    assert max(one.late_s for one in lived.deliveries) >= computed * 0.999


def test_what_the_platform_holds_comes_out_on_the_second() -> None:
    lived = live(Scenario(98, platforms=("facebook", "youtube"), hand_over=True))
    assert {one.late_s for one in lived.deliveries} == {0.0}
    assert all(one.verified for one in lived.deliveries)


def test_one_google_project_brings_out_no_more_videos_than_its_day_allows() -> None:
    lived = live(Scenario(300, 4, platforms=("youtube",), sharing="one", database="postgresql"))
    on_time = [one for one in lived.deliveries if one.late_s < 60]
    assert 0 < len(on_time) <= 100
    assert sum(cost for at, cost in lived.taken["youtube_uploads", 0] if at < 0) == 100
    assert any(one.state == "missed" for one in lived.deliveries)


def test_one_zalo_app_makes_the_whole_country_wait_and_an_app_each_does_not() -> None:
    asked = {
        "workers": 16,
        "platforms": ("zalo",),
        "database": "postgresql",
        "server_cores": 64,
        "call_s": 0.1,
    }
    one, each = (live(Scenario(COMMUNES, sharing=how, **asked)) for how in ("one", "unit"))
    assert Figures.of(one.deliveries).late_share > 0.1
    assert Figures.of(each.deliveries).late_share == 0


def test_videos_that_are_still_on_their_way_up_are_late() -> None:
    quick, slow = (
        Figures.of(d for d in live(Scenario(98, video_mb=mb)).deliveries if d.platform == "youtube")
        for mb in (20.0, 300.0)
    )
    assert quick.late_share == 0
    assert slow.late_share > 0.1


def test_a_question_is_answered_as_a_table_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    asked = ["--communes", "3", "--platforms", "zalo", "website"]
    assert simulate.main(asked) == 0
    assert "| as asked | zalo |" in capsys.readouterr().out
    assert simulate.main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["platform"] for row in told] == ["zalo", "website"]
    assert told[0]["best"]["published"] == 3


@pytest.mark.parametrize(
    "asked",
    [
        ["--communes", "0"],
        ["--communes", "99999999"],
        ["--communes", "3", "--workers", "2", "--database", "sqlite"],
        ["--communes", "3", "--video-mb", "-1"],
        ["--communes", "3", "--spread", "-1"],
        ["--communes", "ba"],
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        simulate.main(asked)
    assert "error" in capsys.readouterr().err


def test_the_page_of_figures_tells_the_allowances_and_costs_that_are_reckoned_with() -> None:
    told = simulate.PAGE.read_text("utf-8")
    for part in (page.INTRODUCTION, page._needs(), page._truth(), page._costs(), page._limits()):
        assert part in told, "run: python -m bench.simulate --write"
    for title in page.TITLES.values():
        assert title in told
