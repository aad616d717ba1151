"""What the rules of the model test are made of: deeds, done to the real thing and noted in the book."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from content.errors import LoaError
from loa.services import approving, deciding, stopping
from loa.services.importing import import_files
from scheduler.claim import Claim
from scheduler.policy import OUTGOING, Decision, Step
from scheduler.status import EDITABLE, Status
from scheduler.store.tables import lane
from tests.scheduler.model_book import Book, Cleared, Entry, must_be_true
from tests.scheduler.model_office import ModelOffice, Process, Template
from tests.scheduler.model_platform import Answer, Death, Thing
from tests.support.office import write_post

ANY = 5
"""The number with which `entry` picks among all, also where Loa has to refuse."""


@dataclass
class Stopped:
    """A worker that was suspended with a claim in its hands; with a decision: after its call came back."""

    process: Process
    claim: Claim
    decision: Decision | None


class Deeds:
    """An office, its book and its publishers; every deed leaves them agreeing."""

    def open_office(self, template: Template, folder: Path) -> None:
        self.book = Book()
        self.office: ModelOffice = template.office(folder, self.shown)
        self.clock, self.world = self.office.clock, self.office.world
        self.cleared: dict[int, Cleared] = {}
        self.stopped: list[Stopped] = []
        self.backup: tuple[Path, datetime, Book] | None = None
        self.rows: list[Any] = []
        self.posts = self.backups = 0
        self.processes = [self.start("may-1"), self.start("may-2")]

    # ---- what is watched

    def start(self, worker: str) -> Process:
        return Process(self.office.workspace, worker, self.claimed)

    def claimed(self, claim: Claim) -> None:
        """The claim is the last moment to say no, so everything is asked there."""
        if claim.state.step in OUTGOING:
            reveals = claim.state.step is Step.REVEAL
            self.cleared[claim.attempt] = self.book.clear(
                claim.delivery, claim.leased_until, reveals=reveals, now=self.clock.now()
            )

    def shown(self, thing: Thing) -> None:
        at_work = [p.lanes.performing for p in self.processes if p.lanes.performing is not None]
        cleared = self.cleared.get(at_work[0].attempt) if at_work else None
        self.book.witness(thing, self.clock.true, self.clock.now(), cleared)

    def look(self) -> None:
        """All promises, after everything that was done."""
        self.world.tick()
        self.rows = self.office.rows()
        must_be_true(self.book, self.world, self.rows, self.office.take_steps())

    # ---- deeds

    def tried(self, act: Callable[..., Any], who: str, *given: Any, **more: Any) -> Any:
        """What came of it; None when Loa refused."""
        try:
            return act(self.office.workspace, self.office.people[who], *given, **more)
        except LoaError:
            return None

    def by_hand(self, answer: Answer, act: Callable[..., Any], who: str, *given: Any, **more: Any) -> Any:
        """A command that calls platforms itself, and may be killed while it does."""
        self.world.next_answer = answer
        try:
            return self.tried(act, who, *given, **more)
        except Death:
            return None
        finally:
            self.world.next_answer = Answer.OK

    def work(
        self, process: Process, plan: list[tuple[Answer, bool]], dies_at: tuple[int, str] | None
    ) -> None:
        for left, (answer, waits) in zip(reversed(range(len(plan))), plan, strict=True):
            process.transactions.fated(None if left else dies_at)
            try:
                self.step(process, answer, waits)
            except Death:
                self.replace(process)
                return
        process.transactions.fated(None)

    def step(self, process: Process, answer: Answer, waits: bool) -> None:
        if waits:
            self.jump_to_next_wake(self.clock.now() + timedelta(hours=2))
        self.world.next_answer = answer
        try:
            for claim in process.claim(1):
                process.lanes.run(claim, lambda: True)
        finally:
            self.world.next_answer = Answer.OK

    def any(self, *statuses: Status) -> bool:
        return any(row.status in statuses for row in self.rows)

    def import_post(self, post: str, words: str, to: list[str], due: int, lasts: int) -> bool:
        at = self.clock.now() + timedelta(minutes=due)
        until = at + timedelta(minutes=lasts)
        keys = {"id": post, "channels": f"[{', '.join(to)}]"}
        path = write_post(
            self.office.folder / "posts",
            f"{post}.md",
            text=words,
            due=at.isoformat(),
            deadline=until.isoformat(),
            **keys,
        )
        if not self.tried(import_files, "soan", [path]):
            return False
        for name in to:
            delivery = f"{post}@{name}"
            old = self.book.entries.get(delivery)
            if old is None or Status(self.row(delivery).status) in EDITABLE - {Status.CANCELLED}:
                entry = Entry(delivery, post, name, words, at, until)
                if old is not None:
                    entry.doubtful, entry.strayed = old.doubtful, old.strayed
                self.book.entries[delivery] = entry
        return True

    def submit(self, post: str) -> None:
        self.tried(approving.submit, "soan", post)

    def approve(self, post: str) -> None:
        before = {row.id: row.status for row in self.office.rows()}
        if self.tried(approving.approve, "duyet", post):
            for entry in self.book.of_post(post):
                if before[entry.delivery] == Status.IN_REVIEW:
                    entry.approved, entry.approved_from, entry.tampered = entry.words, entry.due, False

    def take_back(self, act: Callable[..., Any], who: str, post: str) -> None:
        before = {row.id: row.status for row in self.office.rows()}
        if self.tried(act, who, post, "sai tên"):
            after = {row.id: row.status for row in self.office.rows()}
            for entry in self.book.of_post(post):
                if after[entry.delivery] == Status.DRAFT != before[entry.delivery]:
                    entry.approved, entry.needs_a_word = None, False

    def settle(self, entry: Entry) -> None:
        if seen := self.world.seen(entry.delivery):
            said: dict[str, Any] = {"url": seen[0].published().url}
        else:
            said = {"not_public": True, "reason": "đã xem, không có"}
        self.tried(deciding.settle, "ky", entry.delivery, **said)

    def lift(self, freeze: int) -> None:
        lifted = stopping.lift(self.office.workspace, self.office.people["ky"], freeze, "hết")
        del self.book.frozen[freeze]
        for delivery in lifted.overdue:
            self.book.entries[delivery].needs_a_word = True

    def read_time(self, entry: Entry) -> None:
        """A move inside the approved window leaves the approval, one out of it voids it."""
        row = self.row(entry.delivery)
        since = entry.approved_from
        if since is None or not since <= row.due_at <= entry.deadline:
            entry.approved = entry.approved_from = None
        entry.due, entry.deadline = row.due_at, row.deadline

    def jump_to_next_wake(self, latest: datetime) -> bool:
        with self.office.workspace.database.read() as connection:
            upcoming = self.processes[0].queue.next_wake(connection, self.clock.now())
        if upcoming is None or upcoming > latest:
            return False
        self.clock.true = upcoming + self.clock.behind
        self.world.tick()
        return True

    def replace(self, process: Process) -> None:
        """It is dead: what it had leased stays leased, and another takes its place."""
        process.end()
        self.stopped = [one for one in self.stopped if one.process is not process]
        place = self.processes.index(process)
        self.processes[place] = self.start(f"may-{place + 1}")

    def post(self, n: int) -> str:
        return f"bai-{n % max(self.posts, 1) + 1}"

    def entry(self, n: int, *statuses: Status) -> Entry:
        """One for which it makes sense, mostly; Loa has to refuse the others."""
        known = [row.id for row in self.rows if row.status in statuses and n != ANY]
        known = known or list(self.book.entries)
        return self.book.entries[known[n % len(known)]]

    def row(self, delivery: str) -> Any:
        return next(row for row in self.office.rows() if row.id == delivery)

    def fence_of(self, channel: str) -> int:
        with self.office.workspace.database.read() as connection:
            return connection.execute(select(lane.c.fence).where(lane.c.channel_id == channel)).scalar_one()

    def answer(self, entry: Entry) -> None:
        """Whatever waits for a person gets one: the queue's own list says what that is."""
        match Status(self.row(entry.delivery).status):
            case Status.UNKNOWN:
                self.settle(entry)
            case Status.HELD | Status.FAILED | Status.MISSED:
                if self.tried(deciding.retry, "ky", entry.delivery):
                    entry.needs_a_word = False
            case Status.RECALLING:
                self.by_hand(Answer.OK, stopping.recall, "ky", [entry.delivery], "dừng")
            case Status.REMOVING:
                self.by_hand(Answer.OK, stopping.take_down, "ky", entry.post, "sai", channels=[entry.channel])
