"""Sums over an area: whatever the tree and whoever included whom, each unit counts once, nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.rollup.report import Figure, Included, Report
from content.rollup.standing import Choice, Version, heads, put_aside
from content.rollup.summing import OWN, Source, Sum, add_up
from content.units.unit import Heir, Level, Register, Unit

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
NOW = datetime(2027, 1, 4, tzinfo=UTC)
TOP = Unit(Level.CENTRAL, "VN", "Trung ương")


def figure(value: int | None, name: str = "so_cuoc", unit: str = "cuộc") -> Figure:
    return Figure(name, name, unit, value, int(value is not None), 1)


def report(unit: Unit, own: Sequence[Figure], total: Sum | None = None, **more: object) -> Report:
    known: dict[str, object] = {
        "level": unit.level, "code": unit.code, "name": unit.name, "first": FIRST, "last": LAST,
        "period_kind": "year", "counted_until": NOW, "created_at": NOW, "loa": "1", "signer": "x",
        "expected": total.units if total else 1, "own": tuple(own),
        "area": total.figures() if total else tuple(own), "included": total.included if total else (),
    }  # fmt: skip
    return Report(**{**known, **more})  # type: ignore[arg-type]


def source(unit: Unit, *own: Figure, total: Sum | None = None, **more: object) -> Source:
    made = report(unit, own, total, **more)
    return Source(unit, made.digest, made)


def province(code: str = "99") -> Unit:
    return Unit(Level.PROVINCE, code, f"Tỉnh {code}", parent=TOP.key)


def commune(code: str, of: Unit) -> Unit:
    return Unit(Level.COMMUNE, code, f"Xã {code}", parent=of.key)


def total_of(found: Sum) -> int | None:
    return found.totals[0].value if found.totals else None


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_whoever_sends_through_whom_every_unit_counts_exactly_once(seed: int) -> None:
    """Villages, communes and provinces, some sending through the unit above, some straight to the top, some
    both ways; historical districts with one successor, with several, and in parts."""
    chance = random.Random(seed)
    provinces = [province(f"{90 + n}") for n in range(chance.randint(1, 3))]
    communes = [commune(f"{p.code}{n:03}", p) for p in provinces for n in range(chance.randint(1, 4))]
    villages = [
        Unit(Level.VILLAGE, f"{c.code}.{n}", "Thôn", parent=c.key)
        for c in communes
        for n in range(chance.randint(0, 2))
    ]
    ended = []
    for p in provinces:
        mine = [one for one in communes if one.parent == p.key]
        for n in range(chance.randint(0, 2)):
            chosen = chance.sample(mine, chance.randint(1, len(mine)))
            heirs = tuple(Heir(one.key, chance.random() < 0.3) for one in chosen)
            ended.append(
                Unit(Level.DISTRICT, f"{p.code}{n}", "Huyện", "ubnd", p.key, None, date(2025, 6, 30), heirs)
            )
    known = Register([TOP, *provinces, *communes, *villages, *ended])
    values = {u: chance.choice((None, 0, chance.randint(1, 999))) for u in (*provinces, *communes, *villages)}
    values |= {u: chance.choice((None, chance.randint(0, 99))) for u in ended}
    sent: list[Source] = []
    counted: set[Unit] = set()

    def send(unit: Unit, below: list[Source]) -> Source:
        """The unit's report, with those of `below` that it took; it may also pass them on itself."""
        own = (figure(values[unit]),)
        total = add_up(known, unit, own, below, FIRST, LAST) if below else None
        return source(unit, *own, total=total)

    def climb(unit: Unit) -> list[Source]:
        """What the unit above `unit` gets: the unit's own report, or those below it."""
        lower = [one for one in known if known.above(one) == unit]
        below = [found for one in lower for found in climb(one)]
        if unit == TOP:
            return below
        if chance.random() < 0.2:  # it sends nothing itself; what is below it goes past it
            return below
        counted.add(unit)
        taken = below if chance.random() < 0.7 else []
        mine = send(unit, taken)
        return [mine, *(below if not taken or chance.random() < 0.5 else [])]

    sent = climb(TOP)
    chance.shuffle(sent)
    found = add_up(known, TOP, (), sent, FIRST, LAST)
    assert not found.overlapping
    numbers = [value for unit in counted if (value := values[unit]) is not None]
    if counted:
        assert total_of(found) == (sum(numbers) if numbers else None)
        assert found.totals[0].known == len(numbers)
        assert found.totals[0].of >= len(counted)
    assert sum(part.value for one in found.totals for part in one.parts) == (total_of(found) or 0)
    cells = [row.values.get(("so_cuoc", "cuộc")) for row in found.rows]
    assert sum(cell for cell in cells if cell is not None) == (total_of(found) or 0)
    assert {one.digest for one in found.included} >= {one.digest for one in found.counted}
    assert len(found.counted) + len(found.inside) == len(sent)
    again = add_up(known, TOP, (), sent[::-1], FIRST, LAST)
    assert again == found, "the order in which reports came says nothing"


