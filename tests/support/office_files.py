"""Word and Excel files made in code, whole and broken: nothing binary lies in the repository."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from PIL import Image

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADINGS = ("Ngày đăng", "Giờ đăng", "Tiêu đề", "Loại bài", "Kênh", "Nội dung")


def png(colour: str = "navy") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "PNG")
    return buffer.getvalue()


def paragraph(text: str, style: str = "") -> str:
    kind = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{kind}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def picture(relationship: str, alt: str = "", *, link: bool = False) -> str:
    """A picture in a paragraph, inside the file or (`link`) somewhere else."""
    how = "link" if link else "embed"
    return (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/'
        f'wordprocessingDrawing"><wp:docPr id="1" name="Hinh 1" descr="{alt}"/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill>'
        f'<a:blip r:{how}="{relationship}"/></pic:blipFill></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )


def word_parts(
    body: str, relationships: str = "", more: Mapping[str, bytes] | None = None, *, kind: str = DOCUMENT
) -> dict[str, bytes]:
    """The parts of a small `.docx`; `relationships` are those of the document."""
    package = "http://schemas.openxmlformats.org/package/2006"
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="png" ContentType="image/png"/>'
        '<Default Extension="emf" ContentType="image/x-emf"/>'
        f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f"{relationships}</Relationships>",
        "word/document.xml": f"<w:document {W} {R}><w:body>{body}</w:body></w:document>",
    }
    return {name: text.encode() for name, text in texts.items()} | dict(more or {})


def relationship(number: int, kind: str, target: str, *, outside: bool = False) -> str:
    mode = ' TargetMode="External"' if outside else ""
    return f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"{mode}/>'


def packed(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, data in parts.items():
            whole.writestr(name, data)
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        return {name: whole.read(name) for name in whole.namelist()}


def word(body: str = paragraph("Hiểu luật để bảo vệ mình."), **more: Any) -> bytes:
    return packed(word_parts(body, **more))


def excel(rows: Sequence[Sequence[Any]], *, headings: Sequence[str] = HEADINGS) -> Workbook:
    book = Workbook()
    book.active.append(list(headings))
    for row in rows:
        book.active.append(list(row))
    return book


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def lying(data: bytes, name: str, size: int) -> bytes:
    """The same zip, whose directory gives `size` as the unpacked size of part `name`."""
    changed = bytearray(data)
    at = data.index(b"PK\x01\x02")
    while data[at : at + 4] == b"PK\x01\x02":
        names, extra, comment = struct.unpack_from("<HHH", data, at + 28)
        if data[at + 46 : at + 46 + names] == name.encode():
            struct.pack_into("<I", changed, at + 24, size)
        at += 46 + names + extra + comment
    return bytes(changed)


def flagged(data: bytes) -> bytes:
    """The same zip with the mark of encryption on every part."""
    changed = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            changed[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(changed)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
