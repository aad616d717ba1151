"""Several machines on one server obey what any of them noted, whatever is done to the database's rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.practice import PracticeServer
from content.errors import LoaError
from loa.services import deciding, health, machines, stopping, zoning
from loa.services.workspace import Workspace
from scheduler.zones import Serves
from tests.support.clock import TestClock
from tests.support.machines import attack, first_machine, joined, quick_packs
from tests.support.office import Office

NIGHT = datetime.fromisoformat("2026-11-09T21:00+07:00")


@pytest.fixture
def two(
    tmp_path: Path, clock: TestClock, server: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Office, Office]]:
    quick_packs(monkeypatch)
    with (
        PracticeServer(clock=clock.now) as platform,
        first_machine(tmp_path / "a", platform, clock, server.empty(tmp_path)) as first,
        joined(first, tmp_path / "b", "may-b") as second,
    ):
        yield first, second


def test_a_post_approved_on_one_machine_is_published_by_the_other(two: tuple[Office, Office]):
    here, there = two
    zoning.put(here.workspace, here.people["ky"], "website", "may-b")  # a folder on one of the two
    here.approved()
    there.publish_until(NIGHT, Serves(zones=("may-b",), channels=("fanpage",)))
    assert set(there.statuses().values()) == {"published"}


def test_what_one_machine_cancelled_the_other_does_not_send_though_its_row_was_set_back(
    two: tuple[Office, Office],
):
    here, there = two
    post = there.approved(channels="[fanpage]")
    delivery = f"{post}@fanpage"
    deciding.cancel(there.workspace, there.people["ky"], delivery, "không đăng nữa")
    machines.hear(here.workspace)
    attack(
        here,
        "UPDATE delivery SET status = 'queued', wake_at = '2026-11-08T00:00+07', fence = 1",
        "UPDATE approval SET voided_at = NULL, void_reason = ''",
    )
    here.publish_until(NIGHT)
    assert here.view(delivery).status == "held"
    assert here.view(delivery).last_error == "approval.forged"


def test_what_one_machine_sent_the_other_does_not_send_again(two: tuple[Office, Office]):
    here, there = two
    here.approved(channels="[fanpage]")
    here.publish_until(NIGHT)
    world = here.server.world
    assert len(list(world.public_posts(world.pages["1001"]))) == 1
    attack(
        there,
        "UPDATE delivery SET status = 'queued', wake_at = '2026-11-08T00:00+07', remote_id = '',"
        " handle = '{}', fence = 1, deadline = deadline + interval '2 days'",
    )
    there.publish_until(datetime.fromisoformat("2026-11-10T21:00+07:00"))
    assert len(list(world.public_posts(world.pages["1001"]))) == 1
    steps = [step for step, _ in there.steps("hoi-dap@fanpage")]
    assert steps.count("reveal") == 1, "the platform was asked, nothing was sent"
    assert "settle" in steps


def test_a_freeze_of_one_machine_holds_on_the_other_though_its_row_is_gone(two: tuple[Office, Office]):
    here, there = two
    post = here.approved(channels="[fanpage]")
    stopping.start(there.workspace, there.people["ky"], "all", "", "quốc tang")
    machines.hear(there.workspace)  # noted after the commit, so that its row alone holds until then
    machines.hear(here.workspace)
    attack(here, "DELETE FROM freeze_order")
    here.publish_until(NIGHT)
    assert here.view(f"{post}@fanpage").status == "held"


@pytest.mark.parametrize(
    "hand",
    [
        "DELETE FROM note WHERE n = (SELECT max(n) FROM note)",
        "DELETE FROM note",
        "UPDATE note SET body = '[]' WHERE n = (SELECT max(n) FROM note)",
        "UPDATE note SET mac = repeat('0', 64) WHERE n = (SELECT max(n) FROM note)",
        "UPDATE note SET machine = 'may-c' WHERE n = (SELECT max(n) FROM note)",
        "INSERT INTO note SELECT n + 1, machine, body, mac FROM note WHERE n = (SELECT max(n) FROM note)",
        "DELETE FROM note WHERE n = (SELECT max(n) - 1 FROM note)",
        "UPDATE note SET n = n + 1 WHERE n = (SELECT max(n) FROM note)",
    ],
)
def test_another_hand_in_unread_notes_keeps_a_machine_from_publishing_until_a_person_has_looked(
    two: tuple[Office, Office], hand: str
):
    here, there = two
    machines.hear(here.workspace)
    there.approved(channels="[fanpage]")
    machines.hear(there.workspace)
    attack(here, hand)
    told = machines.hindrance(there.workspace) or machines.hindrance(here.workspace)
    assert "sổ ghi" in told.lower(), told
    machine = there if machines.hindrance(there.workspace) else here
    with machine.publisher() as worker, pytest.raises(LoaError, match="Sổ ghi chung"):
        worker.queue.claim(NIGHT, 64)
    told = [alert for alert in health.examine(machine.workspace).alerts if alert.key == "trust"]
    assert "loa machine accept" in told[0].message, "people are told, at night as well"
    machines.accept(machine.workspace, machine.people["ky"], "đã hỏi người quản trị máy chủ")
    assert machines.hindrance(machine.workspace) == ""


def test_who_is_slower_to_note_hears_the_other_first_and_nothing_is_lost(two: tuple[Office, Office]):
    here, there = (office.workspace for office in two)
    slow = here.database.shared
    assert slow is not None
    for one in (here, there):
        machines.hear(one)
    here.trust.witness.approvals("void", ["1" * 32])
    with here.database.read() as connection:  # takes no lock, as writers need not always do
        slow.before(connection)
        there.trust.witness.approvals("void", ["2" * 32])
        machines.hear(there)
        slow.after(connection)
    for one in (here, there):
        machines.hear(one)
        assert one.trust.witness.hindrance is None
        assert {one.trust.witness.state(name * 32) for name in "12"} == {"void"}


def test_a_server_that_swallows_notes_is_noticed(two: tuple[Office, Office]):
    here, _ = two
    here.approved(channels="[fanpage]")
    machines.hear(here.workspace)
    attack(
        here,
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER swallow BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION swallow()",
    )
    here.workspace.trust.witness.approvals("void", ["1" * 32])
    machines.hear(here.workspace)
    with here.publisher() as worker, pytest.raises(LoaError, match="Sổ ghi chung"):
        worker.queue.claim(NIGHT, 64)
    attack(here, "DROP TRIGGER swallow ON note")
    for _ in range(2):  # the first brings what waited
        machines.hear(here.workspace)
    assert machines.hindrance(here.workspace) == ""


def test_a_machine_without_the_key_may_stop_posts_but_not_publish(two: tuple[Office, Office], tmp_path: Path):
    here, there = two
    post = here.approved(channels="[fanpage]")
    there.workspace.close()
    (there.folder / "witness.key").unlink()
    guest = Office(Workspace.open(there.folder, here.clock), here.server, here.clock, here.people)
    assert "nối" in machines.hindrance(guest.workspace)
    with guest.publisher() as worker, pytest.raises(LoaError, match="chưa được nối"):
        worker.queue.claim(NIGHT, 64)
    deciding.cancel(guest.workspace, guest.people["ky"], f"{post}@fanpage", "không đăng nữa")
    machines.hear(here.workspace)
    attack(
        here,
        "UPDATE delivery SET status = 'queued', wake_at = '2026-11-08T00:00+07', fence = 1",
        "UPDATE approval SET voided_at = NULL, void_reason = ''",
    )
    here.publish_until(NIGHT)
    assert here.view(f"{post}@fanpage").status == "held"
    guest.workspace.close()
