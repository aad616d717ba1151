"""Files that LibreOffice itself wrote go in, and what Loa writes LibreOffice takes and gives back."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest

from content.incoming.wordfile import read_word
from tests.loa.conftest import Loa
from tests.support.office import Office
from tests.support.office_files import png

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (libreoffice-writer, -calc) is not installed"),
]
OASIS = "urn:oasis:names:tc:opendocument:xmlns"
SPACES = " ".join(
    f'xmlns:{short}="{OASIS}:{name}:1.0"'
    for short, name in (
        ("office", "office"), ("style", "style"), ("text", "text"), ("table", "table"), ("draw", "drawing"),
        ("fo", "xsl-fo-compatible"), ("svg", "svg-compatible"), ("number", "datastyle"),
    )
)  # fmt: skip
BAI = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {SPACES} xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.text">
<office:styles>
 <style:style style:name="Heading_20_1" style:display-name="Heading 1" style:family="paragraph"/>
 <style:style style:name="Heading_20_2" style:display-name="Heading 2" style:family="paragraph"/>
</office:styles>
<office:automatic-styles>
 <style:style style:name="B" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>
 <text:list-style style:name="L1">
  <text:list-level-style-bullet text:level="1" text:bullet-char="•"/>
  <text:list-level-style-bullet text:level="2" text:bullet-char="-"/>
 </text:list-style>
 <text:list-style style:name="L2">
  <text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
 </text:list-style>
</office:automatic-styles>
<office:body><office:text>
<text:h text:style-name="Heading_20_1" text:outline-level="1">Vì sao là ngày 9 tháng 11?</text:h>
<text:p>Ngày 09/11/1946, <text:span text:style-name="B">Quốc hội</text:span> thông qua Hiến pháp; xem
<text:a xlink:type="simple" xlink:href="https://vidu.gov.vn/hien-phap">bản gốc</text:a>.</text:p>
<text:h text:style-name="Heading_20_2" text:outline-level="2">Ai phải làm gì</text:h>
<text:list text:style-name="L1"><text:list-item><text:p>Cán bộ xã</text:p><text:list><text:list-item>
<text:p>Trực ban</text:p></text:list-item></text:list></text:list-item>
<text:list-item><text:p>Người dân</text:p></text:list-item></text:list>
<text:list text:style-name="L2"><text:list-item><text:p>Một</text:p></text:list-item>
<text:list-item><text:p>Hai</text:p></text:list-item></text:list>
<table:table table:name="T"><table:table-column table:number-columns-repeated="2"/>
<table:table-row><table:table-cell><text:p>Thủ tục</text:p></table:table-cell>
<table:table-cell><text:p>Lệ phí</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>Khai sinh</text:p></table:table-cell>
<table:table-cell><text:p>Không thu</text:p></table:table-cell></table:table-row></table:table>
<text:p><draw:frame draw:name="H1" text:anchor-type="as-char" svg:width="4cm" svg:height="3cm"><draw:image
 draw:mime-type="image/png"><office:binary-data>{base64.b64encode(png()).decode()}</office:binary-data>
</draw:image><svg:desc>Tấm thiệp nền xanh.</svg:desc></draw:frame></text:p>
<text:p>Tiếng Việt: được, thưởng, nguyễn, ễ ặ ự đ Đ.</text:p>
</office:text></office:body></office:document>"""
MARKDOWN = """Ngày 09/11/1946, **Quốc hội** thông qua Hiến pháp; xem [bản gốc](https://vidu.gov.vn/hien-phap).

## Ai phải làm gì

- Cán bộ xã
  - Trực ban
- Người dân

1. Một
2. Hai

| Thủ tục | Lệ phí |
| --- | --- |
| Khai sinh | Không thu |

![Tấm thiệp nền xanh.](anh-1.png)

Tiếng Việt: được, thưởng, nguyễn, ễ ặ ự đ Đ."""


