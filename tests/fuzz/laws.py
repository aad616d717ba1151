"""Targets: references to laws in any text, and the table of documents that a unit keeps in a spreadsheet."""

from __future__ import annotations

from datetime import date

from content.law import find, shipped
from content.law.checks import Piece, check_law
from content.law.vanban import COLUMNS, VanBanError, read_rows
from content.law.vanban import written as table_of
from content.readable import hard_places
from content.text import normalise
from tests.fuzz.engine import Target
from tests.fuzz.inputs import NASTY, mutated

_CITED = """Theo điểm a, b khoản 2 Điều 5 Nghị định số 168/2024/NĐ-CP ngày 26/12/2024 của Chính phủ và
Luật Đất đai năm 2024 (Luật số 31/2024/QH15); Chỉ thị số 32-CT/TW, Hiến pháp năm 2013; Số:     /KH-UBND;
Nghị định này; từ Điều 5 đến Điều 9 BLDS."""
_PARTS = ("Luật ", "Điều 1", "khoản 1-", "đến ", "/2024/NĐ-CP", "-CT/TW", "ngày 31/2/2024", "số …/", " của ")
_ROW = '49/2024/NĐ-CP,,"a, b",,10/05/2024,2024-07-01,,,"2026-01-01 ngưng: x; 1/2/2026 tiếp tục",,,,cao'
_TABLE = f"{','.join(COLUMNS)}\n{_ROW}\n"


def cited(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    end = 0
    for one in find(text):
        assert end <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.text
        end = one.end
    clean = normalise(data.decode("utf-8", "replace"))
    for finding in check_law([Piece("tin.md", clean, 1)], shipped(), date(2026, 11, 22)):
        assert finding.line()
    list(hard_places(clean))


def table(data: bytes) -> None:
    documents = read_rows(data.decode("utf-8", "replace"), place="van_ban.csv")
    assert read_rows(table_of(documents), place="van_ban.csv") == documents


TARGETS = (
    Target("cited law", mutated([_CITED.encode()], (*NASTY, *_PARTS)), cited),
    Target("table of laws", mutated([_TABLE.encode()], (*NASTY, ",", '"', ";", "\n")), table, (VanBanError,)),
)
