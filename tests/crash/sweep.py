"""Kill at every point, drop every answer: after each, one public object, whole, and nothing left unseen."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from loa.services import channels, deliveries
from tests.crash.cases import Case, Town
from tests.crash.leftovers import Found, look_for_orphans
from tests.crash.platforms import Seen
from tests.crash.publisher import Life, Publishers
from tests.support.office import Office

CLAIM = "commit:Queue.claim:before"
RECOVERY = 8
"""Points that a publisher passes before it is where the one before it was killed, about."""


@dataclass
class Tally:
    """What a sweep came to: the numbers of one line of the table."""

    name: str
    boundaries: int = 0
    kills: int = 0
    twice: int = 0
    restored: int = 0
    drops: int = 0
    taken_over: int = 0
    once: int = 0
    found: Found = field(default_factory=Found)
    to_a_person: int = 0
    failures: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        told = asdict(self)
        return {**told, **told.pop("found"), "failed": len(told.pop("failures"))}


class Sweep:
    """All runs of one case, each in a copy of the same workspace beside platforms that know nothing yet."""

    def __init__(
        self,
        town: Town,
        publishers: Publishers,
        case: Case,
        folder: Path,
        rng: random.Random,
        record: Callable[[dict[str, object]], None],
        builds: Sequence[str] = (),
    ) -> None:
        self._town, self._publishers, self._case, self._room = town, publishers, case, folder
        self._platform = town.platforms.by_channel[case.channel]
        self._ready = town.made_ready(case, folder / "ready")
        self._rng, self._record, self._builds = rng, record, builds
        self._whole: list[Seen] = []
        self.points: tuple[str, ...] = ()
        self.tally = Tally(case.name)

    def undisturbed(self) -> None:
        """What a publisher does that nobody kills; everything else is measured by it."""
        folder = self._fresh()
        life = self._run(folder)
        assert life.ended, life.said
        with self._town.opened(folder) as office:
            assert self._is_published(office), f"{self._view(office)}\n{life.said}"
        assert self._platform.hidden(folder) == set()
        self._whole = self._platform.public(folder)
        assert len(self._whole) == 1
        self.points = life.points
        self.tally.boundaries = len(life.points)

    @property
    def reveal_at(self) -> int:
        """Number of the first point of the reveal: the second claim."""
        claims = [number for number, name in enumerate(self.points, 1) if name == CLAIM]
        return claims[1]

    def must_be_clean(self) -> None:
        """Hand in the numbers; raises AssertionError with the first of everything that went wrong."""
        self._record(self.tally.as_dict())
        failures = self.tally.failures
        assert not failures, f"{len(failures)} failures; the first:\n\n" + "\n\n".join(failures[:5])

    def kill_at(self, number: int, name: str, *, again: bool = False) -> None:
        """Kill at a point, start again, look. `again`: the second one is killed too, anywhere."""
        folder = self._fresh()
        first = self._run(folder, at=number)
        where = f"killed at {number} {name}"
        if not first.killed or first.points[-1] != name:
            self._fail(where, f"but it came to {first.points[-1:]} and ended with {first.code}\n{first.said}")
            return
        self.tally.kills += not again
        if again:
            left = self.tally.boundaries - number + RECOVERY
            second = self._run(folder, at=self._rng.randint(1, left))
            if second.ended:
                return  # it was through before its number came up: that is the plain kill
            if not second.killed:
                self._fail(where, second.said)
                return
            self.tally.twice += 1
            where += f" and again at {len(second.points)} {second.points[-1]}"
        self._judge(folder, where, revealing=again or number >= self.reveal_at)

    def restore_at(self, number: int, name: str) -> None:
        """Kill before anything is public, and bring the workspace back from a backup made before the first
        try: what that try left at the platform is no longer named by any handle."""
        folder = self._fresh()
        first = self._run(folder, at=number)
        assert first.killed, first.said
        shutil.rmtree(folder)
        self._town.copy(self._ready, folder)
        self.tally.restored += 1
        unproven = self._case.unproven
        self._judge(folder, f"restored after {number} {name}", revealing=False, unproven=unproven)

    def stop_at(self, number: int, name: str, followers: Publishers) -> None:
        """Stop a publisher for longer than its lease, let a second one do the work, wake the first."""
        folder = self._fresh()
        where = f"stopped at {number} {name}"
        asleep = self._publishers.stopped(folder, at=number, builds=self._builds)
        if isinstance(asleep, Life):
            self._fail(
                where, f"but it came to {asleep.points[-1:]} and ended with {asleep.code}\n{asleep.said}"
            )
            return
        second = followers.run(folder, builds=self._builds)
        first = asleep.wake()
        self.tally.taken_over += 1
        if not (first.ended and second.ended):
            self._fail(
                where, f"the first ended with {first.code}, the second with {second.code}\n{second.said}"
            )
            return
        self._judge(folder, where, loose=frozenset(self._platform.loose()))

    def drop(self, number: int) -> None:
        """Drop the answer of a writing call, look."""
        folder = self._fresh()
        before = self._platform.dropped
        self._platform.drop(number)
        self._judge(folder, f"no answer to writing call {number}")
        self.tally.drops += self._platform.dropped - before

    def _run(self, folder: Path, *, at: int = 0) -> Life:
        return self._publishers.run(folder, at=at, builds=self._builds)

    def _fresh(self) -> Path:
        platforms = self._town.platforms
        platforms.reset()
        folder = self._room / "run"
        shutil.rmtree(folder, ignore_errors=True)
        self._town.copy(self._ready, folder)
        if self._case.before:
            self._case.before(platforms)
        return folder

    def _judge(
        self,
        folder: Path,
        where: str,
        *,
        revealing: bool = True,
        unproven: str = "",
        loose: frozenset[str] = frozenset(),
    ) -> None:
        life = self._run(folder)
        with self._town.opened(folder) as office:
            try:
                assert life.ended, f"the next publisher ended with {life.code}"
                if self._case.reason and not self._is_published(office):
                    assert revealing or self._case.state != "unknown", f"{self._view(office)}"
                    self._ask_a_person(office)
                    if not self._case.person:
                        return
                    life = self._run(folder)
                assert self._is_published(office), f"{self._view(office)}"
                public = self._platform.public(folder)
                assert public == self._whole, f"{len(public)} public: {public}"
                found = look_for_orphans(
                    office, self._case.channel, self._platform, unproven=unproven, loose=loose
                )
                assert self._platform.public(folder) == self._whole, "discarded what was public"
                violations = self._town.platforms.violations()
                assert not violations, violations
            except AssertionError as error:
                self._fail(where, f"{error}\n{self._story(office)}\n{life.said[-2000:]}")
            else:
                self.tally.once += 1
                self.tally.found += found

    def _ask_a_person(self, office: Office) -> None:
        """Only where the case says that a person may be needed, and for the reason it names."""
        view = self._view(office)
        told = f"{view.last_error} {channels.get(office.workspace, self._case.channel).state_reason}"
        assert view.status == self._case.state, f"{view}"
        assert self._case.reason in told, told
        public = self._platform.public(office.folder)
        assert len(public) <= (view.status == "unknown"), f"{view.status}, and yet public: {public}"
        assert not any("2 times" in told for entry in public for told in entry), public
        self.tally.to_a_person += 1
        if self._case.person:
            self._case.person(office, self._town.platforms)

    def _is_published(self, office: Office) -> bool:
        view = self._view(office)
        return view.status == "published" and view.verified_at is not None

    def _view(self, office: Office) -> deliveries.DeliveryView:
        [view] = deliveries.listing(office.workspace)
        return view

    def _story(self, office: Office) -> str:
        attempts = deliveries.dossier(office.workspace, self._view(office).id).attempts
        return "\n".join(f"  {a.step}: {a.outcome} {a.evidence}" for a in attempts)

    def _fail(self, where: str, why: str) -> None:
        self.tally.failures.append(f"{self._case.name}, {where}: {why}")