def test_a_report_that_another_includes_in_an_older_version_is_counted_once_and_told() -> None:
    p = province()
    c = commune("99001", p)
    known = Register([TOP, p, c])
    old, new = source(c, figure(5)), source(c, figure(9), notes="đính chính")
    through = source(p, figure(1), total=add_up(known, p, (figure(1),), [old], FIRST, LAST))
    found = add_up(known, TOP, (), [through, new], FIRST, LAST)
    assert total_of(found) == 6
    assert [(one.source.digest, one.same) for one in found.inside] == [(new.digest, False)]


def test_two_reports_that_include_the_same_unit_are_counted_neither_of_them() -> None:
    p = province()
    c = commune("99001", p)
    v = Unit(Level.VILLAGE, "99001.1", "Thôn", parent=c.key)
    known = Register([TOP, p, c, v])
    low = source(v, figure(5))
    # the province took the village's report straight, and not the commune's, which has it too
    straight = source(p, figure(1), total=add_up(known, p, (figure(1),), [low], FIRST, LAST))
    commune_s = source(c, figure(2), total=add_up(known, c, (figure(2),), [low], FIRST, LAST))
    found = add_up(known, TOP, (), [straight, commune_s], FIRST, LAST)
    assert [(one.unit, other.unit) for one, other in found.overlapping] == [(p, c)]
    assert total_of(found) is None
    alone = add_up(known, TOP, (), [straight], FIRST, LAST)
    assert total_of(alone) == 6


def test_what_nobody_knows_is_not_zero_and_who_has_not_sent_is_among_those_without_a_figure() -> None:
    p = province()
    communes = [commune(f"9900{n}", p) for n in range(4)]
    known = Register([TOP, p, *communes])
    sent = [source(communes[0], figure(None)), source(communes[1], figure(0)), source(communes[2])]
    found = add_up(known, p, (figure(None),), sent, FIRST, LAST)
    only = found.totals[0]
    assert (only.value, only.known, only.of) == (0, 1, 5)
    assert (found.sent, found.expected, found.missing) == (3, 4, (communes[3],))
    nobody = add_up(known, p, (figure(None),), sent[:1], FIRST, LAST).totals[0]
    assert (nobody.value, nobody.known, nobody.of, nobody.parts) == (None, 0, 5, ())


def test_figures_in_different_measures_are_rows_of_their_own() -> None:
    p = province()
    communes = [commune(f"9900{n}", p) for n in range(3)]
    known = Register([TOP, p, *communes])
    sent = [
        source(one, figure(5, unit=unit))
        for one, unit in zip(communes, ("lượt", "nghìn lượt", ""), strict=True)
    ]
    found = add_up(known, p, (), sent, FIRST, LAST)
    assert sorted((one.unit, one.value) for one in found.totals) == [("", 5), ("lượt", 5), ("nghìn lượt", 5)]
    same = add_up(known, p, (), [sent[0], sent[2]], FIRST, LAST)
    assert [(one.unit, one.value) for one in same.totals] == [("lượt", 10)], (
        "one that does not say is taken for it"
    )


def test_a_former_district_stays_a_row_and_is_neither_divided_nor_lost() -> None:
    p = province()
    communes = [commune(f"9900{n}", p) for n in range(2)]
    heirs = tuple(Heir(one.key) for one in communes)
    old = Unit(Level.DISTRICT, "991", "Huyện Cũ", "ubnd", p.key, None, date(2025, 6, 30), heirs)
    known = Register([TOP, p, *communes, old])
    sent = [source(old, figure(100)), *(source(one, figure(10)) for one in communes)]
    first, last = date(2025, 1, 1), date(2025, 12, 31)
    found = add_up(known, p, (), sent, first, last)
    assert total_of(found) == 120
    rows = {row.unit: (row.historical, row.values["so_cuoc", "cuộc"]) for row in found.rows}
    assert rows == {p: (False, None), communes[0]: (False, 10), communes[1]: (False, 10), old: (True, 100)}
    assert (found.sent, found.expected) == (2, 2), "who ended within the period owes nothing at its end"
    assert add_up(known, p, (), sent[1:], first, last).ended == (old,)


def test_a_code_that_was_used_again_is_two_units_in_the_year_of_the_change() -> None:
    p = province()
    old = Unit(Level.COMMUNE, "99001", "Cũ", "ubnd", p.key, None, date(2025, 6, 30), (Heir(("xa", "99001")),))
    new = Unit(Level.COMMUNE, "99001", "Mới", "ubnd", p.key, date(2025, 7, 1))
    known = Register([TOP, p, old, new])
    year = date(2025, 1, 1), date(2025, 12, 31)
    halves = [
        source(old, figure(3), first=year[0], last=date(2025, 6, 30)),
        source(new, figure(4), first=date(2025, 7, 1), last=year[1]),
    ]
    found = add_up(known, p, (), halves, *year)
    assert total_of(found) == 7
    assert not found.inside
    assert [row.values["so_cuoc", "cuộc"] for row in found.rows] == [None, 7], (
        "summed under its one successor"
    )
    whole = source(p, figure(0), total=found, first=year[0], last=year[1])
    assert total_of(add_up(known, TOP, (), [whole, *halves], *year)) == 7


