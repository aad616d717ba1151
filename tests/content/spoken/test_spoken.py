"""What is written short is said in full, as people say it; nothing that cannot be said is left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.spoken import spoken, syllables
from content.spoken.numbers import LARGEST, cardinal
from content.spoken.text import STEPS
from content.spoken.words import own, tables
from content.text import fold
from tests.support.examples import some

LINES = (Path(__file__).parent / "said.txt").read_text("utf-8").splitlines()
CASES = [(*line.split(" => "), "")[:3] for line in LINES]
"""What is written, what is said, and what the approver is told of it, pieces apart by `; `."""
SHORT = re.compile(
    rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(tables()['abbreviations'], key=len, reverse=True)))})(?!\w)"
)


def test_the_table_is_long_enough_to_mean_something():
    assert len(CASES) >= 300
    assert len(set(CASES)) == len(CASES)


@pytest.mark.parametrize(("written", "said", "told"), CASES, ids=[case[0][:40] for case in CASES])
def test_it_is_said_as_people_say_it_and_what_is_in_doubt_is_told(written, said, told):
    result = spoken(written)
    assert result.text == said
    assert "; ".join(result.unsure) == told


DIGIT = {"không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "sáu": 6,
         "bảy": 7, "tám": 8, "chín": 9}  # fmt: skip
GROUP = {"nghìn": 1000, "triệu": 10**6}


def heard(words: str) -> int:
    """An ear's own reading, written from the other side: what number these words are."""
    total = millions = group = last = 0
    for word in words.split():
        if word in DIGIT:
            last = DIGIT[word]
            group += last
        elif word == "trăm":
            group = last * 100
        elif word == "mươi":
            group += last * 9
        elif word == "mười":
            group += 10
        elif word in GROUP:
            millions, group = millions + group * GROUP[word], 0
        elif word == "tỷ":
            total, millions, group = (total + millions + group) * 10**9, 0, 0
        else:
            assert word == "linh"
    return total + millions + group


@given(st.integers(0, LARGEST - 1) | st.integers(0, 99_999))
@settings(max_examples=400, deadline=None)
def test_a_number_is_heard_as_what_it_was(number):
    assert heard(cardinal(number)) == number


@given(st.integers(0, 10**12))
@settings(max_examples=200, deadline=None)
def test_no_number_is_said_against_the_rules_of_speech(number):
    words = f" {cardinal(number)} "
    for wrong in (
        " mươi một ",
        " mươi năm ",
        " mươi bốn ",
        " mười năm ",
        " mười mốt ",
        " mười tư ",
        " linh mốt ",
    ):
        assert wrong not in words


ANY = st.lists(
    st.one_of(
        st.sampled_from([case[0] for case in CASES]),
        st.sampled_from([*tables()["abbreviations"], *tables()["units"], "•", "–", "(", ")", "/", "\n", "."]),
        st.integers(0, 10**20).map(str),
        st.text(max_size=12),
    ),
    max_size=8,
)


@given(ANY, st.sampled_from([" ", "", "-", "/", "\n", ", "]))
@settings(max_examples=some(300), deadline=None)
def test_nothing_is_left_that_cannot_be_said(parts, between):
    said = spoken(between.join(parts)).text
    assert not re.search(r"\d", said)
    assert not SHORT.search(said)
    assert "://" not in said
    assert "#" not in said
    assert "  " not in said


@given(ANY)
@settings(max_examples=100, deadline=None)
def test_what_is_said_is_said_the_same_way_again(parts):
    written = " ".join(parts)
    assert spoken(written) == spoken(written)


def test_a_units_own_short_forms_go_before_the_others():
    mine = own("TDP = tổ dân phố số; NVH-TDP = nhà văn hóa tổ dân phố\nTT = thị trấn")
    assert spoken("NVH-TDP ở TT", mine).text == "Nhà văn hóa tổ dân phố ở thị trấn"
    assert spoken("TT").text == "Thông tư"


