"""The report's page in a real Chromium: no request, no scrolling sideways, chosen, sorted, read out, printed.

With AXE_CORE=…/axe.min.js (npm install axe-core) the page is also given to axe.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from loa.reports import writing
from loa.services import report_periods, reporting
from scheduler.store.tables import delivery, post
from tests.support.clock import TestClock
from tests.support.ledger import fill
from tests.support.office import Office, open_office

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]
EVIL = '<script>document.title="bẫy"</script>'


@pytest.fixture
def told(tmp_path: Path, clock: TestClock) -> Iterator[Office]:
    away: Any = SimpleNamespace(
        url="http://127.0.0.1:9", add_page=lambda *_: SimpleNamespace(token="not-used")
    )
    with open_office(tmp_path / "xa", away, clock) as office:
        fill(office, 5)
        run = office.workspace.database.run
        run(lambda c: c.execute(update(post).where(post.c.id == "bai-001").values(title=EVIL)))
        script = update(delivery).where(delivery.c.post_id == "bai-002").values(url="javascript:alert(1)")
        run(lambda c: c.execute(script))
        yield office


@pytest.fixture
def file(told: Office, tmp_path: Path) -> Path:
    facts = reporting.facts(told.workspace, "periodic", report_periods.named("2026"))
    target = tmp_path / "so-lieu.html"
    writing.write(told.workspace, facts, target, facts.last)
    return target


@pytest.fixture
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as machine:
        opened = machine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_needs_nothing_from_outside_and_fits_the_screen(
    browser: Any, file: Path, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    assert wrong == []
    assert page.title().startswith("Số liệu truyền thông năm 2026"), "a title in the ledger is text"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("a[href^='javascript']").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(browser: Any, file: Path, width: int) -> None:
    source = os.environ.get("AXE_CORE", "")
    if not source:
        pytest.skip("AXE_CORE is not set")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(file.as_uri())
    page.evaluate(Path(source).read_text("utf-8"))
    found = page.evaluate("axe.run(document).then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))")
    assert found == []


def test_charts_are_read_out_with_their_figures_and_stand_beside_a_table(browser: Any, file: Path) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())
    charts = page.locator("svg[role=img]")
    assert charts.count() >= 4
    for place in range(4):
        chart = charts.nth(place)
        named = chart.get_attribute("aria-labelledby").split()
        title, said = (page.locator(f"#{one}").text_content() for one in named)
        assert title
        bars = chart.locator("g").count()
        assert said.count(": ") >= bars > 0
        assert page.locator(".pair").nth(place).locator("table tbody tr").count() > 0


def test_a_channel_is_chosen_and_a_column_sorted(browser: Any, file: Path, told: Office) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())
    page.get_by_label("Kênh").first.select_option("fanpage")
    seen = page.locator("tbody tr[data-channel]:visible")
    assert seen.count() > 0
    assert {seen.nth(n).get_attribute("data-channel") for n in range(seen.count())} == {"fanpage"}
    assert str(seen.count()) in page.locator("#shown").text_content()
    page.get_by_label("Kênh").first.select_option("")
    table = page.locator("table").filter(has=page.get_by_role("button", name="Giá trị"))
    table.get_by_role("button", name="Giá trị").click()
    place = table.locator("th").all_text_contents().index("Giá trị") + 1
    cells = table.locator(f"tbody tr td:nth-child({place})")
    values = [cells.nth(n).get_attribute("data-value") for n in range(cells.count())]
    known = [int(value) for value in values if value]
    assert known == sorted(known)
    assert values[: len(known)] == [str(one) for one in known], "what is not available comes last"
    assert "" in values
    assert table.locator("th[aria-sort=ascending]").count() == 1


def test_it_prints_on_a4_with_every_table(browser: Any, file: Path) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    assert [round(float(side) / 72 * 25.4) for side in printed.pages[0].mediabox[2:]] == [210, 297]
    text = "".join(one.extract_text() for one in printed.pages)
    assert "Tất cả" not in text, "choosing is for the screen"
    assert len(printed.pages[0].extract_text()) > 400, "the first page holds more than a title"
    with_moments = [one.extract_text() for one in printed.pages if "Bài số" in one.extract_text()]
    assert len(with_moments) > 2
    assert all("Kênh" in one for one in with_moments), "the headings stand on every page of a table"
