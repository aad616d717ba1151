"""Units are found by code, level and day, never by name; a list that contradicts itself is told by row."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.errors import UsageError
from content.finding import Finding
from content.incoming.package import IncomingError
from content.units.unit import DISTRICTS_ENDED, Heir, Level, Register, Unit, UnitsError, unit_id
from content.units.unitfile import COLUMNS, read_file, read_text, written

END, START = date(2025, 6, 30), date(2025, 7, 1)
PROVINCE = Unit(Level.PROVINCE, "99", "Tỉnh Thử")
HEAD = "cap,ma,ten,cap_tren,tu_ngay,den_ngay,ke_thua\n"


def district(code: str, *heirs: str, name: str = "Huyện Cũ", partial: bool = False) -> Unit:
    after = tuple(Heir(unit_id(one), partial) for one in heirs)
    return Unit(Level.DISTRICT, code, name, parent=PROVINCE.key, last=END, heirs=after)


def commune(code: str, name: str = "Xã Mới", *, of: Unit = PROVINCE, first: date | None = START) -> Unit:
    return Unit(Level.COMMUNE, code, name, parent=of.key, first=first)


def slips(text: str) -> list[str]:
    with pytest.raises(UnitsError) as told:
        read_text(HEAD + text, "a.csv")
    return [f"{one.place} {one.rule.partition('_')[2]}" for one in told.value.findings]


def test_a_commune_with_the_name_of_a_former_district_is_another_unit() -> None:
    old, new = district("901", "xa:90001", "xa:90002", name="Như Thử"), commune("90009", "Như Thử")
    known = Register([PROVINCE, old, new, commune("90001"), commune("90002")])
    assert known.at(("xa", "90009"), START, START) == new
    assert known.at(("huyen", "901"), END, END) == old
    assert known.at(("huyen", "901"), START, START) is None, "it ended the day before"
    assert known.at(("xa", "901"), START, START) is None


def test_a_code_that_was_used_again_is_the_unit_of_the_asked_days() -> None:
    old = Unit(Level.COMMUNE, "90001", "Xã Cũ", parent=PROVINCE.key, last=END, heirs=(Heir(("xa", "90001")),))
    new = commune("90001", "Xã Mới")
    known = Register([PROVINCE, old, new])
    assert known.at(("xa", "90001"), date(2025, 1, 1), END) == old
    assert known.at(("xa", "90001"), date(2025, 1, 1), date(2025, 12, 31)) == new, "the latest of two"
    assert known.above(old) == new


def test_a_district_with_one_successor_is_summed_under_it_and_one_with_several_above_them() -> None:
    alone, shared = district("901", "xa:90001"), district("902", "xa:90001", "xa:90002")
    partly = district("903", "xa:90001", partial=True)
    first, second = commune("90001"), commune("90002")
    known = Register([PROVINCE, alone, shared, partly, first, second])
    assert known.above(alone) == first
    assert known.above(shared) == PROVINCE
    assert known.above(partly) == PROVINCE, "of a part nobody knows which figure is whose"
    assert known.branch(alone, PROVINCE) == first
    assert known.branch(shared, PROVINCE) == shared
    assert known.within(alone, first)
    assert not known.within(shared, first)


def test_what_succeeded_across_provinces_is_summed_at_the_level_above_both() -> None:
    top = Unit(Level.CENTRAL, "VN", "Trung ương")
    provinces = [Unit(Level.PROVINCE, code, f"Tỉnh {code}", parent=top.key) for code in ("98", "99")]
    communes = [commune("90001", of=provinces[0]), commune("90002", of=provinces[1])]
    old = district("901", "xa:90001", "xa:90002")
    known = Register([top, *provinces, *communes, old])
    assert known.above(old) == top
    with pytest.raises(UnitsError, match="1 chỗ"):
        Register(
            [Unit(Level.PROVINCE, "98", "A"), PROVINCE, commune("90001", of=provinces[0]), communes[1], old]
        )


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ("tinh,9,Mất số 0,,,,", ["a.csv:2 digits"]),
        ("xa,001,Mất số 0,,,,", ["a.csv:2 digits"]),
        ("tinh,9 9,Thừa cách,,,,", ["a.csv:2 code"]),
        ("huyen,901,Huyện Sống,,,,", ["a.csv:2 district"]),
        ("tinh,99,A,,2026-01-02,2026-01-01,", ["a.csv:2 backwards"]),
        ("tinh,99,A,,,,tinh:98\ntinh,98,B,,,,", ["a.csv:2 not_ended"]),
        ("tinh,99,A,,,,\ntinh,99,B,,,,", ["a.csv:3 twice"]),
        ("tinh,99,A,,,30/06/2025,\ntinh,99,B,,30/06/2025,,", ["a.csv:3 twice"]),
        ("xa,90001,A,tinh:99,,,", ["a.csv:2 parent"]),
        ("tinh,99,T,,,30/06/2025,\nxa,90001,A,tinh:99,,,", ["a.csv:3 parent"]),
        ("tinh,99,A,,,30/06/2025,tinh:98", ["a.csv:2 heir"]),
        ("xa,90001,A,xa:90002,,,\nxa,90002,B,xa:90001,,,", ["a.csv:2 circle"]),
        ("xa,90001,A,xa:90001,,,", ["a.csv:2 circle"]),
        ("tinh,99,,,,,", ["a.csv:2 row"]),
        ("lang,1,A,,,,", ["a.csv:2 row"]),
        ("tinh,99,A,,32/01/2025,,", ["a.csv:2 row"]),
        ("tinh,99,A,,,9999-12-31,", ["a.csv:2 row"]),
        ("tinh,99,A,tinh,,,", ["a.csv:2 row"]),
        ("tinh,99,A,,,30/06/2025,tinh:98 (một nửa)", ["a.csv:2 row"]),
    ],
)
def test_what_is_wrong_is_told_with_its_row(rows: str, wrong: list[str]) -> None:
    assert slips(rows) == wrong


def test_a_circle_through_successors_is_found_and_never_walked_for_ever() -> None:
    """The old unit is summed under its successor, which belongs to the old unit's own successor's parent…"""
    text = (
        "tinh,99,T,xa:90002,,,\nxa,90001,Cũ,tinh:99,,30/06/2025,xa:90002\nxa,90002,Mới,tinh:99,01/07/2025,,\n"
    )
    assert slips(text)[-1].endswith(("circle", "parent"))


def test_a_long_row_of_splits_is_walked_once() -> None:
    """Every unit parted in two, whose parts were parted again: 2 to the power of 400 ways lead to the top."""
    units = [PROVINCE]
    for year in range(400):
        first, last = (
            date(1900 + year // 2, 1 + year % 2 * 6, 1),
            date(1900 + year // 2, 6 + year % 2 * 6, 30),
        )
        pair = [f"9{year * 2 + n:04}" for n in (0, 1)]
        nexts = [Heir(("xa", f"9{year * 2 + n:04}")) for n in (2, 3)] if year < 399 else []
        gone = last + timedelta(days=1 if last.month == 12 else 0)
        for code in pair:
            units.append(
                Unit(
                    Level.COMMUNE,
                    code,
                    "Xã",
                    "ubnd",
                    PROVINCE.key,
                    first,
                    gone if nexts else None,
                    tuple(nexts),
                )
            )
    known = Register(units)
    assert {known.above(one) for one in known if one != PROVINCE} == {PROVINCE}
    assert [one.rule for one in chain_of_one(3000)] == []


def chain_of_one(length: int) -> list[Finding]:
    """A village in a village in a village…"""
    units = [Unit(Level.VILLAGE, "0", "Thôn")]
    units += [Unit(Level.VILLAGE, f"{n}", "Thôn", parent=("thon_to", f"{n - 1}")) for n in range(1, length)]
    try:
        known = Register(units[::-1])
    except UnitsError as error:
        return error.findings
    assert len(known.path(units[-1])) == length
    return []


def test_a_column_with_a_slip_is_told_with_the_nearest() -> None:
    with pytest.raises(UnitsError) as told:
        read_text("cap,mã,tên,cap_trenn\n", "a.csv")
    assert "cap_tren" in told.value.findings[0].message


def test_an_excel_table_is_read_and_a_code_that_lost_its_zero_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Cấp", "Mã", "Tên", "Từ ngày"])
    book.active.append(["tinh", "09", "Tỉnh Thử", date(2025, 7, 1)])
    book.save(tmp_path / "a.xlsx")
    found = list(read_file(tmp_path / "a.xlsx"))
    assert [(one.id, one.first) for one in found] == [("tinh:09", START)]
    book.active["B2"] = 9
    book.save(tmp_path / "b.xlsx")
    with pytest.raises(UnitsError, match=r"b\.xlsx") as told:
        read_file(tmp_path / "b.xlsx")
    assert "số 0 ở đầu" in told.value.findings[0].remedy
    (tmp_path / "c.xlsx").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(IncomingError):
        read_file(tmp_path / "c.xlsx")
    (tmp_path / "d.csv").write_bytes(b"cap,ma,ten\ntinh,99,T\xff\n")
    with pytest.raises(UnitsError):
        read_file(tmp_path / "d.csv")
    with pytest.raises(UsageError):
        read_file(tmp_path / "missing.csv")


NAMES = st.text("aăđê xXyYốữ;,\"'", min_size=1, max_size=20).map(lambda s: " ".join(s.split())).filter(bool)


@given(st.lists(st.tuples(NAMES, st.booleans(), st.booleans()), min_size=1, max_size=12), NAMES)
def test_what_is_written_is_read_back_the_same(rows: list[tuple[str, bool, bool]], source: str) -> None:
    units = [PROVINCE]
    for number, (name, reports, verified) in enumerate(rows, 1):
        about = {"reports": reports, "verified": verified, "source": source}
        units.append(
            Unit(Level.COMMUNE, f"9{number:04}", name, "truong", PROVINCE.key, START, None, (), **about)
        )  # type: ignore[arg-type]
    units.append(district("901", "xa:90001", partial=True))
    assert list(read_text(written(units), "a.csv")) == units
    assert written(units).splitlines()[0] == ",".join(COLUMNS)


def test_districts_ended_the_day_before_the_two_levels_began() -> None:
    assert (START - DISTRICTS_ENDED).days == 1
