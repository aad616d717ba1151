"""The queue against a simple model of it: whatever people, platforms, clocks and crashes do, in any order."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from connectors.contract import Job
from content.errors import LoaError
from loa.services import approving, deliveries, stopping
from loa.services.workspace import Workspace
from scheduler.lane import Lanes
from scheduler.policy import LEASE, Step
from scheduler.queue import OUTGOING, Claim, Queue
from scheduler.status import Status
from scheduler.store.tables import approval, channel, delivery
from tests.scheduler.platform import ANSWERS, Answer, Memory
from tests.support.clock import TestClock
from tests.support.office import PASSPHRASE, PEOPLE, Office, open_office

CHANNELS = ("website", "fanpage")
"""The Page takes a post once only, as a broadcast is."""
POSTS = ("mot", "hai")
WHY = "lý do"

S = Status
EDGES = {
    S.DRAFT: {S.IN_REVIEW, S.CANCELLED},
    S.IN_REVIEW: {S.QUEUED, S.DRAFT, S.CANCELLED},
    S.QUEUED: {S.PREPARING, S.HELD, S.MISSED, S.DRAFT, S.CANCELLED},
    S.PREPARING: {S.READY, S.QUEUED, S.FAILED, S.HELD, S.MISSED, S.DRAFT, S.CANCELLED},
    S.READY: {S.REVEALING, S.HELD, S.MISSED, S.DRAFT, S.CANCELLED, S.QUEUED},
    S.REVEALING: {S.PUBLISHED, S.UNKNOWN, S.READY, S.QUEUED, S.FAILED, S.HELD},
    S.UNKNOWN: {S.PUBLISHED, S.READY, S.MISSED},
    S.PUBLISHED: {S.UNKNOWN},
    S.HELD: {S.QUEUED, S.DRAFT, S.CANCELLED},
    S.FAILED: {S.QUEUED, S.DRAFT, S.CANCELLED},
    S.MISSED: {S.QUEUED, S.DRAFT, S.CANCELLED},
    S.CANCELLED: {S.DRAFT},
}
"""Allowed in one decision of a person or one commit of a worker. Hand-over and take-down are not modelled."""
WAITING = {S.QUEUED, S.PREPARING, S.READY, S.REVEALING}
"""Something always comes for these by itself."""
MAY_BE_PUBLIC = {S.REVEALING, S.UNKNOWN, S.PUBLISHED}


@dataclass
class Yes:
    """An approval as the model knows it: of this text, until then."""

    text: str
    until: datetime


class QueueMachine(RuleBasedStateMachine):
    """People decide through Loa's services; a worker's steps are taken one at a time, or never finished."""

    template: Path
    room: Path
    number = 0

    claims = Bundle("claims")
    freezes = Bundle("freezes")

    @initialize()
    def open(self) -> None:
        type(self).number += 1
        folder = self.room / f"{self.number}"
        shutil.copytree(self.template, folder)
        self.clock = TestClock()
        self.workspace = Workspace.open(folder, self.clock)
        numbers = random.Random(self.number)
        self.workspace.new_marker = lambda: f"{numbers.getrandbits(80):020x}"
        people = {name: person(name) for name in PEOPLE}
        self.office = Office(self.workspace, SimpleNamespace(), self.clock, people)  # type: ignore[arg-type]
        self.platforms = {"website": Memory(), "fanpage": Memory(once=True)}
        self.texts: dict[str, str] = {}
        self.sealed: dict[str, str] = {}
        self.yes: dict[str, Yes] = {}
        self.frozen: dict[int, tuple[str, str]] = {}
        self.seen: dict[str, Status] = {}
        self.by_hand: set[str] = set()
        self.open_claims: set[int] = set()
        self.life = 0

    def teardown(self) -> None:
        if hasattr(self, "workspace"):
            self.everything_comes_to_an_end()
            self.workspace.close()
            shutil.rmtree(self.workspace.folder)

    # ---- people

    @rule(post=st.sampled_from(POSTS), version=st.integers(1, 3), hours=st.integers(0, 6))
    def write(self, post: str, version: int, hours: int) -> None:
        """Import a new text, or another one over it: no yes covers it any more."""
        text = f"Nội dung {version} của bài {post}."
        due = (self.clock.now() + timedelta(hours=hours, minutes=1)).isoformat()
        with suppress(LoaError):
            before = self._statuses()
            self.office.import_post(f"{post}.md", title=post, text=text, due=due)
            self.texts[post] = text
            for name, status in before.items():
                if name.startswith(f"{post}@") and status not in (S.PUBLISHED, S.CANCELLED):
                    self.yes.pop(name, None)
                    self.sealed.pop(name, None)

    @rule(post=st.sampled_from(POSTS))
    def submit(self, post: str) -> None:
        with suppress(LoaError):
            before = self._statuses()
            approving.submit(self.workspace, self.office.people["soan"], post)
            for name in self._of(post, before, S.DRAFT):
                self.sealed[name] = self.texts[post]

    @rule(post=st.sampled_from(POSTS))
    def approve(self, post: str) -> None:
        with suppress(LoaError):
            before = self._statuses()
            approving.approve(self.workspace, self.office.people["duyet"], post)
            for name in self._of(post, before, S.IN_REVIEW):
                until = self.clock.now() + self.workspace.config.approval.lasts
                self.yes[name] = Yes(self.sealed[name], until)

    @rule(post=st.sampled_from(POSTS), how=st.sampled_from(["reject", "withdraw"]))
    def take_back(self, post: str, how: str) -> None:
        with suppress(LoaError):
            before = self._statuses()
            actor = self.office.people["duyet"]
            getattr(approving, how)(self.workspace, actor, post, WHY)
            states = [S.IN_REVIEW] if how == "reject" else list(set(S) - {S.DRAFT, S.CANCELLED, *MAY_BE_PUBLIC})
            for name in self._of(post, before, *states):
                self.yes.pop(name, None)

    @rule(
        post=st.sampled_from(POSTS),
        on=st.sampled_from(CHANNELS),
        what=st.sampled_from(["cancel", "retry", "move", "settle"]),
        minutes=st.integers(1, 600),
    )
    def decide(self, post: str, on: str, what: str, minutes: int) -> None:
        """What a person may decide about one delivery. Of what is public they say the truth."""
        name, actor = f"{post}@{on}", self.office.people["ky"]
        with suppress(LoaError):
            if what == "cancel":
                deliveries.cancel(self.workspace, actor, name, WHY)
            elif what == "retry":
                deliveries.retry(self.workspace, actor, name)
            elif what == "move":
                when = (self.clock.now() + timedelta(minutes=minutes)).isoformat()
                if deliveries.move(self.workspace, actor, name, when, WHY).status == S.DRAFT:
                    self.yes.pop(name, None)
            elif self.platforms[on].public.get(name):
                deliveries.settle(self.workspace, actor, name, url="https://vi.du/bai")
            else:
                deliveries.settle(self.workspace, actor, name, not_public=True, reason=WHY)
                self.platforms[on].asked.setdefault(name, []).append("not seen")

    @rule(on=st.sampled_from([*CHANNELS, "all", *POSTS]), target=freezes)
    def freeze(self, on: str) -> int:
        scope = "all" if on == "all" else "channel" if on in CHANNELS else "post"
        if scope == "post" and on not in self.texts:
            scope, on = "all", "all"
        aim = "" if scope == "all" else on
        made = stopping.start(self.workspace, self.office.people["ky"], scope, aim, WHY).freeze.id
        self.frozen[made] = (scope, aim)
        return made

    @rule(made=consumes(freezes))
    def lift(self, made: int) -> None:
        stopping.lift(self.workspace, self.office.people["ky"], made, WHY)
        del self.frozen[made]

    @rule(on=st.sampled_from(CHANNELS))
    def token_renewed(self, on: str) -> None:
        self.workspace.database.run(
            lambda c: c.execute(update(channel).where(channel.c.id == on).values(state="ok"))
        )

    @rule()
    def somebody_voids_an_approval_in_the_database(self) -> None:
        now = self.clock.now()
        self.workspace.database.run(lambda c: c.execute(update(approval).values(voided_at=now)))
        self.yes.clear()

    # ---- time and workers

    @rule(seconds=st.sampled_from([1, 10, 49, 50, 51, 120, 600, 3600, 30_000, 400_000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)

    @rule()
    def until_the_next_thing(self) -> None:
        with self.workspace.database.read() as connection:
            upcoming = self._queue().next_wake(connection, self.clock.now())
        if upcoming:
            self.clock.instant = upcoming

    @rule(target=claims, limit=st.integers(1, 2))
    def claim(self, limit: int) -> list[tuple[int, Claim]]:
        """What is handed out to go out has a yes for exactly this text, and its minute has come."""
        taken = self._queue().claim(self.clock.now(), limit)
        for claim in taken:
            self._must_be_allowed(claim)
        return [(self.life, claim) for claim in taken]

    @rule(taken=consumes(claims), answer=st.sampled_from(ANSWERS))
    def finish(self, taken: list[tuple[int, Claim]], answer: Answer) -> None:
        """A worker does its step and writes what came of it, however late."""
        for life, claim in taken:
            if life == self.life:  # else its process is dead
                self._run(claim, answer)

    @rule(taken=consumes(claims), answer=st.sampled_from(ANSWERS), called=st.booleans())
    def die(self, taken: list[tuple[int, Claim]], answer: Answer, called: bool) -> None:
        """A worker on another machine is gone, before its call or after it; its lease runs out."""
        for life, claim in taken:
            if life == self.life and called:
                self._call(claim, answer)

    @rule()
    def restart(self) -> None:
        """Killed and started again, on one machine: whatever was claimed is looked at."""
        self.life += 1
        self._queue().recover(self.clock.now())

    # ---- laws

    @invariant()
    def only_along_allowed_edges_and_none_lost(self) -> None:
        if not hasattr(self, "workspace"):
            return
        now = self._statuses()
        assert self.seen.keys() <= now.keys(), "a delivery is gone"
        for name, status in now.items():
            before = self.seen.get(name, S.DRAFT)
            assert status == before or status in EDGES[before], f"{name}: {before} → {status}"
        self.seen = now

    @invariant()
    def what_waits_will_be_come_for_and_what_stands_still_says_why(self) -> None:
        if not hasattr(self, "workspace"):
            return
        for row in self._rows():
            if row.status in WAITING:
                assert row.wake_at is not None, f"{row.id} is {row.status} and nothing comes for it"
            if row.status in {S.UNKNOWN, S.HELD, S.MISSED, S.FAILED} and row.wake_at is None:
                assert row.last_error, f"{row.id} is {row.status} without a reason"

    @invariant()
    def public_once_and_known_to_be(self) -> None:
        if not hasattr(self, "workspace"):
            return
        statuses = self._statuses()
        for platform in self.platforms.values():
            for name, texts in platform.public.items():
                assert len(texts) <= 1, f"{name} is public {len(texts)} times: {platform.asked[name]}"
                if texts:
                    assert statuses[name] in MAY_BE_PUBLIC, f"{name} is public and {statuses[name]}"

    @invariant()
    def no_second_reveal_after_doubt_without_a_look(self) -> None:
        if not hasattr(self, "workspace"):
            return
        for platform in self.platforms.values():
            for name, asked in platform.asked.items():
                for first, then in zip(asked, asked[1:], strict=False):
                    told = f"{name}: {asked}"
                    assert not (first in ("doubt", "yes") and then in ("yes", "no", "doubt")), told

    def everything_comes_to_an_end(self) -> None:
        """Everybody is well from now on: nothing is left half-way, and what is public is known to be."""
        for made in list(self.frozen):
            self.lift(made)
        for name in CHANNELS:
            self.token_renewed(name)
        self.restart()
        for _ in range(200):
            claims = self._queue().claim(self.clock.now(), 8)
            for claim in claims:
                self._must_be_allowed(claim)
                self._run(claim, "yes")
            with self.workspace.database.read() as connection:
                upcoming = self._queue().next_wake(connection, self.clock.now())
            if not claims and upcoming is None:
                break
            if not claims and upcoming:
                self.clock.instant = upcoming
        else:
            raise AssertionError("it never comes to an end")
        self.public_once_and_known_to_be()
        for row in self._rows():
            assert row.status not in WAITING, f"{row.id} is left {row.status}"
            shown = self.platforms[row.channel_id].public.get(row.id, [])
            if row.status == S.PUBLISHED and row.verified_at:
                assert len(shown) == 1, f"{row.id} was read back, and yet {shown}"

    # ---- helpers

    def _must_be_allowed(self, claim: Claim) -> None:
        if claim.state.step not in OUTGOING:
            return
        now, told = self.clock.now(), f"{claim.delivery}: {claim.state.step}"
        given = self.yes.get(claim.delivery)
        assert given, f"{told} without a yes"
        assert claim.variant.text == given.text, f"{told} with another text"
        assert now <= min(given.until, claim.state.deadline), f"{told}, too late"
        post, _, on = claim.delivery.partition("@")
        held = {("all", ""), ("channel", on), ("post", post)} & set(self.frozen.values())
        assert not held, f"{told} in spite of {held}"
        if claim.state.step is Step.REVEAL:
            assert claim.due_at <= now, f"{told}, too early"

    def _run(self, claim: Claim, answer: Answer) -> None:
        self._set(claim, answer)
        lanes = Lanes(self._queue(), self._connect, self.workspace.media, self.clock, random.Random(1))
        lanes.run(claim, stopping=lambda: True)

    def _call(self, claim: Claim, answer: Answer) -> None:
        """The platform is asked, and nobody is there to hear what it says."""
        if self.clock.now() >= claim.leased_until or claim.state.step is not Step.REVEAL:
            return
        self._set(claim, answer)
        job = Job(claim.delivery, claim.marker, claim.variant, claim.due_at, claim.first_try_at)
        with suppress(Exception):
            self.platforms[claim.channel].reveal(job, dict(claim.handle))
        self.platforms[claim.channel].asked[claim.delivery][-1] = "doubt"

    def _set(self, claim: Claim, answer: Answer) -> None:
        self.platforms[claim.channel].answer = answer

    def _connect(self, channel_id: str, version: int | None = None) -> Memory:
        return self.platforms[channel_id]

    def _queue(self) -> Queue:
        workspace = self.workspace
        return Queue(workspace.database, workspace.config.approval, workspace.trust, f"w{self.life}")

    def _of(self, post: str, before: dict[str, Status], *states: Status) -> list[str]:
        return [f"{post}@{on}" for on in CHANNELS if before.get(f"{post}@{on}") in states]

    def _rows(self) -> list[Any]:
        with self.workspace.database.read() as connection:
            return list(connection.execute(select(delivery)))

    def _statuses(self) -> dict[str, Status]:
        return {row.id: Status(row.status) for row in self._rows()}


@contextmanager
def _founded(folder: Path) -> Iterator[dict[str, Any]]:
    away: Any = SimpleNamespace(url="http://127.0.0.1:9", add_page=lambda *_: SimpleNamespace(token="x"))
    with open_office(folder, away, TestClock()) as office:
        yield office.people


def person(name: str) -> Any:
    return QueueMachine.people[name]  # type: ignore[attr-defined]


@pytest.mark.slow
def test_the_queue_keeps_its_laws(tmp_path: Path) -> None:
    with _founded(tmp_path / "xa") as people:
        QueueMachine.people = people  # type: ignore[attr-defined]
    QueueMachine.template, QueueMachine.room = tmp_path / "xa", tmp_path
    run_state_machine_as_test(
        QueueMachine,
        settings=settings(
            max_examples=60,
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert LEASE
    assert PASSPHRASE
