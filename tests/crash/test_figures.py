"""The figures themselves: nothing that one worker of pytest-xdist counted is lost on the way to the table."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.crash.figures import Tally, summary, tables
from tests.crash.leftovers import Found

pytestmark = [pytest.mark.slow, pytest.mark.crash]
KILLED = Tally(
    "trang", boundaries=60, once=60, twice=5, cut_off=Counter(reveal=9), slowest_s=12, found=Found(2)
)
LIED_TO = Tally(
    "trang", boundaries=60, lies=Counter(cut=6, empty=1), lost=1, slowest_s=7, failures=["trang: gone"]
)
ELSEWHERE = Tally("kenh", boundaries=50, void=3, doubled=2, unapproved=1)


def told(*tallies: Tally) -> list[dict[str, object]]:
    """As they come from a worker."""
    return [json.loads(json.dumps(tally.as_json())) for tally in tallies]


def test_tallies_of_one_name_are_one_line_and_all_are_summed_up() -> None:
    runs, cut_off, lies, left = tables(told(KILLED, LIED_TO, ELSEWHERE))
    assert [row[0] for row in runs.rows] == ["connector", "kenh", "trang", "in all"]
    line = dict(zip(runs.rows[0], runs.rows[-1], strict=True))
    assert line["boundaries"] == "110", "every sweep of a case has the same"
    assert line["runs"] == str(60 + 5 + 7 + 3)
    assert line["slowest (s)"] == "12"
    assert (line["lost"], line["visible duplicates"], line["unapproved"], line["failed"]) == (
        "1",
        "2",
        "1",
        "1",
    )
    assert (cut_off.rows[-1][-1], lies.rows[-1][-1], left.rows[-1][1]) == ("9", "7", "2")


def test_the_line_that_sums_up_hides_no_harm() -> None:
    line = summary(told(KILLED, LIED_TO, ELSEWHERE))
    assert line.startswith("75 runs with 73 kills and 7 lies: lost 1, visible duplicates 2, unapproved 1;")


def test_a_table_is_told_in_text_and_in_markdown() -> None:
    runs = tables(told(ELSEWHERE))[0]
    assert runs.as_text()[1].split()[:2] == ["kenh", "50"]
    assert runs.as_markdown()[4].startswith("| kenh | 50 | ")


def test_nothing_counted_gives_no_table() -> None:
    assert tables([]) == []
