"""The notes beside the database: what they keep, and how an older workspace comes under them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from content.approval import Approval
from content.errors import UsageError
from scheduler.witness import AGAIN, BEGUN, FILE, KEY_FILE, SENT, VOID, Witness, name_of
from tests.support.office import Office
from tests.tampering.scene import Scene, sql, work

AT = datetime(2026, 11, 9, tzinfo=UTC)


def test_another_process_sees_what_was_noted(tmp_path: Path):
    mine, other = Witness(tmp_path), Witness(tmp_path)
    assert other.state("a") == ""
    mine.approvals(BEGUN, ["a"])
    assert other.state("a") == BEGUN
    other.approvals(SENT, ["a"], durable=True)
    assert mine.state("a") == SENT
    mine.approvals(AGAIN, ["a"])
    assert other.state("a") == ""


def test_what_is_taken_back_stays_taken_back(tmp_path: Path):
    witness = Witness(tmp_path)
    witness.approvals(VOID, ["a"])
    for later in (AGAIN, SENT, BEGUN):
        witness.approvals(later, ["a"])
    assert Witness(tmp_path).state("a") == VOID


def test_a_line_cut_short_by_a_crash_costs_neither_the_one_before_nor_the_one_after(tmp_path: Path):
    witness = Witness(tmp_path)
    witness.approvals(VOID, ["a"])
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'["approval", "b", "vo')
    assert witness.state("a") == VOID
    witness.approvals(VOID, ["c"])
    assert [witness.state(name) for name in "abc"] == [VOID, "", VOID]
    assert [Witness(tmp_path).state(name) for name in "abc"] == [VOID, "", VOID]


def test_one_signature_written_in_two_ways_is_one_approval():
    yes = Approval("duyet", "approver", "0" * 64, AT, AT + timedelta(days=30), "AA==")
    assert name_of(yes) == name_of(Approval(yes.officer, yes.role, yes.seal, yes.at, yes.expires_at, "AB=="))


def test_a_freeze_stands_until_it_is_lifted_here(tmp_path: Path):
    witness = Witness(tmp_path)
    witness.freeze(1, "tag", "đất đai")
    witness.freeze(2, "all", "")
    witness.lift(1)
    assert Witness(tmp_path).freezes() == {2: ("all", "")}


def test_without_a_key_of_its_own_a_machine_believes_every_handle(tmp_path: Path):
    witness = Witness(tmp_path)
    assert witness.stored("a@b", "m", "b", {"post": "1"}) == json.dumps({"post": "1"})


def test_notes_that_cannot_be_read_stop_everything(tmp_path: Path):
    (tmp_path / FILE).mkdir()
    with pytest.raises(UsageError, match="Không đọc được tệp"):
        Witness(tmp_path).state("a")
    with pytest.raises(UsageError, match="Không ghi được"):
        Witness(tmp_path).approvals(VOID, ["a"])


def test_an_older_workspace_comes_under_witness_and_goes_on(scene: Scene):
    """Before there were notes: handles without a MAC, nothing known of freezes and voided approvals."""

    def older(folder: Path) -> None:
        (folder / FILE).unlink()
        (folder / KEY_FILE).unlink()
        sql("UPDATE delivery SET handle = json_remove(handle, '$.loa')")(folder)

    after = scene.after(older)
    calm = scene.calm()
    assert scene.wrong(after.public) == []
    assert (after.statuses, len(after.public)) == (calm.statuses, len(calm.public))
    assert after.reports == calm.reports


def test_from_then_on_it_is_as_safe_as_a_new_one(scene: Scene):
    def older(folder: Path) -> None:
        (folder / FILE).unlink()
        (folder / KEY_FILE).unlink()

    with scene.attacked(older) as office:
        sql(
            "UPDATE delivery SET status = 'queued', handle = '{}', wake_at = '2026-11-08 23:45:00'"
            " WHERE id LIKE 'da-%'",
            "UPDATE approval SET voided_at = NULL",
            "DELETE FROM freeze_order",
        )(office.folder)
        work(office, datetime.fromisoformat("2026-11-09T12:00+07:00"))
        after = scene.outcome(office)
    assert scene.wrong(after.public) == []
    assert after.statuses["da-dang@fanpage"] == ("published", "")  # it was looked for, and found
    assert after.statuses["da-huy@fanpage"] == ("held", "approval.forged")
    assert after.statuses["dung-lai@fanpage"] == ("held", "frozen")


def test_the_key_is_its_owners_alone(office: Office):
    assert (office.folder / KEY_FILE).stat().st_mode & 0o077 == 0
    assert (office.folder / FILE).stat().st_mode & 0o077 == 0
