"""Checks: what stops a post, what is worth a second look, and what is none of Loa's business."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from content.checks import check_post, check_variant
from content.finding import Finding, blocking
from content.frontmatter import parse_post
from content.limits import Limits
from content.post import MediaItem, Override, Post
from content.variant import MediaRef, Variant

NOW = datetime(2026, 11, 8, tzinfo=UTC)
CHANNELS = ("website", "fanpage")
GOOD = Post(
    key="tin",
    title="Lịch tiếp dân",
    kind="thong_bao",
    body="Ủy ban tiếp bà con vào thứ Năm hằng tuần.",
    channels=CHANNELS,
    due=NOW + timedelta(hours=1),
    deadline=NOW + timedelta(hours=3),
    media=(MediaItem("a.png", "Cổng trụ sở", rights="ảnh của đơn vị"),),
    link="https://example.gov.vn/lich?x=1",
)


def said(post: Post) -> list[tuple[str, str, str]]:
    findings = check_post(post, known_channels=CHANNELS, now=NOW)
    assert all(" → " in finding.line() and "content." not in finding.line() for finding in findings)
    return [(f.rule.removeprefix("content."), f.severity, f.place) for f in findings]


def test_a_good_post_draws_no_remark() -> None:
    assert said(GOOD) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"title": ""}, ("title_missing", "block", "title")),
        ({"title": "a" * 201}, ("title_long", "block", "title")),
        ({"body": " \n"}, ("body_empty", "block", "body")),
        ({"kind": ""}, ("kind_missing", "block", "kind")),
        ({"kind": "thong_boa"}, ("kind_unknown", "block", "kind")),
        ({"kind": "noi_bo"}, ("kind_internal", "block", "kind")),
        ({"channels": ()}, ("no_channel", "block", "channels")),
        ({"channels": ("webiste",)}, ("channel_unknown", "block", "channels")),
        ({"overrides": {"zalo": Override()}}, ("override_unused", "warn", "overrides.zalo")),
        ({"due": NOW - timedelta(seconds=1)}, ("due_past", "block", "due")),
        ({"deadline": NOW + timedelta(hours=1)}, ("deadline_early", "block", "deadline")),
        ({"due": None, "deadline": NOW}, ("deadline_past", "block", "deadline")),
        ({"media": (MediaItem("a.png", rights="ảnh của đơn vị"),)}, ("alt_missing", "block", "media[1]")),
        (
            {"media": (MediaItem("to-gap 1.png", "To gap 1", rights="ảnh của đơn vị"),)},
            ("alt_is_name", "block", "media[1]"),
        ),
        (
            {"media": (MediaItem("/etc/a.png", "Ảnh", rights="ảnh của đơn vị"),)},
            ("media_path", "block", "media[1]"),
        ),
        (
            {"media": (MediaItem("../a.png", "Ảnh", rights="ảnh của đơn vị"),)},
            ("media_path", "block", "media[1]"),
        ),
        (
            {"media": (MediaItem("C:\\a.png", "Ảnh", rights="ảnh của đơn vị"),)},
            ("media_path", "block", "media[1]"),
        ),
        (
            {"media": (MediaItem("Tài liệu TUYỆT MẬT.png", "Ảnh", rights="ảnh của đơn vị"),)},
            ("secret_name", "block", "media[1]"),
        ),
        ({"link": "www.a.vn"}, ("link_no_web", "block", "link")),
        ({"link": "javascript:alert(1)"}, ("link_no_web", "block", "link")),
        ({"link": "https://"}, ("link_no_web", "block", "link")),
        ({"link": "http://[a"}, ("link_no_web", "block", "link")),
        ({"overrides": {"fanpage": Override(link="a")}}, ("link_no_web", "block", "overrides.fanpage")),
        ({"body": "A\n\n**MẬT**\n"}, ("secret_mark", "block", "body")),
        ({"body": "> (TÀI LIỆU LƯU HÀNH NỘI BỘ)"}, ("secret_mark", "block", "body")),
        ({"body": "Gọi {duong_day_nong}."}, ("slot_unfilled", "block", "body")),
        ({"title": "Tuần lễ tại {dia_ban}"}, ("slot_unfilled", "block", "title")),
        ({"body": "CCCD 001 203 004 567"}, ("citizen_number", "warn", "body")),
        ({"body": "số 012345678901."}, ("citizen_number", "warn", "body")),
        ({"body": "Gọi 0912 345 678"}, ("mobile_number", "warn", "body")),
        ({"body": "Gọi (+84)38.1234567"}, ("mobile_number", "warn", "body")),
        ({"body": "Gọi 0987.65.43.21"}, ("mobile_number", "warn", "body")),
        ({"body": "Huyện Như Thanh"}, ("former_unit", "hint", "body")),
        ({"overrides": {"fanpage": Override(text="TỐI MẬT")}}, ("secret_mark", "block", "overrides.fanpage")),
    ],
)
def test_a_flaw_is_named_with_its_place(change: dict[str, object], expected: tuple[str, str, str]) -> None:
    assert said(replace(GOOD, **change)) == [expected]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        "Bí mật nhà nước là gì? Tin mật ong tăng giá.",
        "Nội bộ gia đình cần hòa thuận.",
        "Tổng đài 1900 1234, máy bàn 024 3733 0000, năm 1946, số 14/2012/QH13.",
        "Xem https://a.vn/0912345678 và 123456789012345.",
        "Quyết định số 0123456789/2026 và mã 0912345678A.",
        "Trước đây các huyện tự làm.",
    ],
)
def test_ordinary_words_and_numbers_draw_no_remark(body: str) -> None:
    assert said(replace(GOOD, body=body)) == []


def test_personal_numbers_are_never_repeated_in_the_remark() -> None:
    findings = check_post(replace(GOOD, body="0912 345 678"), known_channels=CHANNELS, now=NOW)
    assert "345" not in findings[0].message
    assert "…678" in findings[0].message


def test_a_remark_on_the_body_names_the_line_of_the_file() -> None:
    source = "---\ntitle: A\nkind: hoi_dap\nchannels: website\n---\n\nMột\n\nCòn {slot}\n"
    post, _ = parse_post(source, file_name="tin.md", zone=ZoneInfo("UTC"))
    assert said(post) == [("slot_unfilled", "block", "tin.md:9")]


def test_a_body_is_not_needed_where_every_channel_has_its_own_text() -> None:
    own = Override(text="Có chữ")
    assert said(replace(GOOD, body="", overrides=dict.fromkeys(CHANNELS, own))) == []
    assert said(replace(GOOD, body="", overrides={"website": own})) == [("body_empty", "block", "body")]


def test_what_stops_a_post_comes_first() -> None:
    findings = check_post(
        replace(GOOD, body="Huyện Xa 0912345678", title=""), known_channels=CHANNELS, now=NOW
    )
    assert [f.severity for f in findings] == ["block", "warn", "hint"]
    assert len(blocking(findings)) == 1


def test_nearest_names_are_offered() -> None:
    post = replace(GOOD, kind="thong_boa", channels=("webiste",))
    lines = " ".join(f.remedy for f in check_post(post, known_channels=CHANNELS, now=NOW))
    assert "thong_bao (Thông báo)" in lines
    assert "website" in lines


def test_a_naive_now_is_a_bug() -> None:
    with pytest.raises(ValueError, match="naive"):
        check_post(GOOD, known_channels=CHANNELS, now=datetime(2026, 11, 8))  # noqa: DTZ001


def picture(size_bytes: int = 10, mime: str = "image/png") -> MediaRef:
    return MediaRef("ab" * 32, mime, size_bytes, "a.png", "Ảnh")


VARIANT = Variant(
    post="tin",
    revision=1,
    source_sha256="",
    channel="fanpage",
    platform="facebook",
    account="1",
    kind="thong_bao",
    title="Tiêu đề",
    summary="",
    text="Chữ 😀",
    link="",
    media=(picture(),),
    citations=(),
    tags=(),
    author="an",
    not_before=NOW,
    deadline=NOW + timedelta(hours=1),
)


def limited(change: dict[str, object], limits: Limits) -> list[Finding]:
    return check_variant(replace(VARIANT, **change), limits)  # type: ignore[arg-type]


def test_a_variant_within_the_limits_draws_no_remark() -> None:
    assert limited({}, Limits(text_max=6, text_unit="utf16", title_max=7, images_max=1)) == []


def test_length_is_told_in_the_platforms_unit_with_count_and_maximum() -> None:
    (finding,) = limited({"text": "😀" * 32_000}, Limits(text_max=63_206, text_unit="utf16"))
    assert (finding.rule, finding.place) == ("content.text_over", "fanpage")
    assert "64.000" in finding.message
    assert "63.206" in finding.message
    assert "794" in finding.remedy


@pytest.mark.parametrize(
    ("change", "limits", "rule"),
    [
        ({"title": "12345678"}, Limits(text_max=100, title_max=7), "title_over"),
        ({"media": (picture(), picture())}, Limits(text_max=100, images_max=1), "images_over"),
        ({"media": (picture(mime="image/gif"),)}, Limits(text_max=100), "image_type"),
        ({"media": (picture(2049),)}, Limits(text_max=100, image_max_bytes=2048), "image_size"),
        ({"text": " ", "media": ()}, Limits(text_max=100), "nothing_to_say"),
    ],
)
def test_a_limit_that_is_passed_is_named(change: dict[str, object], limits: Limits, rule: str) -> None:
    assert [f.rule for f in limited(change, limits)] == [f"content.{rule}"]


def test_a_picture_or_a_link_alone_is_something_to_say() -> None:
    limits = Limits(text_max=100)
    assert limited({"text": ""}, limits) == []
    assert limited({"text": "", "media": (), "link": "https://a.vn"}, limits) == []
