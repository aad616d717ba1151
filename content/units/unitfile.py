"""`don-vi.csv`: a unit's own list of units, kept in a spreadsheet; read whole or not at all."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from content.errors import UsageError
from content.finding import Finding
from content.incoming.package import EXCEL, IncomingError, open_package
from content.text import fold, nearest, normalise
from content.units.unit import KINDS, Heir, Level, Register, Unit, UnitsError, unit_id

COLUMNS = (
    "cap", "ma", "ten", "loai", "cap_tren", "tu_ngay", "den_ngay", "ke_thua", "bao_cao", "nguon",
    "da_doi_chieu",
)  # fmt: skip
REQUIRED = ("cap", "ma", "ten")
LARGEST_BYTES = 8 * 1024 * 1024
MOST_ROWS = 20_000
LONGEST_NAME = 200
MOST_HEIRS = 100
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.ASCII)
_PARTLY = "một phần"
_YES, _NO = ("co", "x", "yes", "1", "true"), ("khong", "no", "0", "false")

Line = tuple[int, list[str]]


def read_file(path: Path) -> Register:
    """The units in a CSV or Excel file; raises UnitsError with every row to mend, IncomingError for a file
    that is no such table."""
    if path.suffix.lower() == ".xlsx":
        return _register(_excel(path), path.name)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise UsageError("rollup.unread", file=path, why=error.strerror or error) from None
    if len(data) > LARGEST_BYTES:
        raise UnitsError([_wrong("large", path.name, mib=LARGEST_BYTES // 2**20)], path.name)
    try:
        return read_text(data.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError:
        raise UnitsError([_wrong("utf8", path.name)], path.name) from None


def read_text(text: str, place: str) -> Register:
    """The units of a CSV table with the columns of `COLUMNS`, in any order, with commas or semicolons."""
    text = normalise(text)
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")

    def lines() -> Iterator[Line]:
        try:
            for row in reader:
                yield reader.line_num, row
        except csv.Error as error:
            raise UnitsError([_wrong("row", f"{place}:{reader.line_num}", why=error)], place) from None

    return _register(lines(), place)


def written(units: Iterable[Unit]) -> str:
    """The table of these units; what `read_text` reads back to the same."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for one in units:
        heirs = "; ".join(
            ":".join(heir.key) + (f" ({_PARTLY})" if heir.partial else "") for heir in one.heirs
        )
        days = [day.isoformat() if day else "" for day in (one.first, one.last)]
        yes_no = ["có" if yes else "không" for yes in (one.reports, one.verified)]
        parent = ":".join(one.parent) if one.parent else ""
        told = [one.level.value, one.code, one.name, one.kind, parent, *days, heirs]
        table.writerow([*told, yes_no[0], one.source, yes_no[1]])
    return out.getvalue()


def _register(lines: Iterator[Line] | Iterable[Line], place: str) -> Register:
    units: list[Unit] = []
    places: dict[int, str] = {}
    wrong: list[Finding] = []
    columns: dict[str, int] = {}
    for number, row in lines:
        if not any(cell.strip() for cell in row):
            continue
        where = f"{place}:{number}"
        if not columns:
            columns = _columns(row, where, place)
            continue
        if len(units) >= MOST_ROWS:
            raise UnitsError([_wrong("many", where, most=MOST_ROWS)], place)
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
        try:
            places[len(units)] = where
            units.append(_unit(cells))
        except UsageError as error:
            wrong.append(_wrong("row", where, why=error))
    if not columns:
        raise UnitsError([_wrong("column_missing", place, columns=", ".join(REQUIRED))], place)
    if wrong:
        raise UnitsError(wrong, place)
    return Register(units, places, place)


