"""Cards: every word is whole, inside the picture and upon no other; the colours can be read."""

from __future__ import annotations

import io
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from content.cards import SIZES, TEMPLATES, Block, Words, alt_text, contrast, draw, laid_out
from content.images import publication_copy

LONG = (
    "Từ ngày 01/07/2026, Nghị định số 168/2024/NĐ-CP quy định xử phạt vi phạm hành chính về trật tự, an toàn "
    "giao thông đường bộ có những điểm mới nào mà người dân cần biết?"
)
UNIT = "Hội đồng phối hợp phổ biến, giáo dục pháp luật thành phố Hồ Chí Minh"
WHOLE = Words(LONG, UNIT, "Bài chuyên sâu", "Thứ Hai, 09/11/2026")

syllables = st.text(
    "ABCDEGHIKLMNOPQRSTUVXYĂÂĐÊÔƠƯẾỆẬẪỸabcdeghiklmnopqrstuvxyăâđêôơưếệậẫỹ0123456789/-.,?", min_size=1
)
titles = st.lists(syllables, min_size=1, max_size=40).map(lambda parts: " ".join(parts)[:200].strip() or "A")
sizes = st.sampled_from(list(SIZES))
slow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def boxes(block: Block) -> list[tuple[float, float, float, float]]:
    return [line.box for line in block.lines]


def must_be_clean(blocks: tuple[Block, ...], size: str) -> None:
    width, height = SIZES[size]
    every = [(block.name, box) for block in blocks for box in boxes(block)]
    for name, (left, top, right, bottom) in every:
        assert 0 < left < right < width, f"{name} runs over the side"
        assert 0 < top < bottom < height, f"{name} runs over the edge"
    for (one, a), (other, b) in combinations(every, 2):
        apart = a[3] <= b[1] or b[3] <= a[1] or a[2] <= b[0] or b[2] <= a[0]
        assert apart, f"{one} {a} and {other} {b} lie upon each other"


def said(blocks: tuple[Block, ...], name: str) -> str:
    return "".join("".join(line.text.split()) for b in blocks if b.name == name for line in b.lines)


@slow
@given(titles, sizes)
def test_a_title_of_up_to_200_characters_is_whole_and_inside(title: str, size: str) -> None:
    blocks = laid_out(Words(title, UNIT, "Câu chuyện pháp luật", "Chủ nhật, 08/11/2026"), size)
    must_be_clean(blocks, size)
    assert said(blocks, "title") == "".join(title.split())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("title", ["W" * 200, "Ậ" * 200, "Ễ ộ " * 50, LONG, "Luật"])
def test_the_widest_and_the_tallest_letters_have_room(size: str, title: str) -> None:
    words = Words(title[:200], UNIT * 2, "Bài chuyên sâu", "Thứ Hai, 09/11/2026")
    must_be_clean(laid_out(words, size), size)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_measured_is_what_is_drawn(size: str) -> None:
    """The ink of the title, found in the picture itself, lies in its boxes."""
    card = draw(Words("Ngày Pháp luật Việt Nam"), size, "do")
    image = Image.open(io.BytesIO(card.data)).convert("RGB")
    assert image.size == SIZES[size] == (card.width, card.height)
    near_white = image.point(lambda v: 255 * (v > 235)).convert("L").point(lambda v: 255 * (v > 250))
    ink = near_white.getbbox()
    [block] = card.blocks
    assert ink is not None
    assert min(box[0] for box in boxes(block)) <= ink[0] <= ink[2] <= max(box[2] for box in boxes(block)) + 1
    assert min(box[1] for box in boxes(block)) <= ink[1] <= ink[3] <= max(box[3] for box in boxes(block)) + 1


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_text_can_be_read_upon_its_ground(template: str) -> None:
    colours = TEMPLATES[template]
    for text in (colours.title, colours.label, colours.quiet):
        for ground in (colours.ground, colours.waves):
            assert contrast(text, ground) >= 4.5, f"{text} on {ground}"


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffffff", "#777777") == contrast("#777777", "#ffffff")


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("size", SIZES)
def test_a_card_is_small_enough_for_every_platform_and_is_stored_as_it_is_drawn(
    size: str, template: str
) -> None:
    card = draw(WHOLE, size, template)
    assert card.blocks == laid_out(WHOLE, size, template)
    assert len(card.data) < 1_000_000, "Zalo's megabyte is the smallest; YouTube took two"
    copy = publication_copy(card.data, name="card.png")
    assert (copy.width, copy.height) == SIZES[size]
    assert len(copy.data) < 1_000_000


def test_the_same_words_give_the_same_bytes() -> None:
    assert draw(WHOLE, "share").data == draw(WHOLE, "share").data


def test_a_word_stays_with_its_number() -> None:
    lines = [line.text for block in laid_out(WHOLE, "square") for line in block.lines]
    assert not [line for line in lines if line.endswith((" số", " ngày", "Nghị định số"))]
    assert not [line for line in lines if line.startswith("–")]


def test_what_the_letters_cannot_show_is_left_out() -> None:
    card = draw(Words("Ngày Pháp luật 🎉 法", "🎉"))
    assert said(card.blocks, "title") == "NgàyPhápluật"
    assert [block.name for block in card.blocks] == ["title"]


def test_a_short_title_has_large_letters_and_even_lines() -> None:
    [title] = laid_out(Words("Hôm nay, 9/11 – Ngày Pháp luật Việt Nam"), "share")
    assert title.size >= 60
    widths = [box[2] - box[0] for box in boxes(title)]
    assert min(widths) > max(widths) / 2


def test_the_words_for_those_who_do_not_see_it_say_what_stands_there() -> None:
    told = alt_text(
        Words("Vì sao là ngày 9 tháng 11?", "UBND xã Thử Nghiệm", "Hỏi – đáp", "Thứ Hai, 09/11/2026")
    )
    assert told == "Tấm thiệp chữ: Vì sao là ngày 9 tháng 11? UBND xã Thử Nghiệm, Thứ Hai, 09/11/2026."
