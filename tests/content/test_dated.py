"""Dates in a text: found however they are written, and known to be wrong on another day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.dated import mentions, outdated

LAW_DAY = date(2026, 11, 9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hôm nay, thứ Hai 9/11/2026, tại xã", ["9/11/2026"]),
        ("Từ 09/11 đến 15/11.", ["09/11"]),
        ("Ngày 9 tháng 11 năm 2026, Ngày Pháp luật", ["Ngày 9 tháng 11 năm 2026"]),
        ("Sáng mùng 9 tháng 11", ["mùng 9 tháng 11"]),
        ("Lịch tiếp dân tháng 11, tháng 11/2026", ["tháng 11", "tháng 11/2026"]),
        ("09-11-2026 và 09.11.2026", ["09-11-2026", "09.11.2026"]),
        ("nga\u0300y 9 tha\u0301ng 11", ["ngày 9 tháng 11"]),
        ("Nghị định 9/2026/NĐ-CP, Điều 9, 9.11 ha, tháng 110, số 1/9/11, trong 9 tháng 2026", []),
        ("ngày 10 tháng 11, 9/12, 9/11/2025, tháng 12", []),
    ],
)
def test_the_words_that_name_the_posts_own_day_are_found(text: str, words: list[str]) -> None:
    assert outdated([text], [LAW_DAY], [date(2026, 12, 10)]) == words


def test_what_is_right_on_every_later_day_is_not_told() -> None:
    text = "Ngày Pháp luật 9/11, tháng 11, năm nay 9/11/2026"
    assert outdated([text], [LAW_DAY], [date(2027, 11, 9), date(2028, 11, 9)]) == ["9/11/2026"]


@given(day=st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_every_day_is_found_in_each_spelling(day: date) -> None:
    spellings = [f"{day:%d/%m/%Y}", f"{day.day}/{day.month}", f"ngày {day.day} tháng {day.month}"]
    [found] = [mentions("; ".join(spellings))]
    assert [one.words for one in found][:3] == list(dict.fromkeys(spellings))
    assert all(one.fits(day) for one in found)
