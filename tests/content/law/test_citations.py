"""References are found as people write them, and nothing else is taken for one."""

from __future__ import annotations

import tomllib
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.law import Citation, Pin, find

HERE = Path(__file__).parent


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))["cases"]
    return found


ALL = [
    case
    for name in ("seeds", "forms", "traps", "fresh", "held_out", "held_out_again")
    for case in cases(name)
]
MENDED = [case for case in ALL if not case.get("known")]


def score(name: str) -> tuple[int, int, int]:
    """Right, wrong and missed references of a set."""
    right = wrong = missed = 0
    for case in cases(name):
        wanted = Counter(case.get("found", ()))
        found = Counter(citation.label for citation in find(case["text"]))
        both = sum((wanted & found).values())
        right, wrong, missed = right + both, wrong + found.total() - both, missed + wanted.total() - both
    return right, wrong, missed


@pytest.mark.parametrize("case", MENDED, ids=[case["text"][:50] for case in MENDED])
def test_a_text_cites_exactly_this(case: dict[str, Any]):
    found = find(case["text"])
    assert Counter(one.label for one in found) == Counter(case.get("found", ()))
    if "pins" in case:
        assert [str(pin) for one in found for pin in one.pins] == case["pins"]
    if "dates" in case:
        assert [str(one.issued or "") for one in found] == case["dates"]
    assert any(one.loose for one in found) == case.get("loose", False), "written in the way that counts"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("seeds", (28, 0, 0)),
        ("forms", (41, 0, 0)),
        ("traps", (0, 0, 0)),
        ("fresh", (139, 0, 0)),
        ("held_out", (54, 0, 2)),
        ("held_out_again", (34, 0, 1)),
    ],
)
def test_the_scores_are_those_that_are_told(name: str, expected: tuple[int, int, int]):
    assert score(name) == expected


@pytest.mark.parametrize("case", MENDED[::7], ids=[case["text"][:50] for case in MENDED[::7]])
def test_marks_typed_apart_change_nothing_and_places_stay_those_of_the_text(case: dict[str, Any]):
    apart = unicodedata.normalize("NFD", "Đầu đề: " + case["text"])
    found = find(apart)
    assert Counter(one.label for one in found) == Counter(case.get("found", ()))
    assert all(apart[one.start : one.end] == one.text for one in found)


PARTS = """Luật|Đất đai|Nghị định|số|168|/|2024|NĐ-CP|-|KH|TU|điểm a|khoản 2|Điều 5| | |,|của|này|…|(|và|đến
ngày 1/1/2020|Hiến pháp 2013|\u0301|\u200b|1.1|TT"""
WORDS = st.sampled_from([word for line in PARTS.split("\n") for word in line.split("|")] + ["\n"])


@given(st.lists(WORDS, max_size=40).map("".join) | st.text(max_size=200))
def test_whatever_is_typed_references_stand_in_order_and_apart(text: str):
    end = 0
    for one in find(text):
        assert end <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.text
        end = one.end


NUMBER = st.integers(1, 200).map(str)
POINT = st.sampled_from("abcdđeghik")


@given(NUMBER, NUMBER, POINT)
def test_a_place_in_a_document_is_read_upwards_and_downwards(article: str, clause: str, point: str):
    wanted = (Pin(article, clause, point),)
    law = "Nghị định 49/2024/NĐ-CP"
    for text in (
        f"điểm {point} khoản {clause} Điều {article} {law}",
        f"Điểm {point}, Khoản {clause}, Điều {article} của {law}",
        f"{law}, Điều {article} khoản {clause} điểm {point}",
    ):
        [one] = find(text)
        assert one.pins == wanted, text


def test_date_and_issuer_are_read_in_either_order():
    for text in (
        "Nghị định số 49/2024/NĐ-CP ngày 10 tháng 5 năm 2024 của Chính phủ về thông tin cơ sở",
        "Nghị định số 49/2024/NĐ-CP của Chính phủ ngày 10/5/2024 về thông tin cơ sở",
    ):
        [one] = find(text)
        assert (str(one.issued), one.by) == ("2024-05-10", "Chính phủ")


def test_a_date_that_does_not_exist_is_no_date():
    [one] = find("Nghị định số 49/2024/NĐ-CP ngày 31/2/2024")
    assert one.issued is None


def test_the_number_has_its_parts():
    [one] = find("Nghị định số 168/2024/NĐ-CP")
    assert one == Citation(
        0, 27, "Nghị định số 168/2024/NĐ-CP", "numbered", "Nghị định", "168/2024/NĐ-CP", "168", 2024, "NĐ-CP"
    )


DENSE = "Theo điểm a, b khoản 2 Điều 5 Nghị định số 168/2024/NĐ-CP ngày 26/12/2024 và Luật Đất đai; "
BOMBS = """số          |1/A|1-A-|A|1|số ..........|số: |luật |Luật A |điều 1, |điểm a, b |a\u0301\u0301
ngày 1/1/2020 ban hành|Hiến pháp nước |1/2020/NĐ-CP của A|Luật Phòng chống |Luật số 1/2020/QH14, """


def test_a_million_letters_are_read():
    """Not timed: with a step that grows faster than the text this would not come to an end."""
    times = 1_000_000 // len(DENSE)
    found = find(DENSE * times)
    assert len(found) == 2 * times
    assert len(found[0].pins) == 2


@pytest.mark.parametrize("bomb", [bomb for line in BOMBS.split("\n") for bomb in line.split("|")])
def test_nothing_that_is_repeated_without_end_holds_it_up(bomb: str):
    text = bomb * (150_000 // len(bomb))
    assert all(text[one.start : one.end] == one.text for one in find(text))
