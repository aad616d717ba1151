"""The ledger in reports and forms: sums of what is known, never looking more complete than they are."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from content.activity.entry import Activity
from loa.reports import forms, tables
from loa.reports.sums import OPERATORS, Sum
from loa.services import activities, byword, campaigns, channels, deliveries, report_periods, reporting
from loa.services.report_facts import Facts
from loa.services.templates import template_file
from tests.loa.conftest import Loa
from tests.support.office import Office

DAY = date(2026, 11, 5)
ONE = Activity("hoi_nghi", "Hội nghị", DAY, DAY, counts={"nguoi_du": 1_200})
HEAD = 'ma = "rieng"\nten = "Riêng"\nnguon = "x"\nngay_kiem_tra = 2026-01-01\n'


def write(desk: Office, *told: Activity) -> None:
    for one in told:
        activities.add(desk.workspace, desk.people["soan"], one)


def facts(desk: Office, period: str = "2026", campaign: str = "") -> Facts:
    return reporting.facts(desk.workspace, "periodic", report_periods.named(period), campaign)


def rows(desk: Office, code: str = "so-lieu-ky") -> dict[str, forms.Filled]:
    return {one.name: one for one in forms.fill(forms.get(desk.folder, code), facts(desk))}


def reckoned(desk: Office, formula: str) -> forms.Filled:
    (desk.folder / "bieu_mau").mkdir(exist_ok=True)
    text = f'{HEAD}[[dong]]\nten = "a"\ncong_thuc = "{formula}"\n'
    (desk.folder / "bieu_mau" / "rieng.toml").write_text(text, "utf-8")
    return rows(desk, "rieng")["a"]


@pytest.fixture
def held(desk: Office) -> Office:
    """Two conferences, one of them not counted, a contest that began in June, leaflets, one only planned."""
    write(
        desk,
        ONE,
        replace(ONE, title="Chưa đếm", counts={}),
        replace(ONE, title="Sắp tới", first=date(2026, 12, 1), last=date(2026, 12, 1), counts={}, done=False),
        Activity("cuoc_thi", "Thi", date(2026, 6, 30), date(2026, 7, 9), counts={"bai_thi": 350}),
        Activity("tai_lieu", "Tờ gấp", DAY, DAY, counts={"ban_in": 2_000}),
    )
    return desk


def test_sums_are_those_of_the_ledger_counted_a_second_time(desk: Office) -> None:
    chance, kinds = random.Random(7), activities.catalogue(desk.workspace)
    known: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    number: defaultdict[str, int] = defaultdict(int)
    for place in range(60):
        kind = chance.choice(list(kinds.kinds.values()))
        first = date(2025, 12, 20) + timedelta(days=chance.randint(0, 30))
        counts = {name: chance.randint(0, 500) for name in kind.measures if chance.random() < 0.6}
        write(desk, Activity(kind.code, f"Số {place}", first, first, counts=counts))
        if chance.random() < 0.2:
            activities.remove(desk.workspace, desk.people["soan"], place + 1, "nhầm")
        elif first.year == 2026:
            number[kind.code] += 1
            for name, value in counts.items():
                known[kind.code, name].append(value)
    told = facts(desk)
    assert {one.kind: one.activities for one in told.held} == number
    for kind_told in told.activities:
        for one in kind_told.amounts:
            values = known[kind_told.kind, one.measure]
            assert (one.total, one.known) == (sum(values) if values else None, len(values))
            assert one.of == number[kind_told.kind]


def test_an_activity_belongs_to_the_period_in_which_it_began(held: Office) -> None:
    assert [one.kind for one in facts(held, "6-thang-dau-2026").held] == ["cuoc_thi"]
    assert [one.kind for one in facts(held, "6-thang-cuoi-2026").held] == ["hoi_nghi", "tai_lieu"]


def test_the_form_of_the_period_is_filled_and_says_what_is_incomplete(held: Office, at_desk: Loa) -> None:
    told = rows(held)
    assert told["Số cuộc phổ biến pháp luật trực tiếp"].value == 2
    assert told["Số cuộc thi tìm hiểu pháp luật"].value == 1
    assert told["Số lượt người dự thi"].value == 350
    assert told["Số tài liệu phát miễn phí (bản in)"].value == 2_000
    people = told["Số lượt người dự phổ biến trực tiếp"]
    assert (people.value, people.known, people.of) == (1_200, 1, 2)
    form = forms.get(held.folder, "so-lieu-ky")
    shown = {row[1]: row[3] for row in forms.table(form, list(told.values())).rows}
    assert shown["Số lượt người dự phổ biến trực tiếp"] == "ít nhất 1.200 (mới có số của 1/2)"
    assert shown["Số lượt người dự thi"] == 350
    answer = at_desk("report", "form", "so-lieu-ky", "--period", "2026", "--json")
    row = next(one for one in answer.json["rows"] if "người dự phổ biến" in one["name"])
    assert (row["value"], row["known"], row["of"]) == (1_200, 1, 2)
    assert "4 hoạt động" in at_desk("report", "form", "so-lieu-ky", "--period", "2026").err


def test_an_empty_ledger_is_not_a_year_without_activities(desk: Office, at_desk: Loa) -> None:
    told = rows(desk)
    for name in ("Số cuộc phổ biến pháp luật trực tiếp", "Số tài liệu phát miễn phí (bản in)"):
        assert told[name].by_hand
        assert told[name].value is None
    assert reckoned(desk, "hd_hoi_nghi + 1").by_hand
    assert "chưa ghi gì trong kỳ" in at_desk("report", "form", "so-lieu-ky", "--period", "2026").err


def test_leaflets_told_to_loa_are_added_once(held: Office) -> None:
    channels.add(held.workspace, held.people["ky"], "to-roi", platform="leaflet", settings={}, secrets={})
    held.approved(channels="[to-roi]")
    [view] = deliveries.listing(held.workspace, channel_id="to-roi")
    held.publish_until(view.due_at or held.clock.now())
    byword.done(held.workspace, held.people["soan"], view.id, count=150)
    held.clock.forward(minutes=1)
    told = rows(held)["Số tài liệu phát miễn phí (bản in)"]
    assert (told.value, told.known, told.of) == (2_150, 2, 2)


def test_a_sum_with_gaps_is_the_least_and_is_never_taken_away_or_divided_by(held: Office) -> None:
    assert reckoned(held, "luot_nguoi_du + 1").value == 1_201
    assert reckoned(held, "luot_nguoi_du * 2").value == 2_400
    assert reckoned(held, "luot_nguoi_du / so_cuoc_thi").value == 1_200
    assert reckoned(held, "luot_nguoi_du - luot_du_thi").value == 850
    for unknown in ("10 - luot_nguoi_du", "100 / luot_nguoi_du", "luot_nguoi_du * (1 - 2)"):
        assert reckoned(held, unknown).value is None, unknown
    assert reckoned(held, "luot_du_thi / luot_du_thi").value == 1
    assert reckoned(held, "hd_hoi_nghi__nguoi_du").value == 1_200
    assert reckoned(held, "hd_tap_huan").value == 0, "the ledger is kept, and has none"
    activities.remove(held.workspace, held.people["soan"], 1, "nhầm")
    nothing = reckoned(held, "luot_nguoi_du")
    assert (nothing.value, nothing.known, nothing.of) == (None, 0, 1)
    assert reckoned(held, "luot_nguoi_du + luot_du_thi").value == 350


def own_kinds(desk: Office, text: str) -> None:
    (desk.folder / "templates").mkdir(exist_ok=True)
    (desk.folder / "templates" / "hoat-dong.toml").write_text(text, "utf-8")


def test_a_kind_that_has_gone_from_the_units_file_leaves_no_sum_looking_whole(held: Office) -> None:
    shipped = template_file(held.folder, "hoat-dong.toml")[0]
    own_kinds(held, shipped.replace('ma = "hoi_nghi"', 'ma = "hoi_thao"'))
    assert reckoned(held, "so_truc_tiep").value is None, "both conferences may be of it"
    assert reckoned(held, "luot_nguoi_du").value is None
    contests = reckoned(held, "so_cuoc_thi")
    assert (contests.value, contests.known, contests.of) == (1, 1, 3)
    assert reckoned(held, "so_tai_lieu_phat_hanh").value == 2_000
    told = forms.remarks(forms.get(held.folder, "so-lieu-ky"), facts(held))
    assert any("2 hoạt động thuộc loại không còn" in one and "hoi_nghi" in one for one in told)


def test_what_no_kind_of_the_unit_counts_is_not_0(held: Office) -> None:
    shipped = template_file(held.folder, "hoat-dong.toml")[0]
    own_kinds(held, shipped.replace('"bai_thi"', '"bai_nop"'))
    assert reckoned(held, "luot_du_thi").value == 350, "what was counted before stays"
    activities.remove(held.workspace, held.people["soan"], 4, "nhầm")
    assert reckoned(held, "luot_du_thi").value is None
    assert reckoned(held, "so_cuoc_thi").value == 0


SUMS = st.builds(
    lambda value, known, more: Sum(value if known or not more else 0, known, known + more),
    st.integers(0, 50),
    st.integers(0, 3),
    st.integers(0, 2),
)


@given(SUMS, st.sampled_from(OPERATORS), SUMS, st.integers(0, 99), st.integers(0, 99))
def test_whatever_the_missing_figures_are_the_answer_is_at_least_what_is_told(
    left: Sum, operator: type, right: Sum, more_left: int, more_right: int
) -> None:
    told = left.then(operator, right)
    if told is None:
        return
    true_left = Sum(left.value + (0 if left.whole else more_left))
    true_right = Sum(right.value + (0 if right.whole else more_right))
    truth = true_left.then(operator, true_right)
    assert truth is not None
    assert truth.value >= told.value
    assert told.whole == (left.whole and right.whole)
    if told.whole:
        assert truth.value == told.value


def test_every_format_of_the_report_has_the_ledger(held: Office, at_desk: Loa, tmp_path: Path) -> None:
    for ending in ("docx", "xlsx", "html", "json"):
        file = tmp_path / f"bao-cao.{ending}"
        assert at_desk("report", "periodic", "--period", "2026", "--to-file", file).code == 0
    paper = Document(str(tmp_path / "bao-cao.docx"))
    text = "\n".join(one.text for one in paper.paragraphs)
    assert "Hoạt động trực tiếp" in text
    assert "Hội nghị, hội thảo, tọa đàm: 2 hoạt động; 1.200 lượt người (mới có số của 1/2 hoạt động)." in text
    cells = {cell.text for one in paper.tables for row in one.rows for cell in row.cells}
    assert {"1.200", "350", "2.000", "Lượt người dự 1/2"} <= cells
    sheet = load_workbook(tmp_path / "bao-cao.xlsx")["Hoạt động trực tiếp"]
    [conference] = [row for row in sheet.iter_rows(values_only=True) if "Hội nghị" in str(row[0])]
    assert 1_200 in conference
    assert "Lượt người dự 1/2" in (tmp_path / "bao-cao.html").read_text("utf-8")
    told = json.loads((tmp_path / "bao-cao.json").read_text("utf-8"))["activities"]
    assert next(one for one in told if one["kind"] == "hoi_nghi")["amounts"][0]["known"] == 1


def test_a_report_of_a_unit_without_a_ledger_does_not_speak_of_it(
    desk: Office, at_desk: Loa, tmp_path: Path
) -> None:
    for ending in ("docx", "xlsx"):
        assert (
            at_desk("report", "periodic", "--period", "2026", "--to-file", tmp_path / f"b.{ending}").code == 0
        )
    text = "\n".join(one.text for one in Document(str(tmp_path / "b.docx")).paragraphs)
    assert "Hoạt động trực tiếp" not in text
    assert "Hoạt động trực tiếp" not in load_workbook(tmp_path / "b.xlsx").sheetnames
    assert facts(desk).activities == ()


def test_a_campaign_report_has_the_activities_of_the_campaign_alone(held: Office) -> None:
    plan = campaigns.plan(held.workspace, "law_day", date(2027, 11, 9))
    made = campaigns.create(held.workspace, held.people["soan"], plan)
    early = date(2026, 2, 3)
    write(held, replace(ONE, title="Lễ hưởng ứng", campaign=made.id, counts={"nguoi_du": 70}))
    assert reporting.whole_campaign(held.workspace, made.id).first == DAY
    write(held, replace(ONE, title="Chuẩn bị", campaign=made.id, first=early, last=early))
    assert reporting.whole_campaign(held.workspace, made.id).first == early
    activities.remove(held.workspace, held.people["soan"], 7, "nhầm")
    write(
        held, replace(ONE, title="Dự kiến", campaign=made.id, first=early, last=early, counts={}, done=False)
    )
    assert reporting.whole_campaign(held.workspace, made.id).first == DAY
    [told] = facts(held, campaign=made.id).held
    assert (told.activities, told.amounts[0].total) == (1, 70)
    assert facts(held).held[0].activities == 3


def test_the_table_has_a_column_only_for_what_is_counted(held: Office) -> None:
    table = tables.activities(facts(held).held)
    assert table.headings[2:-1] == ("Lượt người dự", "Lượt dự thi", "Số bản phát hành")
    assert [row[1] for row in table.rows] == [2, 1, 1]
    assert all(len(row) == len(table.headings) for row in table.rows)
