"""What else befalls an office PC: a database copied by hand in the middle of a write, a clock that was set.

Killed at a point, upset, started again: never twice, never lost, and public unless a person has been told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from loa.services import releasing
from tests.crash.sweep import Sweep
from tests.crash.verdict import NEEDS_A_PERSON, Verdict

AHEAD = timedelta(days=30)
"""Beyond every deadline, every lease and every wait."""
BACK = -timedelta(days=1)


class Upsets(Sweep):
    """A sweep in which more than the publisher goes wrong."""

    def copied_at(self, number: int, name: str) -> None:
        """The database's file alone is what is left: it lacks all that had not yet been brought into it."""

        def copied(folder: Path) -> None:
            for beside in ("loa.db-wal", "loa.db-shm"):
                (folder / beside).unlink(missing_ok=True)

        self._upset(number, f"copied without its log after {number} {name}", copied)

    def clock_set_at(self, number: int, name: str, by: timedelta) -> None:
        """The machine comes up with another time than the platforms have."""
        self._upset(number, f"clock off by {by} after {number} {name}", off=by)

    def _upset(
        self,
        number: int,
        where: str,
        happens: Callable[[Path], None] | None = None,
        off: timedelta = timedelta(),
    ) -> None:
        folder = self._fresh()
        first = self._run(folder, at=number)
        assert first.killed, first.said
        if happens:
            happens(folder)
        life = self._publishers.run(folder, off_s=off.total_seconds())
        if life.ended and self._let_go(folder):
            life = self._publishers.run(folder, off_s=off.total_seconds())
        self.tally.upset += 1
        with self._town.opened(folder) as office:
            [verdict] = Verdict.on_all(office, {self._case.channel: self._platform})
        try:
            assert life.ended, f"the next publisher ended with {life.code}"
            assert verdict.public in ([], self._whole), f"{len(verdict.public)} public: {verdict.public}"
            if verdict.is_published:
                assert verdict.public, "said to be public, and is not"
                self.tally.public_once += 1
            else:
                assert verdict.view.status in NEEDS_A_PERSON, "nobody is told"
                assert not verdict.public or verdict.view.status == "unknown", "public, and said not to be"
                self.tally.to_a_person += 1
        except AssertionError as error:
            self._count_harm(verdict)
            self._fail(where, f"{error}\n{verdict.story()}\n{life.said[-2000:]}")

    def _let_go(self, folder: Path) -> bool:
        """What an officer does who finds everything waiting because the database is older than its notes."""
        with self._town.opened(folder) as office:
            if not releasing.waiting(office.workspace):
                return False
            releasing.release(office.workspace, office.people["ky"], [], "đã xem trên kênh")
            return True
