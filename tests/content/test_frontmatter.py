"""Reading posts: what is accepted, and that every mistake is named with its line."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from content.finding import Finding
from content.frontmatter import LARGEST_BYTES, PostFileError, parse_post, read_post
from content.post import MediaItem, Override, Post

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")

WHOLE = """---
# mẫu của xã
id: vi-sao-9-11
title: "Vì sao là ngày 9 tháng 11?"
kind: hoi_dap
summary: Ngày bản Hiến pháp đầu tiên ra đời.
channels: [website, fanpage]
due: 2026-11-09 07:00
deadline: 2026-11-09T23:00+07:00
media:
  - file: to-gap.png
    alt: Tờ gấp có năm bước
link: https://example.gov.vn/ngay-phap-luat
citations:
  - Luật số 14/2012/QH13, Điều 8
tags: [Ngày Pháp luật, hiến pháp]
audience: mọi người
overrides:
  fanpage:
    title: "Bạn có biết?"
    text: |
      Dòng một.

      Dòng hai.
---

Ngày **09/11/1946**...
"""


def read(source: str) -> tuple[Post, list[Finding]]:
    return parse_post(source, file_name="tin.md", zone=HANOI)


def mistakes(source: str) -> list[Finding]:
    with pytest.raises(PostFileError) as caught:
        read(source)
    return caught.value.findings


def front(*lines: str) -> str:
    return "\n".join(["---", *lines, "---", "Nội dung."])


def test_a_whole_post_is_read_with_every_field() -> None:
    post, findings = read(WHOLE)
    assert post == Post(
        key="vi-sao-9-11",
        title="Vì sao là ngày 9 tháng 11?",
        kind="hoi_dap",
        body="Ngày **09/11/1946**...",
        summary="Ngày bản Hiến pháp đầu tiên ra đời.",
        channels=("website", "fanpage"),
        due=datetime(2026, 11, 9, 0, 0, tzinfo=UTC),
        deadline=datetime(2026, 11, 9, 16, 0, tzinfo=UTC),
        media=(MediaItem("to-gap.png", "Tờ gấp có năm bước"),),
        link="https://example.gov.vn/ngay-phap-luat",
        citations=("Luật số 14/2012/QH13, Điều 8",),
        tags=("Ngày Pháp luật", "hiến pháp"),
        audience="mọi người",
        overrides={"fanpage": Override(title="Bạn có biết?", text="Dòng một.\n\nDòng hai.")},
        source=WHOLE,
    )
    assert [(f.rule, f.severity, f.place) for f in findings] == [("content.zone_assumed", "hint", "tin.md:8")]


@pytest.mark.parametrize(
    "spelled", [lambda s: s, lambda s: s.translate(str.maketrans("êềôđáảạảâăấ", "eeodaaaaaaa"))]
)
def test_keys_may_be_vietnamese_with_or_without_tone_marks(spelled: object) -> None:
    assert callable(spelled)
    keys = [
        ("Tiêu đề", "T"),
        ("loai", "Hỏi – đáp"),
        ("tóm_tắt", "S"),
        ("KÊNH", "website, fanpage"),
        ("giờ đăng", "7h30 09/11/2026"),
        ("han-chot", "09/11/2026 9h"),
        ("liên kết", "https://a.vn"),
        ("căn cứ", "Luật A, Điều 8"),
        ("thẻ", "'#một, hai'"),
        ("đối tượng", "học sinh"),
        ("ảnh", "[{tệp: a.jpg, chữ thay thế: Một bức ảnh}]"),
        ("riêng", "{website: {nội dung: Khác}}"),
    ]
    post, _ = read(front(*(f"{spelled(key)}: {value}" for key, value in keys)))
    assert (post.title, post.kind, post.summary, post.channels) == (
        "T",
        "hoi_dap",
        "S",
        ("website", "fanpage"),
    )
    assert post.due == datetime(2026, 11, 9, 0, 30, tzinfo=UTC)
    assert post.deadline == datetime(2026, 11, 9, 2, 0, tzinfo=UTC)
    assert post.citations == ("Luật A, Điều 8",)
    assert post.tags == ("một", "hai")
    assert post.media == (MediaItem("a.jpg", "Một bức ảnh"),)
    assert post.overrides == {"website": Override(text="Khác")}
    assert (post.link, post.audience) == ("https://a.vn", "học sinh")


def test_scalars_stay_what_was_written() -> None:
    post, _ = read(
        front("title: no", "summary: 07:00", "audience: 0x1F", "tags: [yes, null, 1_000, 2026-11-09]")
    )
    assert (post.title, post.summary, post.audience) == ("no", "07:00", "0x1F")
    assert post.tags == ("yes", "null", "1_000", "2026-11-09")


def test_all_mistakes_of_a_file_are_told_at_once_with_their_lines() -> None:
    findings = mistakes(
        front(
            "id: Bài Một",
            "tiu đề: A",
            "kind: [hoi_dap]",
            "due: 31/02/2026 07:00",
            "summary: một",
            "tóm tắt: hai",
            "media: [{alt: x}]",
            "qwxz: 1",
            "overrides: fanpage",
            "deadline: +5m",
        )
    )
    assert [(f.rule.removeprefix("content."), f.place) for f in findings if f.severity == "block"] == [
        ("unknown_key", "tin.md:3"),
        ("key_twice", "tin.md:7"),
        ("strange_key", "tin.md:9"),
        ("not_text", "tin.md:4"),
        ("id_form", "tin.md:2"),
        ("time_impossible", "tin.md:5"),
        ("time_relative_here", "tin.md:11"),
        ("media_no_file", "tin.md:8"),
        ("not_keys", "tin.md:10"),
    ]
    assert findings[0].values == {"key": "tiu đề", "nearest": "tiêu đề"}


def test_the_error_speaks_every_line() -> None:
    with pytest.raises(PostFileError) as caught:
        read(front("titel: A", "due: mai"))
    said = str(caught.value)
    assert "tin.md:2: Không có mục 'titel'. → Có thể là 'title'?" in said
    assert "tin.md:3: Loa chưa hiểu thời gian 'mai'." in said
    assert "2 chỗ" in said


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("title: &a chữ", "yaml_anchor"),
        ("title: *a", "yaml_anchor"),
        ("title: !!python/object/apply:os.system [ls]", "yaml_tag"),
        ("title: !x y", "yaml_tag"),
        ("title: [[[[[[x]]]]]]", "yaml_deep"),
        ("title: " + "[" * 60_000, "yaml_deep"),
        ("title: Thông báo: lịch", "yaml_colon"),
        ("\ttitle: A", "yaml_tab"),
        ("title: 'A", "yaml_syntax"),
        ("title: [a, b", "yaml_syntax"),
        ('title: "\\UFFFFFFFF"', "yaml_syntax"),
        ("? [a, b]\n: c", "key_no_text"),
        ("- a\n- b", "yaml_no_keys"),
        ("chỉ một câu", "yaml_no_keys"),
        ("title: a\uffffb", "yaml_character"),
        ("<<: {title: a}", "strange_key"),
        ("title: a\n...\ntitle: b", "yaml_syntax"),
    ],
)
def test_yaml_that_could_surprise_is_refused(line: str, rule: str) -> None:
    assert mistakes(front(line))[0].rule == f"content.{rule}"


def test_a_bomb_of_aliases_is_refused_without_being_unfolded() -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"] + [
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]" for n in range(20)
    ]
    assert {f.rule for f in mistakes(front(*lines))} == {"content.yaml_anchor"}


def test_a_file_of_nothing_but_mistakes_is_given_up_after_a_while() -> None:
    assert len(mistakes(front(*(f"k{n}: v" for n in range(3000))))) == 200


def test_a_blank_key_counts_as_not_written_and_quotes_as_written() -> None:
    post, _ = read(front("title:", "due:", "tags:", "overrides: {fanpage: {title: '', text:}, website: }"))
    assert (post.title, post.due, post.tags) == ("", None, ())
    assert post.overrides == {"fanpage": Override(title=""), "website": Override()}


def test_the_key_is_the_slug_of_the_files_stem_without_an_id(tmp_path: Path) -> None:
    path = tmp_path / "Hỏi đáp số 1.md"
    path.write_text(front("title: A"), "utf-8")
    assert read_post(path, HANOI)[0].key == "hoi-dap-so-1"


def test_a_file_from_notepad_is_the_same_post(tmp_path: Path) -> None:
    path = tmp_path / "tin.md"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    assert read_post(path, HANOI)[0] == read(WHOLE)[0]


def test_decomposed_letters_are_composed_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "tin.md"
    path.write_text(unicodedata.normalize("NFD", WHOLE), "utf-8")
    post, findings = read_post(path, HANOI)
    assert post == read(WHOLE)[0]
    assert [f.rule for f in findings] == ["content.not_nfc", "content.zone_assumed"]


def test_marks_written_as_escapes_are_composed_too() -> None:
    assert read(front('title: "a\\u0302\\u0301"'))[0].title == "ấ"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_that_is_not_utf8_is_named_with_line_and_byte(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "cu.md"
    path.write_bytes(mark + "---\ntitle: Bài\n".encode() + b"summary: B\xb5i\n---\n")
    with pytest.raises(PostFileError) as caught:
        read_post(path, HANOI)
    (finding,) = caught.value.findings
    assert (finding.rule, finding.place) == ("content.not_utf8", "cu.md:3")
    assert finding.values == {"byte": "0xB5", "column": 11}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_named_as_such(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "tin.md"
    path.write_bytes(WHOLE.encode(encoding))
    with pytest.raises(PostFileError, match="UTF-16"):
        read_post(path, HANOI)


def test_a_file_that_is_missing_a_folder_or_too_large_is_refused_unread(tmp_path: Path) -> None:
    large = tmp_path / "to.md"
    with large.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    for path, rule in (
        (tmp_path / "khong-co.md", "file_missing"),
        (tmp_path, "file_irregular"),
        (large, "file_large"),
    ):
        with pytest.raises(PostFileError) as caught:
            read_post(path, HANOI)
        assert [f.rule for f in caught.value.findings] == [f"content.{rule}"]


@pytest.mark.parametrize("source", ["", "Chỉ có chữ.", "---\ntitle: A\n", "Chữ\n---\ntitle: A\n---\n"])
def test_a_text_without_front_matter_is_told_how_to_begin(source: str) -> None:
    assert [f.rule for f in mistakes(source)] == ["content.no_front_matter"]


def test_dashes_in_the_body_belong_to_the_body() -> None:
    assert read("---\ntitle: A\n---\nMột\n\n---\n\nHai\n")[0].body == "Một\n\n---\n\nHai"


def test_a_channel_named_twice_counts_once() -> None:
    post, findings = read(front("channels: [website, fanpage, website]"))
    assert post.channels == ("website", "fanpage")
    assert [f.rule for f in findings] == ["content.named_twice"]
