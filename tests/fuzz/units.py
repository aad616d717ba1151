"""Targets: what other units send: their report files, and tables of units; and the file of their keys."""

from __future__ import annotations

import base64
import json
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from content.errors import UsageError
from content.rollup import reading
from content.rollup.report import Figure, Included, PlatformFigure, Report, ReportError, SignedReport
from content.units.unit import UnitsError
from content.units.unitfile import COLUMNS, read_text, written
from scheduler.childtrust import FILE, ChildKey, ChildTrust
from tests.fuzz.engine import Target
from tests.fuzz.inputs import NASTY, json_texts, mutated

NOW = datetime(2027, 1, 4, 2, 30, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
KEY, SIGNATURE = (base64.b64encode(bytes([7]) * size).decode() for size in (32, 64))
_SENT = Report(
    "tinh", "99", "UBND tỉnh Thử", FIRST, LAST, "year", NOW, NOW, "0.1.0", "Trần Văn Thử", 3,
    (Figure("so_bai", "Số bài", "bài", 12, 1, 1),), (Figure("so_bai", "Số bài", "bài", 20, 2, 3),),
    (Included("xa", "99001", FIRST, LAST, "b" * 64),),
    (PlatformFigure("oa", "zalo", "views", "Lượt xem", None, 0, 2),), ("a" * 64,), "Ghi chú",
)  # fmt: skip
_FILE = SignedReport(_SENT, KEY, SIGNATURE).file()
_NAMES = ("report", "unit", "period", "own", "area", "included", "value", "known", "digest", "format", "says")
_TABLE = f"""{",".join(COLUMNS)}
tinh,99,Tỉnh Thử,,,,,,,NQ 1,có
huyen,901,Huyện Cũ,ubnd,tinh:99,,30/06/2025,xa:99001; xa:99002 (một phần),không,,
xa,99001,"Xã, Một",ubnd,tinh:99,2025-07-01,,,,,
xa,99002,Xã Hai,truong,tinh:99,01/07/2025,,,có,,không
"""
_CELLS = ("xa:", "tinh:99", "xa:99001", "(một phần)", ";", ",", '"', "\n", "30/06/2025", "9999-12-31", "01")


def sent(data: bytes) -> None:
    found = reading.read(data)
    again = reading.read(found.file())
    assert again == found
    assert again.report.digest == found.report.digest


def listed(data: bytes) -> None:
    known = read_text(data.decode("utf-8", "replace"), "don-vi.csv")
    assert list(read_text(written(known), "don-vi.csv")) == list(known)
    for one in known:
        path = known.path(one)
        assert len(set(path)) == len(path)
        assert known.branch(one, path[-1]) in path


def pinned(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        trust = ChildTrust(Path(folder))
        trust.file.write_bytes(data)
        keys = trust.pinned()
        trust.write(keys)
        assert sorted(map(repr, trust.pinned())) == sorted(map(repr, keys))


def _keys() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        trust = ChildTrust(Path(folder))
        trust.write(
            [
                ChildKey(("xa", "99001"), KEY, 'Xã "Một"', NOW, "ky", NOW, True),
                ChildKey(("xa", "9"), KEY, "", NOW, ""),
            ]
        )
        return (Path(folder) / FILE).read_bytes()


TARGETS = (
    Target("report of a unit", mutated([_FILE]), sent, (ReportError,)),
    Target(
        "report's entries",
        json_texts([json.loads(_FILE)], _NAMES, NOW.isoformat(), "2026-01-01"),
        sent,
        (ReportError,),
    ),
    Target("list of units", mutated([_TABLE.encode()], (*NASTY, *_CELLS)), listed, (UnitsError,)),
    Target("keys of units", mutated([_keys()]), pinned, (UsageError,)),
)
