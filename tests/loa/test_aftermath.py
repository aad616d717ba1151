"""What an outage left behind: nothing that waits is missing, each under what happened to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from loa.services import aftermath, deciding, deliveries, stopping
from loa.services.aftermath import KINDS, kind_of
from scheduler.status import Status
from scheduler.store.tables import delivery
from tests.support.office import Office


def put(office: Office, key: str, **values: object) -> None:
    told = {"wake_at": None, **values}
    office.workspace.database.run(
        lambda c: c.execute(update(delivery).where(delivery.c.id == key).values(**told))
    )


@pytest.mark.parametrize(
    ("status", "last_error", "kind"),
    [
        ("unknown", "net:timeout", "unknown"),
        ("unknown", "restored", "restored"),
        ("held", "restored", "restored"),
        ("held", "approval.expired", "approval"),
        ("held", "key_replaced", "approval"),
        ("held", "channel.stopped", "channel"),
        ("held", "recalled", "recalled"),
        ("held", "fb:190: expired", "held"),
        ("held", "", "held"),
        ("failed", "fb:100: no", "failed"),
        ("missed", "missed", "missed"),
        ("recalling", "", "recalling"),
        ("removing", "", "removing"),
        ("revealing", "", "by_hand"),
    ],
)
def test_the_kind_is_what_happened(desk: Office, status: str, last_error: str, kind: str) -> None:
    desk.approved()
    pending = "by-hand" if status == "revealing" else ""
    put(desk, "hoi-dap@website", status=status, last_error=last_error, pending=pending)
    [view] = aftermath.left(desk.workspace).views
    assert kind_of(view, desk.clock.now()) == kind


def test_a_freeze_is_told_apart_from_what_came_due_in_it(desk: Office) -> None:
    desk.approved()
    put(desk, "hoi-dap@website", status="held", last_error="frozen")
    [view] = aftermath.left(desk.workspace).views
    assert view.due_at is not None
    assert kind_of(view, view.due_at - timedelta(seconds=1)) == "frozen"
    assert kind_of(view, view.due_at) == "overdue"


def test_whatever_may_be_public_unnoticed_stands_first(desk: Office) -> None:
    for name, status in (("a.md", "missed"), ("b.md", "unknown"), ("c.md", "failed")):
        put(desk, f"{desk.approved(name, channels='[website]')}@website", status=status)
    left = aftermath.left(desk.workspace)
    kinds = [kind_of(view, desk.clock.now()) for view in left.views]
    assert (kinds, left.total) == (["unknown", "failed", "missed"], 3)
    assert kinds == sorted(kinds, key=KINDS.index)


def test_of_very_many_the_number_is_right(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aftermath, "MOST", 2)
    for name in ("a.md", "b.md", "c.md"):
        put(desk, f"{desk.approved(name, channels='[website]')}@website", status="missed")
    left = aftermath.left(desk.workspace)
    assert (len(left.views), left.total) == (2, 3)


def test_a_decision_for_many_tells_of_each_what_came_of_it(desk: Office) -> None:
    for name in ("a.md", "b.md"):
        desk.approved(name, channels="[website]")
        put(desk, f"{name[0]}@website", status="held", last_error="frozen")
    views = aftermath.left(desk.workspace).views
    deciding.cancel(desk.workspace, desk.people["duyet"], "a@website", "bỏ")
    done = aftermath.decide_together(desk.workspace, desk.people["duyet"], "retry", views)
    assert [(one.delivery, bool(one.trouble)) for one in done] == [("a@website", True), ("b@website", False)]
    assert desk.statuses() == {"a@website": Status.CANCELLED, "b@website": Status.QUEUED}


def test_deliveries_that_are_moved_together_come_one_after_the_other(desk: Office) -> None:
    for name in ("a.md", "b.md"):
        desk.approved(name, channels="[website]")
        put(desk, f"{name[0]}@website", status="missed", last_error="missed")
    views, first = aftermath.left(desk.workspace).views, desk.clock.now() + timedelta(days=20)
    aftermath.decide_together(
        desk.workspace, desk.people["duyet"], "move", views, first=first, apart=timedelta(minutes=15)
    )
    assert [desk.view(f"{name}@website").due_at for name in "ab"] == [first, first + timedelta(minutes=15)]
    assert set(desk.statuses().values()) == {Status.DRAFT}, "far outside what was approved"


def test_a_decision_that_loses_something_is_never_made_for_many(desk: Office) -> None:
    desk.approved()
    views = deliveries.listing(desk.workspace)
    assert "cancel" not in aftermath.TOGETHER
    with pytest.raises(ValueError, match="cancel"):
        aftermath.decide_together(desk.workspace, desk.people["duyet"], "cancel", views)
    assert stopping.listing(desk.workspace) == []
