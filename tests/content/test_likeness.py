"""Copies are found whatever was done to their marks; posts about one law are not each other's copies."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from content import likeness as like
from content.frontsplit import split
from content.kits import kits, load_kit

VOCABULARY = [
    "luật",
    "dân",
    "người",
    "quyền",
    "nghĩa",
    "vụ",
    "xã",
    "ngày",
    "tháng",
    "hòa",
    "giải",
    "đất",
    "đai",
    "tư",
    "pháp",
    "hồ",
    "sơ",
    "giấy",
    "tờ",
    "2026",
    "15",
]
prose = st.lists(st.sampled_from(VOCABULARY), min_size=0, max_size=120).map(" ".join)
long_prose = st.lists(st.sampled_from(VOCABULARY), min_size=20, max_size=120).map(" ".join)

ON_MEDIATION = (
    "Luật Hòa giải ở cơ sở 2013 giao tổ hòa giải giúp hai bên ngồi lại với nhau. Hòa giải viên do người dân "
    "bầu, nghe cả hai bên và không phán xử ai đúng ai sai. Bà con có tranh chấp nhỏ xin đến tổ hòa giải."
)
ON_MEDIATORS = (
    "Ai được làm hòa giải viên theo Luật Hòa giải ở cơ sở 2013? Người có uy tín trong cộng đồng, hiểu pháp "
    "luật, tự nguyện tham gia và được trưởng thôn đưa vào danh sách bầu. Mỗi tổ có ít nhất ba hòa giải viên."
)
A_FORM = (
    "Từ ngày 01/07/2026, Nghị định {number} có hiệu lực. Bà con xem toàn văn trên trang thông tin của xã."
)


@given(prose, prose)
def test_likeness_is_the_same_in_either_order(one: str, other: str) -> None:
    assert like.likeness(one, other) == like.likeness(other, one)
    assert 0 <= like.likeness(one, other) <= 1


@given(long_prose, st.data())
def test_marks_capitals_and_blanks_do_not_hide_a_copy(text: str, data: st.DataObject) -> None:
    changed = list(text)
    for at in data.draw(st.lists(st.integers(0, len(text) - 1), max_size=8)):
        if changed[at] == " ":
            changed[at] = data.draw(st.sampled_from([". ", ",  ", "\n\n", " – ", ' "', "! ", " **"]))
    other = "".join(changed).upper()
    assert like.likeness(text, other) == 1
    assert like.prints(text) == like.prints(other)


@given(long_prose)
def test_a_text_is_wholly_like_itself(text: str) -> None:
    assert like.likeness(text, text) == 1


def test_one_changed_sentence_does_not_hide_a_copy_of_a_long_text() -> None:
    body = "\n".join(f"Câu thứ {n} nói về việc số {n * 7} của xã trong năm nay." for n in range(40))
    copied = body.replace("Câu thứ 5 nói về việc số 35", "Ở đây có lời khác hẳn")
    assert like.likeness(body, copied) > 0.9
    assert set(like.prints(body)) & set(like.prints(copied))


def test_different_posts_on_one_law_are_no_copies() -> None:
    assert like.likeness(ON_MEDIATION, ON_MEDIATORS) < 0.2


def test_a_form_filled_in_for_another_document_is_no_copy() -> None:
    one, other = A_FORM.format(number="168/2024/NĐ-CP"), A_FORM.format(number="18/2026/NĐ-CP")
    assert like.likeness(one, other) == 0
    assert like.likeness(one, one.replace("toàn văn", "nguyên văn")) > 0.6


def test_no_two_posts_of_the_kits_are_copies() -> None:
    bodies: list[tuple[str, str]] = []
    for name in kits():
        for item in load_kit(name).items:
            parts = split(item.path.read_text("utf-8"))
            assert parts is not None
            bodies.append((item.path.name, parts.body))
    alike = {(a, b): like.likeness(one, other) for (a, one), (b, other) in combinations(bodies, 2)}
    assert {pair: share for pair, share in alike.items() if share >= like.COPY / 2} == {}
    assert len(alike) > 50


@given(st.lists(st.sampled_from(VOCABULARY), max_size=like.LEAST_WORDS - 1).map(" ".join))
def test_too_short_a_text_is_like_nothing(text: str) -> None:
    assert like.likeness(text, text) == 0
    assert like.prints(text) == ()


def test_titles_are_the_same_by_their_words() -> None:
    assert like.same_title("Vì sao là ngày 9 tháng 11?", "VÌ SAO LÀ NGÀY 9 THÁNG 11")
    assert not like.same_title("Vì sao là ngày 9 tháng 11?", "Vì sao là ngày 9 tháng 12?")
    assert not like.same_title("Thông báo", "Thông báo")


def test_prints_are_few_and_fit_a_column_of_32_bits() -> None:
    text = Path(__file__).read_text("utf-8")
    kept = like.prints(text)
    assert len(kept) == like.SKETCH
    assert all(-(2**31) <= one < 2**31 for one in kept)
