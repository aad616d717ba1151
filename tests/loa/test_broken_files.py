"""Broken and hostile Word and Excel files: one clear sentence with the remedy, and nothing is kept."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loa.conftest import Loa
from tests.support.office import Office
from tests.support.office_files import (
    OLE,
    excel,
    flagged,
    lying,
    packed,
    paragraph,
    saved,
    unpacked,
    word,
    word_parts,
    written,
)

MIB = 1024 * 1024
BLANKS = b"<a>" + b" " * (17 * MIB) + b"</a>"
ROW = ("09/11/2027", "07:30", "Vì sao?", "Thông báo", "website", "Hiểu luật.")


def a_plan() -> bytes:
    return saved(excel([ROW]))


def changed(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    parts = unpacked(data)
    assert old in parts[name], f"{name} holds no {old!r}"
    return packed({**parts, name: parts[name].replace(old, new, 1)})


def with_parts(data: bytes, **parts: bytes) -> bytes:
    return packed({**unpacked(data), **{name.replace("__", "/"): part for name, part in parts.items()}})


def without(data: bytes, name: str) -> bytes:
    return packed({part: content for part, content in unpacked(data).items() if name not in part})


def entities(data: bytes, name: str) -> bytes:
    """A billion laughs in front of a part."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE x [<!ENTITY l0 "ha">{levels}]>'.encode()
    parts = unpacked(data)
    body = re.sub(rb"^<\?xml[^>]*\?>", b"", parts[name])
    return packed({**parts, name: doctype + body})


def utf16_entities() -> bytes:
    """The same hidden in UTF-16, where looking for the letters finds nothing."""
    parts = unpacked(word())
    text = (
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]>'
        + parts["word/document.xml"].decode()
    )
    return packed({**parts, "word/document.xml": text.encode("utf-16")})


def outside_entity() -> bytes:
    parts = unpacked(word())
    text = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + parts["word/document.xml"]
    return packed({**parts, "word/document.xml": text})


def many_entries() -> bytes:
    return packed({**unpacked(word()), **{f"word/x{n}.txt": b"" for n in range(2_100)}})


def renamed_entry(name: str) -> bytes:
    return packed({**unpacked(word()), name: b"x"})


def same_name_twice() -> bytes:
    buffer = io.BytesIO(word())
    with zipfile.ZipFile(buffer, "a") as whole, pytest.warns(UserWarning, match="Duplicate"):
        whole.writestr("word/document.xml", b"<other/>")
    return buffer.getvalue()


def deep() -> bytes:
    return word("<w:sdt><w:sdtContent>" * 60 + paragraph("x") + "</w:sdtContent></w:sdt>" * 60)


def odd_packing() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as whole:
        for name, data in word_parts(paragraph("x")).items():
            whole.writestr(name, data)
    return buffer.getvalue()


def lost_crc() -> bytes:
    data = bytearray(word("<w:p/>" * 10 + paragraph("chữ " * 200)))
    data[data.index(b"PK\x01\x02") - 10] ^= 0xFF  # in the last part
    return bytes(data)


