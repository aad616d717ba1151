"""Posts that platforms hold: handed over, and called back by a command that dies, by a publisher that dies.

Also the process of such a command (`python -m tests.crash.handing_over --serve`, see `tests.crash.child`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import loa.cli.freeze
import loa.cli.trust
import loa.services.stopping  # noqa: F401 each is imported here once for all forks
from loa.cli import main as command_line
from loa.services import deliveries, stopping
from tests.crash import child, failpoints
from tests.crash.cases import CAPTIONS, FILM, PICTURE, SECOND_PICTURE, Case
from tests.crash.clock import SharedClock
from tests.crash.figures import Tally
from tests.crash.lies import Lie
from tests.crash.publisher import ROOT, Life, Publishers
from tests.crash.sample import EVERY
from tests.crash.town import DUE, Platforms, Town
from tests.support.office import PASSPHRASE, Office

FREEZE = ("freeze", "start", "--all", "--reason", "quốc tang")
MISTRUST = ("trust", "remove", "duyet")
OFFICER = "ky"
AFTER = DUE + timedelta(hours=2)
"""By then everything that a platform still holds has come out."""


def ask_to_be_held(office: Office, _: Platforms) -> None:
    """As an officer does who is going to switch the machine off."""
    names = [view.id for view in deliveries.listing(office.workspace)]
    stopping.hand_over(office.workspace, office.people[OFFICER], names)


CASES = tuple(
    Case(f"{name}, handed over", channel, media, arrange=ask_to_be_held)
    for name, channel, media in (
        ("facebook (two_step)", "fanpage", (PICTURE, SECOND_PICTURE)),
        ("facebook (text)", "fanpage", ()),
        ("facebook (direct)", "truc-tiep", (PICTURE,)),
        ("facebook video (two_step)", "fanpage", (FILM, PICTURE, CAPTIONS)),
        ("facebook Reel", "phim-ngan", (FILM,)),
        ("youtube", "kenh", (FILM, PICTURE, CAPTIONS)),
    )
)


class Commands(Publishers):
    """`loa` as an officer types it, forked from a warm process; it passes points as a publisher does."""

    def __enter__(self) -> Commands:
        command = [sys.executable, "-m", "tests.crash.handing_over", "--serve"]
        self._server = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        return self

    def order(self, folder: Path, words: Sequence[str], *, at: int = 0) -> Life:
        """`loa …` over this workspace until it answers, or until it is killed at point number `at`."""
        return self._life(folder, self._start(folder, words=list(words), at=at))


def command(folder: str, clock: str, trace: str, *, words: Sequence[str], at: int = 0) -> NoReturn:
    """Be that command."""
    failpoints.install(failpoints.Points(Path(trace), at), Path(folder) / "site")
    failpoints.follow(SharedClock(Path(clock)))
    os.environ["LOA_PASSPHRASE"] = PASSPHRASE
    sys.argv = ["loa", "-w", folder, "--as", OFFICER, *words]
    command_line.main()
    raise SystemExit(0)


class Recalls:
    """All runs in which one delivery that a platform holds is called back."""

    def __init__(
        self,
        town: Town,
        publishers: Publishers,
        commands: Commands,
        case: Case,
        room: Path,
        record: Callable[[dict[str, Any]], None],
    ) -> None:
        self._record = record
        self._town, self._publishers, self._commands, self._case = town, publishers, commands, case
        self._platform = town.platforms.by_channel[case.channel]
        self._room, self._ready = room, town.made_ready(case, room / "ready")
        self.tally = Tally(case.name)
        folder = self._fresh()
        points = publishers.run(folder).points
        self._whole = self._platform.public(folder)
        assert len(self._whole) == 1
        ends = [n for n, name in enumerate(points, 1) if "Queue.finish" in name and name.endswith(":after")]
        self.handing_over = range(ends[0] + 1, ends[1] + 1)
        """Numbers of the points between the end of preparing and that of the hand-over."""

    def held(self) -> Path:
        """A workspace whose post its platform holds by now, and whose publisher is gone."""
        folder = self._interrupted(self.handing_over[-1])
        with self._town.opened(folder) as office:
            assert list(office.statuses().values()) == ["handed_over"]
        assert self._platform.public(folder) == []
        return folder

    def points_of(self, words: Sequence[str]) -> tuple[str, ...]:
        """What a command passes that nobody kills."""
        life = self._commands.order(self.held(), words)
        assert life.ended, life.said
        return life.points

    def must_be_clean(self) -> None:
        """Hand in the numbers; raises AssertionError with the first of everything that went wrong."""
        self._record(self.tally.as_json())
        failures = self.tally.failures
        assert self.tally.runs
        assert not failures, f"{len(failures)} failures; the first:\n\n" + "\n\n".join(failures[:5])

    # ---- what is done to it

    def kill_command(self, words: Sequence[str], at: int) -> None:
        """The command dies at that point; the next publisher finds what it left."""
        folder = self.held()
        life = self._commands.order(folder, words, at=at)
        where = f"{' '.join(words[:2])} killed at {at} {life.points[-1:]}"
        self.tally.recalls += 1
        self.tally.recall_kills += life.killed
        self._judge(folder, where, life)

    def kill_publisher(self, words: Sequence[str], left_at: int) -> None:
        """The command dies there, and the publisher that takes it up at each of its own points."""
        for number in range(1, 1000, EVERY):
            folder = self.held()
            first = self._commands.order(folder, words, at=left_at)
            second = self._publishers.run(folder, at=number)
            if not second.killed:
                return
            self.tally.recalls += 1
            self.tally.recall_kills += first.killed + second.killed
            self._judge(folder, f"{' '.join(words[:2])}, its publisher killed at {second.points[-1]}", second)

    def interrupt_hand_over(self, words: Sequence[str], at: int) -> None:
        """The publisher dies while it hands over, and then the officer stops everything."""
        folder = self._interrupted(at)
        self.tally.recalls += 1
        self.tally.recall_kills += 1
        life = self._commands.order(folder, words)
        self._judge(folder, f"{' '.join(words[:2])} after a hand-over killed at {at}", life)

    def lie(self, words: Sequence[str], lie: Lie) -> None:
        """The platform lies about each call of that sort that the command makes."""
        liar = self._platform.liar
        assert liar
        for number in range(1, 100, EVERY):
            folder = self.held()
            before = liar.told[lie.name]
            liar.lie(lie, number)
            life = self._commands.order(folder, words)
            if liar.told[lie.name] == before:
                return
            self.tally.lies[lie.name] += 1
            self._judge(folder, f"{' '.join(words[:2])}, {lie.name!r} about call {number}", life)

    # ---- and what has to come of it

    def _judge(self, folder: Path, where: str, life: Life) -> None:
        """Stopped: nothing comes out, and the delivery waits on the list. Else: public exactly once."""
        try:
            self._look(folder)
        except AssertionError as error:
            with self._town.opened(folder) as office:
                [name] = office.statuses()
                tried = deliveries.dossier(office.workspace, name).attempts
                story = "\n".join(f"  {a.step}: {a.outcome} {a.evidence}" for a in tried)
            self.tally.failures.append(f"{self._case.name}, {where}: {error}\n{story}\n{life.said[-1500:]}")

    def _look(self, folder: Path) -> None:
        clock, publisher = self._town.clock, self._publishers.run(folder)
        assert publisher.ended, publisher.said
        with self._town.opened(folder) as office:
            stopped = self._is_stopped(office)
            [view] = deliveries.listing(office.workspace)
            waiting = [one.id for one in deliveries.undecided(office.workspace)]
        if stopped:
            assert (view.status, waiting) == ("held", [view.id]), f"{view}"
        clock.instant = max(clock.instant, AFTER)
        assert self._publishers.run(folder).ended
        public = self._platform.public(folder)
        self.tally.called_back += stopped and not public
        self.tally.public_once += not stopped and public == self._whole
        self.tally.unapproved += stopped and bool(public)
        self.tally.doubled += len(public) > 1
        self.tally.lost += not stopped and not public
        assert public == ([] if stopped else self._whole), f"stopped: {stopped}, {len(public)} public"
        violations = self._town.platforms.violations()
        assert not violations, violations

    def _is_stopped(self, office: Office) -> bool:
        return bool(stopping.listing(office.workspace)) or "duyet" not in office.workspace.trust.people()

    def _interrupted(self, at: int) -> Path:
        folder = self._fresh()
        life = self._publishers.run(folder, at=at)
        assert life.killed, life.said
        return folder

    def _fresh(self) -> Path:
        self._town.platforms.reset()
        folder = self._room / "run"
        shutil.rmtree(folder, ignore_errors=True)
        return self._town.copy(self._ready, folder)


if __name__ == "__main__":
    child.publish = command  # type: ignore[assignment]
    child.serve()