@pytest.mark.parametrize("heirs", [(Heir(("xa", "99001")),), (Heir(("xa", "99001")), Heir(("xa", "99002")))])
def test_a_year_under_a_code_that_was_used_again_is_not_added_to_the_half_that_is_in_it(
    heirs: tuple[Heir, ...],
) -> None:
    """One office, one code, two units: its year has the half that it reported as the former one."""
    p = province()
    old = Unit(Level.COMMUNE, "99001", "Cũ", "ubnd", p.key, None, date(2025, 6, 30), heirs)
    new = Unit(Level.COMMUNE, "99001", "Mới", "ubnd", p.key, date(2025, 7, 1))
    two = Unit(Level.COMMUNE, "99002", "Hai", "ubnd", p.key, date(2025, 7, 1))
    known = Register([TOP, p, old, new, two])
    half = source(old, figure(3), first=FIRST, last=date(2025, 6, 30))
    year = source(new, figure(7))
    found = add_up(known, p, (), [half, year], FIRST, LAST)
    assert total_of(found) is None, "3 + 7 may count the half twice, and 7 alone may leave it out"
    assert [{one.digest for one in pair} for pair in found.overlapping] == [{half.digest, year.digest}]
    rest = source(new, figure(4), first=date(2025, 7, 1), last=LAST)
    assert total_of(add_up(known, p, (), [half, rest], FIRST, LAST)) == 7
    through = source(p, figure(0), total=add_up(known, p, (figure(0),), [half], FIRST, LAST))
    assert add_up(known, TOP, (), [through, year], FIRST, LAST).overlapping, "also of one that is included"


# ---- which version counts


def chain(length: int) -> list[Version]:
    return [Version(f"{n}", tuple(f"{m}" for m in range(n - 1, -1, -1))) for n in range(length)]


@given(
    st.integers(1, 8).flatmap(lambda n: st.tuples(st.just(n), st.permutations(range(n)), st.integers(1, n)))
)
def test_the_newest_of_a_line_of_corrections_counts_in_whatever_order_they_come(
    drawn: tuple[int, list[int], int],
) -> None:
    length, order, here = drawn
    versions = [chain(length)[at] for at in order[:here]]
    newest = max(versions, key=lambda one: len(one.supersedes))
    assert heads(versions) == [newest.digest], "also where one in between never came"


def test_two_without_a_mark_of_correction_are_both_told_until_a_person_says_which() -> None:
    first, other = Version("a", ()), Version("b", ())
    assert heads([first, other]) == ["a", "b"]
    about = ("ky", "operator", "gọi điện")
    chosen = Choice("b", ("a",), *about, NOW)
    assert heads([first, other], put_aside([chosen])) == ["b"]
    back = Choice("a", ("b",), *about, NOW + timedelta(days=1))
    assert heads([first, other], put_aside([back, chosen])) == ["a"], "the newest word counts"
    corrected = Version("c", ("a",))
    assert heads([first, other, corrected], put_aside([chosen])) == ["b", "c"], "a new version asks anew"


def test_what_was_decided_against_takes_nobodys_place() -> None:
    wrong = Version("b", ("a",))
    assert heads([Version("a", ()), wrong], {"b"}) == ["a"]


def test_a_report_never_reads_as_an_approval_an_override_or_a_choice() -> None:
    from content.approval import Approval
    from content.waiver import Waiver

    statements = [
        report(commune("99001", province()), [figure(1)]).statement(),
        Approval("a", "approver", "s", NOW, NOW).statement(),
        Waiver("p", "s", "r", "x", "a", "reviewer", "vì lý do này", NOW).statement(),
        Choice("a", ("b",), "ky", "operator", "x", NOW).statement(),
    ]
    said = {one.split(b'"says":"')[1].split(b'"')[0] for one in statements}
    assert said == {b"child_report", b"approve", b"override", b"report_choice"}


@pytest.mark.parametrize("digest", [OWN, "x"])
def test_the_units_own_work_has_no_file(digest: str) -> None:
    p = province()
    known = Register([TOP, p])
    found = add_up(known, p, (figure(3),), [], FIRST, LAST)
    assert {part.digest for one in found.totals for part in one.parts} == {OWN}
    assert found.included == ()
    assert Included("xa", "99001", FIRST, LAST, digest).key == ("xa", "99001")


def test_a_list_of_units_that_was_changed_since_does_not_let_a_report_count_twice() -> None:
    p = province()
    c = commune("99001", p)
    known = Register([TOP, p, c])
    low = source(c, figure(5))
    through = source(p, figure(1), total=add_up(known, p, (figure(1),), [low], FIRST, LAST))
    other = Unit(Level.COMMUNE, "99001", c.name, parent=p.key, first=date(2026, 1, 1))
    changed = Register([TOP, p, other])
    found = add_up(changed, TOP, (), [through, Source(other, low.digest, low.report)], FIRST, LAST)
    assert total_of(found) == 6
