"""The report file: what was signed is what is read, and nothing else is read at all."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.rollup import reading
from content.rollup import report as files
from content.rollup.report import (
    Figure,
    Included,
    PlatformFigure,
    Report,
    ReportError,
    SignedReport,
    canonical,
)

KEY, SIGNATURE = (base64.b64encode(bytes([7]) * size).decode() for size in (32, 64))
NOW = datetime(2027, 1, 4, 2, 30, tzinfo=UTC)
OWN = (Figure("so_bai", "Số bài đã đăng", "bài", 12, 1, 1), Figure("so_cuoc", "Số cuộc", "cuộc", None, 0, 1))
MADE = Report(
    "xa", "99001", "UBND xã Thử", date(2026, 1, 1), date(2026, 12, 31), "year", NOW, NOW, "0.1.0",
    "Trần Văn Thử", 1, OWN, OWN,
    platform=(PlatformFigure("oa", "zalo", "views", "Lượt xem", 7, 1, 2),),
    supersedes=("a" * 64,), notes="Dòng một\nDòng hai",
)  # fmt: skip
AREA = Report(
    "tinh", "99", "UBND tỉnh Thử", date(2026, 1, 1), date(2026, 12, 31), "year", NOW, NOW, "0.1.0",
    "Trần Văn Thử", 3, OWN[:1], (Figure("so_bai", "Số bài đã đăng", "bài", 20, 2, 3),),
    included=(Included("xa", "99001", date(2026, 1, 1), date(2026, 12, 31), "b" * 64),),
)  # fmt: skip


def text(report: Report = MADE) -> str:
    return SignedReport(report, KEY, SIGNATURE).file().decode()


def refused(data: str | bytes) -> str:
    with pytest.raises(ReportError) as told:
        reading.read(data.encode() if isinstance(data, str) else data)
    assert str(told.value).strip(), "a sentence, not a code"
    assert "rollup." not in str(told.value)
    return told.value.reason


def changed(change: Callable[[dict[str, Any]], object], report: Report = MADE) -> str:
    told = json.loads(text(report))
    change(told)
    return json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize("report", [MADE, AREA])
def test_a_file_is_read_back_as_it_was_made_however_it_is_laid_out(report: Report) -> None:
    for data in (text(report), json.dumps(json.loads(text(report))), text(report).replace("\n", "\r\n")):
        found = reading.read(data.encode())
        assert (found.report, found.key, found.signature) == (report, KEY, SIGNATURE)
        assert found.report.digest == report.digest
    assert reading.read(b"\xef\xbb\xbf" + text(report).encode()).report == report


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "not_json"),
        ("{", "not_json"),
        ("null", "shape"),
        ("[]", "shape"),
        ("{}", "not_ours"),
        ('{"kind": "khac"}', "not_ours"),
        (b"\xff\xfe{\x00", "not_json"),
        (b"%PDF-1.7", "not_json"),
        ("[" * 100_000, "deep"),
        ('{"a":' * 50_000, "deep"),
        ('{"a": "' + "[" * 100_000 + '"}', "not_ours"),
        ('{"a": "' + '\\"' * 500_000, "not_json"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": NaN}', "number"),
        ('{"a": -Infinity}', "number"),
        ('{"a": 1.5}', "number"),
        ('{"a": 1e400}', "number"),
        ('{"a": ' + "9" * 100_000 + "}", "number"),
        ('{"kind": "\\ud800"}', "not_json"),
        (b" " * (files.LARGEST_BYTES + 1), "large"),
    ],
)
def test_what_is_no_report_is_refused_in_words(data: str | bytes, reason: str) -> None:
    assert refused(data) == reason


def test_an_area_may_count_more_things_than_one_unit() -> None:
    many = tuple(Figure(f"hd_{n}", f"Loại {n}", "", 1, 1, 3) for n in range(2_000))
    assert reading.read(text(replace(AREA, area=(*AREA.area, *many))).encode()).report.area[1:] == many
    assert refused(text(replace(AREA, own=(*AREA.own, *(replace(one, of=1) for one in many))))) == "shape"


def test_an_entry_that_stands_there_twice_is_refused_wherever_it_is() -> None:
    assert refused(text().replace('"value": 12', '"value": 12, "value": 999')) == "twice"
    assert refused(text().replace('"code": "99001"', '"code": "99001", "code": "99002"')) == "twice"


def set_figure(**more: object) -> Callable[[dict[str, Any]], object]:
    return lambda told: [told["report"][where][0].update(more) for where in ("own", "area")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t["report"].update(format=2), "newer"),
        (lambda t: t["report"].update(format=True), "shape"),
        (lambda t: t["report"].update(format=0), "shape"),
        (lambda t: t["report"].update(says="approve"), "shape"),
        (lambda t: t["report"].update(more=1), "shape"),
        (lambda t: t.update(more=1), "shape"),
        (lambda t: t["report"]["unit"].update(more=1), "shape"),
        (lambda t: t["report"]["own"][0].update(more=1), "shape"),
        (lambda t: t["report"].pop("notes"), "shape"),
        (lambda t: t["report"]["unit"].update(level="lang"), "shape"),
        (lambda t: t["report"]["unit"].update(code="1"), "shape"),
        (lambda t: t["report"]["unit"].update(name="Xa\u0303"), "shape"),
        (lambda t: t["report"]["unit"].update(name="a\u202eb"), "shape"),
        (lambda t: t["report"]["unit"].update(name="a\nb"), "shape"),
        (lambda t: t["report"].update(notes="x" * 5000), "shape"),
        (lambda t: t["report"]["period"].update(first="2027-01-01"), "shape"),
        (lambda t: t["report"]["period"].update(first="20260101"), "shape"),
        (lambda t: t["report"]["period"].update(kind="tuan"), "shape"),
        (lambda t: t["report"]["period"].update(last="9999-12-31"), "shape"),
        (lambda t: t["report"].update(counted_until="9999-12-31T23:00:00+00:00"), "shape"),
        (lambda t: t["report"].update(created_at="2027-01-04T02:30:00"), "shape"),
        (lambda t: t["report"].update(created_at="2027-01-04T09:30:00+07:00"), "shape"),
        (lambda t: t["report"].update(expected=0), "shape"),
        (lambda t: t["report"].update(expected=5), "shape"),
        (set_figure(value=-1), "number"),
        (set_figure(value=10**16), "number"),
        (set_figure(value=True), "number"),
        (set_figure(value="12"), "number"),
        (set_figure(value=None), "shape"),
        (set_figure(known=0), "shape"),
        (set_figure(known=2, of=2), "shape"),
        (set_figure(name="so cuoc"), "shape"),
        (set_figure(name="so_cuoc"), "shape"),
        (lambda t: t["report"]["area"][0].update(value=13), "shape"),
        (lambda t: t["report"]["area"].pop(), "shape"),
        (lambda t: t["report"]["own"].pop(), "shape"),
        (lambda t: t["report"].update(own=t["report"]["own"] * 300), "shape"),
        (lambda t: t["report"].update(supersedes=["a" * 64, "a" * 64]), "shape"),
        (lambda t: t["report"].update(supersedes=["A" * 64]), "shape"),
        (lambda t: t["report"].update(supersedes="a" * 64), "shape"),
        (lambda t: t.update(key=KEY[:-1]), "shape"),
        (lambda t: t.update(key=SIGNATURE), "shape"),
        (lambda t: t.update(signature="!" * 88), "shape"),
        (lambda t: t.update(signature=base64.b64encode(bytes([7]) * 64).decode()[:-3] + "x=="), "shape"),
        (lambda t: t.update(report=None), "shape"),
    ],
)
def test_what_loa_would_not_have_written_is_refused(
    change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    assert refused(changed(change)) == reason


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t["report"]["area"][0].update(value=11),
        lambda t: t["report"]["area"][0].update(known=0, value=None),
        lambda t: t["report"]["area"][0].update(known=4),
        lambda t: t["report"].update(included=t["report"]["included"] * 2),
        lambda t: t["report"]["included"][0].update(digest="b"),
        lambda t: t["report"]["included"][0].update(level="x"),
        lambda t: t["report"]["included"][0].update(last="2025-01-01"),
        lambda t: t["report"].update(expected=1),
    ],
)
def test_an_area_that_contradicts_its_parts_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    assert refused(changed(change, AREA)) == "shape"


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 10**9))
def test_a_file_with_any_bytes_changed_is_refused_or_the_very_same_report(seed: int) -> None:
    """Or another report under another digest, which the signature then is not over."""
    chance = random.Random(seed)
    data = bytearray(text(chance.choice((MADE, AREA))).encode())
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        match chance.randrange(3):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randint(1, 30)]
            case _:
                data[at:at] = chance.choice((b'"', b"{", b"[", b",", b"0", b"\\u0000", b"null", b"1e5"))
    try:
        found = reading.read(bytes(data))
    except ReportError:
        return
    assert canonical(json.loads(bytes(data).decode("utf-8-sig"))["report"]) == found.report.statement()
