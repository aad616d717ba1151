"""Awkward reports as LibreOffice prints them: long names and addresses, a Party unit, nothing published.

Measured on the PDF against Nghị định 30/2020/NĐ-CP, Phụ lục I (facts: domain §2.2).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from scheduler.store.tables import delivery, post
from tests.loa.conftest import Loa
from tests.loa.test_report_libreoffice import MM, bare, converted, pieces
from tests.loa.test_report_libreoffice import pytestmark as pytestmark
from tests.loa.test_report_word import settle
from tests.support.ledger import fill
from tests.support.office import Office

LONG = """
[unit]
name = "Trung tâm Dịch vụ tổng hợp & Hỗ trợ pháp lý <Phường> Nguyễn Thị Minh Khai và vùng phụ cận"
[report]
parent = "Ủy ban nhân dân thành phố trực thuộc Trung ương có tên gọi rất dài Thừa Thiên Thử Nghiệm"
place = "Phường Nguyễn Thị Minh Khai"
to = ["Sở Tư pháp"]
authority = ["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"]
signer = "Công Tằng Tôn Nữ Thị Minh Nguyệt"
"""
PARTY = """
[unit]
name = "Đảng ủy xã Thử Nghiệm"
[report]
layout = "dang"
parent = "Tỉnh ủy Thử Nghiệm"
code = "ĐU"
place = "Thử Nghiệm"
authority = ["T/M BAN THƯỜNG VỤ", "BÍ THƯ"]
signer = "Nguyễn Văn Bí"
"""
SHORT = '[report]\nplace = "Thử Nghiệm"\nsigner = "Trần Văn Duyệt"\n'
TITLE = (
    "Đăng ký khai sinh tại https://dichvucong.example.test/p/home/dvc.html?muc=" + "rat-dai-" * 9 + "& <b>"
)
ADDRESS = "https://www.facebook.com/permalink.php?story_fbid=" + "pfbid02AbCd" * 8


def printed(desk: Office, at_desk: Loa, tmp_path: Path, settings: str, day: str = "15/11/2027") -> list[Any]:
    settle(desk, settings)
    file = tmp_path / "bao-cao.docx"
    answer = at_desk("report", "periodic", "--period", "2026", "--date", day, "--to-file", file)
    assert answer.code == 0, answer.err
    return list(PdfReader(converted(file, "pdf", tmp_path)).pages)


def sizes(page: Any, words: str) -> set[tuple[int, bool, bool]]:
    """(points, bold, italic) of all lines of a page that hold these plain letters."""
    lines: dict[int, list[tuple[str, float, str]]] = {}
    for text, _, y, size, font in pieces(page):
        lines.setdefault(round(y), []).append((text, size, font))
    found = {
        (round(size), "Bold" in font, "Italic" in font)
        for line in lines.values()
        if bare(words) in bare("".join(text for text, _, _ in line))
        for text, size, font in line
        if bare(words) in bare(text) or (len(bare(text)) > 2 and bare(text) in bare(words))
    }
    assert found, f"“{words}” stands on no line of its own"
    return found


@pytest.fixture
def crowded(desk: Office) -> Office:
    fill(desk, 4)
    run = desk.workspace.database.run
    run(lambda c: c.execute(update(post).values(title=TITLE)))
    run(lambda c: c.execute(update(delivery).where(delivery.c.url != "").values(url=ADDRESS)))
    return desk


def test_nothing_runs_off_the_paper_however_long_names_and_addresses_are(
    crowded: Office, at_desk: Loa, tmp_path: Path
) -> None:
    pages = printed(crowded, at_desk, tmp_path, LONG)
    lying = 0
    for page in pages:
        wide, high = (float(side) / MM for side in page.mediabox[2:])
        assert sorted((round(wide), round(high))) == [210, 297]
        lying += wide > high
        for text, x, y, *_ in pieces(page):
            assert x >= 30 * MM - 1, text
            assert x <= (wide - 15) * MM, text
            assert y >= 20 * MM - 1, text
    assert 0 < lying < len(pages), "the list of posts lies across, the report itself does not"
    told = pages[0].extract_text()
    assert "<" in told
    assert "&" in told
    lines = [bare(line) for line in told.splitlines()]
    assert any(bare("ngày 15 tháng 11 năm 2027") in line for line in lines), "a date is not torn"


def test_every_cell_of_the_decree_has_its_letters_on_paper(
    desk: Office, at_desk: Loa, tmp_path: Path
) -> None:
    fill(desk, 4)
    pages = printed(
        desk, at_desk, tmp_path, '[report]\nto = ["Sở Tư pháp"]\nplace = "Đà Nẵng"\nsigner = "Lê An"\n'
    )
    first, last = pages[0], next(page for page in pages if bare("Nơi nhận") in bare(page.extract_text()))
    for page, words, points, bold, italic in (
        (first, "CỘNG HÒA XÃ HỘI", (12, 13), True, False),
        (first, "Độc lập - Tự do - Hạnh phúc", (13, 14), True, False),
        (first, "BC-UBND", (13, 13), False, False),
        (first, "ngày 15 tháng", (13, 14), False, True),
        (first, "BÁO CÁO", (13, 14), True, False),
        (first, "Kính gửi: Sở Tư pháp", (13, 14), False, False),
        (first, "Thực hiện chế độ báo cáo", (13, 14), False, True),
        (first, "Trong kỳ", (13, 14), False, False),
        (last, "Nơi nhận", (12, 12), True, True),
        (last, "Lưu: VT", (11, 11), False, False),
        (last, "CHỦ TỊCH", (13, 14), True, False),
        (last, "Lê An", (13, 14), True, False),
    ):
        for size, is_bold, is_italic in sizes(page, words):
            assert points[0] <= size <= points[1], words
            assert (is_bold, is_italic) == (bold, italic), words
    right = [x for text, x, *_ in pieces(last) if bare(text) == bare("CHỦ TỊCH")]
    left = [x for text, x, *_ in pieces(last) if bare("Nơi nhận") in bare(text)]
    assert min(right) > 105 * MM > max(left), "who signs to the right, who receives it to the left"


@pytest.mark.parametrize("posts", [0, 9, 25, 60])
def test_a_signature_never_stands_alone_on_its_page(
    desk: Office, at_desk: Loa, tmp_path: Path, posts: int
) -> None:
    if posts:
        fill(desk, 4, posts)
    [page] = [
        one for one in printed(desk, at_desk, tmp_path, SHORT) if bare("Nơi nhận") in bare(one.extract_text())
    ]
    above = bare(page.extract_text()).partition(bare("Nơi nhận"))[0]
    assert bare("Trên đây là báo cáo của đơn vị") in above


def test_a_party_units_paper_has_its_own_head_and_no_motto(
    desk: Office, at_desk: Loa, tmp_path: Path
) -> None:
    fill(desk, 4)
    [first, *rest] = printed(desk, at_desk, tmp_path, PARTY, "09/01/2027")
    text = bare(first.extract_text())
    assert bare("ĐẢNG CỘNG SẢN VIỆT NAM") in text
    assert bare("Độc lập") not in text
    assert re.search(r"S[ố ]*\s+-BC/ĐU", first.extract_text()), "without a colon"
    assert any(one[0].strip() == "*" for one in pieces(first))
    assert any(bare("T/M BAN THƯỜNG VỤ") in bare(page.extract_text()) for page in rest)
