"""Reports between units: pinned keys, files that were meddled with, corrections, decisions, what a database
that somebody else wrote to can and cannot change."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from content.activity.entry import Activity
from content.approval import Approval, Role
from content.errors import NotFound, RefusedByRule, UsageError
from content.rollup import reading
from content.rollup.report import canonical
from loa import keys
from loa.reports import rollup_make, rollup_sum
from loa.services import (
    activities,
    auditing,
    people,
    report_periods,
    reporting,
    rollup_inbox,
    rollup_keys,
    rollup_units,
    trusting,
)
from loa.services.rollup_inbox import Taken
from scheduler.childtrust import FILE as TRUST_FILE
from scheduler.store.tables import audit_event, child_report, own_report, report_choice
from tests.loa.conftest import Loa
from tests.support.clock import TestClock
from tests.support.communes import PROVINCE, Commune, commune, edited, list_units, resigned, trust
from tests.support.office import PASSPHRASE

YEAR_END = datetime(2027, 1, 4, 2, tzinfo=UTC)
IN_JUNE = datetime(2026, 6, 9, 1, tzinfo=UTC)
YEAR = report_periods.named("2026")
WHY = "đã gọi điện hỏi đơn vị"
UNITS = [
    "trung_uong,VN,Trung ương,,,,",
    "tinh,99,Tỉnh Thử,trung_uong:VN,,,",
    "tinh,98,Tỉnh Khác,trung_uong:VN,,,",
    "huyen,901,Huyện Cũ,tinh:99,,30/06/2025,xa:99001; xa:99002",
    "huyen,902,Huyện Một,tinh:99,,30/06/2025,xa:99002",
    "xa,99001,Xã Một,tinh:99,01/07/2025,,",
    "xa,99002,Xã Hai,tinh:99,01/07/2025,,",
    "xa,98001,Xã Xa,tinh:98,01/07/2025,,",
    "thon_to,99001.1,Thôn Một,xa:99001,,,",
]


@pytest.fixture
def stack(clock: TestClock) -> Iterator[ExitStack]:
    clock.instant = YEAR_END
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def parent(stack: ExitStack, tmp_path: Path, clock: TestClock) -> Commune:
    one = stack.enter_context(commune(tmp_path / "tinh", PROVINCE, "UBND tỉnh Thử", clock))
    list_units(one, UNITS)
    return one


@pytest.fixture
def child(stack: ExitStack, parent: Commune, tmp_path: Path, clock: TestClock) -> Commune:
    one = stack.enter_context(commune(tmp_path / "mot", "xa:99001", "UBND Xã Một", clock))
    one.publish(3, IN_JUNE)
    trust(parent, one)
    return one


def give(parent: Commune, *files: bytes, check: bool = False) -> list[Taken]:
    folder = parent.folder.parent / "gui"
    folder.mkdir(exist_ok=True)
    paths = []
    for number, data in enumerate(files):
        paths.append(folder / f"{len(list(folder.iterdir())):03}-{number}.json")
        paths[-1].write_bytes(data)
    return rollup_inbox.take(parent.workspace, parent.ky, paths, check=check)


def outcomes(parent: Commune, *files: bytes) -> list[str]:
    return [one.reason or one.outcome for one in give(parent, *files)]


def total(parent: Commune, name: str = "so_bai", period: str = "2026") -> int | None:
    found = rollup_sum.summed(parent.workspace, report_periods.named(period), ())
    return next((one.value for one in found.sum.totals if one.name == name), None)


def said(parent: Commune) -> str:
    return "\n".join(rollup_sum.remarks(rollup_sum.summed(parent.workspace, YEAR, ())))


# ---- a file that is not what was signed


def figure(value: int) -> Callable[[bytes], dict[str, Any]]:
    def change(data: bytes) -> dict[str, Any]:
        told = json.loads(data)["report"]["own"]
        told = [{**one, "value": value} if one["name"] == "so_bai" else one for one in told]
        return {"own": told, "area": told}

    return change


def test_an_edited_figure_a_swapped_unit_and_another_period_are_refused(
    parent: Commune, child: Commune
) -> None:
    data = child.report().data
    swapped = {"unit": {"level": "xa", "code": "99002", "name": "UBND Xã Hai"}}
    renamed = {"unit": {**json.loads(data)["report"]["unit"], "name": "UBND Xã Hai"}}
    other_days = {"period": {"first": "2025-01-01", "last": "2025-12-31", "kind": "year"}}
    files = [edited(data, **change) for change in (figure(99)(data), swapped, renamed, other_days)]
    assert outcomes(parent, *files) == ["tampered"] * 4
    assert total(parent) is None
    assert outcomes(parent, data) == ["accepted"]
    assert total(parent) == 3


def test_a_report_signed_again_by_a_stranger_is_refused(
    parent: Commune, child: Commune, stack: ExitStack, tmp_path: Path, clock: TestClock
) -> None:
    stranger = stack.enter_context(commune(tmp_path / "la", "xa:99001", "UBND Xã Một", clock))
    data = child.report().data
    assert outcomes(parent, resigned(data, stranger), resigned(data, stranger, **figure(9)(data))) == [
        "unknown_key",
        "unknown_key",
    ]


def test_a_unit_cannot_report_for_another(
    parent: Commune, child: Commune, stack: ExitStack, tmp_path: Path, clock: TestClock
) -> None:
    two = stack.enter_context(commune(tmp_path / "hai", "xa:99002", "UBND Xã Hai", clock))
    trust(parent, two)
    as_two = {"unit": {"level": "xa", "code": "99002", "name": "UBND Xã Hai"}}
    assert outcomes(parent, resigned(child.report().data, child, **as_two)) == ["wrong_unit"]
    same_code = {"unit": {"level": "thon_to", "code": "99001", "name": "Thôn"}}
    assert outcomes(parent, resigned(child.report().data, child, **same_code)) == ["wrong_unit"]


def test_a_signature_over_something_else_is_none_over_a_report(parent: Commune, child: Commune) -> None:
    """And a report's signature is none over an approval: both name what they are."""
    data = child.report().data
    told = json.loads(data)
    signer = child.ky.signer
    assert signer is not None
    yes = Approval("ky", "approver", told["report"]["loa"], YEAR_END, YEAR_END)
    for statement in (yes.statement(), canonical({**told["report"], "says": "approve"}), b""):
        forged = {**told, "signature": signer.sign(statement)}
        assert outcomes(parent, json.dumps(forged).encode()) == ["tampered"]
    as_approval = {**vars(yes), "signature": told["signature"]}
    assert not child.workspace.trust.believes(Approval(**as_approval))


