"""Names that lead elsewhere, and names that a terminal would obey."""

from __future__ import annotations

from pathlib import Path

import pytest

from content.checks import leads_away
from content.errors import UsageError
from content.finding import Finding
from content.frontmatter import PostFileError
from content.media import MediaError, MediaStore
from content.text import normalise
from loa.cli.output import complain, emit, harmless, table, tell
from loa.services.importing import picture_of

AWAY = ("../a.png", "anh/../../a.png", "..", "/etc/passwd", "//may/a.png", "C:\\a.png", "C:a.png",
        "\\\\may\\chung\\a.png",
        "..\\a.png", "\\a.png", "\\\\?\\C:\\a.png")  # fmt: skip
SPOOFED = "\u202egnp.exe"


@pytest.fixture
def post(tmp_path: Path) -> Path:
    folder = tmp_path / "posts"
    (folder / "anh").mkdir(parents=True)
    for path in (tmp_path / "rieng-tu.png", folder / "a.png", folder / "anh" / "b.png"):
        path.write_bytes(b"x")
    return folder / "bai.md"


def refused(post: Path, name: str) -> str:
    with pytest.raises(MediaError) as caught:
        picture_of(post, name)
    return caught.value.finding.rule


@pytest.mark.parametrize("name", AWAY)
def test_a_name_that_leads_away_is_refused_on_every_system(post: Path, name: str):
    assert leads_away(name)
    assert refused(post, name) == "content.media_path"


@pytest.mark.parametrize("name", ["a.png", "./a.png", "anh/b.png", "anh//b.png"])
def test_what_lies_beside_the_post_or_below_is_found(post: Path, name: str):
    assert picture_of(post, name).read_bytes() == b"x"


def test_a_link_is_followed_inside_the_posts_folder_and_nowhere_else(post: Path):
    (post.parent / "trong.png").symlink_to(post.parent / "anh" / "b.png")
    (post.parent / "ngoai.png").symlink_to(post.parent.parent / "rieng-tu.png")
    (post.parent / "kho").symlink_to(post.parent.parent, target_is_directory=True)
    assert picture_of(post, "trong.png").read_bytes() == b"x"
    assert refused(post, "ngoai.png") == "content.media_path"
    assert refused(post, "kho/rieng-tu.png") == "content.media_path"


def test_a_folder_of_posts_that_is_itself_a_link_works(post: Path, tmp_path: Path):
    (tmp_path / "loi-tat").symlink_to(post.parent, target_is_directory=True)
    assert picture_of(tmp_path / "loi-tat" / "bai.md", "a.png").read_bytes() == b"x"


def test_links_in_a_circle_are_a_missing_file(post: Path):
    (post.parent / "vong.png").symlink_to(post.parent / "vong.png")
    assert refused(post, "vong.png") == "content.file_missing"


@pytest.mark.parametrize("name", ["a" * 5000, "a\x00.png", "\ud800.png"])
def test_what_no_file_can_be_called_is_a_missing_file(post: Path, name: str, tmp_path: Path):
    with pytest.raises(MediaError) as caught:
        MediaStore(tmp_path / "media").add(picture_of(post, name), "")
    assert caught.value.finding.rule == "content.file_missing"


def test_a_file_name_cannot_act_on_the_terminal(capsys: pytest.CaptureFixture[str]):
    name = "tin\x1b[2J\x9b31m\r\x08\x7f" + SPOOFED + "\udcff.md"
    complain(PostFileError(name, [Finding("content.no_front_matter", "block", f"{name}:1")]))
    tell([Finding("content.media_path", "block", name, {"file": name})])
    table(["tệp"], [[name]])
    emit({"file": name})
    said = capsys.readouterr()
    assert not {"\x1b", "\x9b", "\r", "\x08", "\x7f", "\u202e"} & set(said.err)
    assert not {"\x1b", "\x9b", "\r", "\u202e"} & set(said.out.splitlines()[2])
    assert "tin\ufffd[2J" in said.err
    (said.out + said.err).encode("utf-8")  # half a letter would stop the printing itself


def test_lines_and_vietnamese_stay_as_they_are():
    assert harmless("Tệp bài\n\tcòn 1 chỗ → sửa") == "Tệp bài\n\tcòn 1 chỗ → sửa"


def test_an_error_that_cannot_be_told_is_told_by_its_key():
    deep: dict[str, object] = {}
    for _ in range(5000):
        deep = {"a": deep}
    assert "cli.config.bad_value" in str(UsageError("cli.config.bad_value", key="x", value=deep))


def test_a_post_holds_no_sign_that_turns_the_direction_or_acts_on_a_screen():
    assert normalise(f"a\u200f\u2066b{SPOOFED}\u2069\x9b\x85c") == "abgnp.exe\nc"
