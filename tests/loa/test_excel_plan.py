"""The officer's Excel plan: every mistake named by its cell, all of it or nothing, and back out again."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from content.incoming.planfile import COLUMNS
from tests.loa.conftest import Answer, Loa
from tests.support.office import Office
from tests.support.office_files import HEADINGS, excel, packed, png, saved, unpacked, written

ROW = ("09/11/2026", "07:30", "Vì sao là ngày 9 tháng 11?", "Hỏi – đáp", "website", "Hiểu luật.")
SHEET = "xl/worksheets/sheet1.xml"


class Planner:
    """An officer with Excel: write a plan, try it, do it."""

    def __init__(self, office: Office, loa: Loa, folder: Path) -> None:
        self.office, self._loa, self.folder = office, loa, folder

    def file(self, book: Workbook | bytes, name: str = "ke-hoach.xlsx") -> Path:
        return written(self.folder / name, book if isinstance(book, bytes) else saved(book))

    def tries(self, book: Workbook | bytes | Path, *more: str) -> Answer:
        path = book if isinstance(book, Path) else self.file(book)
        return self._loa("plan", "import", path, *more, user="soan")

    def does(self, book: Workbook | bytes | Path) -> Answer:
        answer = self.tries(book, "--go")
        assert answer.code == 0, answer.err
        return answer

    def outcomes(self, book: Workbook | bytes | Path) -> list[str]:
        answer = self.tries(book, "--json")
        assert answer.code == 0, answer.err
        return [row["outcome"] for row in answer.json["rows"]]

    def posts(self) -> dict[str, Any]:
        return {post["id"]: post for post in self._loa("post", "list", "--json").json}

    def refused(self, book: Workbook | bytes) -> str:
        before = self.posts()
        answer = self.tries(book, "--go")
        assert answer.code in (2, 3), answer.err
        assert self.posts() == before
        assert "Traceback" not in answer.err
        return answer.err

    def export(self, *keys: str, name: str = "ra.xlsx") -> Path:
        path = self.folder / name
        answer = self._loa("plan", "export", path, *keys, user="soan")
        assert answer.code == 0, answer.err
        return path


@pytest.fixture
def planner(desk: Office, at_desk: Loa, tmp_path: Path) -> Planner:
    return Planner(desk, at_desk, tmp_path)


def one(**cells: Any) -> Workbook:
    """A plan of one row, good but for `cells` (by letter)."""
    book = excel([ROW])
    for letter, value in cells.items():
        book.active[f"{letter}2"] = value
    return book


def more_columns(headings: Sequence[str], values: Sequence[Any]) -> Workbook:
    return excel([(*ROW, *values)], headings=(*HEADINGS, *headings))


def test_without_go_nothing_is_made(planner: Planner):
    answer = planner.tries(excel([ROW]))
    assert answer.code == 0, answer.err
    assert "1 bài mới, 0 bài sửa" in answer.err
    assert "--go" in answer.err
    assert "vi-sao-la-ngay-9-thang-11" in answer.out
    assert planner.posts() == {}


def test_with_go_every_row_is_a_draft_at_its_time(planner: Planner):
    second = (date(2026, 11, 10), time(7, 30), "Tư vấn", "thong_bao", "website, FANPAGE", "Một\n\nHai")
    planner.does(excel([ROW, second]))
    posts = planner.posts()
    assert {key: post["status"] for key, post in posts.items()} == {
        "vi-sao-la-ngay-9-thang-11": "draft",
        "tu-van": "draft",
    }
    assert [(d["channel"], d["due_at"]) for d in posts["tu-van"]["deliveries"]] == [
        ("website", "2026-11-10T00:30:00Z"),
        ("fanpage", "2026-11-10T00:30:00Z"),
    ]
    assert planner.outcomes(excel([ROW, second])) == ["same", "same"]


@pytest.mark.parametrize(
    ("cells", "place", "says"),
    [
        ({"A": "32/11/2026"}, "A2", "32/11/2026"),
        ({"A": 46335}, "A2", "“46335” không phải ngày"),
        ({"A": "01/01/2020"}, "A2", "Giờ đăng đã qua"),
        ({"A": None}, "A2", "có giờ đăng mà chưa có ngày"),
        ({"B": "25:00"}, "B2", "không phải giờ"),
        ({"B": 7.5}, "B2", "“7.5” không phải giờ"),
        ({"A": date(2026, 11, 9), "B": None}, "B2", "chưa có giờ"),
        ({"C": None}, "C2", "chưa có tiêu đề"),
        ({"C": datetime(2026, 11, 9)}, "C2", "cần chữ"),  # noqa: DTZ001 Excel knows no zones
        ({"C": True}, "C2", "cần chữ"),
        ({"D": "Thông bao gấp"}, "D2", "Thông bao gấp"),
        ({"E": "website, fanpag"}, "E2", "fanpag"),
        ({"E": None}, "E2", "kênh"),
        ({"F": None}, "F2", "nội dung"),
        ({"F": "Mở đầu.\n\nTUYỆT MẬT"}, "F2", "mật"),
        ({"F": "#N/A"}, "F2", "lỗi #N/A"),
        ({"F": "=A2&C2"}, "F2", "công thức"),
    ],
)
def test_a_mistake_is_named_by_its_cell(planner: Planner, cells: dict[str, Any], place: str, says: str):
    said = planner.refused(one(**cells))
    [line] = [line for line in said.splitlines() if "[CHẶN]" in line]
    assert f" {place}: " in line, said
    assert says.lower() in line.lower(), said
    assert " → " in line


def test_a_slot_that_is_filled_later_is_a_remark(planner: Planner):
    answer = planner.does(one(F="Hội trường {tên xã}"))
    assert "[CẢNH BÁO] F2: Còn chỗ chưa điền: {tên xã}" in answer.err


def test_all_mistakes_of_all_rows_are_told_at_once(planner: Planner):
    rows = [ROW, ("32/11/2026", "07:30", "A", "Tin", "web", ""), ("10/11/2026", "7g", "", "", "", "x")]
    said = planner.refused(excel(rows))
    for place in ("A3", "D3", "E3", "F3", "B4", "C4", "D4", "E4"):
        assert f" {place}: " in said, f"{place} is not named:\n{said}"


@pytest.mark.parametrize(
    ("day", "hour", "due"),
    [
        (date(2026, 11, 9), time(7, 30), "2026-11-09T00:30:00Z"),
        (datetime(2026, 11, 9, 7, 30), None, "2026-11-09T00:30:00Z"),  # noqa: DTZ001
        ("09/11/2026 07:30", None, "2026-11-09T00:30:00Z"),
        ("2026-11-09", "7h30", "2026-11-09T00:30:00Z"),
        ("9.11.2026", timedelta(hours=7, minutes=30), "2026-11-09T00:30:00Z"),
        (None, None, None),
    ],
)
def test_days_and_times_are_taken_as_excel_or_people_write_them(
    planner: Planner, day: Any, hour: Any, due: str | None
):
    planner.does(one(A=day, B=hour))
    [post] = planner.posts().values()
    assert post["deliveries"][0]["due_at"] == due


def test_numbers_are_text_where_text_is_meant(planner: Planner):
    planner.does(one(C=2026, F=14.5))
    assert planner.posts()["2026"]["title"] == "2026"


def test_a_formula_counts_as_the_value_excel_stored(planner: Planner):
    data = saved(one(F="=1+1"))
    parts = unpacked(data)
    parts[SHEET] = (
        parts[SHEET]
        .replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
        .replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>")
    )
    assert b"<v>2</v>" in parts[SHEET]
    planner.does(packed(parts))


def test_merged_hidden_and_doubled_rows_are_refused_by_name(planner: Planner):
    book = excel([ROW, ("10/11/2026", "08:00", "B", "Tin hoạt động", "website", "x"), ROW])
    book.active.merge_cells("E2:E3")
    book.active.row_dimensions[3].hidden = True
    said = planner.refused(book)
    assert " E2:E3: Các ô này bị gộp" in said
    assert " dòng 3: Dòng này đang bị ẩn" in said
    assert " C4: Dòng này và dòng 2 cùng một mã bài" in said


def test_a_title_above_merged_over_the_sheet_and_strange_columns_are_no_trouble(planner: Planner):
    book = Workbook()
    sheet = book.active
    sheet.append(["UBND xã Vĩnh Thanh: kế hoạch tháng 11"])
    sheet.merge_cells("A1:H1")
    sheet.append([])
    sheet.append(["STT", *HEADINGS, "Ghi chú"])
    sheet.append([1, *ROW, "chờ lãnh đạo"])
    book.create_sheet("Nháp").append(["không liên quan"])
    answer = planner.does(book)
    assert "STT; Ghi chú" in answer.err


def test_a_hundred_thousand_empty_rows_change_nothing(planner: Planner):
    parts = unpacked(saved(excel([ROW])))
    empty = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (n, n) for n in range(3, 100_003))
    parts[SHEET] = parts[SHEET].replace(b"</sheetData>", empty + b"</sheetData>")
    assert planner.outcomes(packed(parts)) == ["new"]


@pytest.mark.parametrize("part", ["xl/worksheets/Trang.xml", "xl/trang/1.xml", "trang.xml"])
def test_the_sheets_part_may_have_any_name(planner: Planner, part: str):
    book = excel([ROW, ("10/11/2026", "08:00", "B", "Tin hoạt động", "website", "x")])
    book.active.row_dimensions[3].hidden = True
    parts = unpacked(saved(book))
    parts[part] = parts.pop(SHEET)
    for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        parts[name] = parts[name].replace(SHEET.encode(), part.encode())
    assert " dòng 3: Dòng này đang bị ẩn" in planner.refused(packed(parts))


def test_what_openpyxl_prints_never_reaches_the_data(planner: Planner):
    """It tells stdout of a style that is not there before it gives up."""
    parts = unpacked(saved(excel([ROW])))
    parts["xl/styles.xml"] = parts["xl/styles.xml"].replace(b'xfId="0"', b'xfId="7"')
    answer = planner.tries(packed(parts), "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "bị hỏng" in answer.err


def test_hidden_sheets_and_macros_and_links_to_other_workbooks_are_left_alone(planner: Planner):
    book = excel([ROW])
    hidden = book.create_sheet("Ẩn", 0)
    hidden.append(list(HEADINGS))
    hidden.append(("09/11/2026", "08:00", "Bài ẩn", "Thông báo", "website", "x"))
    hidden.sheet_state = "hidden"
    parts = unpacked(saved(book)) | {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0", "xl/media/a.png": png()}
    answer = planner.does(packed(parts))
    assert list(planner.posts()) == ["vi-sao-la-ngay-9-thang-11"]
    assert "macro" in answer.err
    assert "Ảnh dán" in answer.err


def test_pictures_lie_beside_the_plan(planner: Planner):
    (planner.folder / "thiep.png").write_bytes(png())
    (planner.folder / "hop.png").write_bytes(png("red"))
    headings, alts = ("Ảnh", "Mô tả ảnh", "Mã bài"), "Tấm thiệp xanh.\nCuộc họp thôn."
    book = more_columns(headings, ("thiep.png\nhop.png", alts, "hai-anh"))
    planner.does(book)
    assert planner.outcomes(book) == ["same"]
    (planner.folder / "thiep.png").write_bytes(png("green"))
    assert planner.outcomes(book) == ["changed"], "another picture under the same name"


def test_whose_pictures_are_and_who_is_in_them_comes_with_the_plan_and_goes_out_with_it(planner: Planner):
    for name in ("thiep.png", "hop.png"):
        (planner.folder / name).write_bytes(png())
    headings = ("Ảnh", "Mô tả ảnh", "Ảnh của ai", "Ai trong ảnh", "Mã bài")
    rights, people = "ảnh của đơn vị\nBáo tỉnh, cho phép", "\nbà Lan, đồng ý"
    book = more_columns(headings, ("thiep.png\nhop.png", "Tấm thiệp.\nCuộc họp.", rights, people, "hai"))
    answer = planner.does(book)
    assert "bản quyền" not in answer.err
    media = planner._loa("post", "show", "hai", "--json").json["media"]
    assert [(item["rights"], item["people"]) for item in media] == [
        ("ảnh của đơn vị", ""),
        ("Báo tỉnh, cho phép", "bà Lan, đồng ý"),
    ]
    file = planner.export("hai")
    assert planner.outcomes(file) == ["same"]
    told = load_workbook(file).active
    letters = {name: told.cell(1, index).column_letter for index, name in enumerate(COLUMNS, 1)}
    assert told[f"{letters['people']}2"].value == people
    short = more_columns(("Ảnh", "Mô tả ảnh", "Mã bài"), ("thiep.png\nhop.png", "Tấm thiệp.\nHọp.", "hai"))
    planner.does(short)
    media = planner._loa("post", "show", "hai", "--json").json["media"]
    assert media[1]["people"] == "bà Lan, đồng ý", "a column that is not there takes nothing away"


@pytest.mark.parametrize(
    ("rights", "people", "place", "says"),
    [
        ("ảnh của đơn vị", "học sinh lớp 5A", "[CHẶN] J2", "có trẻ em"),
        ("ảnh của đơn vị", "bà Lan", "[CẢNH BÁO] J2", "chưa ghi là họ đồng ý"),
        ("sưu tầm trên mạng", "", "[CẢNH BÁO] I2", "ai cho phép"),
        ("", "không", "[GỢI Ý] I2", "là của ai"),
    ],
)
def test_what_is_missing_about_a_picture_is_named_by_its_cell(
    planner: Planner, rights: str, people: str, place: str, says: str
):
    (planner.folder / "thiep.png").write_bytes(png())
    headings = ("Ảnh", "Mô tả ảnh", "Ảnh của ai", "Ai trong ảnh")
    said = planner.tries(more_columns(headings, ("thiep.png", "Tấm thiệp", rights, people))).err
    assert any(place in line and says in line for line in said.splitlines()), said


@pytest.mark.parametrize(("column", "place"), [("Ảnh của ai", "I2"), ("Ai trong ảnh", "I2")])
def test_more_lines_about_pictures_than_pictures_are_refused(planner: Planner, column: str, place: str):
    for name in ("thiep.png", "hop.png"):
        (planner.folder / name).write_bytes(png())
    values = ("thiep.png\nhop.png", "Tấm thiệp.\nCuộc họp.", "không\nkhông\nkhông")
    said = planner.refused(more_columns(("Ảnh", "Mô tả ảnh", column), values))
    assert any(f" {place}: " in line and "2 ảnh mà 3 dòng" in line for line in said.splitlines()), said


@pytest.mark.parametrize(
    ("files", "alts", "place", "says"),
    [
        ("khong-co.png", "Ảnh", "G2", "Không tìm thấy tệp"),
        ("../vault.key", "Ảnh", "G2", "../vault.key"),
        ("/etc/passwd", "Ảnh", "G2", "/etc/passwd"),
        ("thiep.png", "", "H2", "chữ thay thế"),
        ("thiep.png\nthiep2.png", "a\nb\nc", "H2", "2 ảnh mà 3 dòng"),
    ],
)
def test_a_picture_that_cannot_be_taken_is_named_by_its_cell(
    planner: Planner, files: str, alts: str, place: str, says: str
):
    for name in ("thiep.png", "thiep2.png"):
        (planner.folder / name).write_bytes(png())
    said = planner.refused(more_columns(("Ảnh", "Mô tả ảnh"), (files, alts)))
    assert any(f" {place}: " in line and says in line for line in said.splitlines()), said


# ---- what is there already


def test_a_title_that_is_taken_changes_no_other_post_by_accident(planner: Planner):
    planner.does(excel([ROW]))
    said = planner.refused(one(F="Chữ khác hẳn."))
    assert " C2: Đã có bài mã vi-sao-la-ngay-9-thang-11" in said
    planner.does(more_columns(("Mã bài",), ("vi-sao-la-ngay-9-thang-11",)))


def test_an_export_comes_back_unchanged_and_each_change_is_one_revision(planner: Planner):
    (planner.folder / "thiep.png").write_bytes(png())
    source = (
        "---\ntitle: Bài đủ mọi mục\nkind: hoi_dap\nsummary: Tóm tắt\nchannels: [website, fanpage]\n"
        "due: 2026-11-09T07:00:00+07:00\ndeadline: 2026-11-09T11:00:00+07:00\n"
        "media: [{file: thiep.png, alt: Thiệp xanh.}]\nlink: https://vidu.gov.vn/a\n"
        "citations: [Luật số 14/2012/QH13; Nghị định 28/2013/NĐ-CP]\ntags: [luật, pháp]\n"
        "audience: Người dân\n"
        "overrides: {fanpage: {text: Ngắn thôi.}}\n---\n\nMột.\n\n- Hai\n"
    )
    written(planner.folder / "bai-du.md", source.encode())
    assert planner._loa("post", "import", planner.folder / "bai-du.md", user="soan").code == 0
    planner.does(excel([ROW]))
    elsewhere = planner.folder / "noi-khac"
    elsewhere.mkdir()
    file = planner.export(name="noi-khac/ra.xlsx")
    assert planner.outcomes(file) == ["same", "same"]

    book = load_workbook(file)
    sheet = book.active
    letters = {name: sheet.cell(1, index).column_letter for index, name in enumerate(COLUMNS, 1)}
    row = next(r for r in range(2, 4) if sheet[f"{letters['id']}{r}"].value == "bai-du")
    sheet[f"{letters['summary']}{row}"] = "Tóm tắt mới"
    changed = planner.file(book, "noi-khac/sua.xlsx")
    planner.does(changed)
    shown = planner._loa("post", "show", "bai-du", "--json").json
    assert shown["revision"] == 2
    assert "Ngắn thôi." in shown["source"], "what the plan does not hold stays"
    assert "thiep.png" in shown["source"]

    said = planner.tries(changed, "--go")
    assert said.code == 0, "the same again changes nothing"
    sheet[f"{letters['summary']}{row}"] = "Tóm tắt thứ ba"
    stale = planner.tries(planner.file(book, "noi-khac/cu.xlsx"), "--go")
    assert stale.code == 3
    assert f" {letters['revision']}{row}: Bài bai-du đã được sửa" in stale.err


def test_an_exported_cell_never_runs(planner: Planner):
    evil = '=HYPERLINK("http://vidu.vn","bấm")'
    source = (
        f"---\ntitle: '{evil}'\nkind: hoi_dap\nchannels: [website]\nsummary: '+84'\ntags: ['@a']\n---\n\n-1\n"
    )
    written(planner.folder / "xau.md", source.encode())
    assert planner._loa("post", "import", planner.folder / "xau.md", user="soan").code == 0
    file = planner.export()
    assert b"<f>" not in unpacked(file.read_bytes())[SHEET]
    cells = {c.value: c for c in load_workbook(file).active[2] if isinstance(c.value, str)}
    for text in (evil, "+84", "@a", "-1"):
        assert (cells[text].data_type, cells[text].quotePrefix) == ("s", True), text
    assert planner.outcomes(file) == ["same"]


def test_a_text_too_long_for_a_cell_is_left_out_and_told_of(planner: Planner):
    source = "---\ntitle: Dài\nkind: hoi_dap\nchannels: [website]\n---\n\n" + "Luật. " * 6_000
    written(planner.folder / "dai.md", source.encode())
    planner._loa("post", "import", planner.folder / "dai.md", user="soan")
    planner.does(excel([ROW]))
    path = planner.folder / "ra.xlsx"
    answer = planner._loa("plan", "export", path, user="soan")
    assert "Không ghi bài dai" in answer.err
    assert planner.outcomes(path) == ["same"]


# ---- the template


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_template_offers_lists_and_is_read_back_in_either_language(
    planner: Planner, language: str, at_desk: Loa
):
    path = planner.folder / "mau.xlsx"
    assert at_desk("plan", "template", path, LOA_LANGUAGE=language).code == 0
    book = load_workbook(io.BytesIO(path.read_bytes()))
    plan, hints = book.worksheets
    lists = {str(v.sqref): v for v in plan.data_validations.dataValidation}
    assert sorted(lists) == ["D2:D501", "E2:E501"]
    assert "Hỏi – đáp" in [c.value for c in hints["F"]] or language == "en"
    assert {"website", "fanpage"} == {c.value for c in hints["H"][1:] if c.value}
    empty = planner.tries(path)
    assert empty.code == 2
    assert "chưa có bài nào" in empty.err
    kind = hints["F3"].value
    for index, value in enumerate(("09/11/2026", "07:30", "Bài", kind, "website", "", "Chữ."), 1):
        plan.cell(2, index, value or None)
    answer = at_desk("plan", "import", planner.file(book), "--go", user="soan", LOA_LANGUAGE=language)
    assert answer.code == 0, answer.err
    assert list(planner.posts()) == ["bai"]


def test_no_file_is_ever_written_over(planner: Planner):
    old = written(planner.folder / "cu.xlsx", b"somebody's work")
    for command in ("template", "export"):
        answer = planner._loa("plan", command, old, user="soan")
        assert answer.code == 3
        assert "Đã có tệp cu.xlsx" in answer.err
    assert old.read_bytes() == b"somebody's work"
    assert planner._loa("plan", "template", planner.folder / "mau.csv").code == 2
    assert planner._loa("plan", "template", planner.folder / "khong" / "mau.xlsx").code == 2
    assert [p.name for p in planner.folder.iterdir() if p.name.startswith(".")] == []


def test_only_a_drafter_brings_a_plan_in(planner: Planner, at_desk: Loa):
    path = planner.file(excel([ROW]))
    assert at_desk("plan", "import", path, "--go", user="duyet").code == 3
    assert at_desk("plan", "import", path, user=None).code == 0, "looking needs nobody's name"
    assert planner.posts() == {}
