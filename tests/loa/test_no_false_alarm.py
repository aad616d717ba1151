"""What officers do by Loa's own commands is never reported as somebody's hand in the database."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from content.errors import LoaError
from loa.services import channels, contradictions, deciding, stopping
from loa.services.workspace import Workspace
from scheduler.witness import FILE, KEY_FILE
from tests.support.office import Office

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")
WEB = "hoi-dap@website"


def _reported(workspace: Workspace) -> list[tuple[str, str]]:
    return [(one.key, one.subject) for one in contradictions.find(workspace)]


def _sql(desk: Office, statement: str) -> None:
    desk.workspace.database.run(lambda c: c.exec_driver_sql(statement))


@pytest.mark.sqlite
def test_what_was_cancelled_under_an_older_loa_is_no_forgery(desk: Office) -> None:
    desk.approved(channels="[website]")
    deciding.cancel(desk.workspace, desk.people["ky"], WEB, "thôi")
    desk.workspace.close()
    (desk.folder / FILE).unlink()
    (desk.folder / KEY_FILE).unlink()
    with closing(sqlite3.connect(desk.folder / "loa.db")) as older:
        older.execute("UPDATE approval SET voided_at = NULL, void_reason = ''")
        older.commit()
    again = Workspace.open(desk.folder, desk.clock)
    try:
        assert _reported(again) == []
    finally:
        again.close()


def test_what_a_person_removed_after_an_unclear_answer_is_no_forgery(desk: Office) -> None:
    desk.approved(channels="[website]")
    _sql(desk, "UPDATE delivery SET status = 'unknown', wake_at = NULL")
    stopping.taken_down_by_hand(desk.workspace, desk.people["ky"], WEB, "đã xóa trên trang")
    assert _reported(desk.workspace) == []


def test_what_turned_out_not_to_be_public_when_it_was_too_late_is_no_forgery(desk: Office) -> None:
    desk.approved(channels="[website]")
    desk.clock.instant = DUE
    with desk.publisher() as worker:
        worker.work()
    shutil.rmtree(desk.folder / "site")
    desk.publish_until(DUE + timedelta(minutes=20))
    assert desk.view(WEB).last_error == "settle.not_public"
    desk.clock.forward(days=300)
    deciding.settle(desk.workspace, desk.people["ky"], WEB, not_public=True, reason="không thấy")
    assert desk.view(WEB).status == "missed"
    assert _reported(desk.workspace) == []


def test_a_channel_that_could_not_be_added_is_not_missed_for_ever(desk: Office) -> None:
    key = desk.folder / "vault.key"
    whole = key.read_bytes()
    key.write_bytes(b"damaged")
    with pytest.raises(LoaError):
        channels.add(
            desk.workspace,
            desk.people["ky"],
            "trang-hai",
            platform="facebook",
            account="77",
            settings={},
            secrets={"page_token": "not-a-token"},
        )
    key.write_bytes(whole)
    assert _reported(desk.workspace) == []
