"""Targets: what officers write. The post's file, its times, its Markdown, the plan of a kit."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from content import postkeys
from content.adapt import adapt
from content.checks import check_post, check_variant
from content.errors import UsageError
from content.frontmatter import PostFileError, parse_post, read_post
from content.kits import read_kit
from content.limits import Limits
from content.marks import marks, secret_name
from content.moment import MomentError, parse_moment, show
from content.plain import flatten
from content.postwriter import write_post
from content.text import normalise
from content.variant import MediaRef
from content.yamltree import Located, YamlRefused, compose
from tests.fuzz.engine import Target
from tests.fuzz.inputs import NASTY, mutated, text

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
ZONES = (HANOI, ZoneInfo("Europe/Berlin"), ZoneInfo("America/St_Johns"))
NOW = datetime(2026, 11, 8, 23, 59, 50, tzinfo=UTC)
_ROOM = Path(tempfile.gettempdir())

WHOLE = """---
id: ngay-phap-luat
tiêu đề: Vì sao là ngày 9 tháng 11?
loại: hỏi đáp
tóm tắt: >-
  Ngày 09/11/1946,
  Hiến pháp đầu tiên.
kênh: [website, fanpage]
giờ đăng: 2026-11-09 07:00
hạn chót: 09/11/2026 19h30
ảnh:
  - tệp: ảnh 1.jpg
    chữ thay thế: "Buổi \\u0111\\xe2y"
  - nam-buoc.png
liên kết: https://vbpl.vn/a?b=c&d=e#f
căn cứ:
  - Luật số 14/2012/QH13
thẻ: '#phápluật, ngày pháp luật'
riêng:
  fanpage:
    nội dung: |-
      Một dòng
      hai dòng
---

# Đề mục