def test_a_unit_outside_the_area_and_the_summing_unit_itself_are_refused(
    parent: Commune, child: Commune, stack: ExitStack, tmp_path: Path, clock: TestClock
) -> None:
    far = stack.enter_context(commune(tmp_path / "xa", "xa:98001", "UBND Xã Xa", clock))
    trust(parent, far)
    trust(parent, parent)
    assert outcomes(parent, far.report().data) == ["not_ours_to_sum"]
    assert outcomes(parent, resigned(parent.report().data, parent)) == ["not_ours_to_sum"]


def test_a_report_that_includes_a_unit_of_somebody_elses_is_refused(parent: Commune, child: Commune) -> None:
    data = child.report().data
    area = [{**one, "of": 2} for one in json.loads(data)["report"]["area"]]
    days = {"first": "2026-01-01", "last": "2026-12-31", "digest": "a" * 64}
    for level, code in (("xa", "99002"), ("xa", "98001"), ("xa", "00001"), ("xa", "99001"), ("tinh", "99")):
        taken = {"included": [{"level": level, "code": code, **days}], "expected": 2, "area": area}
        assert outcomes(parent, resigned(data, child, **taken)) == ["included_outside"], code
    taken = {"included": [{"level": "thon_to", "code": "99001.1", **days}], "expected": 2, "area": area}
    assert outcomes(parent, resigned(data, child, **taken)) == ["accepted"]


def test_days_that_overlap_a_report_of_the_same_kind_are_refused(parent: Commune, child: Commune) -> None:
    def of(first: str, last: str, kind: str = "days") -> bytes:
        period = {"first": first, "last": last, "kind": kind}
        return resigned(child.report().data, child, period=period)

    assert outcomes(parent, of("2026-01-01", "2026-03-15"), of("2026-03-10", "2026-05-01")) == [
        "accepted",
        "overlap",
    ]
    assert outcomes(parent, of("2026-03-16", "2026-05-01")) == ["accepted"]
    assert outcomes(parent, of("2026-01-01", "2026-06-30", "half")) == ["accepted"], "a half lies in its year"
    assert outcomes(parent, of("2028-01-01", "2028-12-31", "year")) == ["future"]
    wrong = read(of("2026-01-01", "2026-03-15")).digest
    rollup_inbox.decide(parent.workspace, parent.ky, wrong, WHY, reject=True)
    assert outcomes(parent, of("2026-03-10", "2026-03-15")) == ["accepted"], "the wrong one was put aside"


@pytest.mark.parametrize("data", [b"", b"{}", b"PK\x03\x04", b'{"kind": NaN}', b"[" * 5000])
def test_what_is_no_report_stops_no_other_and_is_noted(parent: Commune, child: Commune, data: bytes) -> None:
    answers = give(parent, data, child.report().data)
    assert [one.outcome for one in answers] == ["refused", "accepted"]
    assert answers[0].why
    actions = [one.action for one in auditing.listing(parent.workspace)]
    assert actions[-2:] == ["report_refused", "report_received"]


