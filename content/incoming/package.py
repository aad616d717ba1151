"""The zip package of a Word or Excel file (ECMA-376 part 2), opened as if somebody had made it to do harm.

What comes out has been unpacked whole within limits, has no DTD, no macros and no embedded programs; the
libraries read a package that was put together again from it, never the file itself.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from xml.parsers import expat

from content.errors import UsageError
from content.finding import Finding, blocking

LARGEST_BYTES = 30 * 1024 * 1024
MOST_ENTRIES = 2_000
LARGEST_DIRECTORY_BYTES = 1024 * 1024
LARGEST_UNPACKED_BYTES = 128 * 1024 * 1024
LARGEST_STREAMED_BYTES = 64 * 1024 * 1024
"""A sheet or its texts, which are read row by row; 100,000 formatted empty rows are half of it."""
LARGEST_XML_BYTES = 16 * 1024 * 1024
"""Any other XML: it becomes a tree in memory, some twenty times its size."""
MOST_STREAMED_ELEMENTS = 3_000_000
MOST_ELEMENTS = 150_000
"""Of one tree; a post of 256 KiB has less than a tenth."""
DEEPEST = 100
"""Elements in elements; readers that call themselves would run out of stack."""

_CHUNK = 256 * 1024
_TYPES = "[Content_Types].xml"
_OLE, _ZIP, _END, _ZIP64 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x07"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_STREAMED = ("xl/worksheets/", "xl/sharedstrings.xml")
# All that `zipfile` raises for what it cannot read: damage, or a way of packing that Office never uses.
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, struct.error, UnicodeError, ValueError, NotImplementedError,
)  # fmt: skip
_FAMILIES = {"wordprocessingml": "Word", "spreadsheetml": "Excel", "presentationml": "PowerPoint"}

Watch = Callable[[str], Callable[[str, dict[str, str]], None] | None]
"""For a part's name: who is told each of its elements (local name, attributes), or None."""


@dataclass(frozen=True)
class Form:
    """A kind of file and the program whose it is."""

    ending: str
    app: str


WORD = Form(".docx", "Word")
EXCEL = Form(".xlsx", "Excel")


class IncomingError(UsageError):
    """A file from outside that cannot be taken; `findings` say where, why and what to do."""

    def __init__(self, file_name: str, findings: list[Finding]) -> None:
        super().__init__("incoming.not_taken", file=file_name, count=len(blocking(findings)))
        self.findings = findings


@dataclass(frozen=True)
class Package:
    """The parts by name. `main` is the document's or workbook's; `remarks` tell what was left out."""

    name: str
    main: str
    parts: dict[str, bytes] = field(repr=False)
    remarks: list[Finding]

    def repacked(self) -> io.BytesIO:
        """The same package, clean, in memory."""
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as packed:
            for name, data in self.parts.items():
                packed.writestr(name, data)
        whole.seek(0)
        return whole


def open_package(path: Path, form: Form, watch: Watch = lambda _name: None) -> Package:
    """The package in a file; raises IncomingError with one finding that says what is wrong with it."""
    try:
        return _open(path, form, watch)
    except _Wrong as wrong:
        values = {"app": form.app, "ending": form.ending, **wrong.values}
        raise IncomingError(
            path.name, [Finding(f"incoming.{wrong.rule}", "block", path.name, values)]
        ) from None


class _Wrong(Exception):
    def __init__(self, rule: str, **values: object) -> None:
        self.rule, self.values = rule, values


