"""Writing posts: nothing is lost on the way to the file and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from content import postkeys
from content.errors import UsageError
from content.frontmatter import parse_post
from content.kinds import KINDS
from content.post import MediaItem, Override, Post
from content.postwriter import with_field, write_post
from content.text import normalise, slug

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        "no",
        "- a",
        "a: b",
        "a #b",
        "'",
        '"',
        "{x}",
        "[",
        "*a",
        "&a",
        "!!int 1",
        "%",
        "---",
        "~",
        "|",
        "> a",
        "\\u0041",
    ]
)
lines = anything.map(lambda text: " ".join(normalise(text).split()))
written = lines.filter(bool)
texts = st.lists(anything, max_size=5).map(lambda parts: normalise("\n".join(parts)).strip("\n"))
times = st.none() | st.datetimes(datetime(2000, 1, 2), datetime(2100, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
names = st.lists(written, max_size=3, unique=True).map(tuple)
maybe = st.none() | lines
overrides = st.builds(Override, title=maybe, summary=maybe, text=st.none() | texts, link=maybe)
posts = st.builds(
    Post,
    key=anything.map(slug),
    title=lines,
    kind=st.sampled_from([*KINDS, "", "loai la"]),
    body=texts,
    summary=lines,
    channels=names,
    due=times,
    deadline=times,
    media=st.lists(st.builds(MediaItem, file=written, alt=lines, rights=lines, people=lines), max_size=3).map(
        tuple
    ),
    link=lines,
    citations=st.lists(written, max_size=3).map(tuple),
    tags=names.map(lambda tags: tuple(dict.fromkeys(t.lstrip("# ") for t in tags if t.strip("# ")))),
    audience=lines,
    overrides=st.dictionaries(written, overrides, max_size=3),
)


def read(source: str) -> Post:
    return parse_post(source, file_name="tin.md", zone=HANOI)[0]


@given(posts, st.sampled_from([None, HANOI, ZoneInfo("America/New_York")]))
def test_a_post_survives_writing_and_reading(post: Post, zone: ZoneInfo | None) -> None:
    source = write_post(post, zone)
    again = read(source)
    assert replace(again, source="") == post
    assert write_post(again, zone) == source
    assert again.source == normalise(source)


def test_the_written_form_is_one_a_person_would_write() -> None:
    post = Post(
        key="vi-sao",
        title="Vì sao?",
        kind="hoi_dap",
        body="Một.\n\nHai.",
        channels=("website", "fanpage"),
        due=datetime(2026, 11, 9, 0, 0, tzinfo=UTC),
        media=(MediaItem("a.png", "Tờ gấp"),),
        citations=("Luật 14/2012/QH13, Điều 8",),
        tags=("Ngày Pháp luật",),
        overrides={"fanpage": Override(text="Dòng một\n\nDòng hai")},
    )
    assert write_post(post, HANOI) == (
        "---\n"
        "id: vi-sao\n"
        'title: "Vì sao?"\n'
        "kind: hoi_dap\n"
        "channels: [website, fanpage]\n"
        "due: 2026-11-09T07:00:00+07:00\n"
        "media:\n"
        "  - file: a.png\n"
        "    alt: Tờ gấp\n"
        "citations:\n"
        '  - "Luật 14/2012/QH13, Điều 8"\n'
        "tags: [Ngày Pháp luật]\n"
        "overrides:\n"
        "  fanpage:\n"
        "    text: |-\n"
        "      Dòng một\n"
        "\n"
        "      Dòng hai\n"
        "---\n"
        "\n"
        "Một.\n"
        "\n"
        "Hai.\n"
    )


MESSY = """---
# ghi chú đầu
Tiêu đề:   'Bài cũ'   # ghi chú cạnh
audience: >-  # gấp dòng
  học sinh
  và phụ huynh

due:
summary: một
  hai dòng
link: https://a.vn   # giữ
channels: [website]  # cuối
---
Thân bài --- không đổi: due: x
"""


@pytest.mark.parametrize(
    ("key", "value", "old", "new"),
    [
        ("title", "Bài mới", "'Bài cũ'", "Bài mới"),
        ("due", "2026-11-09 07:00", "due:", "due: 2026-11-09 07:00"),
        ("summary", "gọn: hơn", "một\n  hai dòng", '"gọn: hơn"'),
        ("audience", "mọi người", ">-  # gấp dòng\n  học sinh\n  và phụ huynh", "mọi người # gấp dòng"),
        ("kind", "hoi_dap", "  # cuối\n", "  # cuối\nkind: hoi_dap\n"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_one_field_changes_and_every_other_byte_stays(
    key: str, value: str, old: str, new: str, newline: str, mark: str
) -> None:
    source = mark + MESSY.replace("\n", newline)
    expected = mark + MESSY.replace(old, new, 1).replace("\n", newline)
    assert with_field(source, key, value) == expected


@given(posts, st.sampled_from(postkeys.SCALARS), lines)
@example(Post("a", "t", "hoi_dap", "b", overrides={"x": Override(text="a\nb")}), "due", "2026-11-09 07:00")
def test_a_changed_field_reads_back_and_no_other_field_moves(post: Post, key: str, value: str) -> None:
    if key in ("due", "deadline"):
        value = "2026-11-09T07:00+07:00"
    if key == "id":
        value = slug(value)
    if key == "kind":
        value = "to_gap"
    before = write_post(post)
    after = with_field(before, key, value)
    old, new = read(before), read(after)
    field = "key" if key == "id" else key
    expected = datetime(2026, 11, 9, tzinfo=UTC) if key in ("due", "deadline") else value
    assert replace(new, source="") == replace(old, source="", **{field: expected})  # type: ignore[arg-type]
    assert after.endswith(before[before.index("\n---\n", 3) :])
    assert with_field(after, key, value) == after


def test_what_cannot_be_edited_safely_is_left_alone() -> None:
    for source in (
        "không có phần đầu",
        "---\ntitle: [a]\n---\n",
        "---\n{kind: a}\n---\n",
        "---\ntitle: 'a\n---\n",
    ):
        with pytest.raises(UsageError):
            with_field(source, "title", "mới")
    with pytest.raises(UsageError):
        with_field("---\ntitle: a\ntiêu đề: b\n---\n", "title", "mới")
    with pytest.raises(ValueError):
        with_field("---\ntitle: a\n---\n", "channels", "website")


def test_a_field_is_added_to_an_empty_or_indented_front_matter() -> None:
    assert with_field("---\n---\nA", "title", "B") == "---\ntitle: B\n---\nA"
    assert with_field("---\n  kind: a\n---\n", "title", "B") == "---\n  kind: a\n  title: B\n---\n"
