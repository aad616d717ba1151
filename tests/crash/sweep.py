"""Kill at every point, lie about every call: after each, one public object, whole, nothing left unseen."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.crash.cases import Case
from tests.crash.figures import BETWEEN, Tally
from tests.crash.leftovers import look_for_orphans
from tests.crash.lies import PATIENCE_S, Lie
from tests.crash.platforms import Seen
from tests.crash.publisher import Life, Publishers
from tests.crash.sample import some
from tests.crash.town import Town
from tests.crash.verdict import Verdict
from tests.support.office import Office

CLAIM = "commit:Queue.claim:before"
RECOVERY = 8
"""Points that a publisher passes before it is where the one before it was killed, about."""


class Sweep:
    """All runs of one case, each in a copy of the same workspace beside platforms that know nothing yet."""

    def __init__(
        self,
        town: Town,
        publishers: Publishers,
        case: Case,
        folder: Path,
        rng: random.Random,
        record: Callable[[dict[str, Any]], None],
        builds: Sequence[str] = (),
    ) -> None:
        self._town, self._publishers, self._case, self._room = town, publishers, case, folder
        self._platform = town.platforms.by_channel[case.channel]
        self._ready = town.made_ready(case, folder / "ready")
        self._rng, self._record, self._builds = rng, record, builds
        self._whole: list[Seen] = []
        self.points: tuple[str, ...] = ()
        self.calls = {True: 0, False: 0}
        """How many calls that may change something the platform hears, and how many reads."""
        self.tally = Tally(case.name)

    def undisturbed(self) -> None:
        """What a publisher does that nobody kills; everything else is measured by it."""
        folder = self._fresh()
        life = self._run(folder)
        assert life.ended, life.said
        with self._town.opened(folder) as office:
            [verdict] = Verdict.on_all(office, {self._case.channel: self._platform})
        assert verdict.is_published, f"{verdict.story()}\n{life.said}"
        assert self._platform.hidden(folder) == set()
        assert len(verdict.public) == 1
        self._whole, self.points = verdict.public, life.points
        if self._platform.liar:
            self.calls.update(self._platform.liar.heard)
        self.tally.boundaries = len(life.points)

    @property
    def reveal_at(self) -> int:
        """Number of the first point of the reveal: the second claim."""
        claims = [number for number, name in enumerate(self.points, 1) if name == CLAIM]
        return claims[1]

    def boundaries(self, before: int | None = None) -> list[tuple[int, str]]:
        """Number and name of each point (before that number), or of a sample of them."""
        return some([*enumerate(self.points, 1)][: before and before - 1], self._rng)

    def calls_lied_about(self, *, writing: bool) -> list[int]:
        """Numbers of the calls, or of a sample of them."""
        return some(range(1, 1 + self.calls[writing]), self._rng)

    def must_be_clean(self) -> None:
        """Hand in the numbers; raises AssertionError with the first of everything that went wrong."""
        self._record(self.tally.as_json())
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
        if again:
            left = self.tally.boundaries - number + RECOVERY
            second = self._run(folder, at=self._rng.randint(1, left))
            if second.ended:
                return  # it was through before its number came up: that is the plain kill
            if not second.killed:
                self._fail(where, second.said)
                return
            where += f" and again at {len(second.points)} {second.points[-1]}"
        self.tally.twice += again
        self.tally.once += not again
        steps = self._judge(folder, where, revealing=again or number >= self.reveal_at)
        self.tally.cut_off.update([*steps, BETWEEN, BETWEEN][: 1 + again])

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
        self.tally.stopped += 1
        if not (first.ended and second.ended):
            self._fail(
                where, f"the first ended with {first.code}, the second with {second.code}\n{second.said}"
            )
            return
        self._judge(folder, where, loose=frozenset(self._platform.loose()))

    def lie(self, lie: Lie, number: int) -> None:
        """Have the platform lie about the call of that number (among those of the lie's sort), look."""
        folder = self._fresh()
        liar = self._platform.liar
        assert liar
        before = liar.told[lie.name]
        liar.lie(lie, number)
        self._judge(folder, f"{lie.name!r} about call {number}", lie=lie)
        self.tally.lies[lie.name] += liar.told[lie.name] - before

    def _run(self, folder: Path, *, at: int = 0, patience_s: float = 0.0) -> Life:
        return self._publishers.run(folder, at=at, builds=self._builds, patience_s=patience_s)

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
        lie: Lie | None = None,
    ) -> list[str]:
        """Start the next publisher and look; returns the steps in which those before it were killed."""
        start = self._town.clock.now()
        life = self._run(folder, patience_s=PATIENCE_S if lie and lie.seconds else 0.0)
        with self._town.opened(folder) as office:
            [verdict] = Verdict.on_all(office, {self._case.channel: self._platform})
            steps = verdict.killed_in
            self._measure(verdict, start)
            try:
                assert life.ended, f"the next publisher ended with {life.code}"
                if lie and lie.doubles and self._is_platforms_own(verdict):
                    return steps
                if lie and lie.doubles:
                    loose |= self._platform.loose()
                if self._case.reason and not verdict.is_published:
                    assert revealing or self._case.state != "unknown"
                    self._ask_a_person(office, verdict)
                    if not self._case.person:
                        return steps
                    life = self._run(folder)
                    [verdict] = Verdict.on_all(office, {self._case.channel: self._platform})
                assert verdict.is_published
                assert verdict.public == self._whole, f"{len(verdict.public)} public: {verdict.public}"
                found = look_for_orphans(
                    office, self._case.channel, self._platform, unproven=unproven, loose=loose
                )
                assert self._platform.public(folder) == self._whole, "discarded what was public"
                violations = self._town.platforms.violations()
                assert not violations, violations
            except AssertionError as error:
                self._count_harm(verdict)
                self._fail(where, f"{error}\n{verdict.story()}\n{life.said[-2000:]}")
            else:
                self.tally.public_once += 1
                self.tally.found += found
        return steps

    def _measure(self, verdict: Verdict, start: datetime) -> None:
        took_s = verdict.named_after(start).total_seconds()
        self.tally.slowest_s = max(self.tally.slowest_s, took_s)

    def _is_platforms_own(self, verdict: Verdict) -> bool:
        """The platform did twice what makes public: Loa sent nothing more, and tells if that can be seen."""
        if len(verdict.public) < 2:
            return False
        liar = self._platform.liar
        assert liar
        assert liar.heard[True] <= self.calls[True], "Loa wrote more often than when nobody lies"
        assert verdict.public == self._whole * 2, f"{len(verdict.public)} public: {verdict.public}"
        if self._case.sees_twins:
            assert verdict.view.status == "unknown"
            assert "settle.twins" in verdict.reason, verdict.reason
            self.tally.to_a_person += 1
        self.tally.platforms_own += 1
        return True

    def _ask_a_person(self, office: Office, verdict: Verdict) -> None:
        """Only where the case says that a person may be needed, and for the reason it names."""
        status = verdict.view.status
        assert status == self._case.state
        assert re.search(self._case.reason, verdict.reason), verdict.reason
        assert len(verdict.public) <= (status == "unknown"), f"{status}, and yet public: {verdict.public}"
        self.tally.to_a_person += 1
        if self._case.person:
            self._case.person(office, self._town.platforms)

    def _count_harm(self, verdict: Verdict) -> None:
        self.tally.lost += verdict.is_lost
        self.tally.doubled += len(verdict.public) > 1
        self.tally.unapproved += any(entry not in self._whole for entry in verdict.public)

    def _fail(self, where: str, why: str) -> None:
        self.tally.failures.append(f"{self._case.name}, {where}: {why}")
