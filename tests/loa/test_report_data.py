"""Workbook, CSV and JSON of a report say the same figures, and a title is never a formula."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import update

from loa.reports import sheet as sheets
from loa.reports import tables
from loa.reports.plainfiles import harmless
from loa.services import report_periods, reporting
from scheduler.store.tables import post
from tests.loa.conftest import Loa
from tests.support.ledger import fill
from tests.support.office import Office
from tests.support.reached import out, read

EVIL = '=HYPERLINK("http://x.test","bấm")'


@pytest.fixture
def filled(desk: Office) -> Office:
    fill(desk, 5)
    desk.workspace.database.run(lambda c: c.execute(update(post).values(title=EVIL)))
    return desk


def test_the_workbook_has_the_tables_with_charts_and_frozen_filtered_headings(
    filled: Office, at_desk: Loa, tmp_path: Path
) -> None:
    file = tmp_path / "so-lieu.xlsx"
    assert at_desk("report", "periodic", "--period", "2026", "--to-file", file).code == 0
    book = openpyxl.load_workbook(file)
    zone = filled.workspace.config.zone
    facts = reporting.facts(filled.workspace, "periodic", report_periods.named("2026"))
    told = tables.every(facts, zone)
    assert len(book.sheetnames) == len(told) + 1
    for table, sheet in zip(told, book.worksheets[1:], strict=True):
        assert [cell.value for cell in sheet[1]] == list(table.headings)
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert sheet.max_row == len(table.rows) + 1
        for row, cells in zip(table.rows, sheet.iter_rows(min_row=2), strict=True):
            for value, cell in zip(row, cells, strict=True):
                formula = isinstance(cell.value, str) and cell.data_type == "f"
                assert not formula or (table.total and cell.row == sheet.max_row)
                if isinstance(value, int) and not formula:
                    assert (cell.value, cell.number_format) == (value, sheets.COUNT)
                if value is None:
                    assert cell.value == "không có số liệu"
    charts = {sheet.title: len(sheet._charts) for sheet in book.worksheets}
    assert {name for name, count in charts.items() if count} == {
        "Kế hoạch", "Theo kênh", "Theo tháng", "Theo loại",
    }  # fmt: skip
    for sheet in book.worksheets:
        for chart in sheet._charts:  # a print with the chart beside the table would be tiny
            assert (chart.anchor._from.col, chart.anchor._from.row > sheet.max_row) == (0, True)
            assert sheet.page_setup.fitToHeight == 1, "no chart is torn by the end of a page"
    titles = [row[1] for row in book["Tin bài đã đăng"].iter_rows(min_row=2)]
    assert {(cell.value, cell.data_type, cell.quotePrefix) for cell in titles} == {(EVIL, "s", True)}
    assert book["Nguồn và định nghĩa"].max_row > 3


def test_the_csv_has_a_line_for_each_delivery_and_leaves_what_is_not_known_empty(
    filled: Office, at_desk: Loa, tmp_path: Path
) -> None:
    file = tmp_path / "so-lieu.csv"
    assert at_desk("report", "engagement", "--period", "2026", "--to-file", file).code == 0
    data = file.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), "or Excel takes it for another code"
    headings, *rows = csv.reader(StringIO(data.decode("utf-8-sig")), delimiter=";")
    facts = reporting.facts(filled.workspace, "engagement", report_periods.named("2026"))
    assert [row[0] for row in rows] == [one.delivery for one in facts.items]
    values = {(one.delivery, one.metric): one.value for one in facts.readings}
    place = headings.index("lượt xem")
    told = {row[0]: row[place] for row in rows}
    for item in facts.items:
        value = values.get((item.delivery, "views"))
        assert told[item.delivery] == ("" if value is None else str(value))
    assert {row[1] for row in rows} == {"'" + EVIL}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_nothing_begins_like_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("Bài 1") == "Bài 1"


def test_the_json_file_and_the_screen_say_the_same(filled: Office, at_desk: Loa, tmp_path: Path) -> None:
    file = tmp_path / "so-lieu.json"
    answer = at_desk(
        "report", "periodic", "--from", "01/01/2026", "--to", "31/12/2026", "--to-file", file, "--json"
    )
    told: dict[str, Any] = json.loads(file.read_text("utf-8"))
    assert told == answer.json
    assert told["label"] == "năm 2026"
    assert {one["value"] for one in told["readings"]} >= {None, 0}, "both, and they differ"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--period", "2026", "--from", "01/01/2026"], 2, "một cách"),
        (["--from", "01/01/2026"], 2, "Báo cáo kỳ nào"),
        (["--period", "2026", "--to-file", "a.pdf"], 2, ".docx"),
        (["--period", "2026", "--to-file", "khong-co/a.csv"], 4, "khong-co"),
        (["--period", "2026", "--campaign", "x"], 4, "campaign list"),
        (["--period", "2026", "--date", "hôm nay"], 2, "01/07/2026"),
    ],
)
def test_a_slip_is_told_before_anything_is_written(
    desk: Office, at_desk: Loa, words: list[str], code: int, says: str
) -> None:
    answer = at_desk("report", "periodic", *words)
    assert answer.code == code
    assert says in answer.err


def test_a_file_is_not_written_over_without_being_told_to(desk: Office, at_desk: Loa, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("cũ", "utf-8")
    asked = ("report", "periodic", "--period", "2026", "--to-file", file)
    assert at_desk(*asked).code == 2
    assert file.read_text("utf-8") == "cũ"
    assert at_desk(*asked, "--replace").code == 0
    assert json.loads(file.read_text("utf-8"))["deliveries"] == 0
    assert [path.name for path in tmp_path.glob(".loa-*")] == []


def test_the_screen_tells_what_is_not_available(filled: Office, at_desk: Loa) -> None:
    answer = at_desk("report", "periodic", "--period", "2026")
    assert "không cộng" in answer.out
    assert "Kỳ chưa kết thúc" in answer.err
    assert "loa reach pull" in answer.err
    assert "không ghi 0" in answer.err


def test_time_watched_is_told_in_hours_in_every_format(desk: Office, at_desk: Loa, tmp_path: Path) -> None:
    out(desk, "mot", 1, "fanpage")
    read(desk, "mot@fanpage", "watched_ms", 9_000_000)
    facts = reporting.facts(desk.workspace, "engagement", report_periods.named("2026"))
    [one] = facts.summaries
    assert "2,5 giờ xem" in tables.sentence(facts, one)
    for name in ("a.xlsx", "a.csv", "a.docx", "a.html"):
        assert at_desk("report", "engagement", "--period", "2026", "--to-file", tmp_path / name).code == 0
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["Số liệu"]
    assert [(cell.value, cell.number_format) for cell in sheet[2]][1:3] == [
        ("giờ xem", "General"),
        (2.5, sheets.TENTHS),
    ]
    assert ";2,5;" in (tmp_path / "a.csv").read_text("utf-8")
    assert "2,5" in (tmp_path / "a.html").read_text("utf-8")
    assert facts.readings[0].value == 9_000_000, "other programs get what was read"