def odf() -> bytes:
    return packed({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"})


def workbook_type(kind: str) -> bytes:
    ours = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return changed(a_plan(), "[Content_Types].xml", ours, kind.encode())


def zip64() -> bytes:
    data = word()
    end = data.rindex(b"PK\x05\x06")
    return data[:end] + b"PK\x06\x07" + bytes(16) + data[end:]


WORD_FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "rỗng"),
    "cut short": (lambda: word()[:400], "bị hỏng"),
    "only the end of a zip": (lambda: b"PK\x05\x06" + bytes(18), "bị hỏng"),
    "a bit flipped": (lost_crc, "bị hỏng"),
    "noise": (lambda: bytes(reversed(range(256))) * 8, "không phải tệp Word"),
    "old .doc renamed": (lambda: OLE + bytes(2_000), "kiểu cũ"),
    "locked with a password": (lambda: OLE + bytes(900) + "EncryptedPackage".encode("utf-16-le"), "mật khẩu"),
    "a zip locked with a password": (lambda: flagged(word()), "mật khẩu"),
    "PDF renamed": (lambda: b"%PDF-1.7\n" + bytes(100), "PDF"),
    "RTF renamed": (lambda: rb"{\rtf1\ansi Ch\'e0o}", "RTF"),
    "web page renamed": (lambda: b"\xef\xbb\xbf<html><body>x</body></html>", "HTML"),
    "LibreOffice's own format": (odf, "OpenDocument"),
    "some other zip": (lambda: packed({"anh.txt": b"x"}), "không phải tệp của Word"),
    "an Excel file renamed": (a_plan, "tệp của Excel"),
    "a bomb by its directory": (lambda: with_parts(word(), word__x=bytes(140 * MIB)), "bung ra quá lớn"),
    "a bomb of XML": (lambda: with_parts(word(), **{"word__y.xml": BLANKS}), "bung ra quá lớn"),
    "a directory that lies": (lambda: lying(word("<w:p/>" * 5_000), "word/document.xml", 90), "bị hỏng"),
    "2,100 parts": (many_entries, "quá nhiều phần"),
    "a zip64 directory": (zip64, "quá nhiều phần"),
    "elements 120 deep": (deep, "bung ra quá lớn"),
    "200,000 elements": (lambda: word("<w:p/>" * 200_000), "bung ra quá lớn"),
    "a billion laughs": (lambda: entities(word(), "word/document.xml"), "khai báo XML"),
    "entities in UTF-16": (utf16_entities, "khai báo XML"),
    "an entity that reads a file": (outside_entity, "khai báo XML"),
    "a part that climbs out": (lambda: renamed_entry("../../ben-ngoai.txt"), "Tên các phần"),
    "a part with a drive": (lambda: renamed_entry("C:/x.txt"), "Tên các phần"),
    "a part without a name": (lambda: renamed_entry("q" * 9).replace(b"q" * 9, bytes(9)), "Tên các phần"),
    "an absolute part": (lambda: renamed_entry("/etc/x"), "Tên các phần"),
    "one name twice": (same_name_twice, "bị hỏng"),
    "LZMA": (odd_packing, "bị hỏng"),
    "XML that ends too soon": (lambda: changed(word(), "word/document.xml", b"</w:body>", b""), "bị hỏng"),
    "no document in it": (lambda: without(word(), "document.xml"), "bị hỏng"),
    "no text in it": (lambda: word("<w:p/>"), "không có chữ nào"),
    "too long": (lambda: word(paragraph("Luật pháp. " * 30_000)), "quá dài cho một bài"),
}  # fmt: skip

SHEET = "xl/worksheets/sheet1.xml"
LOST_TEXT = (b't="inlineStr"><is><t>website</t></is>', b't="s"><v>9999</v>')
PLAN_FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "rỗng"),
    "cut short": (lambda: a_plan()[:2_000], "bị hỏng"),
    "old .xls renamed": (lambda: OLE + bytes(2_000), "Excel kiểu cũ"),
    "locked with a password": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "mật khẩu"),
    "CSV renamed": (lambda: "Tiêu đề;Kênh\nA;website\n".encode(), "không phải tệp Excel"),
    "a Word file renamed": (word, "tệp của Word"),
    "xlsb renamed": (
        lambda: workbook_type("application/vnd.ms-excel.sheet.binary.macroEnabled.main"),
        "xlsb",
    ),
    "a billion laughs": (lambda: entities(a_plan(), SHEET), "khai báo XML"),
    "entities in the texts": (lambda: entities(a_plan(), "xl/workbook.xml"), "khai báo XML"),
    "a bomb": (lambda: with_parts(a_plan(), xl__x=bytes(140 * MIB)), "bung ra quá lớn"),
    "row 99999999": (lambda: changed(a_plan(), SHEET, b'<row r="2"', b'<row r="99999999"'), "bị hỏng"),
    "row -1": (lambda: changed(a_plan(), SHEET, b'<row r="2"', b'<row r="-1"'), "bị hỏng"),
    "a text that is not there": (lambda: changed(a_plan(), SHEET, *LOST_TEXT), "bị hỏng"),
    "sheet broken off": (lambda: changed(a_plan(), SHEET, b"</sheetData>", b""), "bị hỏng"),
    "no sheet in it": (lambda: without(a_plan(), SHEET), "dòng tên cột"),
    "strict": (
        lambda: changed(
            a_plan(),
            "xl/workbook.xml",
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        "Strict",
    ),
    "no headings": (lambda: saved(excel([], headings=("STT", "Việc", "Ai làm"))), "dòng tên cột"),
    "no rows": (lambda: saved(excel([])), "chưa có bài nào"),
    "501 posts": (lambda: saved(excel([ROW] * 501)), "hơn 500 bài"),
}


