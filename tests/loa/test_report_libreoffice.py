"""Reports as LibreOffice sees them: the paper measured on the PDF, the workbook reckoned anew."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from loa.services import report_periods, reporting
from tests.loa.conftest import Loa
from tests.loa.test_report_word import SETTINGS, settle
from tests.support.ledger import fill
from tests.support.office import Office

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (libreoffice-writer, -calc) is not installed"),
]
MM = 72 / 25.4


def converted(source: Path, kind: str, tmp_path: Path) -> Path:
    out = tmp_path / "out"
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    done = subprocess.run(
        [str(SOFFICE), profile, "--headless", "--convert-to", kind, "--outdir", str(out), str(source)],
        capture_output=True,
        timeout=180,
    )
    made = out / f"{source.stem}.{kind}"
    assert made.is_file(), done.stderr.decode()
    return made


def pieces(page: Any) -> list[tuple[str, float, float, float, str]]:
    """(text, x, y, size, font), in points from the lower left corner."""
    found: list[tuple[str, float, float, float, str]] = []

    def note(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if text.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            found.append((text, x, y, size * abs(cm[3] * tm[3]), str((font or {}).get("/BaseFont", ""))))

    page.extract_text(visitor_text=note)
    return found


def bare(text: str) -> str:
    """Plain letters alone: what a stand-in font draws comes out of the PDF at another place of the line."""
    return re.sub(r"[^A-Za-z]", "", text)


def test_the_printed_report_keeps_margins_fonts_and_page_numbers(
    desk: Office, at_desk: Loa, tmp_path: Path
) -> None:
    fill(desk, 4)
    settle(desk, SETTINGS)
    file = tmp_path / "bao-cao.docx"
    assert at_desk("report", "periodic", "--period", "2026", "--to-file", file).code == 0
    pages = PdfReader(converted(file, "pdf", tmp_path)).pages
    assert len(pages) > 3
    appendices = 0
    number = 0
    for page in pages:
        assert [round(float(side) / MM) for side in page.mediabox[2:]] == [210, 297]
        told = pieces(page)
        top = 297 * MM - 20 * MM
        above = [one for one in told if one[2] > top]
        inside = [one for one in told if one[2] <= top]
        assert min(one[1] for one in inside) >= 30 * MM - 1, "left margin 30 mm"
        assert max(one[1] for one in inside) <= (210 - 15) * MM, "right margin 15 mm"
        assert min(one[2] for one in inside) >= 20 * MM - 1, "bottom margin 20 mm"
        fonts = {one[4].partition("+")[2] or one[4] for one in told}
        # Times New Roman is nobody's to give away: its stand-in here may lack letters and have one of its own
        assert all("Times" in name or "Serif" in name for name in fonts if name), fonts
        begins = bare(page.extract_text()).startswith(bare("Phụ lục I"))
        number = 1 if begins else number + 1
        appendices += begins
        said = "".join(one[0] for one in above).strip()
        assert said == ("" if number == 1 else str(number)), "hidden on a first page, else in the top margin"
        for _, x, _, size, _ in above:
            assert 30 * MM + 165 * MM / 2 - 15 < x < 30 * MM + 165 * MM / 2 + 15, "in the middle"
            assert 13 <= round(size) <= 14
    assert appendices == 2
    if any("DejaVu" in one[4] for one in pieces(pages[0])):
        return  # a third wider than Times: what has to stand on one line finds no room on it
    lines = [bare(line) for line in pages[0].extract_text().splitlines()]
    for told in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"):
        assert any(bare(told) in line for line in lines), "on one line"


def test_the_workbook_reckons_its_sums_to_the_reports_figures(
    desk: Office, at_desk: Loa, tmp_path: Path
) -> None:
    fill(desk, 5)
    file = tmp_path / "so-lieu.xlsx"
    assert at_desk("report", "periodic", "--period", "2026", "--to-file", file).code == 0
    facts = reporting.facts(desk.workspace, "periodic", report_periods.named("2026"))
    again = converted(file, "xlsx", tmp_path)
    book = openpyxl.load_workbook(again, data_only=True)
    plan = [cell.value for cell in list(book["Kế hoạch"].iter_rows())[-1]]
    assert plan[1:3] == [facts.plan.planned, facts.plan.done]
    channels = [cell.value for cell in list(book["Theo kênh"].iter_rows())[-1]]
    assert channels[1:] == [facts.deliveries, facts.before.deliveries, facts.year_ago.deliveries]
    wrong = [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("#")
    ]
    assert wrong == []
    assert sum(len(sheet._charts) for sheet in openpyxl.load_workbook(again).worksheets) == 4
