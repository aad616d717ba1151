"""Word files become drafts, or posts when kind and channels are told; nothing of them is lost or fetched."""

from __future__ import annotations

import errno
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from loa.services import bringing, drafts
from tests.loa.conftest import Loa
from tests.support.office import Office, write_post
from tests.support.office_files import (
    DOCUMENT,
    W,
    packed,
    paragraph,
    picture,
    png,
    relationship,
    unpacked,
    word,
    written,
)

TEXT = paragraph("Tư vấn đất đai", "Heading1") + paragraph("Thứ Bảy, luật sư về thôn.")


def drafted(desk: Office) -> Path:
    [folder] = (desk.folder / "drafts").iterdir()
    return folder


def test_a_word_file_becomes_a_draft_to_complete(desk: Office, at_desk: Loa, tmp_path: Path):
    body = TEXT + picture("r1", "Nhà văn hóa thôn.")
    file = word(body, relationships=relationship(1, "image", "media/a.png"), more={"word/media/a.png": png()})
    answer = at_desk("post", "import", written(tmp_path / "Bài 1.docx", file), user="soan")
    assert answer.code == 0, answer.err
    assert "bài đang soạn bai-1: “Tư vấn đất đai”" in answer.err
    folder = drafted(desk)
    text = (folder / "post.md").read_text("utf-8")
    assert "title: Tư vấn đất đai\n" in text
    assert text.endswith("Thứ Bảy, luật sư về thôn.\n\n![Nhà văn hóa thôn.](anh-1.png)\n")
    assert (folder / "anh-1.png").read_bytes() == png()
    listed = at_desk("draft", "list", "--json", user="soan").json
    assert [one["id"] for one in listed] == ["bai-1"]


def test_told_kind_and_channels_it_is_a_post_at_once(desk: Office, at_desk: Loa, tmp_path: Path):
    body = TEXT + picture("r1", "Nhà văn hóa thôn.")
    file = word(body, relationships=relationship(1, "image", "media/a.png"), more={"word/media/a.png": png()})
    answer = at_desk(
        *("post", "import", written(tmp_path / "tu-van.docx", file), "--kind", "hỏi đáp"),
        *("--channel", "website", "--due", "09/11/2026 07:00", "--json"),
        user="soan",
    )
    assert answer.code == 0, answer.err
    [told] = answer.json
    assert (told["post"], told["outcome"]) == ("tu-van", "new")
    shown = at_desk("post", "show", "tu-van", "--json").json
    assert shown["kind"] == "hoi_dap"
    assert shown["deliveries"][0]["due_at"] == "2026-11-09T00:00:00Z"
    [media] = shown["variants"][0]["media"]
    assert media["alt"] == "Nhà văn hóa thôn."


def test_markdown_and_word_go_in_together_or_not_at_all(desk: Office, at_desk: Loa, tmp_path: Path):
    good = write_post(desk.folder / "posts")
    broken = written(tmp_path / "hong.docx", word()[:300])
    answer = at_desk("post", "import", good, broken, user="soan")
    assert answer.code == 3
    assert "hong.docx" in answer.err
    assert at_desk("post", "list", "--json").json == []
    fine = written(tmp_path / "tot.docx", word(TEXT))
    assert at_desk("post", "import", good, fine, user="soan").code == 0
    assert [post["id"] for post in at_desk("post", "list", "--json").json] == ["hoi-dap"]
    assert drafted(desk).name == "tot"


def test_of_a_folder_every_text_goes_in_and_nothing_else(desk: Office, at_desk: Loa, tmp_path: Path):
    folder = tmp_path / "Ngày Pháp luật"
    folder.mkdir()
    write_post(folder, "mot.md", channels="[website]")
    written(folder / "hai.docx", word(TEXT))
    for name in ("~$hai.docx", "ghi-chu.txt", ".cu.md"):
        (folder / name).write_bytes(b"khong phai bai")
    answer = at_desk("post", "import", folder, "--json", user="soan")
    assert answer.code == 0, answer.err
    assert {one.get("post") or one["draft"] for one in answer.json} == {"mot", "hai"}
    (tmp_path / "trong").mkdir()
    empty = at_desk("post", "import", tmp_path / "trong", user="soan")
    assert (empty.code, "không có tệp .md hay .docx" in empty.err) == (2, True)


def test_tone_marks_of_a_mac_are_composed(desk: Office, at_desk: Loa, tmp_path: Path):
    words = "Được hưởng trợ giúp pháp lý miễn phí"
    file = word(paragraph(unicodedata.normalize("NFD", words)) + paragraph("x"))
    at_desk("post", "import", written(tmp_path / "mac.docx", file), user="soan")
    assert f"title: {words}\n" in (drafted(desk) / "post.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("address", "link"),
    [("file:///etc/passwd", True), ("http://127.0.0.1:9/theo-doi.png", True), ("../../vault.key", False)],
)
def test_a_picture_from_elsewhere_is_told_of_and_not_fetched(
    address: str, link: bool, desk: Office, at_desk: Loa, tmp_path: Path
):
    outside = relationship(1, "image", address, outside=link)
    file = word(TEXT + picture("r1", "Ảnh", link=link), relationships=outside)
    answer = at_desk("post", "import", written(tmp_path / "bai.docx", file), user="soan")
    assert answer.code == 0, answer.err
    assert "Hình thứ 1" in answer.err
    assert sorted(path.name for path in drafted(desk).iterdir()) == ["base.md", "draft.json", "post.md"]