def cell(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


HEADINGS = "".join(map(cell, ("Ngày đăng", "Giờ đăng", "Tiêu đề", "Loại bài", "Kênh", "Nội dung")))
KE_HOACH = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {SPACES} xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:automatic-styles>
 <number:date-style style:name="D"><number:day number:style="long"/><number:text>/</number:text>
 <number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/>
 </number:date-style>
 <number:time-style style:name="T"><number:hours number:style="long"/><number:text>:</number:text>
 <number:minutes number:style="long"/></number:time-style>
 <style:style style:name="cd" style:family="table-cell" style:data-style-name="D"/>
 <style:style style:name="ct" style:family="table-cell" style:data-style-name="T"/>
</office:automatic-styles>
<office:body><office:spreadsheet><table:table table:name="Kế hoạch">
<table:table-row>{cell("UBND xã Vĩnh Thanh")}</table:table-row>
<table:table-row>{HEADINGS}</table:table-row>
<table:table-row>
<table:table-cell table:style-name="cd" office:value-type="date" office:date-value="2026-11-09"/>
<table:table-cell table:style-name="ct" office:value-type="time" office:time-value="PT07H30M00S"/>
{cell("Vì sao là ngày 9 tháng 11?")}{cell("Hỏi – đáp")}{cell("website, fanpage")}
{cell("Hiểu luật.</text:p><text:p/><text:p>Sống vui.")}</table:table-row>
<table:table-row>
<table:table-cell table:style-name="cd" table:formula="of:=[.A3]+1" office:value-type="date"
 office:date-value="2026-11-10"/>{cell("8h15")}{cell("Tư vấn")}{cell("Thông báo")}{cell("website")}
<table:table-cell table:formula="of:=&quot;Giờ &quot;&amp;[.B4]" office:value-type="string"/>
</table:table-row>
</table:table></office:spreadsheet></office:body></office:document>"""


def converted(source: Path, ending: str, folder: Path) -> Path:
    """What LibreOffice makes of a file."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [SOFFICE, profile, "--headless", "--convert-to", ending, "--outdir", folder, source]
    subprocess.run([str(word) for word in command], capture_output=True, check=True, timeout=180)
    made = folder / f"{source.stem}.{ending}"
    assert made.is_file(), f"LibreOffice wrote no {made.name}"
    return made


def test_a_word_file_of_libreoffice_goes_in_whole(tmp_path: Path):
    source = tmp_path / "bai.fodt"
    source.write_text(BAI, "utf-8")
    read = read_word(converted(source, "docx", tmp_path))
    assert read.title == "Vì sao là ngày 9 tháng 11?"
    assert read.body == MARKDOWN
    assert [(item.file, item.alt) for item in read.media] == [("anh-1.png", "Tấm thiệp nền xanh.")]
    assert read.remarks == []


def test_an_excel_plan_of_libreoffice_goes_in_and_round_trips(desk: Office, at_desk: Loa, tmp_path: Path):
    source = tmp_path / "ke-hoach.fods"
    source.write_text(KE_HOACH, "utf-8")
    plan = converted(source, "xlsx", tmp_path)
    done = at_desk("plan", "import", plan, "--go", user="soan")
    assert done.code == 0, done.err
    posts = {post["id"]: post for post in at_desk("post", "list", "--json").json}
    due = {key: {d["due_at"] for d in post["deliveries"]} for key, post in posts.items()}
    assert due == {
        "vi-sao-la-ngay-9-thang-11": {"2026-11-09T00:30:00Z"},
        "tu-van": {"2026-11-10T01:15:00Z"},
    }
    assert "Giờ 8h15" in at_desk("post", "show", "tu-van", "--json").json["source"]
    assert (
        "Hiểu luật.\n\nSống vui."
        in at_desk("post", "show", "vi-sao-la-ngay-9-thang-11", "--json").json["source"]
    )

    out = tmp_path / "xuat.xlsx"
    assert at_desk("plan", "export", out, user="soan").code == 0
    again = tmp_path / "lan-hai"
    again.mkdir()
    for file in (out, converted(out, "xlsx", again)):
        told = at_desk("plan", "import", file, "--json")
        assert told.code == 0, told.err
        assert [row["outcome"] for row in told.json["rows"]] == ["same", "same"], file


def test_what_libreoffice_makes_of_the_template_is_still_a_plan(desk: Office, at_desk: Loa, tmp_path: Path):
    template = tmp_path / "mau.xlsx"
    at_desk("plan", "template", template)
    again = tmp_path / "lan-hai"
    again.mkdir()
    told = at_desk("plan", "import", converted(template, "xlsx", again))
    assert "Dưới dòng tên cột chưa có bài nào" in told.err