def test_a_name_of_a_file_that_is_no_text_stops_no_other(parent: Commune, child: Commune) -> None:
    folder = parent.folder.parent / "usb"
    folder.mkdir()
    for name in (b"a\xff.json", b"b.json"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(child.report().data)
    Path(os.fsdecode(os.fsencode(folder) + b"/c\xff.json")).write_bytes(b"{}")
    told = rollup_inbox.take(parent.workspace, parent.ky, [folder])
    assert [one.outcome for one in told] == ["accepted", "same", "refused"]
    assert total(parent) == 3


# ---- versions


def test_a_correction_counts_whichever_came_first_and_the_older_one_does_not_come_back(
    parent: Commune, child: Commune, clock: TestClock
) -> None:
    versions = [child.report().data]
    for number in range(2):
        clock.forward(hours=1)
        child.publish(1, IN_JUNE, f"them{number}")
        versions.append(child.report(correct=True).data)
    first, second, third = versions
    assert outcomes(parent, first, third) == ["accepted", "correction"], "the second never came"
    assert total(parent) == 5
    assert outcomes(parent, second, first, third) == ["older", "same", "same"]
    assert total(parent) == 5
    shown = [
        (one.held.signed.report.number, one.state)
        for one in rollup_sum.versions(parent.workspace, ("xa", "99001"), None)
    ]
    assert shown == [(3, "counts"), (2, "superseded"), (1, "superseded")]


def test_in_whatever_order_versions_come_the_sum_is_the_same(
    parent: Commune, child: Commune, stack: ExitStack, tmp_path: Path, clock: TestClock
) -> None:
    versions = [child.report().data]
    for number in range(2):
        clock.forward(hours=1)
        child.publish(1, IN_JUNE, f"them{number}")
        versions.append(child.report(correct=True).data)
    tampered = edited(versions[1], **figure(99)(versions[1]))
    for at, order in enumerate(permutations([*versions, tampered])):
        if at % 4:  # six of the 24
            continue
        other = stack.enter_context(commune(tmp_path / f"t{at}", PROVINCE, "UBND tỉnh Thử", clock))
        list_units(other, UNITS)
        trust(other, child)
        assert sorted(outcomes(other, *order)).count("tampered") == 1
        assert total(other) == 5, order


def test_two_first_reports_wait_for_a_person_and_a_later_word_overturns_an_earlier_one(
    parent: Commune, child: Commune, clock: TestClock
) -> None:
    one = child.report().data
    other = resigned(one, child, **figure(7)(one))
    assert outcomes(parent, one, other) == ["accepted", "conflict"]
    assert total(parent) is None
    assert "trái nhau" in said(parent)
    assert "0/2 đơn vị đã gửi" in said(parent)
    found = rollup_sum.summed(parent.workspace, YEAR, ())
    assert [one.id for one in found.missing] == ["xa:99002"], "who sent two has sent"
    assert {one.unit: one.state for one in rollup_sum.owing(found)} == {
        "xa:99001": "undecided",
        "xa:99002": "missing",
    }
    digests = {one.digest: one.report for one in map(read, (one, other))}
    first, second = digests
    with pytest.raises(UsageError):
        rollup_inbox.decide(parent.workspace, parent.ky, second, "")
    choice = rollup_inbox.decide(parent.workspace, parent.ky, second[:12], WHY)
    assert (choice.counts, choice.instead_of) == (second, (first,))
    assert total(parent) == 7
    clock.forward(minutes=1)
    rollup_inbox.decide(parent.workspace, parent.ky, first, WHY)
    assert total(parent) == 3
    with pytest.raises(RefusedByRule, match="không trái"):
        rollup_inbox.decide(parent.workspace, parent.ky, first, WHY)
    clock.forward(minutes=1)
    rollup_inbox.decide(parent.workspace, parent.ky, first, WHY, reject=True)
    assert total(parent) is None
    clock.forward(minutes=1)
    rollup_inbox.decide(parent.workspace, parent.ky, first, WHY)
    assert total(parent) == 3
    assert auditing.listing(parent.workspace)[-1].action == "report_decided"


def read(data: bytes) -> Any:
    signed = reading.read(data)
    return type("Read", (), {"digest": signed.report.digest, "report": signed.report})


def test_only_a_person_who_may_decides(parent: Commune, child: Commune) -> None:
    give(parent, child.report().data)
    digest = read(child.report().data).digest
    drafter = people.add(
        parent.workspace, parent.ky, "soan", full_name="Soạn", roles=[Role.DRAFTER], passphrase=PASSPHRASE
    )
    for act in (
        lambda: rollup_inbox.decide(parent.workspace, drafter, digest, WHY, reject=True),
        lambda: rollup_inbox.take(parent.workspace, drafter, []),
        lambda: rollup_keys.add(parent.workspace, drafter, ("xa", "99002"), "x", "x"),
        lambda: rollup_make.make(parent.workspace, drafter, YEAR),
        lambda: rollup_units.take(parent.workspace, drafter, parent.folder),
    ):
        with pytest.raises(RefusedByRule, match="soan"):
            act()
    with pytest.raises(NotFound):
        rollup_inbox.decide(parent.workspace, parent.ky, digest[:7], WHY, reject=True)


def test_a_role_that_only_the_database_gives_decides_nothing(parent: Commune, child: Commune) -> None:
    give(parent, child.report().data)
    known = parent.workspace.trust.people()
    parent.workspace.trust.write({"ky": replace(known["ky"], roles=(Role.DRAFTER,))})
    with pytest.raises(RefusedByRule):
        rollup_inbox.decide(parent.workspace, parent.ky, child.report().digest, WHY, reject=True)
    assert total(parent) == 3


# ---- who can write to the database


def rows(parent: Commune, statement: Any) -> None:
    parent.workspace.database.run(lambda connection: connection.execute(statement))


def test_figures_changed_in_the_database_are_counted_no_more_and_told(
    parent: Commune, child: Commune
) -> None:
    give(parent, child.report().data)
    rows(parent, text("UPDATE child_report SET file = replace(file, '\"value\": 3', '\"value\": 300')"))
    assert total(parent) is None
    assert "bị sửa trong cơ sở dữ liệu" in said(parent)
    assert outcomes(parent, child.report().data) == ["accepted"], "the file itself puts it right"
    assert total(parent) == 3
    assert "bị sửa" not in said(parent)


def test_a_row_moved_to_another_unit_or_period_counts_for_neither(parent: Commune, child: Commune) -> None:
    give(parent, child.report().data)
    rows(parent, update(child_report).values(code="99002"))
    assert total(parent) is None
    rows(parent, update(child_report).values(code="99001", first="2026-02-01"))
    assert total(parent) is None
    rows(parent, update(child_report).values(first="2026-01-01"))
    assert total(parent) == 3


def test_a_forged_report_written_straight_into_the_database_counts_for_nothing(
    parent: Commune, child: Commune
) -> None:
    """All of it fits together, down to the digest; only nobody signed it."""
    data = child.report().data
    give(parent, data)
    forged = read(edited(data, **figure(300)(data)))
    file = edited(data, **figure(300)(data)).decode()
    rows(parent, update(child_report).values(file=file, digest=forged.digest))
    assert total(parent) is None
    assert "bị xóa" in said(parent)
    assert forged.digest[:16] in said(parent)


def test_a_correction_deleted_from_the_database_is_missed(
    parent: Commune, child: Commune, clock: TestClock
) -> None:
    first = child.report()
    child.publish(1, IN_JUNE, "them")
    clock.forward(hours=1)
    second = child.report(correct=True)
    give(parent, first.data, second.data)
    rows(parent, delete(child_report).where(child_report.c.digest == second.digest))
    assert "bị xóa khỏi cơ sở dữ liệu" in said(parent)
    assert outcomes(parent, second.data) == ["correction"]
    assert "bị xóa" not in said(parent)


def test_a_decision_that_nobody_signed_decides_nothing(parent: Commune, child: Commune) -> None:
    one = child.report().data
    give(parent, one, resigned(one, child, **figure(7)(one)))
    digest = read(one).digest
    forged = {"counts": "", "instead_of": json.dumps([digest]), "officer": "ky", "role": "operator"}
    rows(parent, report_choice.insert().values(**forged, reason="x", at=YEAR_END, signature="AAAA"))
    rows(
        parent,
        report_choice.insert().values(**{**forged, "instead_of": "["}, reason="x", at=YEAR_END, signature=""),
    )
    assert total(parent) is None


def test_a_decision_deleted_from_the_database_is_missed_until_somebody_decides_again(
    parent: Commune, child: Commune, clock: TestClock
) -> None:
    give(parent, child.report().data)
    digest = child.report().digest
    rollup_inbox.decide(parent.workspace, parent.ky, digest, WHY, reject=True)
    assert (total(parent), "không còn hiệu lực" in said(parent)) == (None, False)
    rows(parent, delete(report_choice))
    assert "không còn hiệu lực" in said(parent)
    assert digest[:16] in said(parent)
    of_another_year = rollup_sum.summed(parent.workspace, report_periods.named("2025"), ())
    assert "không còn hiệu lực" not in "".join(rollup_sum.remarks(of_another_year))
    clock.forward(minutes=1)
    rollup_inbox.decide(parent.workspace, parent.ky, digest, WHY, reject=True)
    assert (total(parent), "không còn hiệu lực" in said(parent)) == (None, False)


def test_a_row_dated_back_before_its_key_was_withdrawn_counts_for_nothing(
    parent: Commune, child: Commune, clock: TestClock
) -> None:
    """Whoever stole a unit's key and writes to the database here."""
    give(parent, child.report().data)
    clock.forward(hours=1)
    rollup_keys.withdraw(parent.workspace, parent.ky, ("xa", "99001"), "", void=False)
    clock.forward(hours=1)
    stolen = resigned(
        child.report().data, child, supersedes=[child.report().digest], **figure(300)(child.report().data)
    )
    made = reading.read(stolen)
    days = {"first": "2026-01-01", "last": "2026-12-31"}
    about = {"level": "xa", "code": "99001", "received_by": "ky", "file_name": "x", **days}
    row = {"digest": made.report.digest, "file": made.file().decode(), "received_at": YEAR_END}
    rows(parent, child_report.insert().values(**about, **row))
    assert total(parent) == 3
    assert "không còn được tin" in said(parent)


def test_a_kept_report_that_was_changed_in_the_database_is_not_sent_again(child: Commune) -> None:
    child.report()
    rows(child, text("UPDATE own_report SET file = replace(file, '\"value\": 3', '\"value\": 300')"))
    for correct in (False, True):
        with pytest.raises(RefusedByRule, match="bị sửa trong cơ sở dữ liệu"):
            child.report(correct=correct)


def test_a_key_in_the_database_alone_is_nobodys(parent: Commune, child: Commune, tmp_path: Path) -> None:
    """There is no table of keys: they are in a file beside the trust file, and that says who may write it."""
    give(parent, child.report().data)
    (parent.folder / TRUST_FILE).rename(tmp_path / "away")
    assert total(parent) is None
    assert "không còn được tin" in said(parent)


# ---- keys


def test_a_key_is_pinned_only_with_the_fingerprint_that_the_unit_read_out(
    parent: Commune, child: Commune
) -> None:
    other = keys.new_signer()
    with pytest.raises(RefusedByRule, match="Đừng ghim"):
        rollup_keys.add(parent.workspace, parent.ky, ("xa", "99002"), other.public, "abcd ef01 2345 6789")
    with pytest.raises(NotFound):
        rollup_keys.add(parent.workspace, parent.ky, ("xa", "00001"), other.public, "x")
    with pytest.raises(UsageError):
        rollup_keys.add(parent.workspace, parent.ky, ("xa", "99002"), "AAAA", "x")
    typed = f" {trusting.fingerprint(other.public).upper().replace(' ', '-')} "
    assert (
        rollup_keys.add(parent.workspace, parent.ky, ("xa", "99002"), other.public, typed).unit == "xa:99002"
    )
    assert [one.unit for one in rollup_keys.listing(parent.workspace)] == ["xa:99001", "xa:99002"]
    assert (parent.folder / TRUST_FILE).stat().st_mode & 0o022 == 0


def test_a_withdrawn_key_signs_nothing_new_and_with_void_nothing_at_all(
    parent: Commune, child: Commune, clock: TestClock
) -> None:
    give(parent, child.report().data)
    clock.forward(hours=1)
    rollup_keys.withdraw(parent.workspace, parent.ky, ("xa", "99001"), "", void=False)
    clock.forward(hours=1)
    child.publish(1, IN_JUNE, "them")
    assert outcomes(parent, child.report(correct=True).data) == ["revoked_key"]
    assert total(parent) == 3, "what came before stands"
    rollup_keys.withdraw(parent.workspace, parent.ky, ("xa", "99001"), "", void=True)
    assert total(parent) is None
    with pytest.raises(RefusedByRule, match="thôi tin"):
        trust(parent, child)
    with pytest.raises(NotFound):
        rollup_keys.withdraw(parent.workspace, parent.ky, ("xa", "99002"), "", void=True)


def test_a_key_withdrawn_twice_ended_the_first_time(
    parent: Commune, child: Commune, clock: TestClock
) -> None:
    [ended] = rollup_keys.withdraw(parent.workspace, parent.ky, ("xa", "99001"), "", void=False)
    clock.forward(hours=1)
    [again] = rollup_keys.withdraw(parent.workspace, parent.ky, ("xa", "99001"), "", void=False)
    assert again.until == ended.until, "what came in between would be believed after all"


def test_a_key_withdrawn_while_another_is_pinned_does_not_come_back(
    parent: Commune, child: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two officers at two screens: the other's command runs just before this one writes."""
    other = keys.new_signer()
    recorded = rollup_keys._audited

    def meanwhile(*told: Any, **more: Any) -> None:
        monkeypatch.setattr(rollup_keys, "_audited", recorded)
        rollup_keys.withdraw(parent.workspace, parent.ky, ("xa", "99001"), "", void=True)
        recorded(*told, **more)

    monkeypatch.setattr(rollup_keys, "_audited", meanwhile)
    print_of = trusting.fingerprint(other.public)
    rollup_keys.add(parent.workspace, parent.ky, ("xa", "99002"), other.public, print_of)
    assert {one.unit: one.void for one in rollup_keys.listing(parent.workspace)} == {
        "xa:99001": True,
        "xa:99002": False,
    }


@pytest.mark.parametrize(
    "broken", ["keys = 3", "x", '[[keys]]\nunit = "xa"', '[[keys]]\nunit = "xa:99001"\nkey = "A"']
)
def test_a_file_of_keys_that_cannot_be_read_believes_nobody(
    parent: Commune, child: Commune, broken: str
) -> None:
    (parent.folder / TRUST_FILE).write_text(broken, "utf-8")
    with pytest.raises(UsageError, match=TRUST_FILE):
        give(parent, child.report().data)


# ---- a unit's own report


def test_the_same_report_is_written_again_until_it_is_corrected(child: Commune, clock: TestClock) -> None:
    made = child.report(notes="Ghi chú")
    clock.forward(hours=5)
    again = child.report()
    assert (again.data, again.again, again.changed) == (made.data, True, False)
    with pytest.raises(RefusedByRule, match="không khác"):
        child.report(correct=True)
    child.publish(2, IN_JUNE, "them")
    assert child.report().changed
    corrected = child.report(correct=True)
    told = read(corrected.data).report
    assert (corrected.number, told.supersedes, told.notes) == (2, (made.digest,), "Ghi chú")
    assert child.report().data == corrected.data
    with pytest.raises(RefusedByRule, match="chưa lập"):
        child.report("quy-1-2026", correct=True)
    made_rows = child.workspace.database.run(lambda c: c.execute(select(own_report.c.digest)).scalars().all())
    assert sorted(made_rows) == sorted([made.digest, corrected.digest])


def test_a_unit_that_nobody_named_makes_no_report(child: Commune, run_loa: Loa) -> None:
    file = child.folder / "config.toml"
    file.write_text(
        file.read_text("utf-8").replace('level = "xa"', 'level = ""').replace('"99001"', '""'), "utf-8"
    )
    answer = run_loa("rollup", "make", "--period", "2026", workspace=child.folder)
    assert answer.code == 2
    assert "[unit]" in answer.err


@pytest.mark.parametrize(("level", "code"), [("lang", "1"), ("xa", "1"), ("", "99001"), ("xa", "xã 1")])
def test_a_slip_in_who_this_unit_is_is_told(child: Commune, run_loa: Loa, level: str, code: str) -> None:
    file = child.folder / "config.toml"
    text = (
        file.read_text("utf-8").replace('level = "xa"', f'level = "{level}"').replace('"99001"', f'"{code}"')
    )
    file.write_text(text, "utf-8")
    answer = run_loa("rollup", "units", workspace=child.folder)
    assert answer.code == 2
    assert "unit." in answer.err


def test_a_sum_of_the_ledger_that_lacks_a_figure_is_sent_as_not_known(child: Commune) -> None:
    def sent() -> dict[str, int | None]:
        return {one.name: one.value for one in rollup_make.own_figures(child.workspace, facts())}

    def facts() -> Any:
        return reporting.facts(child.workspace, "periodic", YEAR)

    assert sent()["luot_nguoi_du"] is None, "nothing is written down: nobody knows"
    writer = people.add(
        child.workspace, child.ky, "soan", full_name="Soạn", roles=[Role.DRAFTER], passphrase=PASSPHRASE
    )
    day = date(2026, 7, 21)
    held = Activity("hoi_nghi", "Nói chuyện về đất đai", day, day, "Hội trường", counts={"nguoi_du": 120})
    activities.add(child.workspace, writer, held)
    assert (sent()["so_truc_tiep"], sent()["luot_nguoi_du"]) == (1, 120)
    activities.add(child.workspace, writer, replace(held, title="Lần hai", counts={}))
    assert (sent()["so_truc_tiep"], sent()["luot_nguoi_du"]) == (2, None)
    assert child.report().data


def test_days_with_posts_are_not_sent_for_days_of_several_units_are_no_sum(child: Commune) -> None:
    names = {one.name for one in read(child.report().data).report.own}
    assert "so_bai" in names
    assert "so_ngay" not in names


def test_every_counter_has_words_of_its_own(child: Commune) -> None:
    figures = read(child.report().data).report.own
    assert [one.name for one in figures if one.label == one.name or one.label.isascii()] == []


def test_platform_figures_are_told_and_never_added(parent: Commune, child: Commune) -> None:
    give(parent, child.report().data)
    found = rollup_sum.summed(parent.workspace, YEAR, ())
    names = {one.name for one in found.sum.totals}
    assert not names & {"views", "reach", "followers"}
    assert [one.key for one in rollup_sum.tables(found)][-1] == "platforms"


# ---- made too early


def test_a_report_made_before_its_period_was_over_is_never_told_as_all_of_it(
    parent: Commune, child: Commune, clock: TestClock, run_loa: Loa, tmp_path: Path
) -> None:
    clock.instant = datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC)  # a second before midnight in Vietnam
    early = child.report()
    clock.instant = YEAR_END
    assert outcomes(parent, early.data) == ["accepted"]
    assert "khi kỳ của họ chưa hết" in said(parent)
    assert "xa:99001" in said(parent)
    found = rollup_sum.summed(parent.workspace, YEAR, ())
    assert [one.state for one in rollup_sum.owing(found)] == ["missing", "unfinished"]
    answer = run_loa("rollup", "sum", "--period", "2026", "--json", workspace=parent.folder)
    assert answer.json["unfinished"] == ["xa:99001"]
    shown = run_loa("rollup", "list", "--period", "2026", workspace=parent.folder)
    assert "CHƯA HẾT" in shown.out
    upwards = parent.report()
    told = read(upwards.data).report
    assert told.counted_until == read(early.data).report.counted_until, "the unit above has to see it too"
    assert "khi kỳ của họ chưa hết" in "".join(upwards.remarks)
    again = child.report()
    assert (again.again, again.changed) == (True, True), "the same figures, and now they are all there is"
    assert outcomes(parent, child.report(correct=True).data) == ["correction"]
    assert "chưa hết" not in said(parent)
    assert read(parent.report(correct=True).data).report.counted_until == YEAR.until(
        parent.workspace.config.zone
    )


def test_days_to_come_are_not_reported(child: Commune, run_loa: Loa) -> None:
    answer = run_loa("rollup", "make", "--period", "2028", workspace=child.folder)
    assert (answer.code, "chưa bắt đầu" in answer.err) == (3, True)


# ---- through the units in between


def test_units_that_measure_one_thing_in_two_ways_do_not_keep_the_unit_above_from_reporting(
    parent: Commune, child: Commune, stack: ExitStack, tmp_path: Path, clock: TestClock
) -> None:
    two = stack.enter_context(commune(tmp_path / "hai", "xa:99002", "UBND Xã Hai", clock))
    trust(parent, two)

    def in_measure(one: Commune, unit: str, value: int) -> bytes:
        data = one.report().data
        own = [o for o in json.loads(data)["report"]["own"] if o["name"] != "so_bai"]
        own.append({"name": "so_bai", "label": "Số bài", "unit": unit, "value": value, "known": 1, "of": 1})
        return resigned(data, one, own=own, area=own)

    assert outcomes(parent, in_measure(child, "bài", 5), in_measure(two, "nghìn bài", 2)) == ["accepted"] * 2
    told = reading.read(parent.report().data).report
    assert sorted((o.unit, o.value) for o in told.area if o.name == "so_bai") == [
        ("", 0),
        ("bài", 5),
        ("nghìn bài", 2),
    ]


def test_numbers_beyond_all_limits_below_are_told_as_that_and_can_be_put_aside(
    parent: Commune, child: Commune, stack: ExitStack, tmp_path: Path, clock: TestClock
) -> None:
    two = stack.enter_context(commune(tmp_path / "hai", "xa:99002", "UBND Xã Hai", clock))
    two.publish(3, IN_JUNE)
    trust(parent, two)
    huge = [resigned(o.report().data, o, **figure(10**15)(o.report().data)) for o in (child, two)]
    assert outcomes(parent, *huge) == ["accepted"] * 2
    with pytest.raises(RefusedByRule, match="số lớn bất thường"):
        parent.report()
    for one in huge:
        rollup_inbox.decide(parent.workspace, parent.ky, read(one).digest, WHY, reject=True)
    assert parent.report().number == 1


def test_a_list_of_units_that_was_lost_does_not_make_the_area_the_unit_alone(
    parent: Commune, child: Commune
) -> None:
    give(parent, child.report().data)
    (parent.folder / rollup_units.FILE).unlink()
    with pytest.raises(NotFound, match=rollup_units.FILE):
        parent.report()


def test_who_signs_for_the_area_is_told_what_is_wrong_below(
    parent: Commune, child: Commune, clock: TestClock
) -> None:
    first = child.report()
    child.publish(1, IN_JUNE, "them")
    clock.forward(hours=1)
    second = child.report(correct=True)
    give(parent, first.data, second.data)
    rows(parent, delete(child_report).where(child_report.c.digest == second.digest))
    assert "bị xóa khỏi cơ sở dữ liệu" in "".join(parent.report().remarks)


def test_a_commune_that_sums_its_villages_is_counted_once_with_them(
    parent: Commune, child: Commune, stack: ExitStack, tmp_path: Path, clock: TestClock
) -> None:
    village = stack.enter_context(commune(tmp_path / "thon", "thon_to:99001.1", "Thôn Một", clock))
    village.publish(4, IN_JUNE)
    list_units(child, UNITS)
    trust(child, village)
    trust(parent, village)
    low = village.report().data
    assert outcomes(child, low) == ["accepted"]
    through = child.report()
    assert (through.sent, through.expected) == (1, 1)
    told = read(through.data).report
    assert {f.name: f.value for f in told.area}["so_bai"] == 7
    assert {f.name: f.value for f in told.own}["so_bai"] == 3
    assert outcomes(parent, low) == ["accepted"], "straight as well"
    assert total(parent) == 4
    assert outcomes(parent, through.data) == ["accepted"]
    assert total(parent) == 7
    assert "tính một lần" in said(parent)
    village.publish(1, IN_JUNE, "them")
    assert outcomes(parent, village.report(correct=True).data) == ["correction"]
    assert total(parent) == 7, "as the commune has it"
    assert "từ một bản khác" in said(parent)


def test_a_former_district_is_a_row_of_its_own_and_one_with_one_successor_is_under_it(
    parent: Commune, child: Commune, stack: ExitStack, tmp_path: Path, clock: TestClock
) -> None:
    in_2025 = datetime(2025, 3, 3, 1, tzinfo=UTC)
    late_2025 = datetime(2025, 10, 3, 1, tzinfo=UTC)
    for unit, count in (("huyen:901", 10), ("huyen:902", 5), ("xa:99002", 2)):
        one = stack.enter_context(commune(tmp_path / unit[-3:], unit, unit, clock))
        one.publish(count, in_2025 if unit.startswith("huyen") else late_2025)
        trust(parent, one)
        period = "6-thang-dau-2025" if unit.startswith("huyen") else "6-thang-cuoi-2025"
        assert outcomes(parent, one.report(period).data) == ["accepted"]
    found = rollup_sum.summed(parent.workspace, report_periods.named("2025"), ())
    values = {
        row.unit.id: (row.historical, row.values.get(("so_bai", measure(found)))) for row in found.sum.rows
    }
    assert values == {PROVINCE: (False, None), "xa:99002": (False, 7), "huyen:901": (True, 10)}
    assert total(parent, period="2025") == 17
    assert total(parent, period="6-thang-dau-2025") == 15
    assert total(parent) is None
    assert found.sum.missing[0].id == "xa:99001"


def measure(found: rollup_sum.Summed) -> str:
    return next(one.unit for one in found.sum.totals if one.name == "so_bai")


# ---- killed in between


def test_killed_before_the_commit_nothing_is_there_and_again_takes_it(
    parent: Commune, child: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scheduler import audit

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    data = child.report().data
    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            give(parent, data)
    assert total(parent) is None
    assert outcomes(parent, data, data) == ["accepted", "same"]
    events = parent.workspace.database.run(
        lambda c: c.execute(select(audit_event.c.id).where(audit_event.c.action == "report_received")).all()
    )
    assert len(events) == 1
    assert auditing.verify(parent.workspace).whole


# ---- the command line


def test_an_officers_way_from_the_list_to_the_sum(
    parent: Commune, stack: ExitStack, tmp_path: Path, clock: TestClock, run_loa: Loa
) -> None:
    one = stack.enter_context(commune(tmp_path / "hai", "xa:99002", "UBND Xã Hai", clock))
    one.publish(2, IN_JUNE)
    file = tmp_path / "hai.json"
    made = run_loa(
        "rollup", "make", "--period", "2026", "--to-file", file, "--note", "Đủ số", workspace=one.folder
    )
    assert (made.code, file.is_file()) == (0, True)
    fingerprint = made.err.rpartition("): ")[2].strip()
    at = {"workspace": parent.folder}
    answer = run_loa("rollup", "import", file, **at)
    assert answer.code == 3
    assert "loa rollup trust" in answer.err
    assert run_loa("rollup", "trust", file, **at).code == 2, "nobody is there to be asked"
    assert run_loa("rollup", "trust", file, "--fingerprint", "0000", **at).code == 3
    assert run_loa("rollup", "trust", file, "--fingerprint", fingerprint, **at).code == 0
    assert fingerprint in run_loa("rollup", "trust", **at).out
    answer = run_loa("rollup", "import", file, **at)
    assert (answer.code, "đã nhận" in answer.out) == (0, True)
    answer = run_loa("rollup", "list", "--period", "2026", "--due", "10/01/2027", **at)
    assert "CHƯA GỬI" in answer.out
    assert "1/2 đơn vị đã gửi" in answer.err
    assert "10/01/2027" in answer.err
    shown = run_loa("rollup", "show", "xa:99002", "--period", "2026", **at)
    assert ("đang tính" in shown.out, "Đủ số" in shown.err) == (True, True)
    assert "1/2" in run_loa("rollup", "sum", "--period", "2026", **at).err
    for ending in (".xlsx", ".csv", ".json"):
        target = tmp_path / f"tong{ending}"
        assert run_loa("rollup", "sum", "--period", "2026", "--to-file", target, **at).code == 0
        assert run_loa("rollup", "sum", "--period", "2026", "--to-file", target, **at).code == 2, (
            "no overwriting"
        )
    digest = json.loads((tmp_path / "tong.json").read_text("utf-8"))["sources"][0]["digest"]
    assert digest in (tmp_path / "tong.csv").read_text("utf-8-sig")
    assert run_loa("rollup", "decide", digest, "--reject", "--reason", WHY, **at).code == 0
    assert run_loa("rollup", "distrust", "xa:99002", "--json", **at).json[0]["until"]
    assert run_loa("rollup", "show", "xa:99001", **at).code == 4
    assert run_loa("rollup", "show", "99001", **at).code == 2
    assert run_loa("rollup", "import", tmp_path / "none", **at).code == 4


def test_a_list_is_replaced_whole_or_stays(parent: Commune, run_loa: Loa, tmp_path: Path) -> None:
    at = {"workspace": parent.folder}
    empty = tmp_path / "trong.csv"
    assert run_loa("rollup", "units", "--template", empty, **at).code == 0
    assert run_loa("rollup", "units", "--template", empty, **at).code == 2
    broken = tmp_path / "hong.csv"
    broken.write_text("cap,ma,ten\ntinh,9,Tỉnh\n", "utf-8")
    answer = run_loa("rollup", "units", broken, **at)
    assert (answer.code, "hong.csv:2" in answer.err) == (2, True)
    assert len(run_loa("rollup", "units", "--json", **at).json) == len(UNITS)
    assert run_loa("rollup", "units", empty, **at).code == 0
    assert run_loa("rollup", "sum", "--period", "2026", **at).code == 2, "it is not in its own list"


def test_the_name_of_a_made_file_tells_unit_and_days(child: Commune) -> None:
    assert rollup_make.file_name(child.workspace, YEAR, 2) == "bao-cao-xa-99001-20260101-20261231-lan-2.json"
    kinds = {
        name: rollup_make.kind_of(report_periods.named(name))
        for name in ("2026", "6-thang-cuoi-2026", "quy-2-2026", "thang-7-2026")
    }
    assert list(kinds.values()) == ["year", "half", "quarter", "month"]
    odd = report_periods.Period(date(2026, 2, 1), date(2026, 4, 30), 3)
    assert rollup_make.kind_of(odd) == "days"


def test_a_report_comes_along_with_the_keys_in_a_backup(parent: Commune, child: Commune) -> None:
    from loa.services import archive

    assert {TRUST_FILE, rollup_units.FILE} <= archive.SINGLE_FILES
