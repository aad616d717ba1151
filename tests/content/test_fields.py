"""Fields of law: by tags and by what a post rests on; the quick reader sees what the careful one sees."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import content
from content.errors import UsageError
from content.fields import FILE, Fields, parse, tags_and_citations
from content.frontmatter import parse_post
from content.text import fold

SHIPPED = (Path(content.__file__).parent / "templates" / FILE).read_text("utf-8")
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture(scope="module")
def fields() -> Fields:
    return parse(SHIPPED, FILE)


@pytest.mark.parametrize(
    ("tags", "cited", "found"),
    [
        (["đất đai"], [], ["dat-dai"]),
        (["DAT DAI", "Luật Đất đai 2024"], [], ["dat-dai"]),
        (["luật-đất-đai"], [], ["dat-dai"]),
        (["bạo lực gia đình"], [], ["hon-nhan-gia-dinh", "binh-dang-gioi"]),
        ([], ["Nghị định số 168/2024/NĐ-CP."], ["giao-thong"]),
        ([], ["Luật Bảo vệ dữ liệu cá nhân"], ["mang-du-lieu"]),
        (["thuê nhà"], [], []),
        (["đất", "chính sách"], ["Kế hoạch 12/KH-UBND"], []),
        ([], [], []),
    ],
)
def test_a_post_belongs_where_its_words_say(
    fields: Fields, tags: list[str], cited: list[str], found: list[str]
) -> None:
    assert list(fields.of(tags, cited)) == found


def test_a_number_whose_document_is_known_tells_by_its_name(fields: Fields) -> None:
    assert fields.of([], ["Luật số 99/2031/QH17"], lambda _: ["Luật Phòng, chống ma túy"]) == ("ma-tuy",)


@given(st.lists(st.sampled_from(["đất đai", "Hộ tịch", "ma túy", "linh tinh"])), st.randoms())
def test_marks_capitals_and_order_do_not_matter(tags: list[str], chance: object) -> None:
    told = parse(SHIPPED, FILE)
    assert told.of(tags, []) == told.of([fold(one).upper() for one in reversed(tags)], [])


def test_every_shipped_field_is_reached_by_its_own_words_and_phrases_have_two_syllables(
    fields: Fields,
) -> None:
    assert len(fields.every) >= 12
    for one in fields.every:
        for phrase in one.phrases:
            assert one.key in fields.of([phrase], [])
            assert " " in phrase or phrase in ("vneid", "pccc"), f"{one.label}: {phrase} means too much"


WORD = st.text("abcđáạ ôngữơ019-", min_size=1, max_size=12).map(str.strip).filter(bool)


@given(
    st.lists(WORD, max_size=4, unique=True),
    st.lists(WORD, max_size=3, unique=True),
    st.sampled_from(["flow", "block", "indented", "line"]),
    st.sampled_from([("thẻ", "căn cứ"), ("tags", "citations"), ("Từ khóa", "viện_dẫn")]),
)
def test_the_quick_reader_sees_what_the_careful_reader_sees(
    tags: list[str], cited: list[str], style: str, keys: tuple[str, str]
) -> None:
    def written(key: str, words: list[str]) -> str:
        quoted = [f'"{word}"' for word in words]
        if not words:
            return ""
        if style == "flow":
            return f"{key}: [{', '.join(quoted)}]\n"
        if style == "line":
            return f'{key}: "{words[0]}"\n'
        indent = "  " if style == "indented" else ""
        return f"{key}:\n" + "".join(f"{indent}- {one}\n" for one in quoted)

    front = f"tiêu đề: 'a: b'\nloại: hoi_dap\n{written(keys[0], tags)}# ghi chú: x\n{written(keys[1], cited)}"
    source = f"---\n{front}đối tượng: dân\n---\nNội dung: x\n"
    post, _ = parse_post(source, file_name="a.md", zone=ZONE)
    assert tags_and_citations(source) == (post.tags, post.citations)


@pytest.mark.parametrize(
    "source",
    ["", "không có gì", "---\nthẻ: [a\n---\n", "---\nthẻ: &a [*a]\n---\n", "---\nthẻ: {a: 1}\n---\n"],
)
def test_what_cannot_be_read_is_nothing(source: str) -> None:
    assert tags_and_citations(source) == ((), ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[linh_vuc", "linh-vuc.toml"),
        ("nguon = 'x'", "linh_vuc"),
        ("linh_vuc = 3\nngay_kiem_tra = 2026-01-01\nnguon = 'x'", "linh_vuc"),
        ("ngay_kiem_tra = 2026-01-01\nnguon = 'x'\n[[linh_vuc]]\nma = 'a'", "linh_vuc 1"),
        (
            "ngay_kiem_tra = 2026-01-01\nnguon = 'x'\n[[linh_vuc]]\nma = 'a'\nten = 'A'\ntu = []\ntuu = []",
            "tuu → tu",
        ),
        ("nguon = 'x'\n[[linh_vuc]]\nma = 'a'\nten = 'A'\ntu = []", "ngay_kiem_tra"),
    ],
)
def test_a_file_that_is_wrong_is_told_by_its_name_and_place(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"linh-vuc\.toml") as told:
        parse(text, FILE)
    assert said in str(told.value)