def kept(office: Office) -> tuple[int, list[str]]:
    """Posts in the database, and every file of the workspace but the database's own."""
    with office.workspace.database.read() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM post").scalar_one()
    names = [p.relative_to(office.folder).as_posix() for p in office.folder.rglob("*")]
    own = ("loa.db", "audit-anchors", "witness", ".witness")  # Loa's own notes
    return count, sorted(name for name in names if not name.startswith(own))


def test_at_least_twenty_broken_files_are_tried():
    assert len(WORD_FILES) + len(PLAN_FILES) >= 50


@pytest.mark.parametrize("name", WORD_FILES)
def test_a_broken_word_file_is_refused_with_the_remedy(name: str, desk: Office, at_desk: Loa, tmp_path: Path):
    make, says = WORD_FILES[name]
    refused(at_desk, desk, says, "post", "import", written(tmp_path / "bai.docx", make()))


@pytest.mark.parametrize("name", PLAN_FILES)
def test_a_broken_plan_is_refused_with_the_remedy(name: str, desk: Office, at_desk: Loa, tmp_path: Path):
    make, says = PLAN_FILES[name]
    refused(at_desk, desk, says, "plan", "import", "--go", written(tmp_path / "ke-hoach.xlsx", make()))


def refused(loa: Loa, office: Office, says: str, *command: object) -> None:
    before = kept(office)
    vi, en = loa(*command, user="soan"), loa(*command, user="soan", LOA_LANGUAGE="en")
    for answer in (vi, en):
        assert answer.code in (2, 3), f"exit code {answer.code}: {answer.err}"
        assert answer.out == "" or "plan" in command, answer.out
        assert " → " in answer.err, f"no remedy: {answer.err}"
        assert "Traceback" not in answer.err
        assert "Error" not in answer.err
        assert not re.search(r"\b(incoming|word|plan)\.(rules|\w+)\b", answer.err), (
            f"no sentence: {answer.err}"
        )
    assert says in vi.err, vi.err
    assert vi.err != en.err
    assert kept(office) == before, "something of a refused file was kept"


def test_a_missing_file_and_a_folder_are_told_apart(at_desk: Loa, tmp_path: Path):
    folder = tmp_path / "thu-muc.docx"
    folder.mkdir()
    assert "không phải một tệp thông thường" in at_desk("post", "import", folder, user="soan").err
    assert "Không tìm thấy tệp" in at_desk("post", "import", tmp_path / "khong.docx", user="soan").err


def test_a_bomb_is_refused_without_being_unfolded(at_desk: Loa, tmp_path: Path):
    bomb = written(
        tmp_path / "bom.docx", with_parts(word(), word__x=bytes(120 * MIB), word__y=bytes(120 * MIB))
    )
    assert bomb.stat().st_size < MIB
    at_desk("post", "list")  # what the program itself needs is there by now
    tracemalloc.start()
    answer = at_desk("post", "import", bomb, user="soan")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "bung ra quá lớn" in answer.err
    assert peak < 60 * MIB, f"{peak // MIB} MiB at the most"
