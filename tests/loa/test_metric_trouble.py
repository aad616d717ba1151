"""A platform's trouble with its figures: what is stored, what survives, what a report says, what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.loa.metric_trouble import CASES, NO_ROW, NONE, NOTHING, VALUE, Case, Halls, Stage, halls
from tests.support.office import Office

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "so-lieu-nen-tang.md"
STATES = {
    VALUE: "có số",
    NONE: "“không có số liệu”",
    NO_ROW: "không ghi gì, số đọc trước còn nguyên",
    NOTHING: "không ghi gì, đọc lại lượt sau",
}


@pytest.fixture(scope="module")
def running() -> Iterator[Halls]:
    with halls() as opened:
        yield opened


def state_of(rows: list[Any], metric: str) -> str:
    mine = [row for row in rows if row.metric == metric]
    if mine:
        return NONE if mine[-1].value is None else VALUE
    return NO_ROW if rows else NOTHING


def others_of(rows: list[Any], metric: str) -> str:
    """Of the post's other metrics: whether any has a value."""
    others = [row for row in rows if row.metric not in (metric, "followers")]
    if not others:
        return NOTHING
    return VALUE if any(row.value is not None for row in others) else NONE


def line(case: Case, stage: Stage, mine: list[Any]) -> str:
    """The case as the page shows it; numbers that grow with the practice platform's clock are left out."""
    trouble = "sai kiểu (chữ, số lẻ, số âm, quá lớn, đúng/sai, danh sách, rỗng)"
    note = next((row.note for row in mine if row.metric == case.metric), "–")
    report = re.sub(r"^[\d.,]+ (?=lượt (?!đăng))", "… ", stage.report(case.metric).replace("fanpage: ", ""))
    cells = [
        case.platform,
        trouble if case.trouble.startswith("sai kiểu") else case.trouble,
        STATES[case.stored],
        note,
        STATES[case.others],
        STATES[case.other_post],
        report,
    ]
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trouble_with_figures(case: Case, running: Halls, desk: Office, tmp_path: Path) -> None:
    stage = running.stage(case.platform, desk, tmp_path)
    before = stage.channel()
    case.arrange(stage)
    stage.rounds.round()
    desk.clock.forward(minutes=1)

    mine, other = stage.read("mot"), stage.read("hai")
    assert state_of(mine, case.metric) == case.stored
    assert others_of(mine, case.metric) == case.others
    assert state_of(other, case.metric) == case.other_post
    assert all(row.note for row in (*mine, *other) if row.value is None), "why there is none stands beside it"
    affected = [row.value for row in mine if row.metric == case.metric]
    assert 0 not in affected, "what is not told is never 0"
    assert stage.channel() == before, "trouble with figures stops no channel"
    if case.stored == NONE:
        [note] = [row.note for row in mine if row.metric == case.metric]
        assert stage.why(case.metric) == note, "the report says why"
    told = line(case, stage, mine)
    assert told in PAGE.read_text("utf-8"), f"{PAGE.name} is to have this line:\n{told}"

    stage.recover()
    desk.clock.forward(seconds=case.waits.total_seconds())
    stage.rounds.round()
    again = stage.read("mot")
    assert again[: len(mine)] == mine, "nothing that was read is rewritten"
    if case.stored == NOTHING:
        assert state_of(again, case.metric) == VALUE, "it stayed due and is read once the trouble is over"
    assert not stage.harness.server.violations


def test_after_trouble_the_next_point_brings_a_value_and_the_gap_stays_told(
    running: Halls, desk: Office, tmp_path: Path
) -> None:
    stage = running.stage("Facebook", desk, tmp_path)
    stage.odd.retired.add("post_media_view")
    stage.rounds.round()
    stage.recover()
    desk.clock.forward(days=5)
    stage.rounds.round()
    views = [(row.value is None, bool(row.note)) for row in stage.read("mot") if row.metric == "views"]
    assert views == [(True, True), (False, False)]


def test_an_empty_daily_quota_is_not_asked_for_again_before_it_is_filled(
    running: Halls, desk: Office, tmp_path: Path
) -> None:
    """14:00 in California's winter is ten hours before the buckets are filled."""
    stage = running.stage("YouTube", desk, tmp_path)
    desk.clock.instant = desk.clock.instant.replace(hour=22)
    stage.fault("reason_quotaExceeded", operation="videos.batchGetStats")
    arrived = stage.harness.server.world.arrivals
    stage.rounds.round()
    stage.recover()
    arrived.clear()
    for _ in range(9):
        desk.clock.forward(hours=1)
        stage.rounds.round()
    assert len(arrived) == 0
    desk.clock.forward(hours=2)
    stage.rounds.round()
    assert len(stage.read("mot")) == len(stage.read("hai")) > 0


def test_a_new_name_in_the_settings_is_a_figure_of_its_own_with_its_own_definition(
    running: Halls, desk: Office, tmp_path: Path
) -> None:
    stage = running.stage("Facebook", desk, tmp_path)
    stage.odd.renamed["post_media_view"] = "post_media_view_v2"
    stage.settings["metrics"] = "post_media_view,post_media_view_v2"
    stage.rounds.round()
    told = {row.metric: row for row in stage.read("mot")}
    assert told["views"].value is None
    assert told["post_media_view_v2"].value is not None
    assert told["post_media_view_v2"].definition != told["views"].definition
