"""What is written beside a picture about its owner and people is understood; what lacks is said."""

from __future__ import annotations

import unicodedata
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
from content.text import normalise
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


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("không hỏi các cháu", "child"),
        ("không kịp hỏi phụ huynh học sinh", "child"),
        ("không, chỉ có các cháu lớp 3A", "child"),
        ("không phải cháu nào cũng được cha mẹ cho phép", "child"),
        ("làng tre, không người", "none"),
        ("luỹ tre đầu làng, không có ai", "none"),
        ("không", "none"),
        ("Không có người nhận ra được", "none"),
        ("không có người nào trong ảnh", "none"),
        ("khong co nguoi", "none"),
        ("không thấy mặt ai", "none"),
        ("không nhận ra ai (chụp từ xa)", "none"),
        ("ảnh không có người", "none"),
        ("cổng trường tiểu học, không người", "none"),
        ("không có người, không có trẻ em", "none"),
        ("không hỏi ai", "missing"),
        ("không ai đồng ý", "missing"),
        ("không rõ ai", "missing"),
        ("không kịp xin phép", "missing"),
        ("không, chỉ có bà Lan", "missing"),
        ("không phải sự kiện công khai", "missing"),
        ("không có trẻ em, chỉ có cán bộ đã đồng ý", "consent"),
        ("không có trẻ em", "missing"),
        ("bà Lan đồng ý chưa?", "missing"),
        ("bà Lan, đã đồng ý chưa", "missing"),
        ("đang chờ bà Lan đồng ý", "missing"),
        ("sẽ xin phép bà Lan", "missing"),
        ("một số người đồng ý", "missing"),
        ("đồng ý, trừ bà Lan", "missing"),
        ("bà Châu ở trụ sở, đã đồng ý", "consent"),
        ("bà Lan trước chùa làng đồng ý cho đăng", "consent"),
        ("cán bộ cho phép đăng", "consent"),
        ("bà Lan đã đồng ý, không có phiếu", "consent"),
        ("tre em, chua hoi", "child"),
        ("tre dang choi", "child"),
        ("cháu Hoa, đã đồng ý", "child"),
        ("cháu Hoa, mẹ cháu đã đồng ý", "guardian"),
        ("học sinh, các em đồng ý, phụ huynh đứng cạnh", "child"),
        ("học sinh, các em đồng ý, phụ huynh chưa biết", "child"),
        ("học sinh, nhà trường đồng ý", "child"),
        ("học sinh lớp 5, chờ phụ huynh đồng ý", "child"),
        ("hoc sinh lop 5, cho phu huynh dong y", "child"),
        ("trẻ em, phụ huynh đồng ý không?", "child"),
        ("trẻ em, hầu hết phụ huynh đồng ý", "child"),
        ("trẻ em, phụ huynh từ chối", "child"),
        ("lớp 5A, phụ huynh đồng ý trừ em Nam", "child"),
        ("không nhận ra ai, chụp các cháu từ phía sau", "child"),
        ("các cháu mầm non, được sự đồng ý của phụ huynh", "guardian"),
        ("trẻ em (phụ huynh có mặt, đã đồng ý)", "guardian"),
        ("hoc sinh, phu huynh da dong y", "guardian"),
        ("hai em lớp 3, gia đình cho phép", "guardian"),
        ("không nhận ra ai, sự kiện công khai", "public"),
        ("children, parents not asked", "child"),
        ("no people", "none"),
        ("anh Nam, không ai khác", "missing"),
        ("trẻ em, không có phụ huynh nào không đồng ý", "child"),
        ("em Nam, đã đồng ý", "child"),
        ("chị em phụ nữ, đã đồng ý", "consent"),
        ("cá trê ngoài chợ, chị Lan đồng ý", "consent"),
    ],
)
def test_what_may_be_read_in_two_ways_is_read_in_the_careful_one(written: str, meant: str) -> None:
    assert people(written) == meant
    assert people(unicodedata.normalize("NFD", written.upper())) == meant


@given(
    st.sampled_from(["không", "không có người", "không nhận ra ai", "chưa hỏi", "no people"]),
    st.sampled_from([", ", "; ", " (", ". ", ", chỉ có ", ", chụp "]),
    st.sampled_from(["các cháu lớp 3A", "học sinh", "trẻ em", "thiếu nhi của xã", "em bé"]),
)
def test_no_word_of_nobody_makes_children_beside_it_disappear(nobody: str, then: str, child: str) -> None:
    assert people(f"{nobody}{then}{child}") == "child"
    assert people(f"{child}{then}{nobody}") == "child"


@given(st.text(max_size=200))
def test_whatever_is_written_about_people_nothing_breaks_and_something_is_meant(text: str) -> None:
    assert (people(text) is None) == (not normalise(text).strip())


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
