"""A report's Word file is what Nghị định 30/2020/NĐ-CP, Phụ lục I says, measured by reading it back."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml.ns import qn

from content.errors import UsageError
from loa.reports import layout, tables, texts
from loa.reports.texts import written_day
from loa.services import law, report_periods, reporting
from tests.loa.conftest import Loa
from tests.support.ledger import fill
from tests.support.office import Office

SETTINGS = """
[report]
parent = "tỉnh Thử Nghiệm"
code = "UBND"
place = "Thử Nghiệm"
to = ["Sở Tư pháp tỉnh Thử Nghiệm"]
signer = "Trần Văn Duyệt"
recipients = ["Sở Tư pháp", "Lưu: VT, TP"]
"""


def settle(desk: Office, more: str = SETTINGS) -> None:
    (desk.folder / "config.toml").write_text(more.strip() + "\n", "utf-8")


@pytest.fixture
def paper(desk: Office, at_desk: Loa, tmp_path: Path) -> Any:
    fill(desk, 4)
    settle(desk)
    file = tmp_path / "bao-cao.docx"
    answer = at_desk("report", "periodic", "--period", "2026", "--date", "05/02/2027", "--to-file", file)
    assert answer.code == 0, answer.err
    assert str(file) in answer.err
    return docx.Document(str(file))


def size(paragraph: Any) -> set[float]:
    return {run.font.size.pt for run in paragraph.runs}


def head(paper: Any) -> dict[str, Any]:
    lines = [p for row in paper.tables[0].rows for cell in row.cells for p in cell.paragraphs]
    return {p.text: p for p in lines}


def rule_mm(paragraph: Any, room_mm: float) -> float:
    assert paragraph._p.pPr.find(qn("w:pBdr")).find(qn("w:top")).get(qn("w:val")) == "single"
    form = paragraph.paragraph_format
    return float(room_mm - form.left_indent.mm - form.right_indent.mm)


def test_the_paper_is_a4_with_the_decrees_margins(paper: Any) -> None:
    for section in paper.sections:
        assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
        assert 20 <= round(section.top_margin.mm, 1) <= 25
        assert 20 <= round(section.bottom_margin.mm, 1) <= 25
        assert 30 <= round(section.left_margin.mm, 1) <= 35
        assert 15 <= round(section.right_margin.mm, 1) <= 20
    fonts = paper.styles["Normal"].element.rPr.rFonts
    assert {fonts.get(qn(f"w:{name}")) for name in ("ascii", "hAnsi", "cs", "eastAsia")} == {
        "Times New Roman"
    }
    assert not re.search(rb'w:color w:val="(?!000000|auto)', docx_xml(paper)), "black letters only"


def docx_xml(paper: Any) -> bytes:
    from lxml import etree

    return bytes(etree.tostring(paper.element))


def test_the_page_number_is_centred_in_the_top_margin_and_hidden_on_the_first_page(paper: Any) -> None:
    for section in paper.sections:
        assert section.different_first_page_header_footer
        assert not "".join(p.text for p in section.first_page_header.paragraphs)
        [line] = section.header.paragraphs
        assert line.alignment == ALIGN.CENTER
        assert "PAGE" in "".join(mark.text or "" for mark in line._p.iter(qn("w:instrText")))
        assert size(line) <= {13.0, 14.0}
        assert section.header_distance < section.top_margin
    for appendix in list(paper.sections)[1:]:
        assert appendix._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"


def test_national_title_and_motto(paper: Any) -> None:
    lines = head(paper)
    title, motto = lines["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"], lines["Độc lập - Tự do - Hạnh phúc"]
    for line, sizes in ((title, {12.0, 13.0}), (motto, {13.0, 14.0})):
        assert size(line) <= sizes
        assert line.runs[0].font.bold
        assert not line.runs[0].font.italic
        assert line.alignment == ALIGN.CENTER
    right = paper.tables[0].rows[0].cells[1]
    assert [p.text for p in right.paragraphs][:2] == [title.text, motto.text]
    assert 55 < rule_mm(right.paragraphs[2], 100) < 65, "as long as the motto: 60 mm"


def test_the_agency_stands_under_the_one_above_it_with_a_short_rule(paper: Any) -> None:
    left = paper.tables[0].rows[0].cells[0]
    parent, agency, rule = left.paragraphs
    assert (parent.text, agency.text) == ("TỈNH THỬ NGHIỆM", "UBND XÃ THỬ NGHIỆM")
    assert (bool(parent.runs[0].font.bold), bool(agency.runs[0].font.bold)) == (False, True)
    assert size(parent) | size(agency) <= {12.0, 13.0}
    width = texts_width(agency.text, 13)
    assert width / 3 - 0.5 <= rule_mm(rule, 65) <= width / 2 + 0.5


def texts_width(text: str, points: float) -> float:
    from PIL import ImageFont

    from content.fonts import font

    # another font, so a rough measure: Times is about 0.9 as wide as Noto Sans
    return (
        float(ImageFont.truetype(BytesIO(font(bold=True)), 100).getlength(text))
        / 100
        * points
        * 25.4
        / 72
        * 0.9
    )


def test_number_place_and_date(paper: Any) -> None:
    lines = head(paper)
    number = next(line for text, line in lines.items() if text.startswith("Số:"))
    assert re.fullmatch(r"Số:\s+/BC-UBND", number.text), "the clerk writes the number"
    assert size(number) == {13.0}
    assert not number.runs[0].font.bold
    date_line = lines["Thử Nghiệm, ngày 05 tháng 02 năm 2027"]
    assert date_line.runs[0].font.italic
    assert size(date_line) <= {13.0, 14.0}


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2020, 1, 5), "ngày 05 tháng 01 năm 2020"),
        (date(2020, 6, 29), "ngày 29 tháng 6 năm 2020"),
        (date(2026, 12, 9), "ngày 09 tháng 12 năm 2026"),
        (date(2026, 3, 10), "ngày 10 tháng 3 năm 2026"),
    ],
)
def test_a_zero_leads_only_small_days_and_the_first_two_months(day: date, words: str) -> None:
    assert written_day(day) == words


def body(paper: Any) -> list[Any]:
    return [p for p in paper.paragraphs if p.text.strip()]


def test_type_subject_and_body(paper: Any) -> None:
    lines = body(paper)
    assert lines[0].text == "BÁO CÁO"
    assert lines[1].text.startswith("Kết quả truyền thông")
    for line in lines[:2]:
        assert line.runs[0].font.bold
        assert line.alignment == ALIGN.CENTER
        assert size(line) <= {13.0, 14.0}
    assert lines[2].text == "Kính gửi: Sở Tư pháp tỉnh Thử Nghiệm"
    basis = lines[3]
    assert basis.runs[0].font.italic
    assert basis.text.endswith("pháp luật."), "the only basis is the last one"
    told = [p for p in lines if p.alignment == ALIGN.JUSTIFY]
    assert len(told) > 10
    for line in told:
        form = line.paragraph_format
        assert size(line) <= {13.0, 14.0}
        assert round(form.first_line_indent.mm, 1) in (10.0, 12.7)
        assert form.space_after.pt >= 6
        assert 1.0 <= form.line_spacing <= 1.5
    assert [p.text for p in told][-1].endswith("./.")
    assert sum(p.text.endswith("./.") for p in lines) == 1


def test_signature_and_recipients(paper: Any) -> None:
    table = next(t for t in paper.tables if "Nơi nhận:" in t.rows[0].cells[0].text)
    left, right = table.rows[0].cells
    notice, *recipients = left.paragraphs
    assert (size(notice), notice.runs[0].font.bold, notice.runs[0].font.italic) == ({12.0}, True, True)
    assert [p.text for p in recipients] == ["- Sở Tư pháp;", "- Lưu: VT, TP."]
    assert set().union(*map(size, recipients)) == {11.0}
    words = [p for p in right.paragraphs if p.text]
    assert [p.text for p in words] == ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", "Trần Văn Duyệt"]
    for line in words:
        assert line.runs[0].font.bold
        assert size(line) <= {13.0, 14.0}
        assert line.alignment == ALIGN.CENTER
    assert table.rows[0]._tr.trPr.find(qn("w:cantSplit")) is not None, "a signature is not torn apart"


def made(desk: Office, at_desk: Loa, tmp_path: Path, settings: str) -> Any:
    settle(desk, f"[report]\n{settings}")
    assert at_desk("report", "periodic", "--period", "2026", "--to-file", tmp_path / "a.docx").code == 0
    return docx.Document(str(tmp_path / "a.docx"))


def signed(paper: Any) -> tuple[list[str], list[str]]:
    table = next(t for t in paper.tables if "Nơi nhận:" in t.rows[0].cells[0].text)
    left, right = table.rows[0].cells
    return left.text.split("\n")[1:], [line for line in right.text.split("\n") if line]


def test_authority_is_in_capitals_and_a_recipient_ends_once(
    desk: Office, at_desk: Loa, tmp_path: Path
) -> None:
    told = 'authority = ["TM. Ủy ban nhân dân", "Chủ tịch"]\nrecipients = ["Sở Tư pháp;", "Lưu: VT."]'
    recipients, authority = signed(made(desk, at_desk, tmp_path, told))
    assert authority[:2] == ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"]
    assert recipients == ["- Sở Tư pháp;", "- Lưu: VT."]


def test_as_above_is_printed_only_under_an_addressee(desk: Office, at_desk: Loa, tmp_path: Path) -> None:
    assert signed(made(desk, at_desk, tmp_path, ""))[0] == ["- Lưu: VT."]
    (tmp_path / "a.docx").unlink()
    assert signed(made(desk, at_desk, tmp_path, 'to = ["A"]'))[0] == ["- Như trên;", "- Lưu: VT."]


def test_several_addressees_stand_under_one_another(desk: Office, at_desk: Loa, tmp_path: Path) -> None:
    told = body(made(desk, at_desk, tmp_path, 'to = ["Sở Tư pháp", "UBND tỉnh"]'))
    assert [line.text for line in told[2:5]] == ["Kính gửi:", "- Sở Tư pháp;", "- UBND tỉnh."]


def test_bases_end_with_semicolons_and_the_last_with_a_full_stop(
    desk: Office, at_desk: Loa, tmp_path: Path
) -> None:
    own(desk, "loại: BÁO CÁO\ntrích yếu: x\ncăn cứ: Căn cứ một;\ncăn cứ: Căn cứ hai;\n\nHết\n")
    told = [line.text for line in body(made(desk, at_desk, tmp_path, ""))]
    assert told[2:] == ["Căn cứ một;", "Căn cứ hai.", "Hết./."]


def test_the_end_mark_is_not_set_on_what_is_still_to_be_written(
    desk: Office, at_desk: Loa, tmp_path: Path
) -> None:
    own(desk, "loại: BÁO CÁO\ntrích yếu: x\n\nMột.\nghi thêm: Cán bộ tư pháp viết ở đây.\n")
    told = [line.text for line in body(made(desk, at_desk, tmp_path, ""))]
    assert told[2:] == ["Một.", "(Cán bộ tư pháp viết ở đây.)", "Trên đây là báo cáo của đơn vị./."]
    assert any("để trống" in remark for remark in words(desk).remarks), "in whatever words it is asked for"


def test_tables_repeat_their_heading_and_hold_the_figures(paper: Any, desk: Office) -> None:
    data = [t for t in paper.tables if t.style.name == "Table Grid"]
    assert len(data) >= 6
    for table in data:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    facts = reporting.facts(desk.workspace, "periodic", report_periods.named("2026"))
    plan = next(t for t in data if "Kế hoạch" in [c.text for c in t.rows[0].cells])
    assert [c.text for c in plan.rows[-1].cells][:3] == [
        "Cộng",
        str(facts.plan.planned),
        str(facts.plan.done),
    ]
    figures = next(t for t in data if "Cao nhất" in [c.text for c in t.rows[0].cells])
    zone = desk.workspace.config.zone
    wanted = [
        [tables.in_words(cell, zone) for cell in row] for row in tables.names()["so-lieu"](facts, zone).rows
    ]
    assert [[c.text for c in row.cells] for row in figures.rows][1:] == wanted
    assert any("không cộng" in row for row in wanted)


def test_appendices_follow_with_roman_numbers(paper: Any) -> None:
    found = [p for p in body(paper) if p.text.startswith("Phụ lục")]
    assert [p.text for p in found] == ["Phụ lục I", "Phụ lục II"]
    assert all(p.runs[0].font.bold and size(p) == {14.0} for p in found)


def test_a_party_unit_has_its_own_head(desk: Office, at_desk: Loa, tmp_path: Path) -> None:
    settle(desk, '[report]\nlayout = "dang"\ncode = "ĐU"\nauthority = ["T/M BAN THƯỜNG VỤ", "BÍ THƯ"]')
    answer = at_desk("report", "periodic", "--period", "2026", "--to-file", tmp_path / "a.docx")
    assert "chưa đối chiếu" in answer.err
    lines = head(docx.Document(str(tmp_path / "a.docx")))
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in lines
    assert "*" in lines
    assert not any("CỘNG HÒA" in text for text in lines)
    assert any(re.fullmatch(r"Số\s+-BC/ĐU", text) for text in lines)


# ---- the words


def own(desk: Office, text: str, name: str = "bao-cao-dinh-ky.txt") -> None:
    (desk.folder / "templates").mkdir(exist_ok=True)
    (desk.folder / "templates" / name).write_text(text, "utf-8")


def words(desk: Office) -> texts.Words:
    facts = reporting.facts(desk.workspace, "periodic", report_periods.named("2026"))
    return texts.write(facts, desk.folder, desk.workspace.config.zone, law.registry(desk.workspace))


def test_an_officers_own_template_takes_the_shipped_ones_place(desk: Office) -> None:
    fill(desk, 4)
    own(desk, "loại: TỜ TRÌNH\ntrích yếu: Về {{ ky }}\n\n{{ so(1234567) }} lượt\n- một\n[bảng: kenh]\n")
    told = words(desk)
    assert [(one.sort, one.text) for one in told.blocks] == [
        ("type", "TỜ TRÌNH"),
        ("subject", "Về năm 2026"),
        ("paragraph", "1.234.567 lượt"),
        ("item", "một"),
        ("table", "kenh"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("loại: BÁO CÁO\n{% if %}\n", 2, ""),
        ("a\nb\n{{ khong_co }}\n", 3, "khong_co"),
        ("a\n{{ so_bai / 0 }}\n", 2, ""),
        ("a\n\n[bảng: kenhh]\n", 3, "kenh"),
        ("{{ can_cu('1/1999/XX') }}\n", 1, "1/1999/XX"),
        ("a\n{{ ''.__class__.__mro__ }}\n", 2, ""),
        ("a\n{{ so('chữ') }}\n", 2, ""),
    ],
)
def test_a_slip_in_a_template_is_told_with_its_line(desk: Office, text: str, line: int, why: str) -> None:
    own(desk, text)
    with pytest.raises(UsageError, match=rf"templates/bao-cao-dinh-ky.txt, dòng {line}: .*{why}"):
        words(desk)


def test_a_template_without_end_is_refused(desk: Office) -> None:
    own(desk, "{% for i in range(99999) %}{% for j in range(99999) %}aaaaaaaaaa{% endfor %}{% endfor %}")
    with pytest.raises(UsageError, match="vòng lặp"):
        words(desk)
    own(desk, "a" * (texts.LARGEST_BYTES + 1))
    with pytest.raises(UsageError, match="KiB"):
        words(desk)
    (desk.folder / "templates" / "bao-cao-dinh-ky.txt").write_bytes(b"a\n\xff")
    with pytest.raises(UsageError, match="dòng 2"):
        words(desk)


def test_bases_are_cited_in_full_and_told_when_they_are_not_in_force(desk: Office) -> None:
    own(desk, "căn cứ: Căn cứ {{ can_cu('14/2012/QH13') }};\ncăn cứ: Căn cứ {{ can_cu('30/2020/NĐ-CP') }};\n")
    told = words(desk)
    assert told.blocks[0].text == "Căn cứ Luật Phổ biến, giáo dục pháp luật;"
    assert told.blocks[1].text == (
        "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư;"
    )
    own(desk, "căn cứ: Căn cứ {{ can_cu('21/2021/QĐ-TTg') }};")
    assert any("21/2021/QĐ-TTg" in remark for remark in words(desk).remarks)


@pytest.mark.parametrize("name", ["nha-nuoc", "dang"])
def test_shipped_layouts_are_whole_and_tell_their_source(desk: Office, name: str) -> None:
    told = layout.read(desk.folder, name)
    assert told.source
    assert told.verified is (name == "nha-nuoc")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("top = 20", 'top = "hai"'), "page.top"),
        (("[style.body]", "[style.bdoy]"), "style.bdoy"),
        (('align = "justify"', 'align = "giua"'), "align"),
        (("verified", "verified = = "), ""),
        (("[head]", "[haed]"), "head"),
    ],
)
def test_a_slip_in_a_layout_is_told_with_its_key(desk: Office, change: tuple[str, str], why: str) -> None:
    text, _ = texts.template_file(desk.folder, "the-thuc-nha-nuoc.toml")
    own(desk, text.replace(*change), "the-thuc-nha-nuoc.toml")
    with pytest.raises(UsageError, match=rf"templates/the-thuc-nha-nuoc.toml.*{why}"):
        layout.read(desk.folder, "nha-nuoc")
