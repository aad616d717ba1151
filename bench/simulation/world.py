"""Law Day lived through: lanes, workers and platforms as events on one line of time, second 0 being 08:00.

What is as in Loa: lanes are serial and leased, claims come in batches for the threads that are free, what is
to be seen goes before what is to be prepared, a refusal for want of allowance rests the lane, what is done
stays done. The constants are Loa's own. Left out: approvals, freezes, unclear answers and the breaker.
"""

from __future__ import annotations

import heapq
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from bench.simulation import facts
from bench.simulation.allowances import Allowances, Key, Sharing
from bench.simulation.facts import Step
from bench.simulation.resources import Commits, Cores, Server
from content.kinds import kind
from scheduler.lane import TURN
from scheduler.policy import HELD_BY_PLATFORM, MAX_TRIES, VERIFY_AFTER, back_off
from scheduler.publisher import CLAIM_TOGETHER, KEPT_FREE

State = Literal["waiting", "published", "missed", "failed"]
PLATFORMS = ("facebook", "youtube", "zalo", "website")
LAW_DAY = datetime(2026, 11, 9, 1, 0, tzinfo=UTC)
"""08:00 in Vietnam."""
NOT_CLAIMED = float("-inf")


@dataclass(frozen=True)
class Scenario:
    """What is asked. `call_s` and `uplink_mbit` are assumptions: no platform publishes its speed."""

    units: int
    workers: int = 1
    platforms: tuple[str, ...] = PLATFORMS
    posts_each: int = 1
    """Posts of one channel for the same minute."""
    sharing: Sharing = "unit"
    """Who shares one API project (Google), one app (Zalo, Meta)."""
    worst: bool = False
    """Reckon with the worse end of what is published or was measured."""
    call_s: float = 0.3
    jitter: float = 0.5
    video_mb: float = 20.0
    uplink_mbit: float = 100.0
    """Of each worker."""
    captions: bool = False
    hand_over: bool = False
    """Platforms that can hold a post publish it themselves."""
    spread_s: float = 0.0
    """The units' minutes lie evenly over so long instead of on one instant."""
    lead_s: float | None = None
    """Prepare so long before; None: each platform's lead in Loa."""
    threads: int = 64
    database: Literal["sqlite", "postgresql"] = "sqlite"
    server_cores: int = 2
    lateness: timedelta = kind("tin_hoat_dong").lateness
    trouble: float = 0.0
    """Share of calls that never leave the house."""
    seed: int = 1


@dataclass
class Delivery:
    """One post on one channel. `shown_at` and `due` in seconds after second 0."""

    unit: int
    platform: str
    number: int
    due: float
    step: Step = "prepare"
    wake: float = 0.0
    made: int = 0
    """Calls of the preparation that need not be made again."""
    tries: int = 0
    state: State = "waiting"
    shown_at: float | None = None
    verified: bool = False

    @property
    def late_s(self) -> float:
        """Infinite when it never came out."""
        return self.shown_at - self.due if self.shown_at is not None else float("inf")


@dataclass
class Lane:
    deliveries: list[Delivery]
    leased: bool = False
    rest_until: float = float("-inf")
    served_at: float = NOT_CLAIMED
    stamp: int = 0
    uploads: bool = False
    """Its turn began with a preparation."""

    def head(self, now: float) -> Delivery | None:
        """Which goes next: what may be seen first, then in due order."""
        due = [d for d in self.deliveries if d.wake <= now]
        return min(due, key=lambda d: (d.step != "reveal", d.due, d.number), default=None)


@dataclass
class Worker:
    core: Server
    line: Server
    commits: Commits
    busy: int = 0
    uploads: int = 0
    """Lanes whose turn began with a preparation."""


@dataclass(frozen=True)
class Lived:
    """All deliveries with how they ended, and how busy the machines were around the minute."""

    scenario: Scenario
    deliveries: tuple[Delivery, ...]
    taken: dict[Key, list[tuple[float, int]]] = field(repr=False)
    """What was taken of each allowance, and when."""
    spans: list[tuple[int, str, float, float]] = field(repr=False)
    """Which lane (unit, platform) was at work from when to when."""


def live(scenario: Scenario, *, worker_s: Callable[[str, Step], float] = facts.worker_s) -> Lived:
    """The same scenario gives the same answer. `worker_s`: a step's CPU seconds, if not as measured."""
    return _World(scenario, worker_s).run()