def _columns(head: Sequence[str], where: str, place: str) -> dict[str, int]:
    found: dict[str, int] = {}
    wrong: list[Finding] = []
    for at, cell in enumerate(head):
        name = re.sub(r"[^a-z0-9]+", "_", fold(cell)).strip("_")
        if name in COLUMNS and name not in found:
            found[name] = at
        elif name:
            near = nearest(name, COLUMNS) or ", ".join(COLUMNS)
            wrong.append(_wrong("column", where, column=cell.strip()[:60], nearest=near))
    if missing := [name for name in REQUIRED if name not in found]:
        wrong.append(_wrong("column_missing", where, columns=", ".join(missing)))
    if wrong:
        raise UnitsError(wrong, place)
    return found


def _unit(cells: dict[str, str]) -> Unit:
    level, code = _level(cells["cap"]), cells["ma"].upper()
    name = " ".join(cells["ten"].split())
    if not name or len(name) > LONGEST_NAME:
        raise UsageError("rollup.bad_unit_name", most=LONGEST_NAME)
    kind = cells.get("loai", "").lower() or "ubnd"
    if kind not in KINDS:
        raise UsageError("rollup.bad_unit_kind", written=kind, kinds=", ".join(KINDS))
    heirs = [one for one in re.split(r"[;\n]", cells.get("ke_thua", "")) if one.strip()]
    if len(heirs) > MOST_HEIRS:
        raise UsageError("rollup.many_heirs", most=MOST_HEIRS)
    return Unit(
        level=level,
        code=code,
        name=name,
        kind=kind,
        parent=unit_id(cells["cap_tren"]) if cells.get("cap_tren") else None,
        first=_day(cells.get("tu_ngay", "")),
        last=_day(cells.get("den_ngay", "")),
        heirs=tuple(map(_heir, heirs)),
        reports=_yes(cells.get("bao_cao", "") or "có"),
        source=cells.get("nguon", "")[:500],
        verified=_yes(cells.get("da_doi_chieu", "") or "không"),
    )


def _level(cell: str) -> Level:
    written = re.sub(r"[^a-z]+", "_", fold(cell)).strip("_")
    if written not in list(Level):
        raise UsageError("rollup.bad_level", written=cell, levels=", ".join(Level))
    return Level(written)


def _heir(cell: str) -> Heir:
    name, bracket, rest = cell.partition("(")
    if bracket and fold(rest).strip(" )") != fold(_PARTLY):
        raise UsageError("rollup.bad_unit", written=cell.strip(), levels=", ".join(Level))
    return Heir(unit_id(name), bool(bracket))


def _day(cell: str) -> date | None:
    if not cell:
        return None
    found = _DAY.fullmatch(cell.split(" ")[0].split("T")[0])
    try:
        parts = [int(part) for part in found.groups() if part] if found else []
        year, month, day = parts if found and found[1] else parts[::-1]
        if not 1900 <= year <= 2200:  # the day after the calendar's last is none
            raise ValueError(year)
        return date(year, month, day)
    except ValueError:
        raise UsageError("rollup.bad_unit_day", written=cell) from None


def _yes(cell: str) -> bool:
    said = fold(cell)
    if said not in _YES + _NO:
        raise UsageError("rollup.bad_yes_no", written=cell)
    return said in _YES


def _excel(path: Path) -> list[Line]:
    from openpyxl import load_workbook

    package = open_package(path, EXCEL)
    try:
        book = load_workbook(
            package.repacked(), read_only=True, data_only=True, keep_links=False, keep_vba=False
        )
        sheet = next(one for one in book.worksheets if one.sheet_state == "visible")
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=len(COLUMNS) + 5, values_only=True)
        lines = [(number, [_text(cell) for cell in row]) for number, row in enumerate(rows, 1)]
        book.close()
    except IncomingError:
        raise
    except Exception:  # what a reader of foreign XML may raise is not enumerable
        found = Finding("incoming.damaged", "block", path.name, {"app": "Excel", "ending": ".xlsx"})
        raise IncomingError(path.name, [found]) from None
    return lines


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else normalise(str(cell))[:2000]


def _wrong(rule: str, place: str, **values: object) -> Finding:
    return Finding(f"rollup.units_{rule}", "block", place, values)
