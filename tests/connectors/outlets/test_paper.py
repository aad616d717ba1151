"""What is printed can be read back with every mark, fits its pages, and brings its letters along."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pypdf
import pytest

from connectors.errors import Refused
from connectors.outlets.letters import missing_letters
from tests.connectors.outlets.harness import PLATFORMS, UNIT, forget

PANGRAM = (
    "Thượng tôn pháp luật: ăn quả nhớ kẻ trồng cây; nghĩa vụ, quyền lợi, kỷ luật, hộ tịch, đất đai, giữ gìn, "
    "ưu đãi, kiểm điểm, bổ sung, sửa đổi, hỏi đáp, khẩn trương, ngã ngửa, rõ rệt, mẫu mực, lẫn lộn, ở đợ."
)
RICH = f"""## Ai phải đăng ký?

{PANGRAM}

- Giấy chứng sinh
- Căn cước:
  1. Bản sao
  2. Bản chính

![x](anh-1-0.png "Bộ phận một cửa")

| Việc | Thời hạn |
|---|---|
| Đúng hạn | Trong ngày |

> Không thu phí. Xem [Cổng](https://dichvucong.gov.vn).
"""


def _text(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages).split())


@pytest.mark.parametrize(("platform", "file"), [("leaflet", "to-roi.pdf"), ("notice", "bang-tin.pdf")])
def test_every_word_and_mark_can_be_read_back(office, platform, file):
    harness = office(platform, address="Thôn Đông", email="tuphap@xa.example.vn")
    text = _text(harness.files(harness.job(pictures=1, text=RICH))[file])
    for words in (
        PANGRAM,
        "Đăng ký khai sinh cho trẻ em, bài 1",
        "Cha mẹ có 60 ngày",
        UNIT.upper(),
        "• Giấy chứng sinh",
        "1. Bản sao",
        "Bộ phận một cửa",
        "Trong ngày",
        "Cổng (https://dichvucong.gov.vn)",
        "Căn cứ: Luật Hộ tịch số 60/2014/QH13",
        "Địa chỉ: Thôn Đông",
        "tuphap@xa.example.vn",
        "https://xa.example.vn/khai-sinh",
        "09/11/2026",
    ):
        assert words in text, words


def test_a_picture_without_a_caption_bears_its_alt_text(office):
    harness = office("leaflet")
    text = _text(harness.files(harness.job(pictures=1))["to-roi.pdf"])
    assert "Buổi nói chuyện tại nhà văn hóa" in text


@pytest.mark.parametrize(
    ("platform", "file"), [("leaflet", "to-roi.pdf"), ("loudspeaker", "ban-tin-phat-thanh.pdf")]
)
def test_the_letters_are_inside_the_file(office, platform, file):
    harness = office(platform)
    names = set()
    for page in pypdf.PdfReader(io.BytesIO(harness.files(harness.job(text=RICH))[file])).pages:
        for font in page["/Resources"]["/Font"].values():
            font = font.get_object()
            assert "/FontFile2" in font["/FontDescriptor"].get_object(), font["/BaseFont"]
            names.add(str(font["/BaseFont"]).partition("+")[2])
    assert names == {"NotoSans-Regular", "NotoSans-Bold"}


def test_the_file_bears_the_deliverys_date_not_the_machines(office):
    harness = office("leaflet")
    job = harness.job()
    info = pypdf.PdfReader(io.BytesIO(harness.files(job)["to-roi.pdf"])).metadata
    assert info.creation_date == job.due_at
    assert info.title == job.variant.title
    assert info.author == UNIT


@pytest.mark.parametrize("paper", ["A5", "A4"])
def test_a_leaflet_has_two_pages_at_most_and_says_what_does_not_fit(office, paper):
    harness = office("leaflet", paper=paper)
    for paragraphs in (1, 6, 14):
        job = harness.job(text=(PANGRAM + "\n\n") * paragraphs)
        pages = len(pypdf.PdfReader(io.BytesIO(harness.files(job)["to-roi.pdf"])).pages)
        assert pages <= 2
    job = harness.job(text="\n\n".join(f"Đoạn {number}. {PANGRAM}" for number in range(1, 80)))
    (finding,) = [one for one in harness.alone().check(job.variant) if one.rule == "leaflet.too_long"]
    assert finding.severity == "block"
    assert re.match(r"Đoạn \d+\.|\w", str(finding.values["words"]))
    with pytest.raises(Refused):
        harness.alone().prepare(job, {}, forget)


def test_more_text_never_gets_fewer_pages_or_larger_letters_on_as_many():
    from connectors.outlets.leaflet import FORMATS
    from connectors.outlets.paper import Sheet, draw

    drawn = [
        draw(Sheet("Bài", (PANGRAM + "\n\n") * count, UNIT), FORMATS["A5"]) for count in (1, 4, 8, 12, 16, 24)
    ]
    asked = [(paper.pages, -paper.size) for paper in drawn]
    assert asked == sorted(asked)
    assert {paper.pages for paper in drawn} == {1, 2}


def test_the_check_sees_the_same_pages_as_the_printer_without_reading_a_picture(office):
    harness = office("leaflet")
    job = harness.job(pictures=2, text=RICH)
    (harness.media / job.variant.media[0].sha256).rename(harness.media / "away")
    assert [one for one in harness.alone().check(job.variant) if one.severity == "block"] == []


def test_the_code_is_that_of_the_link(office):
    """Squares on the page, put back into rows, are those of a code made for the address."""
    import segno

    harness = office("leaflet")
    job = harness.job()
    page = pypdf.PdfReader(io.BytesIO(harness.files(job)["to-roi.pdf"])).pages[-1]
    content = page.get_contents().get_data().decode("latin-1")
    boxes = [
        tuple(map(float, box)) for box in re.findall(r"n ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f", content)
    ]
    side = boxes[0][3]
    drawn = {
        (round(x / side) + one, round(y / side))
        for x, y, wide, _ in boxes
        for one in range(round(wide / side))
    }
    code = segno.make(job.variant.link, error="m", micro=False, boost_error=False)
    rows = list(code.matrix_iter(border=4))
    wanted = {(x, len(rows) - 1 - y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}
    assert drawn == wanted


def test_the_code_stands_beside_the_units_lines_and_over_no_other_words(office):
    harness = office("leaflet", address="Thôn Đông")
    job = harness.job()
    page = pypdf.PdfReader(io.BytesIO(harness.files(job)["to-roi.pdf"])).pages[-1]
    places: dict[str, float] = {}

    def seen(text: str, _cm: object, tm: list[float], *_: object) -> None:
        places[" ".join(text.split())] = tm[5]

    boxes: list[float] = []

    def met(operator: bytes, operands: list[Any], cm: list[float], _tm: object) -> None:
        if operator == b"re" and float(operands[2]) < 40 and float(operands[3]) < 5:
            boxes.append(cm[5] + float(operands[1]))

    page.extract_text(visitor_text=lambda text, cm, tm, *_: seen(text, cm, [*tm[:5], cm[5] + tm[5]]),
                      visitor_operand_before=met)  # fmt: skip
    above = [y for words, y in places.items() if "Căn cước" in words]
    beside = [y for words, y in places.items() if "Thôn Đông" in words]
    assert max(boxes) < min(above)
    assert min(boxes) < beside[0] < max(boxes)


def test_signs_that_the_letters_lack_are_named():
    assert missing_letters("Chào 🙂 bà con → 中 “tốt”") == "🙂中"


def test_a_press_pack_holds_the_pictures_as_stored(office):
    harness = office("press", contact="Ông Nam, 0912 345 678")
    job = harness.job(pictures=2, text="Lời dẫn.\n\n![x](anh-1-0.png)\n\nLời kết.")
    with zipfile.ZipFile(io.BytesIO(harness.files(job)["goi-bao-chi.zip"])) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == [
            "anh-01-anh-1-0.png",
            "anh-02-anh-1-1.png",
            "chu-thich-anh.txt",
            "thong-cao.html",
            "thong-cao.txt",
        ]
        for name, ref in zip(names[:2], job.variant.media, strict=True):
            assert archive.read(name) == (harness.media / ref.sha256).read_bytes()
        page, text = archive.read("thong-cao.html").decode(), archive.read("thong-cao.txt").decode()
    assert page.count("<img") == 2
    assert 'alt="Buổi nói chuyện tại nhà văn hóa"' in page
    for told in ("Ông Nam, 0912 345 678", "Đề nghị chỉ sử dụng từ: Thứ Hai 09/11/2026 17:00", UNIT):
        assert told in page
        assert told in text
    assert "Đề nghị" not in harness.files(job, embargo="none")["thong-cao.txt"].decode()


def test_a_press_pack_lets_no_script_through(office):
    harness = office("press")
    job = harness.job(
        title="<script>alert(1)</script>", text='<img src=x onerror="a()">\n\n[x](javascript:a)'
    )
    with zipfile.ZipFile(io.BytesIO(harness.files(job)["goi-bao-chi.zip"])) as archive:
        page = archive.read("thong-cao.html").decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "javascript:" not in page.replace("(javascript:a)", "")


AWKWARD = {
    "a cell taller than a page": f"| a | b |\n|---|---|\n| {PANGRAM * 60} | x |",
    "eighty columns": "|" + " a |" * 80 + "\n|" + "---|" * 80 + "\n|" + " b |" * 80,
    "a row of other length": "| a |\n|---|\n| b | c | d |",
    "a word of five thousand letters": "ệ" * 5000,
    "sixty quotes deep": "> " * 60 + "sâu",
    "sixty lists deep": "\n".join("  " * depth + "- mục" for depth in range(60)),
    "the markup of the printer": '<b>x</i> &amp; <para> </para> <font size="900">x</font>',
    "a picture in the markup of the printer": '<img src="/etc/passwd"/>',
    "a link with markup": '[x](https://a.vn/?a=<b>"&)',
    "another script": "مرحبا 中文 🙂",
    "digits without end": "1" * 19_000,
    "a picture that is not there": "![a](khong-co.png)",
    "more than anybody prints": PANGRAM * 2000,
}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD)
def test_awkward_texts_are_printed_or_refused_in_words(office, platform, text):
    harness = office(platform)
    job = harness.job(pictures=1, text=text)
    findings = harness.alone().check(job.variant)
    assert all(finding.message and finding.remedy for finding in findings)
    blocked = "block" in {finding.severity for finding in findings}
    if blocked or len(text) > harness.alone().capabilities.limits.text_max:
        with pytest.raises(Refused, match=r"outlets:(too-long|unprintable)"):
            harness.alone().prepare(job, {}, forget)
    else:
        harness.alone().prepare(job, {}, forget)
        assert harness.pack(job).is_dir()


def test_what_does_not_fit_is_named_also_within_one_long_paragraph(office):
    harness = office("leaflet")
    text = " ".join(f"Câu {number}." for number in range(1700))
    (finding,) = [
        one for one in harness.alone().check(harness.job(text=text).variant) if one.rule == "leaflet.too_long"
    ]
    assert re.search(r"Câu \d+\. Câu \d+", str(finding.values["words"]))
