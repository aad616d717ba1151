"""The table of activities: what was filled into the template is what is read, and each slip has its cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from content.activity.entry import Activity
from content.activity.kinds import FILE, Catalogue, read_catalogue
from content.finding import Finding
from content.incoming.activityfile import AFTER, BEFORE, MOST_ACTIVITIES, form, read_file
from content.incoming.activityrow import RowReader, done_word
from content.incoming.activitysheet import workbook
from content.incoming.package import IncomingError
from content.wording import use_language
from tests.support.examples import some

TODAY = date(2026, 11, 22)


@cache
def kinds() -> Catalogue:
    return read_catalogue(resources.files("content").joinpath("templates", FILE).read_text("utf-8"), FILE)


COLUMNS = (*BEFORE, *kinds().measures, *AFTER)


def read(path: Path) -> tuple[list[Activity], list[Finding]]:
    sheet = read_file(path, kinds())
    reader = RowReader(sheet, kinds(), TODAY)
    return [reader.activity(row) for row in sheet.rows], [*sheet.findings, *reader.findings]


def excel(path: Path, *rows: dict[str, Any]) -> Path:
    """The template with these cells, by column."""
    book = load_workbook(io.BytesIO(workbook(kinds())))
    for number, row in enumerate(rows, 2):
        for name, value in row.items():
            book.active.cell(number, COLUMNS.index(name) + 1).value = value
    book.save(path)
    return path


def commas(
    path: Path, lines: Sequence[Sequence[str]], *, delimiter: str = ";", encoding: str = "utf-8-sig"
) -> Path:
    held = io.StringIO()
    csv.writer(held, delimiter=delimiter, lineterminator="\r\n").writerows(lines)
    path.write_bytes(held.getvalue().encode(encoding))
    return path


GOOD = {
    "kind": "Hội nghị, hội thảo, tọa đàm",
    "title": "Hội nghị",
    "first": "05/11/2026",
    "nguoi_du": "1.234",
}
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Co", "Cn"]), max_size=40)


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    kind = draw(st.sampled_from(list(kinds().kinds.values())))
    done = draw(st.booleans())
    first = draw(st.dates(date(2020, 1, 1), TODAY))
    last = draw(st.dates(first, min(TODAY, date.fromordinal(first.toordinal() + 300))))
    taken = draw(st.lists(st.sampled_from(kind.measures), unique=True)) if done else []
    counts = {name: draw(st.integers(0, 1_000)) for name in taken}
    texts = {name: draw(WORDS) for name in ("place", "subject", "lead", "partners", "campaign", "note")}
    title = draw(WORDS.filter(lambda text: bool(text.strip())))
    return Activity(kind.code, title, first, last, counts=counts, done=done, **texts).tidy


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=some(25), deadline=None)
@given(st.lists(activities(), min_size=1, max_size=4))
def test_what_is_written_into_the_template_is_what_is_read(tmp_path: Path, written: list[Activity]) -> None:
    path = tmp_path / "so.xlsx"
    path.write_bytes(workbook(kinds(), written))
    told, _ = read(path)
    assert told == [one for one in written if one.title]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=some(25), deadline=None)
@given(st.lists(activities(), min_size=1, max_size=4), st.sampled_from([";", ",", "\t"]))
def test_the_same_as_csv(tmp_path: Path, written: list[Activity], delimiter: str) -> None:
    lines = [[form(kinds()).heading(name) for name in COLUMNS]]
    for one in written:
        cells = {name: getattr(one, name, "") for name in COLUMNS} | {
            k: str(v) for k, v in one.counts.items()
        }
        cells |= {"first": f"{one.first:%d/%m/%Y}", "last": one.last.isoformat(), "done": done_word(one.done)}
        lines.append([str(cells[name]) for name in COLUMNS])
    told, _ = read(commas(tmp_path / "so.csv", lines, delimiter=delimiter))
    assert told == written


def test_the_template_has_lists_a_fixed_head_hints_and_an_example(tmp_path: Path) -> None:
    book = load_workbook(io.BytesIO(workbook(kinds())))
    table, hints, example = book.worksheets
    assert table.freeze_panes == "C2"
    assert table["A1"].value == "Loại hoạt động *"
    sorts = [rule.type for rule in table.data_validations.dataValidation]
    assert sorts.count("list") == 3
    assert sorts.count("whole") == len(kinds().measures)
    assert "Hội nghị, hội thảo, tọa đàm" in [cell.value for cell in hints["E"]]
    assert any("không ghi danh sách người" in str(cell.value) for cell in hints["A"])
    assert example["B2"].value
    with pytest.raises(IncomingError) as told:
        read(excel(tmp_path / "trong.xlsx"))
    assert [one.rule for one in told.value.findings] == ["activity.no_rows"], "the example is not taken in"


@pytest.mark.parametrize(
    ("cells", "place", "rule"),
    [
        ({"nguoi_du": "1,5"}, "G2", "count_form"),
        ({"nguoi_du": 1.234}, "G2", "count_fraction"),
        ({"nguoi_du": -2}, "G2", "count_form"),
        ({"nguoi_du": True}, "G2", "count_form"),
        ({"nguoi_du": 5_000_000}, "G2", "count_large"),
        ({"bai_thi": 3}, "H2", "not_of_kind"),
        ({"kind": "Hội nghịp"}, "A2", "kind_unknown"),
        ({"kind": None}, "A2", "kind_missing"),
        ({"title": None}, "B2", "title_missing"),
        ({"title": date(2026, 11, 5)}, "B2", "not_text"),
        ({"first": None}, "C2", "first_missing"),
        ({"first": "31/02/2026"}, "C2", "day_form"),
        ({"first": datetime(2026, 12, 5)}, "C2", "not_over"),  # noqa: DTZ001 a cell of Excel has no zone
        ({"last": "01/11/2026"}, "D2", "backwards"),
        ({"note": "0912 345 678"}, "P2", "persons_phone"),
        ({"done": "xong"}, "O2", "done_form"),
        ({"done": "dự kiến"}, "G2", "counted_ahead"),
    ],
)
def test_a_slip_is_told_at_its_cell_with_the_remedy(
    tmp_path: Path, cells: dict[str, Any], place: str, rule: str
) -> None:
    _, findings = read(excel(tmp_path / "so.xlsx", {**GOOD, **cells}))
    blocked = [(one.place, one.rule.removeprefix("activity.")) for one in findings if one.severity == "block"]
    assert (place, rule) in blocked
    assert len(blocked) == 1, [one.line() for one in findings]


def test_blank_is_not_counted_and_a_nought_is_a_nought(tmp_path: Path) -> None:
    blank, nought = ({**GOOD, "title": str(count), "nguoi_du": count} for count in ("–", 0))
    told, findings = read(excel(tmp_path / "so.xlsx", blank, nought))
    assert [one.counts for one in told] == [{}, {"nguoi_du": 0}]
    assert [one.rule for one in findings] == ["activity.uncounted"]


def test_columns_of_names_are_not_even_read(tmp_path: Path) -> None:
    lines = [["STT", "Loại hoạt động", "Tên hoạt động", "Từ ngày", "Họ và tên người dự"]]
    lines.append(["1", "hoi_nghi", "Họp thôn", "05/11/2026", "Nguyễn Văn An, 0912345678"])
    [told], findings = read(commas(tmp_path / "so.csv", lines))
    assert "An" not in repr(told)
    assert "activity.column_ignored" in [one.rule for one in findings]


def test_the_table_in_english_is_the_same_table(tmp_path: Path) -> None:
    path = tmp_path / "so.xlsx"
    one = Activity("hoi_nghi", "Hội nghị", TODAY, TODAY, done=False)
    use_language("en")
    try:
        path.write_bytes(workbook(kinds(), [one]))
    finally:
        use_language("vi")
    assert read(path)[0] == [one]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ("Loại hoạt động;Tên hoạt động;Từ ngày\n".encode(), "no_rows"),
        (b"a;b;c\n1;2;3\n", "no_header"),
        (b"", "no_header"),
        ("Tên hoạt động;Từ ngày;Loại hoạt động\nHọp".encode("cp1258", "replace"), "csv_encoding"),
        (b'"' + b"x" * 200_000, "csv_damaged"),
        (b"x" * (4 * 1024 * 1024 + 1), "csv_large"),
    ],
)
def test_a_csv_that_is_none_is_refused_in_a_sentence(tmp_path: Path, data: bytes, rule: str) -> None:
    (tmp_path / "so.csv").write_bytes(data)
    with pytest.raises(IncomingError) as told:
        read(tmp_path / "so.csv")
    assert [one.rule for one in told.value.findings] == [f"activity.{rule}"]
    assert "{" not in told.value.findings[0].line()


CELLS = (
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(-1e300, 1e300)
    | st.dates() | st.times() | st.timedeltas(max_value=timedelta(days=9_000)) | WORDS
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=some(40), deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), CELLS), min_size=1, max_size=3))
def test_whatever_stands_in_the_cells_is_an_activity_or_a_sentence(
    tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    path = excel(tmp_path / "so.xlsx", *rows)
    told: list[Activity] = []
    findings: list[Finding] = []
    with suppress(IncomingError):  # rows of blanks alone
        told, findings = read(path)
    wrong = {one.line() for one in findings if one.severity == "block"}
    assert not any("{" in line and "{" not in repr(rows) for line in wrong)
    assert wrong or all(one.title and one.kind in kinds().kinds for one in told)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=some(80), deadline=None)
@given(st.binary(max_size=200))
def test_whatever_bytes_follow_the_headings_are_rows_or_a_sentence(tmp_path: Path, data: bytes) -> None:
    head = "Loại hoạt động;Tên hoạt động;Từ ngày;Lượt người dự\n".encode()
    (tmp_path / "so.csv").write_bytes(head + data)
    with suppress(IncomingError):
        told, findings = read(tmp_path / "so.csv")
        assert told or findings


def test_a_csv_of_excels_unicode_text_is_read(tmp_path: Path) -> None:
    lines = [["Loại hoạt động", "Tên hoạt động", "Từ ngày"], ["hoi_nghi", "Họp thôn", "05/11/2026"]]
    told, _ = read(commas(tmp_path / "so.csv", lines, delimiter="\t", encoding="utf-16"))
    assert [one.title for one in told] == ["Họp thôn"]


def test_no_file_and_too_many_rows_are_told(tmp_path: Path) -> None:
    for name in ("khong-co.csv", "khong-co.xlsx"):
        with pytest.raises(IncomingError):
            read(tmp_path / name)
    head = ["Loại hoạt động", "Tên hoạt động", "Từ ngày"]
    rows = [["hoi_nghi", f"Họp {n}", "05/11/2026"] for n in range(MOST_ACTIVITIES + 5)]
    _, findings = read(commas(tmp_path / "so.csv", [head, *rows]))
    assert "activity.too_many" in [one.rule for one in findings]


def test_a_workbook_without_the_headings_says_which_are_wanted(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["Họ và tên", "Số điện thoại"])
    book.save(tmp_path / "so.xlsx")
    with pytest.raises(IncomingError) as told:
        read(tmp_path / "so.xlsx")
    assert "Loại hoạt động" in told.value.findings[0].message