class _World:
    def __init__(self, scenario: Scenario, worker_s: Callable[[str, Step], float]) -> None:
        self.s = scenario
        self._cost_s = worker_s
        self.now = float("-inf")
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._rng = random.Random(scenario.seed)
        own_s, row_s = facts.COMMIT_S[scenario.database]
        shared = scenario.database == "postgresql"
        together = Server() if shared else None
        self._server = Cores(scenario.server_cores) if shared else None
        self._workers = [
            Worker(Server(), Server(), Commits(own_s, row_s, together, self._at))
            for _ in range(scenario.workers)
        ]
        self._allowed = Allowances(scenario.units, scenario.sharing, worst=scenario.worst, zero=LAW_DAY)
        self._spans: list[tuple[int, str, float, float]] = []
        self._free: list[tuple[bool, float, int, int, Lane]] = []
        self._pump_planned = False
        self._lanes = list(self._made())

    def run(self) -> Lived:
        for lane in self._lanes:
            for delivery in lane.deliveries:
                self._wake(lane, delivery.wake)
        while self._events:
            self.now, _, act = heapq.heappop(self._events)
            act()
        everything = tuple(d for lane in self._lanes for d in lane.deliveries)
        return Lived(self.s, everything, self._allowed.taken, self._spans)

    # -- time ------------------------------------------------------------------------------------

    def _at(self, when: float, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._events, (max(when, self.now), self._count, act))

    def _made(self) -> Iterator[Lane]:
        for unit in range(self.s.units):
            due = self.s.spread_s * unit / self.s.units
            for platform in self.s.platforms:
                lead = facts.CAPABILITIES[platform].lead.total_seconds()
                begin = due - (lead if self.s.lead_s is None else self.s.lead_s)
                yield Lane([Delivery(unit, platform, n, due, wake=begin) for n in range(self.s.posts_each)])

    def _wake(self, lane: Lane, when: float) -> None:
        self._at(when, lambda: self._offer(lane))

    # -- claiming --------------------------------------------------------------------------------

    def _offer(self, lane: Lane) -> None:
        """A lane that has due work and nobody at it can be claimed from now on."""
        if lane.leased or (head := lane.head(self.now)) is None:
            return
        if lane.rest_until > self.now:
            self._wake(lane, lane.rest_until)
            return
        lane.stamp += 1
        self._count += 1
        entry = (head.step != "reveal", lane.served_at, self._count, lane.stamp, lane)
        heapq.heappush(self._free, entry)
        self._pump_soon()

    def _pump_soon(self) -> None:
        if self._free and not self._pump_planned:
            self._pump_planned = True
            self._at(self.now, self._pump)

    def _pump(self) -> None:
        self._pump_planned = False
        for worker in sorted(self._workers, key=lambda one: one.busy):
            free = self.s.threads - worker.busy
            if free <= 0 or free < self.s.threads // CLAIM_TOGETHER:
                continue
            claimed = self._claim(min(free, self._free_for_uploads(worker)), free)
            if claimed:
                worker.busy += len(claimed)
                worker.uploads += sum(lane.uploads for lane in claimed)
                self._begin(worker, claimed)

    def _free_for_uploads(self, worker: Worker) -> int:
        """The publisher of a file keeps threads free; among several workers none does."""
        kept = self.s.threads // KEPT_FREE if self.s.database == "sqlite" else 0
        return max(0, self.s.threads - kept - worker.uploads)

    def _claim(self, uploads: int, limit: int) -> list[Lane]:
        claimed: list[Lane] = []
        while self._free and len(claimed) < limit:
            unready, *_, stamp, lane = self._free[0]
            if unready and not uploads:
                break
            heapq.heappop(self._free)
            if stamp == lane.stamp and not lane.leased:
                head = lane.head(self.now)
                lane.uploads = head is not None and head.step == "prepare"
                uploads -= unready
                lane.leased, lane.served_at = True, self.now
                claimed.append(lane)
        return claimed

    def _begin(self, worker: Worker, lanes: list[Lane]) -> None:
        def act() -> None:
            for lane in lanes:
                self._turn(worker, lane, 1, self.now)

        worker.commits.commit(self.now, 2 * len(lanes), act)

    def _turn(self, worker: Worker, lane: Lane, steps: int, since: float) -> None:
        delivery = lane.head(self.now)
        if delivery is None or steps > TURN or lane.rest_until > self.now:
            self._give_back(worker, lane, since)
            return
        if delivery.state == "waiting" and self.now > delivery.due + self.s.lateness.total_seconds():
            delivery.state, delivery.wake = "missed", float("inf")
            self._turn(worker, lane, steps, since)
            return
        if delivery.step == "hand_over" and not self._in_time_to_hold(delivery):
            delivery.step, delivery.wake = "reveal", delivery.due + HELD_BY_PLATFORM.total_seconds()
            self._wake(lane, delivery.wake)
            self._turn(worker, lane, steps, since)
            return
        step = delivery.step
        made = delivery.made if step == "prepare" else 0
        asked = facts.calls(delivery.platform, step, captions=self.s.captions)
        share = self._worker_s(delivery.platform, step) / (len(asked) + 1)

        def ended() -> None:
            if self._server:
                done = self._server.use(self.now, self._server_s(step))
                self._at(done, lambda: worker.commits.commit(self.now, 1, written))
            else:
                worker.commits.commit(self.now, 1, written)

        def written() -> None:
            self._turn(worker, lane, steps + 1, since)

        def call(index: int) -> None:
            if index == len(asked):
                if step == "reveal" and not asked:
                    self._shown(delivery)
                self._done(lane, delivery)
                ended()
                return
            one = asked[index]
            refused = self._allowed.refused(one, delivery.platform, delivery.unit, self.now)
            if refused is not None:
                self._rest(lane, delivery, refused)
                ended()
                return
            if self.s.trouble and self._chance(delivery, step, index, 1) < self.s.trouble:
                self._again(lane, delivery)
                ended()
                return
            self._allowed.spend(one, delivery.unit, self.now)
            if one.shows:
                self._shown(delivery)
            if step == "prepare":
                delivery.made = index + 1
            wait = 1 + self.s.jitter * (2 * self._chance(delivery, step, index, 0) - 1)
            answered = self.now + self.s.call_s * wait
            if one.carries_video:
                answered = worker.line.use(self.now, 8 * self.s.video_mb / self.s.uplink_mbit) + self.s.call_s
            self._at(answered, lambda: compute(index + 1))

        def compute(index: int) -> None:
            self._at(worker.core.use(self.now, share), lambda: call(index))

        compute(made)

    def _give_back(self, worker: Worker, lane: Lane, since: float) -> None:
        lane.leased = False
        worker.busy -= 1
        worker.uploads -= lane.uploads
        one = lane.deliveries[0]
        self._spans.append((one.unit, one.platform, since, self.now))
        self._offer(lane)
        self._pump_soon()

    # -- what came of it -------------------------------------------------------------------------

    def _shown(self, delivery: Delivery) -> None:
        if delivery.shown_at is None:
            delivery.shown_at, delivery.state = self.now, "published"

    def _done(self, lane: Lane, delivery: Delivery) -> None:
        delivery.tries = 0
        match delivery.step:
            case "prepare":
                if self.s.hand_over and self._in_time_to_hold(delivery):
                    delivery.step = "hand_over"  # at once
                    return
                delivery.step, delivery.wake = "reveal", max(self.now, delivery.due)
            case "hand_over":  # from its minute on the platform shows it; then it is looked for
                self._at(delivery.due, lambda: self._shown(delivery))
                delivery.step, delivery.wake = "verify", delivery.due + HELD_BY_PLATFORM.total_seconds()
            case "reveal":
                delivery.step, delivery.wake = "verify", self.now + VERIFY_AFTER.total_seconds()
            case "verify":
                delivery.verified, delivery.wake = True, float("inf")
                return
        self._wake(lane, delivery.wake)

    def _in_time_to_hold(self, delivery: Delivery) -> bool:
        hold = facts.CAPABILITIES[delivery.platform].hold
        return hold is not None and delivery.due - self.now >= hold.at_least.total_seconds()

    def _rest(self, lane: Lane, delivery: Delivery, until: float) -> None:
        if delivery.shown_at is not None and delivery.step == "reveal":  # already to be seen: read back later
            delivery.step = "verify"
        delivery.wake = lane.rest_until = until
        self._wake(lane, until)

    def _again(self, lane: Lane, delivery: Delivery) -> None:
        """Nothing left the house: once more after a while, but not for ever."""
        delivery.tries += 1
        if delivery.tries >= MAX_TRIES:
            if delivery.state == "waiting":
                delivery.state = "failed"
            delivery.wake = float("inf")
            return
        if delivery.shown_at is not None and delivery.step == "reveal":
            delivery.step = "verify"
        delivery.wake = self.now + back_off(delivery.tries, self._rng).total_seconds()
        self._wake(lane, delivery.wake)

    # -- what it costs ---------------------------------------------------------------------------

    def _worker_s(self, platform: str, step: Step) -> float:
        extra = facts.PGQUEUER_JOB_S if self._server and not self.s.worst else 0.0
        return self._cost_s(platform, step) + extra

    def _server_s(self, step: Step) -> float:
        return facts.server_s(step) + (facts.PGQUEUER_JOB_S if self.s.worst else 0.0)

    def _chance(self, delivery: Delivery, step: str, index: int, what: int) -> float:
        """Between 0 and 1, the same whoever asks in whatever order."""
        key = (
            self.s.seed,
            delivery.unit,
            delivery.platform,
            delivery.number,
            step,
            index,
            what,
            delivery.tries,
        )
        return zlib.crc32(repr(key).encode()) / 2**32
