"""`van_ban.csv`: the registry as a table, kept in a spreadsheet by officers; read whole or not at all."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from content.errors import UsageError
from content.finding import Finding
from content.law import names
from content.law.grammar import find
from content.law.validity import ENDS, Document, Event, Happening
from content.text import fold, nearest, normalise

COLUMNS = (
    "so_ky_hieu", "loai", "ten", "co_quan", "ngay_ban_hanh", "ngay_hieu_luc", "ngay_het", "thay_the_boi",
    "su_kien", "nguon", "ngay_kiem_tra", "nguoi_kiem_tra", "do_tin_cay",
)  # fmt: skip
REQUIRED = ("so_ky_hieu",)
CONFIDENCES = {"cao": "high", "vua": "medium", "thap": "low"}
_WRITTEN = {"high": "cao", "medium": "vừa", "low": "thấp"}
HAPPENINGS = {
    "sua doi": Happening.AMENDED,
    "het mot phan": Happening.PARTLY_ENDED,
    "thay the": Happening.REPLACED,
    "bai bo": Happening.REPEALED,
    "ngung": Happening.SUSPENDED,
    "tiep tuc": Happening.RESUMED,
}
_SPOKEN = {
    Happening.AMENDED: "sửa đổi",
    Happening.PARTLY_ENDED: "hết một phần",
    Happening.REPLACED: "thay thế",
    Happening.REPEALED: "bãi bỏ",
    Happening.SUSPENDED: "ngưng",
    Happening.RESUMED: "tiếp tục",
}
LARGEST_BYTES = 4 * 1024 * 1024
MOST_ROWS = 20_000
MOST_REMARKS = 50
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.ASCII)
_EVENT = re.compile(r"(\S{6,10})\s+(.{2,40}?)(?:\s*:\s*(.{1,80}))?", re.DOTALL)


class VanBanError(UsageError):
    """A table that cannot be taken; `findings` name every cell that is to be mended."""

    def __init__(self, findings: Iterable[Finding], file: str) -> None:
        self.findings = list(findings)
        super().__init__("law.file_refused", file=file, count=len(self.findings))


def read_rows(text: str, *, place: str, own: bool = False) -> list[Document]:
    """The documents of a CSV table with the columns of `COLUMNS`, in any order, with commas or semicolons.

    Raises VanBanError with all that is wrong, by line. An empty date is one that nobody knows.
    """
    if len(text.encode("utf-8", "replace")) > LARGEST_BYTES:
        raise VanBanError([_wrong("file_large", place, mib=LARGEST_BYTES // 2**20)], place)
    text = normalise(text)
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    documents: list[Document] = []
    wrong: list[Finding] = []
    lines: dict[tuple[str, date | None], int] = {}
    try:
        columns = _columns(next(reader, []), place)
        for row in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in row):
                continue
            if len(documents) >= MOST_ROWS:
                raise VanBanError([_wrong("rows_many", place, most=MOST_ROWS)], place)
            cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
            where = f"{place}:{line}"
            document, found = _document(cells, where, own)
            if document and not found:
                if before := lines.get(document.key):
                    found.append(_wrong("row_twice", where, document=document.designation, line=before))
                lines[document.key] = line
                documents.append(document)
            wrong += found
    except csv.Error as error:
        wrong.append(_wrong("row_broken", f"{place}:{reader.line_num}", detail=str(error)))
    if wrong:
        raise VanBanError(wrong[:MOST_REMARKS], place)
    return documents


def written(documents: Iterable[Document]) -> str:
    """The table of these documents; what `read_rows` reads back to the same."""
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    table.writeheader()
    for d in documents:
        end = min((e for e in d.events if e.what in ENDS), default=None)
        simple = end is not None and end.what is (Happening.REPLACED if end.by else Happening.REPEALED)
        told = (Happening.ISSUED, Happening.EFFECTIVE)
        others = [e for e in sorted(d.events) if e.what not in told and not (simple and e == end)]
        table.writerow(
            {
                "so_ky_hieu": d.designation,
                "loai": d.kind,
                "ten": " | ".join(filter(None, (d.name, d.title))),
                "co_quan": d.issuer,
                "ngay_ban_hanh": d.issued or "",
                "ngay_hieu_luc": d.effective or "",
                "ngay_het": end.on if simple and end else "",
                "thay_the_boi": end.by if simple and end and end.by else d.successor,
                "su_kien": "; ".join(
                    f"{e.on} {_SPOKEN[e.what]}" + (f": {e.by}" if e.by else "") for e in others
                ),
                "nguon": d.source,
                "ngay_kiem_tra": d.checked_on or "",
                "nguoi_kiem_tra": d.checked_by,
                "do_tin_cay": _WRITTEN[d.confidence],
            }
        )
    return out.getvalue()


def _columns(head: list[str], place: str) -> dict[str, int]:
    found: dict[str, int] = {}
    wrong: list[Finding] = []
    for at, cell in enumerate(head):
        name = re.sub(r"[^a-z0-9]+", "_", fold(cell)).strip("_")
        if name in COLUMNS:
            found[name] = at
        elif name:
            near = nearest(name, COLUMNS) or ", ".join(COLUMNS)
            wrong.append(_wrong("column_unknown", f"{place}:1", column=cell.strip(), nearest=near))
    wrong += [_wrong("column_missing", f"{place}:1", column=name) for name in REQUIRED if name not in found]
    if wrong:
        raise VanBanError(wrong, place)
    return found


def _document(cells: Mapping[str, str], where: str, own: bool) -> tuple[Document | None, list[Finding]]:
    wrong: list[Finding] = []

    def day(column: str) -> date | None:
        text = cells.get(column, "")
        if text and not (found := _day(text)):
            wrong.append(_wrong("row_date", where, column=column, written=text))
            return None
        return found if text else None

    said = cells["so_ky_hieu"]
    read = find(said if "/" in said else "")
    if len(read) != 1 or read[0].form != "numbered" or read[0].text.strip() != said:
        wrong.append(_wrong("row_number", where, written=said or "–"))
        return None, wrong
    issued, effective, end = day("ngay_ban_hanh"), day("ngay_hieu_luc"), day("ngay_het")
    if issued and effective and effective < issued:
        wrong.append(_wrong("row_order", where, column="ngay_hieu_luc", before="ngay_ban_hanh"))
    if effective and end and end < effective:
        wrong.append(_wrong("row_order", where, column="ngay_het", before="ngay_hieu_luc"))
    successor = cells.get("thay_the_boi", "")
    events = [Event(issued, Happening.ISSUED)] if issued else []
    events += [Event(effective, Happening.EFFECTIVE)] if effective else []
    if end:
        events.append(Event(end, Happening.REPLACED if successor else Happening.REPEALED, successor))
    events += _events(cells.get("su_kien", ""), where, wrong)
    confidence = CONFIDENCES.get(fold(cells.get("do_tin_cay", "") or "thấp"))
    if confidence is None:
        wrong.append(_wrong("row_confidence", where, written=cells["do_tin_cay"]))
    name, title = _name(cells.get("ten", ""))
    kind = cells.get("loai", "") or (names.kind_of(name) if name else read[0].kind)
    return Document(
        designation=read[0].designation,
        kind=kind,
        name=name,
        title=title,
        issuer=cells.get("co_quan", ""),
        issued=issued,
        events=tuple(sorted(events, key=_in_order)),
        successor="" if end else successor,
        source=cells.get("nguon", ""),
        checked_on=day("ngay_kiem_tra"),
        checked_by=cells.get("nguoi_kiem_tra", ""),
        confidence=confidence or "low",
        own=own,
    ), wrong


def _name(written: str) -> tuple[str, str]:
    """A law's name as the gazetteer has it, and what else stands there."""
    found = names.at(written, 0)
    if found is None:
        return "", written
    return found.text, written[found.end :].strip(" |–-")


def _in_order(event: Event) -> tuple[date, int]:
    """Of one day: issued before in force."""
    return event.on, list(Happening).index(event.what)


def _events(written: str, where: str, wrong: list[Finding]) -> Iterator[Event]:
    for part in filter(None, (part.strip() for part in written.split(";"))):
        found = _EVENT.fullmatch(part)
        on = _day(found[1]) if found else None
        what = HAPPENINGS.get(" ".join(fold(found[2]).split())) if found else None
        if found is None or on is None or what is None:
            wrong.append(_wrong("row_event", where, written=part, known=", ".join(_SPOKEN.values())))
        else:
            yield Event(on, what, found[3] or "")


def _day(written: str) -> date | None:
    found = _DAY.fullmatch(written.split(" ")[0].split("T")[0])  # spreadsheets add an hour to a date
    if not found:
        return None
    y, m, d = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    try:
        return date(int(y), int(m), int(d))
    except ValueError:
        return None


def _wrong(rule: str, place: str, **values: object) -> Finding:
    return Finding(f"law.{rule}", "block", place, values)