def test_drawings_and_damaged_pictures_are_told_of(desk: Office, at_desk: Loa, tmp_path: Path):
    links = relationship(1, "image", "media/a.emf") + relationship(2, "image", "media/b.png")
    files = {"word/media/a.emf": b"\x01\x00\x00\x00" * 50, "word/media/b.png": png()[:40]}
    file = word(TEXT + picture("r1") + picture("r2"), relationships=links, more=files)
    answer = at_desk("post", "import", written(tmp_path / "bai.docx", file), user="soan")
    assert "Hình thứ 1 không lấy được" in answer.err
    assert "Hình thứ 2 không lấy được" in answer.err


@pytest.mark.parametrize("place", ["header", "cell", "text"])
def test_a_secrecy_mark_anywhere_in_the_file_stops_it(place: str, desk: Office, at_desk: Loa, tmp_path: Path):
    mark = paragraph("TỐI MẬT")
    header = f"<w:hdr {W}>{mark}</w:hdr>".encode()
    row = f"<w:tbl><w:tr><w:tc>{mark}</w:tc><w:tc>{paragraph('Số 1')}</w:tc></w:tr></w:tbl>"
    file = word(
        TEXT + {"header": "", "cell": row, "text": mark}[place],
        more={"word/header1.xml": header} if place == "header" else {},
    )
    answer = at_desk("post", "import", written(tmp_path / "bai.docx", file), user="soan")
    assert answer.code == 3
    assert "dấu “TỐI MẬT”" in answer.err
    assert not (desk.folder / "drafts").exists()


def test_macros_are_not_kept_and_said_to_be_there(desk: Office, at_desk: Loa, tmp_path: Path):
    kind = "application/vnd.ms-word.document.macroEnabled.main+xml"
    file = word(TEXT, kind=kind, more={"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"})
    answer = at_desk("post", "import", written(tmp_path / "bai.docm", file), user="soan")
    assert answer.code == 0, answer.err
    assert "macro" in answer.err


def test_unsettled_changes_and_hidden_text_are_told_of(desk: Office, at_desk: Loa, tmp_path: Path):
    changes = '<w:p><w:ins w:id="1" w:author="a"><w:r><w:t>thêm</w:t></w:r></w:ins></w:p>'
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>ghi chú riêng</w:t></w:r></w:p>"
    answer = at_desk(
        "post", "import", written(tmp_path / "bai.docx", word(TEXT + changes + hidden)), user="soan"
    )
    assert "Track Changes" in answer.err
    assert "chữ ẩn" in answer.err


def test_a_style_map_inside_the_file_is_not_obeyed(desk: Office, at_desk: Loa, tmp_path: Path):
    """mammoth can be told by the file itself to leave paragraphs out, which an approver would never know."""
    more = {
        "mammoth/style-map": b"p => !",
        "word/_rels/document.xml.rels": unpacked(word())["word/_rels/document.xml.rels"].replace(
            b"</Relationships>",
            b'<Relationship Id="rMammothStyleMap" Type="http://schemas.zwobble.org/mammoth/style-map" '
            b'Target="/mammoth/style-map"/></Relationships>',
        ),
    }
    at_desk("post", "import", written(tmp_path / "bai.docx", word(TEXT, more=more)), user="soan")
    assert "luật sư về thôn" in (drafted(desk) / "post.md").read_text("utf-8")


def test_an_excel_plan_given_to_post_import_is_sent_to_its_own_command(at_desk: Loa, tmp_path: Path):
    answer = at_desk("post", "import", written(tmp_path / "ke-hoach.xlsx", b"PK"), user="soan")
    assert answer.code == 2
    assert "loa plan import ke-hoach.xlsx" in answer.err


def test_an_approver_cannot_bring_in_a_draft(desk: Office, at_desk: Loa, tmp_path: Path):
    answer = at_desk("post", "import", written(tmp_path / "bai.docx", word(TEXT)), user="duyet")
    assert answer.code == 3
    assert not (desk.folder / "drafts").exists()


def test_the_document_part_may_have_any_name(at_desk: Loa, tmp_path: Path):
    parts = unpacked(word(TEXT))
    moved = {name.replace("word/document.xml", "word/document2.xml"): data for name, data in parts.items()}
    moved |= {
        name: moved[name].replace(b"word/document.xml", b"word/document2.xml")
        for name in ("[Content_Types].xml", "_rels/.rels")
    }
    moved["word/_rels/document2.xml.rels"] = moved.pop("word/_rels/document.xml.rels")
    assert DOCUMENT.encode() in moved["[Content_Types].xml"]
    assert at_desk("post", "import", written(tmp_path / "b.docx", packed(moved)), user="soan").code == 0


def test_a_draft_that_cannot_be_made_leaves_none_of_those_before_it(
    desk: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    begin_with, made = drafts.begin_with, []

    def full_at_the_second(*args: Any, **more: Any) -> Any:
        if made:
            raise OSError(errno.ENOSPC, "No space left on device")
        made.append(begin_with(*args, **more))
        return made[0]

    monkeypatch.setattr(drafts, "begin_with", full_at_the_second)
    files = [written(tmp_path / f"{name}.docx", word(TEXT)) for name in ("mot", "hai")]
    with pytest.raises(OSError, match="space"):
        bringing.take_in(desk.workspace, desk.people["soan"], files)
    assert made
    assert drafts.listing(desk.workspace) == []
