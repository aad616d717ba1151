"""Guest contributions: drafts only, the guest named, never approved by whoever took them in."""

from __future__ import annotations

from pathlib import Path

import pytest

from loa.services import drafts, posts, reviewing
from tests.loa.conftest import Loa
from tests.support.office import Office
from tests.support.office_files import packed, paragraph, picture, png, relationship, word, written
from tui.rooms.approve_text import head

GUEST = "Luật sư Nguyễn Văn A"
FRONT = """---
id: hoi-dap
tiêu đề: Thừa kế đất đai
loại: Hỏi – đáp
kênh: [website, fanpage]
giờ đăng: 2026-11-09 07:00
overrides:
  website:
    text: Chữ riêng của khách.
ảnh:
  - file: anh/thua-ke.png
    alt: Luật sư tư vấn ở nhà văn hóa.
---

Ai được thừa kế?
"""


def guest_file(tmp_path: Path, text: str = FRONT, name: str = "bai.md") -> Path:
    (tmp_path / "anh").mkdir(exist_ok=True)
    (tmp_path / "anh" / "thua-ke.png").write_bytes(png())
    return written(tmp_path / name, text.encode())


def taken(at_desk: Loa, *files: Path, more: tuple[str, ...] = (), code: int = 0) -> str:
    answer = at_desk("post", "import", *files, "--guest", GUEST, *more, user="soan")
    assert answer.code == code, answer.err
    return answer.err


def test_a_markdown_file_becomes_a_draft_without_its_times_and_channels(
    desk: Office, at_desk: Loa, tmp_path: Path
):
    told = taken(at_desk, guest_file(tmp_path))
    assert f"của {GUEST} thành bài đang soạn bai" in told
    assert "channels, due, overrides" in told
    [draft] = drafts.listing(desk.workspace)
    assert draft.origin == {"guest": GUEST, "officer": "soan"}
    assert "due" not in draft.source
    assert "website" not in draft.source
    assert "Chữ riêng" not in draft.source
    assert (drafts.folder(desk.workspace, draft) / "anh" / "thua-ke.png").read_bytes() == png()
    assert at_desk("post", "list", "--json").json == []


def test_it_never_becomes_a_revision_of_a_post_by_its_id(desk: Office, at_desk: Loa, tmp_path: Path):
    desk.import_post()
    taken(at_desk, guest_file(tmp_path), more=("--channel", "website", "--due", "09/11/2026 08:00"))
    saved = at_desk("draft", "save", "bai", "--json", user="soan").json
    assert saved["post"] == "thua-ke-dat-dai"
    assert at_desk("post", "show", "hoi-dap", "--json").json["revision"] == 1


def test_plain_markdown_and_word_are_taken_as_people_send_them(desk: Office, at_desk: Loa, tmp_path: Path):
    plain = written(tmp_path / "tho.md", "# Góc luật sư\n\nBà con hỏi, luật sư đáp.\n".encode())
    body = paragraph("Tư vấn", "Heading1") + paragraph("Ở thôn.") + picture("r1", "Nhà văn hóa.")
    docx = word(body, relationships=relationship(1, "image", "media/a.png"), more={"word/media/a.png": png()})
    taken(at_desk, plain, written(tmp_path / "bai.docx", docx), more=("--kind", "hỏi đáp"))
    by_id = {one.id: one for one in drafts.listing(desk.workspace)}
    assert by_id["tho"].title == "Góc luật sư"
    assert by_id["tho"].source.endswith("---\n\nBà con hỏi, luật sư đáp.\n")
    assert by_id["bai"].files == ("anh-1.png",)
    assert {one.origin["guest"] for one in by_id.values()} == {GUEST}


def test_the_guest_is_named_to_readers_and_approvers_and_in_the_journal(
    desk: Office, at_desk: Loa, tmp_path: Path
):
    more = ("--channel", "website", "--due", "09/11/2026 08:00")
    taken(at_desk, guest_file(tmp_path), more=more)
    assert at_desk("draft", "save", "bai", user="soan").code == 0
    post = "thua-ke-dat-dai"
    assert f"người soạn: {GUEST} (khách), soan" in at_desk("post", "show", post).out
    assert at_desk("post", "submit", post, user="soan").code == 0
    review = reviewing.review(desk.workspace, post, desk.people["duyet"])
    assert review is not None
    assert f"{GUEST} (khách)" in head(review).plain
    [variant] = posts.in_review(desk.workspace, post).values()
    assert variant.contributors == (f"guest:{GUEST}", "soan")
    paper = tmp_path / "ho-so.html"
    assert at_desk("audit", "export", post, "--html", paper).code == 0
    assert f"{GUEST} (khách), soan" in paper.read_text("utf-8")
    events = at_desk("audit", "list", "--json").json
    assert [one["detail"]["guest"] for one in events if one["action"] == "guest_drafted"] == [GUEST]
    assert [one["detail"]["origin"]["guest"] for one in events if one["action"] == "imported"] == [GUEST]


def test_who_took_it_in_cannot_approve_it_even_when_another_saved_it(
    desk: Office, at_desk: Loa, tmp_path: Path
):
    taken(at_desk, guest_file(tmp_path), more=("--channel", "website", "--due", "09/11/2026 08:00"))
    assert at_desk("user", "add", "kiem", "--full-name", "Kiêm", "--role", "drafter", "--role", "approver",
                   user="ky", LOA_NEW_PASSPHRASE="cụm mật khẩu dài").code == 0  # fmt: skip
    assert at_desk("draft", "save", "bai", user="kiem", passphrase="cụm mật khẩu dài").code == 0
    shown = at_desk("post", "show", "thua-ke-dat-dai", "--json").json
    assert shown["contributors"] == [f"guest:{GUEST}", "soan", "kiem"]


@pytest.mark.parametrize("name", [" ", "A, B", "guest:lan", "1234", "x" * 101, "a\u0000{b}"])
def test_a_name_that_is_none_is_refused(desk: Office, at_desk: Loa, tmp_path: Path, name: str):
    answer = at_desk("post", "import", guest_file(tmp_path), "--guest", name, user="soan")
    assert answer.code == 2
    assert "không dùng làm tên khách được" in answer.err
    assert drafts.listing(desk.workspace) == []


def test_all_of_them_or_none(desk: Office, at_desk: Loa, tmp_path: Path):
    good = guest_file(tmp_path)
    for bad in (
        guest_file(tmp_path, FRONT.replace("anh/thua-ke.png", "../bi-mat.png"), "ra-ngoai.md"),
        guest_file(tmp_path, FRONT.replace("thua-ke.png", "khong-co.png"), "thieu.md"),
        written(tmp_path / "hong.docx", packed({"x": b"y"})),
        written(tmp_path / "nhi-phan.md", b"\xff\xfe\x00"),
        desk.folder / "config.toml",
        tmp_path / "khong-co.md",
    ):
        assert bad.name in taken(at_desk, good, bad, code=3)
        assert drafts.listing(desk.workspace) == []
    assert "loa plan import" in taken(at_desk, good, written(tmp_path / "k.xlsx", b""), code=2)
