"""`loa audit`: the record is whole or it says where not; a post's dossier tells everything."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from loa.services import approving, auditing
from loa.services.dossier import compile_dossier
from tests.loa.conftest import Loa
from tests.support.office import Office

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")


def sql(office: Office, *statements: str) -> None:
    file = office.workspace.database.file
    assert file is not None
    with closing(sqlite3.connect(file)) as raw:
        for statement in statements:
            raw.execute(statement)
        raw.commit()


def test_an_untouched_record_is_whole(desk: Office, at_desk: Loa):
    desk.approved()
    answer = at_desk("audit", "verify")
    assert (answer.code, answer.out) == (0, "")
    assert "Nhật ký nguyên vẹn" in answer.err
    assert at_desk("audit", "verify", "--json").json["whole"] is True


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'ai do' WHERE id = 3",
        "UPDATE audit_event SET detail = '{}' WHERE id = 3",
        "DELETE FROM audit_event WHERE id = 3",
        "UPDATE audit_event SET id = CASE id WHEN 3 THEN 1003 ELSE id END",
        "UPDATE audit_event SET at = datetime(at, '-1 day') WHERE id = 3",
    ],
)
@pytest.mark.sqlite
def test_a_changed_removed_or_moved_row_is_named(desk: Office, at_desk: Loa, statement: str):
    sql(desk, statement)
    answer = at_desk("audit", "verify")
    assert answer.code == 3
    assert "từ dòng số" in answer.err


@pytest.mark.sqlite
def test_newest_rows_that_were_cut_off_are_missed(desk: Office, at_desk: Loa):
    desk.approved()
    desk.workspace.note_audit()
    before = auditing.verify(desk.workspace)
    sql(desk, f"DELETE FROM audit_event WHERE id > {before.events - 2}")
    after = auditing.verify(desk.workspace)
    assert after.broken_at is None, "the rest follows from its start"
    assert after.cut_at == before.events
    assert "những dòng mới nhất đã bị cắt" in at_desk("audit", "verify").err


@pytest.mark.sqlite
def test_a_chain_rewritten_from_the_start_is_missed_too(desk: Office):
    desk.workspace.note_audit()
    from scheduler import audit

    with desk.workspace.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT id, action, subject FROM audit_event ORDER BY id").all()
    sql(desk, "DELETE FROM audit_event")
    now = desk.clock.now()
    for row in rows:
        desk.workspace.database.run(
            lambda c, r=row: audit.record(c, at=now, actor="ke-la", action=r.action, subject=r.subject)
        )
    chain = auditing.verify(desk.workspace)
    assert chain.broken_at is None
    assert chain.cut_at is not None


def test_a_note_cut_short_by_a_crash_is_no_alarm(desk: Office):
    desk.workspace.note_audit()
    with desk.workspace.anchors.file.open("a") as file:
        file.write("17 abc")
    assert auditing.verify(desk.workspace).whole


def test_the_newest_events_are_listed_by_subject_and_person(desk: Office, at_desk: Loa):
    desk.approved()
    assert "gửi duyệt" in at_desk("audit", "list").out
    theirs = at_desk("audit", "list", "--by", "duyet", "--json").json
    assert {event["action"] for event in theirs} == {"approved"}
    about = at_desk("audit", "list", "--subject", "hoi-dap", "--json").json
    assert [event["action"] for event in about] == ["imported", "submitted"]


def test_submitting_notes_the_seals_that_were_handed_over(desk: Office, at_desk: Loa):
    desk.approved()
    [submitted] = [e for e in at_desk("audit", "list", "--json").json if e["action"] == "submitted"]
    approved = [e for e in at_desk("audit", "list", "--json").json if e["action"] == "approved"]
    assert submitted["detail"]["seals"] == {e["subject"]: e["detail"]["seal"] for e in approved}


def test_a_dossier_tells_text_approvals_attempts_address_and_events(office: Office, in_office: Loa):
    office.approved()
    office.publish_until(DUE + timedelta(minutes=5))
    told = in_office("audit", "export", "hoi-dap").json
    assert told["chain"]["broken_at"] is None
    [website, fanpage] = sorted(told["deliveries"], key=lambda d: d["delivery"]["id"], reverse=True)
    assert fanpage["delivery"]["status"] == website["delivery"]["status"] == "published"
    assert fanpage["text"].strip() == "Hiểu luật để bảo vệ mình." or "Hiểu luật" in fanpage["text"]
    [yes] = fanpage["approvals"]
    assert (yes["officer"], yes["genuine"], yes["seal"]) == ("duyet", True, fanpage["seal"])
    assert [a["step"] for a in fanpage["attempts"]] == ["prepare", "reveal", "verify"]
    assert {"imported", "submitted", "approved", "published"} <= {e["action"] for e in told["events"]}


@pytest.mark.sqlite
def test_a_forged_approval_stands_out_in_the_dossier(desk: Office):
    desk.approved()
    sql(desk, "UPDATE approval SET officer = 'ky'")
    dossier = compile_dossier(desk.workspace, "hoi-dap")
    assert [yes.genuine for part in dossier.deliveries for yes in part.approvals] == [False, False]


def test_the_printable_page_shows_it_in_words_and_nothing_in_it_is_markup(
    desk: Office, at_desk: Loa, tmp_path: Path
):
    post = desk.import_post(title="<script>alert(1)</script> Đất đai", text="Một & hai <b>ba</b>.")
    approving.submit(desk.workspace, desk.people["soan"], post)
    file = tmp_path / "ho-so.html"
    answer = at_desk("audit", "export", post, "--html", file)
    assert answer.code == 0, answer.err
    page = file.read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Đất đai" in page
    assert "Nhật ký nguyên vẹn" in page
    assert "gửi duyệt" in page
    assert "chờ duyệt" in page


def test_every_action_that_is_recorded_has_a_word(desk: Office):
    import re

    import content.wording as wording

    root = Path(__file__).parents[2]
    written: set[str] = set()
    for file in [*(root / "loa").rglob("*.py"), *(root / "scheduler").rglob("*.py")]:
        written |= set(re.findall(r'action="([a-z_]+)"', file.read_text("utf-8")))
    known = {key.removeprefix("audit.actions.") for key in wording.catalogue("vi")}
    assert written <= known


@pytest.mark.sqlite
def test_json_says_whether_the_record_is_whole_even_when_not(desk: Office, at_desk: Loa):
    sql(desk, "UPDATE audit_event SET actor = 'ai do' WHERE id = 2")
    answer = at_desk("audit", "verify", "--json")
    assert json.loads(answer.out)["whole"] is False
    assert answer.code == 3
