"""What is written beside a picture about its owner and people is understood; what lacks is said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.checks import check_post
from content.consent import people, remarks
from content.errors import UsageError
from content.frontmatter import parse_post, read_post
from content.kits import kits, load_kit
from content.post import MediaItem
from content.postwriter import write_post
from loa.config import parse

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
OWN = "ảnh của đơn vị"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", None),
        ("không", "none"),
        ("Không có người", "none"),
        ("không nhận ra ai, chụp từ phía sau", "none"),
        ("none", "none"),
        ("sự kiện công khai", "public"),
        ("hội nghị phổ biến pháp luật ngày 05/11", "public"),
        ("public event", "public"),
        ("bà Lan, đã đồng ý (phiếu ngày 02/11)", "consent"),
        ("ba cán bộ, cho phép đăng", "consent"),
        ("consent", "consent"),
        ("bà Lan", "missing"),
        ("bà Lan, chưa đồng ý", "missing"),
        ("bà Lan, không đồng ý", "missing"),
        ("không có sự đồng ý", "missing"),
        ("chưa hỏi", "missing"),
        ("no consent", "missing"),
        ("trẻ em", "child"),
        ("học sinh lớp 5, đã đồng ý", "child"),
        ("trẻ em ở sự kiện công khai", "child"),
        ("học sinh, cha mẹ chưa đồng ý", "child"),
        ("trẻ em, chưa xin phép phụ huynh", "child"),
        ("trẻ em, cha mẹ đồng ý", "guardian"),
        ("Học sinh lớp 5A, phụ huynh và các em đồng ý, phiếu ngày 02/11", "guardian"),
        ("children, guardians' consent", "guardian"),
    ],
)
def test_the_words_of_an_officer_are_understood(written: str, meant: str | None) -> None:
    assert people(written) == meant


@given(st.text(max_size=200))
def test_whatever_is_written_about_people_nothing_breaks_and_something_is_meant(text: str) -> None:
    assert (people(text) is None) == (not text.strip()) or people(text) is not None


@given(
    st.sampled_from(["cháu bé", "học sinh", "các em", "trẻ nhỏ"]),
    st.sampled_from(["", "đã đồng ý", "vui vẻ"]),
)
def test_children_are_never_taken_for_agreed_without_a_guardian(child: str, more: str) -> None:
    assert people(f"{child} {more}") == "child"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (MediaItem("a.png", "Chợ"), [("rights_missing", "hint")]),
        (MediaItem("a.mp4", "Phim", people="không"), [("rights_missing", "hint")]),
        (MediaItem("a.srt"), []),
        (MediaItem("a.png", "Chợ", OWN), []),
        (MediaItem("a.png", "Chợ", "sưu tầm trên mạng"), [("rights_unclear", "warn")]),
        (MediaItem("a.png", "Chợ", "Báo Tỉnh trên Facebook, cho phép ngày 02/11"), []),
        (MediaItem("a.png", "Chợ", OWN, "bà Lan"), [("consent_missing", "warn")]),
        (MediaItem("a.png", "Chợ", OWN, "học sinh"), [("consent_child", "block")]),
        (MediaItem("a.png", "Chợ", OWN, "học sinh, phụ huynh đồng ý"), []),
    ],
)
def test_what_is_missing_beside_a_picture_is_said(item: MediaItem, expected: list[tuple[str, str]]) -> None:
    told = [(one.rule.removeprefix("content."), one.severity) for one in remarks((item,), {})]
    assert told == expected
    for one in remarks((item,), {}):
        assert one.place == "media[1]"
        assert not one.message.startswith("content.")
        assert not one.remedy.startswith("content.")


def test_the_vietnamese_keys_are_read_and_a_round_trip_keeps_them() -> None:
    source = (
        "---\ntiêu đề: Chợ\nloại: tin_hoat_dong\nảnh:\n  - tệp: a.png\n    chữ thay thế: Chợ quê\n"
        "    bản quyền: ảnh của đơn vị\n    người trong ảnh: trẻ em, cha mẹ đồng ý\n---\n\nLời.\n"
    )
    read, findings = parse_post(source, file_name="a.md", zone=HANOI)
    assert not findings
    assert read.media == (MediaItem("a.png", "Chợ quê", "ảnh của đơn vị", "trẻ em, cha mẹ đồng ý"),)
    again, _ = parse_post(write_post(read, HANOI), file_name="a.md", zone=HANOI)
    assert again.media == read.media


def test_a_unit_may_make_the_block_a_warning_but_not_silence_it() -> None:
    assert parse('[checks]\n"content.consent_child" = "warn"\n').checks == {"content.consent_child": "warn"}
    for refused in ("hint", "off"):
        with pytest.raises(UsageError):
            parse(f'[checks]\n"content.consent_child" = "{refused}"\n')


def test_the_kits_say_whose_their_pictures_are() -> None:
    looked_at = 0
    for name in kits():
        for item in load_kit(name).items:
            read, _ = read_post(Path(item.path), HANOI)
            told = check_post(read, known_channels=read.channels, now=datetime(2026, 1, 1, tzinfo=UTC))
            assert [one.rule for one in told if "rights" in one.rule or "consent" in one.rule] == []
            looked_at += len(read.media)
    assert looked_at >= 5
