"""P1 to P4 against a model: officers, workers and platforms do anything in any order, and it holds.

The queue, the lanes, the policy and the use cases are the real ones, on a SQLite file or with
LOA_TEST_STORE=postgresql on a server. LOA_MODEL_EXAMPLES=2000
looks longer than the suite does, LOA_SEED=… elsewhere; what fails is printed as the shortest such story.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, update

from connectors import registry
from loa.services import approving, channels, deciding, releasing, stopping
from scheduler.claim import LeaseLost
from scheduler.policy import LEASE
from scheduler.status import Status
from scheduler.store.tables import delivery
from tests.scheduler import model_platform
from tests.scheduler.model_book import must_have_ended_well
from tests.scheduler.model_deeds import ANY, Deeds, Stopped
from tests.scheduler.model_office import Template
from tests.scheduler.model_platform import Answer, Death
from tests.support.store import ON_SERVER

EXAMPLES = int(os.environ.get("LOA_MODEL_EXAMPLES", "10"))
MANY = max(EXAMPLES, 120)
STEPS = int(os.environ.get("LOA_MODEL_STEPS", "40"))
SEED = int(os.environ.get("LOA_SEED", "20261122"))
MOST_POSTS = 6
STUCK = frozenset({Status.HELD, Status.FAILED, Status.MISSED})
WAITING = frozenset({Status.QUEUED, Status.READY, Status.HELD})
LONG_AFTER = timedelta(days=40)

which = st.integers(0, ANY)
"""Picks one of what there is: the number is taken round."""
answers = st.sampled_from([Answer.OK] * 6 + list(Answer))
plans = st.lists(st.tuples(answers, st.booleans()), min_size=2, max_size=8)
"""(what the platform answers, whether the worker waits for the next due instant before it)"""
deaths = st.none() | st.tuples(st.integers(1, 3), st.sampled_from(["before", "in", "after"]))
minutes = st.integers(1, 90)
SCOPES = [("all", ""), ("channel", "trang"), ("channel", "tin"), ("post", "bai-1")]


class Deliveries(Deeds, RuleBasedStateMachine):
    """One office, two publishers, and whatever can happen to them."""

    template: Template
    folders: Callable[[], Path]

    @initialize()
    def an_office_opens(self) -> None:
        self.open_office(self.template, type(self).folders())
        self.somebody_writes(["trang", "tin"], 20, 2000, "approved")

    @invariant()
    def the_promises_hold(self) -> None:
        if hasattr(self, "office"):
            self.look()

    # ---- what officers do

    @precondition(lambda self: self.posts < MOST_POSTS)
    @rule(
        to=st.sampled_from([["trang"], ["tin"], ["trang", "tin"]]),
        due=minutes,
        lasts=st.sampled_from([30, 120, 2000]),
        stage=st.sampled_from(["draft", "in_review", "approved", "approved"]),
    )
    def somebody_writes(self, to: list[str], due: int, lasts: int, stage: str) -> None:
        self.posts += 1
        post = f"bai-{self.posts}"
        assert self.import_post(post, f"{post} lần 1", to, due, lasts)
        if stage != "draft":
            self.submit(post)
        if stage == "approved":
            self.approve(post)

    @rule(n=which, due=minutes, lasts=st.sampled_from([30, 120, 2000]), again=st.booleans())
    def somebody_edits(self, n: int, due: int, lasts: int, again: bool) -> None:
        post = self.post(n)
        mine = self.book.of_post(post)
        if (
            mine
            and self.import_post(post, f"{mine[0].words}+", [e.channel for e in mine], due, lasts)
            and again
        ):
            self.submit(post)
            self.approve(post)

    @rule(n=which, deed=st.sampled_from(["submit", "approve", "reject", "withdraw"]))
    def somebody_reviews(self, n: int, deed: str) -> None:
        post = self.entry(n, Status.DRAFT, Status.IN_REVIEW).post
        match deed:
            case "submit":
                self.submit(post)
            case "approve":
                self.approve(post)
            case "reject":
                self.take_back(approving.reject, "duyet", post)
            case _:
                self.take_back(approving.withdraw, "soan", post)

    @rule(n=which)
    def somebody_cancels(self, n: int) -> None:
        entry = self.entry(n, Status.PREPARING)
        if self.tried(deciding.cancel, "duyet", entry.delivery, "thôi"):
            entry.cancelled, entry.approved, entry.needs_a_word = True, None, False

    @rule(n=which, ahead=minutes)
    def somebody_moves(self, n: int, ahead: int) -> None:
        entry = self.entry(n, *WAITING, Status.MISSED, Status.FAILED)
        if self.tried(deciding.move, "duyet", entry.delivery, f"+{ahead}m"):
            self.read_time(entry)
            entry.needs_a_word = False

    @precondition(lambda self: self.any(*STUCK))
    @rule(n=which)
    def somebody_lets_it_go_again(self, n: int) -> None:
        entry = self.entry(n, *STUCK)
        if self.tried(deciding.retry, "ky", entry.delivery):
            entry.needs_a_word = False

    @precondition(lambda self: self.any(Status.UNKNOWN))
    @rule(n=which)
    def somebody_settles(self, n: int) -> None:
        """People look at the platform, so what they say is true when they say it."""
        self.settle(self.entry(n, Status.UNKNOWN))

    @precondition(lambda self: self.any(Status.PUBLISHED, Status.REMOVING))
    @rule(n=which, answer=answers)
    def somebody_takes_down(self, n: int, answer: Answer) -> None:
        post = self.entry(n, Status.PUBLISHED, Status.REMOVING).post
        self.by_hand(answer, stopping.take_down, "ky", post, "sai luật", channels=["trang"])

    @precondition(lambda self: self.any(Status.QUEUED, Status.READY))
    @rule(n=which)
    def somebody_hands_over(self, n: int) -> None:
        entry = self.entry(n, Status.QUEUED, Status.READY)
        self.tried(stopping.hand_over, "ky", [f"{entry.post}@trang"])

    @precondition(lambda self: self.any(Status.HANDED_OVER, Status.RECALLING))
    @rule(n=which, answer=answers)
    def somebody_recalls(self, n: int, answer: Answer) -> None:
        entry = self.entry(n, Status.HANDED_OVER, Status.RECALLING)
        self.by_hand(answer, stopping.recall, "ky", [entry.delivery], "dừng")

    @precondition(lambda self: not self.book.frozen)
    @rule(scope=st.sampled_from(SCOPES), answer=answers)
    def somebody_freezes(self, scope: tuple[str, str], answer: Answer) -> None:
        frozen = self.by_hand(answer, stopping.start, "ky", *scope, "quốc tang")
        for view in stopping.listing(self.office.workspace):
            self.book.frozen.setdefault(view.id, (view.scope, view.target))
        assert frozen is None or frozen.freeze.id in self.book.frozen

    @precondition(lambda self: self.book.frozen)
    @rule(n=which)
    def somebody_lifts(self, n: int) -> None:
        freeze = sorted(self.book.frozen)[n % len(self.book.frozen)]
        self.lift(freeze)

    @precondition(lambda self: self.office.stopped_channels())
    @rule()
    def somebody_repairs_the_channels(self) -> None:
        for name in self.office.stopped_channels():
            assert channels.check(self.office.workspace, self.office.people["ky"], name).ok

    @precondition(lambda self: any(row.last_error == "restored" for row in self.rows))
    @rule()
    def somebody_releases_what_was_restored(self) -> None:
        self.tried(releasing.release, "ky", [], "đã xem")

    @precondition(lambda self: not any(entry.tampered for entry in self.book.entries.values()))
    @rule(n=which)
    def somebody_writes_into_the_database(self, n: int) -> None:
        """Other words than those that were approved, past everything that would void the approval."""
        entry = self.entry(n, *WAITING)
        if Status(self.row(entry.delivery).status) not in WAITING:
            return
        other = {delivery.c.payload: func.replace(delivery.c.payload, "lần", "LẦN")}
        tamper = update(delivery).where(delivery.c.id == entry.delivery).values(other)
        self.office.workspace.database.run(lambda c: c.execute(tamper))
        entry.tampered = True

    # ---- what time does

    @rule(seconds=st.sampled_from([0, 0, 1, 30, 51, 600, 3600, 9000]))
    def time_passes(self, seconds: int) -> None:
        """0: until something is due."""
        self.clock.true += timedelta(seconds=seconds)
        if not seconds:
            self.jump_to_next_wake(self.clock.now() + LONG_AFTER)

    @rule(seconds=st.sampled_from([0, 0, 2, 40, 400]))
    def the_clock_is_set(self, seconds: int) -> None:
        """Behind the true time, or right again."""
        self.clock.behind = timedelta(seconds=seconds)

    # ---- what workers do

    @rule(plan=plans, dies_at=deaths)
    def a_worker_works(self, plan: list[tuple[Answer, bool]], dies_at: tuple[int, str] | None) -> None:
        """Step by step; at the last one it may die."""
        self.work(self.processes[0], plan, dies_at)

    @rule(plan=plans, dies_at=deaths)
    def the_other_works(self, plan: list[tuple[Answer, bool]], dies_at: tuple[int, str] | None) -> None:
        self.work(self.processes[1], plan, dies_at)

    @rule(n=which)
    def a_worker_does_all_that_is_due(self, n: int) -> None:
        process = self.processes[n % 2]
        for claim in process.claim(8):
            process.lanes.run(claim)

    @precondition(lambda self: len(self.stopped) < 2)
    @rule(n=which, answer=answers, in_the_call=st.booleans(), waits=st.booleans())
    def a_worker_is_suspended(self, n: int, answer: Answer, in_the_call: bool, waits: bool) -> None:
        process = self.processes[n % 2]
        if waits:
            self.jump_to_next_wake(self.clock.now() + timedelta(hours=2))
        for claim in process.claim(1):
            decision = None
            if in_the_call:
                self.world.next_answer = answer
                try:
                    decision = process.lanes._perform(claim)
                except Death:
                    self.replace(process)
                    return
                finally:
                    self.world.next_answer = Answer.OK
            self.stopped.append(Stopped(process, claim, decision))

    @precondition(lambda self: self.stopped)
    @rule(n=which, answer=answers, others=st.sampled_from([0, 1, 3]))
    def a_suspended_worker_goes_on(self, n: int, answer: Answer, others: int) -> None:
        """When another has the lane by now (`others` steps of it), it writes nothing and asks no platform."""
        it = self.stopped.pop(n % len(self.stopped))
        if others:
            self.clock.true += LEASE
        for process in [p for p in self.processes if p is not it.process][:1] * others:
            for claim in process.claim(2):
                process.lanes.run(claim, lambda: True)
        before, calls = self.row(it.claim.delivery), self.world.calls
        taken_over = self.fence_of(it.claim.channel) != it.claim.fence
        self.world.next_answer = answer
        try:
            if it.decision is None:
                it.process.lanes.run(it.claim, lambda: True)
            else:
                it.process.queue.finish(it.claim, it.decision, self.clock.now(), go_on=False)
        except LeaseLost:
            it.process.queue.release(it.claim, self.clock.now())
            assert before == self.row(it.claim.delivery), "a worker without a lease has written"
        except Death:
            self.replace(it.process)
        self.world.next_answer = Answer.OK
        if taken_over:
            late = self.clock.now() >= it.claim.leased_until
            assert calls == self.world.calls or not late, "a worker without a lease has asked the platform"
            assert before == self.row(it.claim.delivery) or not late, "a worker without a lease has written"

    @rule()
    def the_publisher_is_started_again(self) -> None:
        """Beside a file the lock says that everybody else is dead; on a server their leases run out."""
        for process in list(self.processes):
            self.replace(process)
        self.stopped.clear()
        if self.office.workspace.database.is_sqlite:
            self.processes[0].queue.recover(self.clock.now())

    # ---- what happens to the machine

    @precondition(lambda self: not self.backups)
    @rule()
    def somebody_backs_up(self) -> None:
        self.backups = 1
        self.backup = (self.office.back_up(), self.clock.now(), copy.deepcopy(self.book))

    @precondition(lambda self: self.backup is not None)
    @rule()
    def the_machine_is_lost_and_restored(self) -> None:
        assert self.backup is not None
        (file, made_at, book), self.backup = self.backup, None
        for process in self.processes:
            process.end()
        self.stopped.clear()
        self.office.restore(file, made_at)
        book.forgotten = (self.book.forgotten | set(self.book.entries)) - set(book.entries)
        for entry in book.entries.values():
            entry.doubtful = True
        self.book = book
        self.processes = [self.start("may-1"), self.start("may-2")]

    # ---- the end

    def teardown(self) -> None:
        if not hasattr(self, "office"):
            return
        try:
            self.everything_is_repaired_and_answered()
        finally:
            for process in self.processes:
                process.end()
            self.office.close()

    def everything_is_repaired_and_answered(self) -> None:
        self.clock.behind = timedelta()
        self.the_publisher_is_started_again()
        for freeze in sorted(self.book.frozen):
            self.lift(freeze)
        healed_at = self.clock.now() + timedelta(hours=1)  # lanes may rest a while
        self.somebody_releases_what_was_restored()
        for _ in range(4):
            self.somebody_repairs_the_channels()
            for entry in self.book.entries.values():
                self.answer(entry)
            for _ in range(200):
                self.a_worker_does_all_that_is_due(0)
                self.the_promises_hold()
                if not self.jump_to_next_wake(self.clock.now() + LONG_AFTER):
                    break
        must_have_ended_well(self.book, self.world, self.office.rows(), healed_at)
        assert self.office.broken_link() is None, "the audit's chain is broken"


@pytest.mark.parametrize("examples", [EXAMPLES, pytest.param(MANY, marks=pytest.mark.slow)])
def test_whatever_happens_nothing_is_lost_doubled_or_unapproved(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examples: int
) -> None:
    monkeypatch.setattr(registry, "entry_points", model_platform.entry_points)
    for kept in (registry.platforms, registry.connector_class):
        kept.cache_clear()
    numbers = iter(range(10**9))
    Deliveries.template = Template.make(
        tmp_path / "mau", request.getfixturevalue("server") if ON_SERVER else None
    )
    Deliveries.folders = lambda: tmp_path / f"xa-{next(numbers)}"
    try:
        run_state_machine_as_test(
            seed(SEED)(Deliveries),
            settings=settings(
                max_examples=examples,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                print_blob=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        for kept in (registry.platforms, registry.connector_class):
            kept.cache_clear()
