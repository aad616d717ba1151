"""The columns of a table on paper share the line: short texts in one line, the rest to the long ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loa.reports.word.measure import CELL_MARGINS_MM, LONGEST_WORD_MM, asked, shared, wide

MM = st.floats(5, 80)
COLUMNS = st.lists(st.tuples(MM, MM).map(lambda two: (min(two), max(two))), min_size=1, max_size=9)


@settings(deadline=None)  # of a law, not of a machine
@given(COLUMNS, st.floats(60, 300))
def test_the_line_is_shared_whole_and_no_column_is_narrower_than_its_longest_word(
    columns: list[tuple[float, float]], room: float
) -> None:
    widths = shared(columns, room)
    assert sum(widths) == pytest.approx(room, abs=0.5)
    if sum(least for least, _ in columns) <= room:
        assert all(width >= least - 0.01 for width, (least, _) in zip(widths, columns, strict=True))


@settings(deadline=None)  # of a law, not of a machine
@given(COLUMNS, st.floats(60, 300))
def test_where_not_all_fit_in_one_line_the_shorter_text_has_it(
    columns: list[tuple[float, float]], room: float
) -> None:
    widths = shared(columns, room)
    if sum(least for least, _ in columns) < room < sum(whole for _, whole in columns):
        broken = [
            w for w, (least, whole) in zip(widths, columns, strict=True) if least + 0.1 < w < whole - 0.1
        ]
        assert max(broken, default=0) - min(broken, default=0) < 0.1, "those that are broken are equally wide"


def test_the_horn_of_a_letter_has_its_room() -> None:
    """`Lỡ giờ` was torn into `gi` and `ờ`: the letters were measured as o and u."""
    assert wide("giờ", 12, bold=True) > wide("gio", 12, bold=True)
    assert wide("gỡ", 12) > wide("gộ", 12), "only the horn takes room"


def test_a_moment_stands_in_one_line_beside_a_long_address() -> None:
    headings = ("STT", "Tên tin, bài", "Đăng lúc", "Địa chỉ")
    row = ("12", "Vì sao là ngày 9 tháng 11? Hỏi và đáp cùng cán bộ tư pháp xã", "09/11/2026 07:00", "x" * 90)
    columns = asked(headings, [row], 12)
    widths = shared(columns, 165)
    assert widths[2] >= wide("09/11/2026 07:00", 12) + CELL_MARGINS_MM - 0.01
    assert columns[3][0] == LONGEST_WORD_MM + CELL_MARGINS_MM, "an address without a blank is broken"


def test_marks_take_no_room() -> None:
    assert wide("Nguyễn Thị Hồng Đẹp", 14) == wide("Nguyen Thi Hong Dep", 14)
