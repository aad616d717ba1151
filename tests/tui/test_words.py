"""Values on one line of a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from loa.speech import number, one_line, reason
from tui.words import fit, in_short

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "hostile",
    ["\x1b[2Jxóa", "\x9b2J", "a\r\nb", "a\x07b", "\u202edcba", "\x1b]0;title\x07", "\u2066x\u2069"],
)
def test_nothing_that_a_platform_says_can_steer_the_terminal(hostile: str) -> None:
    for words in (one_line(hostile), reason(hostile), reason(f"approval.none: {hostile}")):
        assert words.isprintable()


@pytest.mark.parametrize("columns_", [-1, 0, 1, 2, 5, 9, 30])
@pytest.mark.parametrize("text", ["", "tiếng Việt", "字字字字", "Vie\u0323\u0302t"])
def test_a_cell_is_exactly_as_wide_as_its_column(text: str, columns_: int) -> None:
    assert cell_len(fit(text, columns_)) == max(0, columns_)


def test_thousands_are_separated() -> None:
    assert (number(0), number(999), number(100_000)) == ("0", "999", "100.000")


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 11, 9, 0, 0, tzinfo=UTC), "T2 09/11 07:00"),
        (datetime(2026, 11, 14, 23, 30, 9, tzinfo=UTC), "CN 15/11 06:30:09"),
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), "T6 01/01/27 00:00"),
        (None, "–"),
    ],
)
def test_short_times_name_the_day_and_a_strange_year(moment: datetime | None, shown: str) -> None:
    assert in_short(moment, ZONE, NOW) == shown
    assert cell_len(in_short(moment, ZONE, NOW, 14)) <= 14


def test_in_a_narrow_column_a_year_takes_the_place_of_the_weekday() -> None:
    assert in_short(datetime(2026, 12, 31, 17, 0, 9, tzinfo=UTC), ZONE, NOW, 14) == "01/01/27 00:00"
