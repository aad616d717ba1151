"""`loa run --once` ends when nothing is due, and at no other moment: whatever runs beside its look."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from loa.services import publishing
from scheduler.claim import Claim
from scheduler.publisher import Publisher
from scheduler.timetable import Timetable
from tests.support.clock import TestClock
from tests.support.office import Office
from tests.support.server_office import until

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")


def goes_on_by_itself(clock: TestClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: clock.forward(seconds=0.2))


@pytest.fixture
def publisher(office: Office) -> Iterator[Publisher]:
    with publishing.publisher(office.workspace) as made:
        yield made


def test_a_post_whose_minute_comes_while_the_lanes_are_looked_at_is_not_slept_through(
    office: Office, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = f"{office.approved(channels='[website]', due=DUE.isoformat())}@website"
    office.publish_until(DUE - timedelta(seconds=1))
    claim = publisher._queue.claim

    def late(*args: object, **more: object) -> object:
        found = claim(*args, **more)  # type: ignore[arg-type]
        office.clock.instant = max(office.clock.instant, DUE + timedelta(milliseconds=5))
        return found

    monkeypatch.setattr(publisher._queue, "claim", late)
    goes_on_by_itself(office.clock, monkeypatch)
    publisher.run(once=True)
    assert office.view(post).status == "published"


def test_what_a_lane_leaves_as_its_turn_ends_between_look_and_plan_is_not_left_undone(
    office: Office, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = f"{office.approved(channels='[website]', due=DUE.isoformat())}@website"
    office.clock.instant = DUE
    run, plan = publisher._lanes.run, publisher._plan
    turns: list[int] = []

    def one_step(claim: Claim, stopping: Callable[[], bool] = lambda: False) -> int:
        """Its turn ends with work left, as after TURN steps."""
        turns.append(claim.seq)
        return run(claim, lambda: bool(turns))

    def after_it(looked_at: datetime) -> None:
        until(lambda: publisher._busy == 0, "the lane's turn to end")
        plan(looked_at)

    monkeypatch.setattr(publisher._lanes, "run", one_step)
    monkeypatch.setattr(publisher, "_plan", after_it)
    goes_on_by_itself(office.clock, monkeypatch)
    publisher.run(once=True)
    assert office.view(post).status == "published"
    assert len(turns) > 1, "the turn did end early"


def test_an_appointment_that_comes_while_the_timetable_is_shut_down_is_no_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its thread would strike the appointment off, looked where none are once it stops, and died of it."""
    timetable = Timetable(lambda: None, [])
    timetable.start()
    clock = timetable._clock
    store = clock._jobstores["default"]
    get_due_jobs, remove_job = store.get_due_jobs, clock.remove_job
    looking, striking_off = threading.Event(), threading.Event()

    def held_up(now: datetime) -> list[object]:
        due: list[object] = get_due_jobs(now)
        if due:
            looking.set()
            until(lambda: striking_off.is_set() or not clock.running, "the timetable to be told to stop")
        return due

    def struck_off(*job: str) -> None:
        striking_off.set()
        remove_job(*job)

    monkeypatch.setattr(store, "get_due_jobs", held_up)
    timetable.plan(datetime.now(DUE.tzinfo))
    assert looking.wait(10)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "remove_job", struck_off)
        timetable.stop()
    assert not clock.running
