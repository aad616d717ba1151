"""Input methods in a real terminal: a process, a pseudo-terminal, and bytes that come at once or with gaps.

The whole table (every style × phrase × gap) is slow and printed at the end of the run; with
LOA_WRITE_TABLE=1 it is also written into docs/guide/go-tieng-viet.md.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.tui.typing.streams import PHRASES, STYLES, Style
from tests.tui.typing.table import CONTROL_GAPS_MS, CONTROLS, GAPS_MS, PAGE, WIDGETS, Row
from tests.tui.typing.typewriter import Typewriter

styles = pytest.mark.parametrize("style", STYLES, ids=lambda style: style.id)


@pytest.fixture(scope="module")
def typewriter() -> Iterator[Callable[[str], Typewriter]]:
    """One process for each widget, kept for all tests here."""
    with ExitStack() as opened:
        there: dict[str, Typewriter] = {}

        def of(widget: str) -> Typewriter:
            if widget not in there:
                there[widget] = opened.enter_context(Typewriter(widget))
            return there[widget]

        yield of


Typewriters = Callable[[str], Typewriter]


@styles
@pytest.mark.parametrize("widget", WIDGETS)
def test_every_style_types_a_phrase_in_a_burst(typewriter: Typewriters, widget: str, style: Style) -> None:
    assert typewriter(widget).type(style.writes("Việt Nam đổi mới, cưỡng chế"), 0) == (
        "Việt Nam đổi mới, cưỡng chế"
    )


@pytest.mark.parametrize("widget", WIDGETS)
def test_letters_may_be_cut_in_the_middle_of_their_bytes(typewriter: Typewriters, widget: str) -> None:
    words = "Hiến pháp: đường lối của dân – 👍"
    pieces = [bytes([byte]) for byte in words.encode()]
    assert typewriter(widget).type(pieces, 0.001) == words


@pytest.mark.parametrize("widget", WIDGETS)
def test_a_paste_in_brackets_may_come_in_pieces_between_typed_words(
    typewriter: Typewriters, widget: str
) -> None:
    pasted = unicodedata.normalize("NFD", "Điều 1\r\nPhạm vi").encode()
    half = len(pasted) // 2
    writes = ["xe\x7fê: ", b"\x1b[200~" + pasted[:half], pasted[half:], "\x1b[201~", "ma\x7fâ\x7fấ"]
    between = " " if widget == "VInput" else "\n"
    assert typewriter(widget).type(writes, 0.001) == f"xê: Điều 1{between}Phạm vimấ"


@pytest.mark.slow
@styles
def test_what_arrives_in_every_style_and_gap(
    typewriter: Typewriters, style: Style, record_property: Callable[[str, object], None]
) -> None:
    def missing(widget: str) -> dict[int, list[str]]:
        """The phrases that did not arrive, by gap."""
        machine = typewriter(widget)
        return {
            gap: [phrase for phrase in PHRASES if machine.type(style.writes(phrase), gap / 1000) != phrase]
            for gap in (GAPS_MS if widget in WIDGETS else CONTROL_GAPS_MS)
        }

    widgets = (*WIDGETS, *CONTROLS)
    for widget in widgets:
        typewriter(widget)
    with ThreadPoolExecutor(len(widgets)) as typists:
        wrong = dict(zip(widgets, typists.map(missing, widgets), strict=True))
    row = Row(
        style.id, {w: {gap: len(PHRASES) - len(x) for gap, x in gaps.items()} for w, gaps in wrong.items()}
    )
    record_property("typing", row.as_json())
    assert [
        (widget, gap, wrong[widget][gap]) for widget in WIDGETS for gap in GAPS_MS if wrong[widget][gap]
    ] == []


def test_the_page_in_the_docs_tells_every_style() -> None:
    page = PAGE.read_text("utf-8")
    for style in STYLES:
        assert f"| {style.program} | {style.method} | {style.how} |" in page, style.id