Ngày 09/11/1946, **Quốc hội** thông qua [Hiến pháp](https://vbpl.vn). ![Ảnh](<ảnh 1.jpg> "chú thích")

- một
  1. hai

| a | b |
|---|:-:|
| 1 | 2 |

`mã` <script>alert(1)</script> {chưa điền} 012 345 678 901 Huyện Củ Chi
"""
SHORT = "---\ntitle: A\nkind: hoi_dap\nchannels: website\ndue: +5m\n---\nChữ\n"
SAMPLES = (
    WHOLE.encode(),
    SHORT.encode(),
    WHOLE.replace("\n", "\r\n").encode(),
    b"\xef\xbb\xbf" + SHORT.encode(),
)
YAML = (*NASTY, "&a", "*a", "<<: *a", "!!python/object:os.system", "!tag", "%YAML 9.9", "? [", "- ", ": ",
        "\t",
        "|", ">9", '"\\ud800"', '"\\UFFFFFFFF"', '"\\0"', "--- ", "...", "#", "riêng:", "kênh:",
        "{", "]")  # fmt: skip

TIMES = ("2026-11-09 07:00", "09/11/2026 19h30", "7 giờ 05 phút, ngày 9/11/2026",
         "2026-11-09T07:00:05.25+07:00",
         "+1h30m", "07:00", "29/03/2026 2h00 utc+01", "2026-03-08 02:30")  # fmt: skip

MARKDOWN = ("![", "](", "[", "**", "*", "_", "~~", "`", "```\n", "> ", "- ", "1. ", "    ", "|", "|-|\n",
            "#", "<a ",
            "<!--", "\\", "&amp;", "&#0;", "\n\n", "[a]: b\n", "javascript:alert(1)",
            "data:text/html,x")  # fmt: skip


@st.composite
def fronts(draw: DrawFn) -> bytes:
    """Front matter by its grammar: real keys, spelled in any way, over anything."""
    lines = ["---"]
    for _ in range(draw(st.integers(0, 8))):
        key = draw(st.sampled_from((*postkeys.POST, "giờ đăng", "ảnh", "riêng", "kênh")) | text)
        match draw(st.integers(0, 3)):
            case 0:
                lines.append(f"{key}: {draw(text)}")
            case 1:
                lines += [f"{key}:", *(f"  - {draw(text)}" for _ in range(draw(st.integers(0, 3))))]
            case 2:
                inner = draw(st.sampled_from(("file", "alt", "title", "text", "fanpage")))
                lines += [f"{key}:", f"  {inner}: {draw(text)}", f"  - {inner}: {draw(text)}"]
            case 3:
                lines.append(f"{key}: [{', '.join(draw(st.lists(text, max_size=4)))}]")
    return "\n".join([*lines, "---", draw(text)]).encode("utf-8", "surrogatepass")


def post_file(data: bytes) -> None:
    """Read as import reads it; whatever is taken is checked, adapted, and can be written and read again."""
    with tempfile.NamedTemporaryFile(suffix=".md", dir=_ROOM) as file:
        file.write(data)
        file.flush()
        post, findings = read_post(Path(file.name), HANOI)
    findings = [*findings, *check_post(post, known_channels=["website", "fanpage"], now=NOW)]
    assert all(finding.line() for finding in findings)
    media = {item.file: MediaRef("ab" * 32, "image/png", 5, "a.png") for item in post.media}
    limits = Limits(text_max=500, title_max=100, text_unit="utf16")
    for markdown in (True, False):
        variant = adapt(
            post,
            media,
            revision=1,
            channel="fanpage",
            platform="facebook",
            account="1",
            limits=Limits(text_max=500, markdown=markdown),
            author="",
            not_before=NOW,
            deadline=NOW,
        )
        variant.canonical().encode("utf-8")  # what is stored, signed and sent
        check_variant(variant, limits)
    parse_post(write_post(post, HANOI), file_name="lai.md", zone=HANOI)


def yaml_tree(data: bytes) -> None:
    compose(data.decode("utf-8", "replace"), Located("a.md", 1))


def moment(data: bytes) -> None:
    written = data.decode("utf-8", "replace")
    for zone in ZONES:
        try:
            instant, _ = parse_moment(written, zone, now=NOW)
        except MomentError as error:
            str(error)
        else:
            assert instant.tzinfo is UTC
            assert show(instant, zone)


def markdown_text(data: bytes) -> None:
    written = normalise(data.decode("utf-8", "replace"))
    assert normalise(written) == written
    flatten(written)
    list(marks(written))
    secret_name(written)


def kit_plan(data: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=_ROOM) as folder:
        (Path(folder) / "a.md").write_text("x")
        (Path(folder) / "campaign.toml").write_bytes(data)
        kit = read_kit(Path(folder))
        assert all(item.path.parent == Path(folder) for item in kit.items)


_KIT = """name = "Ngày Pháp luật"
anchor = "09/11"
checked_on = 2026-11-22
[[unverified]]
what = "Luật số 12/2026/QH16"
[[items]]
file = "a.md"
offset = "D-21 08:00"
channels = ["website", "fanpage"]
"""
TOML = (*NASTY, "= [" + "[" * 500, "= " + "{a=" * 500, "[[items]]", "[a.b]", '"""', "= nan",
        "= 1979-05-27T07:32:00Z",
        "= 0x" + "f" * 5000, "= " + "9" * 5000, "\\u0000", "a." * 2000)  # fmt: skip

SLOW_YAML_S = 6.0
"""PyYAML in pure Python needs a second or two for the 256 KiB that a post may have."""

TARGETS = (
    Target(
        "post file",
        st.one_of(mutated(SAMPLES, YAML), fronts(), st.binary(max_size=200)),
        post_file,
        (PostFileError,),
        SLOW_YAML_S,
    ),
    Target(
        "yaml tree",
        mutated([s.split(b"---")[1] for s in SAMPLES[:2]], YAML),
        yaml_tree,
        (YamlRefused,),
        SLOW_YAML_S,
    ),
    Target("moment", mutated([t.encode() for t in TIMES], (*NASTY, *TIMES, "h", "/", ":", "+", "z")), moment),
    Target("markdown", mutated([WHOLE.encode()], (*NASTY, *MARKDOWN)), markdown_text),
    Target("kit plan", mutated([_KIT.encode()], TOML), kit_plan, (UsageError,)),
)