def _open(path: Path, form: Form, watch: Watch) -> Package:
    data = _bytes_of(path)
    _must_be_zip(data)
    _directory_must_be_small(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = _unpacked(packed)
    except _UNREADABLE:
        raise _Wrong("damaged") from None
    if _TYPES not in parts:
        odf = parts.get("mimetype", b"").startswith(b"application/vnd.oasis.opendocument")
        raise _Wrong("opendocument" if odf else "no_office")
    for name, part in parts.items():
        if name.lower().endswith((".xml", ".rels")):
            _look_through(name, part, watch(name))
    main = _main_part(parts, form)
    macros = [name for name in parts if name.lower().endswith(("vbaproject.bin", "vbadata.xml"))]
    kept = {name: part for name, part in parts.items() if not _is_left_out(name)}
    remarks = [Finding("incoming.macros", "hint", path.name)] if macros else []
    return Package(path.name, main, kept, remarks)


def _bytes_of(path: Path) -> bytes:
    """The whole file at once: what was looked at is what is read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _Wrong("irregular")
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except (FileNotFoundError, ValueError):  # a name that no file can have is a ValueError
        raise _Wrong("missing") from None
    except OSError as error:
        raise _Wrong("unread", reason=error.strerror or "") from None
    if len(data) > LARGEST_BYTES:
        raise _Wrong("large", mib=LARGEST_BYTES // 1024**2)
    if not data:
        raise _Wrong("empty")
    return data


def _must_be_zip(data: bytes) -> None:
    if data.startswith(_OLE):
        raise _Wrong("password" if _ENCRYPTED in data else "old_format")
    if data.startswith(b"PK\x05\x06"):
        raise _Wrong("damaged")
    if not data.startswith(_ZIP):
        start = data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
        known = ((b"%pdf", "PDF"), (b"{\\rtf", "RTF"), (b"<", "HTML/XML"))
        raise _Wrong("other_file", kind=next((kind for mark, kind in known if start.startswith(mark)), "?"))


def _directory_must_be_small(data: bytes) -> None:
    """Before anything is made of the directory: half a million names would be 400 MB of objects."""
    at = data.rfind(_END, max(0, len(data) - 65_557))
    if at < 0 or at + 22 > len(data):
        raise _Wrong("damaged")
    entries, size = struct.unpack_from("<HI", data, at + 10)
    if entries > MOST_ENTRIES or size > LARGEST_DIRECTORY_BYTES or data[max(0, at - 20) : at][:4] == _ZIP64:
        raise _Wrong("bomb")


def _unpacked(packed: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in packed.infolist() if not entry.filename.endswith("/")]
    if len(packed.infolist()) > MOST_ENTRIES:
        raise _Wrong("bomb")
    if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED_BYTES:
        raise _Wrong("bomb")
    parts: dict[str, bytes] = {}
    room = LARGEST_UNPACKED_BYTES
    for entry in entries:
        windows = PureWindowsPath(entry.filename)
        if not entry.filename or windows.anchor or ".." in windows.parts or "\\" in entry.orig_filename:
            raise _Wrong("names")
        if entry.filename in parts:
            raise _Wrong("damaged")
        if entry.flag_bits & 0x1:
            raise _Wrong("password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _Wrong("damaged")
        parts[entry.filename] = _read(packed, entry, room)
        room -= len(parts[entry.filename])
    return parts


def _read(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int) -> bytes:
    """One part, counted while it unfolds: the directory may lie."""
    name = entry.filename.lower()
    if name.endswith((".xml", ".rels")):
        room = min(room, LARGEST_STREAMED_BYTES if name.startswith(_STREAMED) else LARGEST_XML_BYTES)
    chunks, size = [], 0
    with packed.open(entry) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > room:
                raise _Wrong("bomb")
            chunks.append(chunk)
    return b"".join(chunks)


def _look_through(name: str, data: bytes, told: Callable[[str, dict[str, str]], None] | None) -> None:
    """Well-formed, not too deep, not too much of it, and without a DTD, which the standard forbids anyway."""
    parser = expat.ParserCreate(namespace_separator=" ")
    most = MOST_STREAMED_ELEMENTS if name.lower().startswith(_STREAMED) else MOST_ELEMENTS
    depth = seen = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, seen
        depth, seen = depth + 1, seen + 1
        if depth > DEEPEST or seen > most:
            raise _Wrong("bomb")
        if told is not None:
            told(tag.rpartition(" ")[2], attributes)

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise _Wrong("entities")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        raise _Wrong("damaged") from None
    except (LookupError, ValueError):  # an encoding that nobody knows
        raise _Wrong("damaged") from None


def _main_part(parts: dict[str, bytes], form: Form) -> str:
    """The part that the package says is the document; raises _Wrong when it is another program's."""
    mains: list[tuple[str, str]] = []

    def override(tag: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("ContentType", "")
        if tag == "Override" and (kind.endswith(".main+xml") or ".binary." in kind):
            mains.append((kind, attributes.get("PartName", "").lstrip("/")))

    _look_through(_TYPES, parts[_TYPES], override)
    if any("binary" in kind for kind, _ in mains):
        raise _Wrong("binary_workbook")
    for kind, name in mains:
        if _program(kind) == form.app and name in parts:
            return name
    for kind, _ in mains:
        if _program(kind) not in ("", form.app):
            raise _Wrong("other_program", kind=_program(kind))
    raise _Wrong("damaged" if mains else "no_office")


def _program(content_type: str) -> str:
    """Word, Excel or PowerPoint; also of files with macros, whose types are named after the program."""
    lowered = content_type.lower()
    for family, program in _FAMILIES.items():
        if family in lowered or f"ms-{program.lower()}" in lowered:
            return program
    return ""


def _is_left_out(name: str) -> bool:
    """Macros, embedded programs, settings of printers, links to other workbooks."""
    lowered = name.lower()
    return lowered.endswith(".bin") or "/embeddings/" in lowered or "/externallinks/" in lowered
