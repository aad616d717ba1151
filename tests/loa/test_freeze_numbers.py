"""A freeze that is gone from the database stands until it is lifted, whatever freezes come after it."""

from __future__ import annotations

import shutil
from datetime import datetime

import pytest

from loa.services import stopping
from loa.services.workspace import Workspace
from tests.support.office import Office

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")


def test_the_next_freeze_does_not_end_one_that_somebody_deleted(desk: Office) -> None:
    ky = desk.people["ky"]
    desk.approved(channels="[website]")
    stopping.start(desk.workspace, ky, "all", "", "quốc tang")
    desk.workspace.database.run(lambda c: c.exec_driver_sql("DELETE FROM freeze_order"))
    stopping.start(desk.workspace, ky, "tag", "đất đai", "chờ ý kiến")
    desk.clock.instant = DUE
    with desk.publisher() as worker:
        worker.work()
    assert desk.view("hoi-dap@website").last_error == "frozen"


@pytest.mark.sqlite
def test_the_next_freeze_does_not_end_one_that_an_older_copy_of_the_database_lacks(desk: Office) -> None:
    ky, file = desk.people["ky"], desk.folder / "loa.db"
    desk.workspace.close()
    shutil.copy(file, desk.folder / "older.db")
    stopping.start(desk.workspace, ky, "all", "", "quốc tang")
    desk.workspace.close()
    shutil.copy(desk.folder / "older.db", file)
    again = Workspace.open(desk.folder, desk.clock)
    try:
        stopping.start(again, ky, "tag", "đất đai", "chờ ý kiến")
        assert set(again.trust.witness.freezes().values()) == {("all", ""), ("tag", "đất đai")}
    finally:
        again.close()