@pytest.mark.parametrize("wrong", ["TDP", "= tổ", "TDP =", "T DP = tổ", "TDP = tổ 5", "A = " + "a" * 300])
def test_a_short_form_that_is_none_is_named(wrong):
    with pytest.raises(ValueError, match=re.escape(wrong[:60])):
        own(f"NVH = nhà văn hóa; {wrong}")


def test_what_no_table_knows_is_spelled_and_told():
    result = spoken("Liên hệ VPĐD, VTV và VPĐD")
    assert result.spelled == ("VPĐD", "VTV")
    assert result.text == "Liên hệ vê pê đê dê, vê tê vê và vê pê đê dê"


def test_a_units_own_meaning_of_a_short_form_leaves_no_doubt():
    assert spoken("GĐ văn hóa").unsure == ("GĐ",)
    assert spoken("GĐ văn hóa", own("GĐ = gia đình")).unsure == ()


@pytest.mark.parametrize("blank", ["\u00a0", " ", "\t", "\n", " \n", "\u3000"])
def test_many_blanks_are_one(blank):
    assert spoken(f"Họp{blank * 3000}lúc 7h").text.split() == [
        "Họp",
        "lúc" if "\n" not in blank else "Lúc",
        "bảy",
        "giờ",
    ]


def test_a_step_is_named_once():
    names = [name for name, _ in STEPS]
    assert len(set(names)) == len(names)


def test_an_item_of_a_list_is_no_end_of_a_range():
    assert spoken("Tổ 5\n- 7 hộ").text == "Tổ năm\nBảy hộ"


YEAR = st.integers(1992, 2035)


@given(
    st.integers(1, 999),
    YEAR,
    YEAR,
    st.sampled_from(["(Luật số {}/{}/QH15)", "({}/{}/QH15)", "số {}/{}/QH15"]),
)
@settings(max_examples=100, deadline=None)
def test_the_number_of_a_law_is_heard_whatever_year_stands_before_it(number, year, named, form):
    said = spoken(f"Luật Đất đai năm {named} {form.format(number, year)} quy định").text
    assert said.startswith(f"Luật Đất đai năm {cardinal(named)} ")
    assert f"số {cardinal(number)} năm {cardinal(year)} của Quốc hội khóa mười lăm" in said
    assert said.count("(") == said.count(")")


@given(st.integers(1, 31), st.integers(1, 12))
def test_a_day_after_its_word_is_a_day_and_a_house_never_is(d, m):
    for house in ("số", "ngõ", "hẻm", "tổ"):
        assert "tháng" not in spoken(f"{house} {d}/{m}").text
    if d <= 28:
        assert spoken(f"ngày {d}/{m}").text.endswith(f"tháng {'tư' if m == 4 else cardinal(m)}")
        assert not spoken(f"ngày {d}/{m}").unsure


@given(st.integers(1, 30), st.integers(1, 30))
def test_a_bare_stroke_between_two_figures_never_invents_a_day_unseen(a, b):
    result = spoken(f"nộp {a}/{b} rồi thôi")
    known = f"{a}/{b}" in tables()["dates"]["known"]
    assert known or result.unsure or "tháng" not in result.text


def test_syllables_are_what_takes_time_to_say():
    assert syllables("Kính thưa bà con! – Hôm nay") == 6


def test_the_table_bears_its_date_and_only_words():
    assert tables()["checked_on"].year >= 2026
    for name in ("phrases", "abbreviations", "words", "units", "signs", "letters"):
        for written, said in tables()[name].items():
            assert said.strip(), written
            assert not re.search(r"[\d/#@]", said), written
            assert said not in tables()["abbreviations"], written


def test_no_short_form_is_a_word_that_a_headline_in_capitals_may_hold():
    syllable = re.compile(
        r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?"
    )
    assert [short for short in tables()["abbreviations"] if syllable.fullmatch(fold(short))] == []
