"""Posts at the same age on the report's page, in a Chromium: read without a script, drawn, printed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from loa.reports import making
from scheduler.store.tables import post
from tests.support.clock import TestClock
from tests.support.grown import DAY, many
from tests.support.office import open_office

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]


def _weekdays(hour: int, count: int) -> list[datetime]:
    """In the unit's zone."""
    days = (datetime(2026, 8, 3, hour - 7, 15, tzinfo=UTC) + n * DAY for n in range(3 * count))
    return [at for at in days if (at + timedelta(hours=7)).weekday() < 5][:count]


@pytest.fixture
def file(tmp_path: Path, clock: TestClock) -> Iterator[Path]:
    away: Any = SimpleNamespace(url="http://127.0.0.1:9", add_page=lambda *_: SimpleNamespace(token="no"))
    with open_office(tmp_path / "xa", away, clock) as office:
        many(office, "fanpage", _weekdays(19, 10), [300 + n for n in range(10)], "toi")
        many(office, "fanpage", _weekdays(9, 20), [100 + n for n in range(20)], "sang")
        many(office, "website", _weekdays(12, 3), [7, 9, None], "trua")
        video = update(post).where(post.c.id.startswith("toi")).values(kind="video")
        office.workspace.database.run(lambda c: c.execute(video))
        made = making.make(office.workspace, "engagement", "6-thang-cuoi-2026", ".html", lambda _: None)
        yield made.file


@pytest.fixture
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as machine:
        opened = machine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def test_without_a_script_the_medians_stand_there_with_how_many_posts(browser: Any, file: Path) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(file.as_uri())
    chart = page.locator("svg[aria-labelledby^='tuoi-']")
    assert chart.count() == 1, "a channel with too few posts has a table and no bars"
    assert chart.locator("g text:last-child").all_text_contents() == ["304 (10 bài)", "110 (20 bài)"]
    widths = [float(bar.get_attribute("width")) for bar in chart.locator("rect").all()]
    assert widths[1] / widths[0] == pytest.approx(109.5 / 304.5, abs=0.01)
    assert page.get_by_role("heading", name="So sánh ở cùng tuổi bài").is_visible()
    assert page.get_by_text("tốt hơn vào Thứ Hai – Thứ Sáu, 19–20 giờ").is_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_screen_and_axe_finds_nothing(browser: Any, file: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if source := os.environ.get("AXE_CORE", ""):
        page.evaluate(Path(source).read_text("utf-8"))
        wrong = "axe.run(document).then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))"
        assert page.evaluate(wrong) == []


def test_it_is_printed(browser: Any, file: Path) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    text = " ".join(" ".join(one.extract_text() for one in printed.pages).split())
    assert "304 (10 bài)" in text
    assert "không được tính vào" in text
