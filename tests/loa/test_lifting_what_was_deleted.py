"""A freeze that only the notes know is lifted as any other: posts go on, and the record says so."""

from __future__ import annotations

from datetime import datetime, timedelta

from loa.services import contradictions, stopping
from tests.support.office import Office

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")


def test_lifting_a_freeze_that_somebody_deleted_lets_its_posts_go_on(desk: Office) -> None:
    ky = desk.people["ky"]
    desk.approved(channels="[website]")
    number = stopping.start(desk.workspace, ky, "all", "", "quốc tang").freeze.id
    desk.workspace.database.run(lambda c: c.exec_driver_sql("DELETE FROM freeze_order"))
    desk.clock.instant = DUE - timedelta(minutes=5)
    with desk.publisher() as worker:
        worker.work()
    assert desk.view("hoi-dap@website").last_error == "frozen"
    lifted = stopping.lift(desk.workspace, ky, number, "hết tang")
    assert lifted.left == stopping.Outlook(going_on=1, late=0, still=0)
    assert lifted.freeze.lifted_by == "ky"
    assert contradictions.find(desk.workspace) == []
