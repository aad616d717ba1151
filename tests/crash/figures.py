"""What all runs came to: one tally for each case, the tables at the end, and one line that sums it up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from scheduler.policy import Step
from tests.crash.leftovers import Found
from tests.crash.lies import LIES

BETWEEN = "between steps"
"""Nothing was begun, or what was begun had ended: claims, start and end of a publisher."""


@dataclass
class Tally:
    """The numbers of one case, or of a part of its runs: tallies of one name are added up."""

    name: str
    boundaries: int = 0
    """Points at which a publisher that nobody disturbs can be killed."""
    once: int = 0
    """Runs whose publisher was killed; `twice`: the next one too."""
    twice: int = 0
    stopped: int = 0
    """Runs in which one slept past its lease beside a second one."""
    restored: int = 0
    """Runs that were killed, and then given a workspace of before."""
    upset: int = 0
    """Runs that were killed, and whose database was copied without its log then, or whose clock was set."""
    void: int = 0
    """Kills beside an approval that does not stand."""
    recalls: int = 0
    """Runs in which what a platform holds was to be called back, and something was killed or lied about."""
    recall_kills: int = 0
    called_back: int = 0
    """Of those, how many left nothing public and the post on a person's list."""
    cut_off: Counter[str] = field(default_factory=Counter)
    """By step (`scheduler.policy.Step`), how many were cut off; a kill cuts off one on each busy channel."""
    lies: Counter[str] = field(default_factory=Counter)
    public_once: int = 0
    """Deliveries found public exactly once, and whole."""
    to_a_person: int = 0
    platforms_own: int = 0
    """Public twice because the platform did one request twice; noticed, and left to a person."""
    lost: int = 0
    doubled: int = 0
    unapproved: int = 0
    """Public, but not what was approved, or not all of it."""
    slowest_s: float = 0.0
    """Longest time, by the publisher's clock, from a restart (or the due minute) to a named state."""
    found: Found = field(default_factory=Found)
    failures: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return self.once + 2 * self.twice + self.restored + self.upset + self.void + self.recall_kills

    @property
    def runs(self) -> int:
        played = self.once + self.twice + self.stopped + self.restored + self.upset + self.void
        return played + self.recalls + self.lies.total()

    def __add__(self, other: Tally) -> Tally:
        added = {
            one.name: getattr(self, one.name) + getattr(other, one.name)
            for one in fields(self)
            if one.name not in ("name", "boundaries", "slowest_s")
        }
        slowest_s = max(self.slowest_s, other.slowest_s)
        boundaries = max(self.boundaries, other.boundaries)  # every sweep of a case has the same
        return Tally(self.name, boundaries, slowest_s=slowest_s, **added)

    def as_json(self) -> dict[str, Any]:
        """For the way from one worker of pytest-xdist to the one that prints."""
        counted = {"cut_off": dict(self.cut_off), "lies": dict(self.lies)}  # asdict counts a Counter's pairs
        return {**asdict(self), **counted}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> Tally:
        counted = {"cut_off": Counter(told["cut_off"]), "lies": Counter(told["lies"])}
        return cls(**{**told, **counted, "found": Found(**told["found"])})


@dataclass(frozen=True)
class Table:
    """Rows of cells, the first one its head."""

    title: str
    rows: Sequence[Sequence[str]]

    def as_text(self) -> list[str]:
        widths = [max(len(row[place]) for row in self.rows) for place in range(len(self.rows[0]))]
        return [
            f"{row[0]:<{widths[0]}}  "
            + "  ".join(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
            for row in self.rows
        ]

    def as_markdown(self) -> list[str]:
        head, *body = [f"| {' | '.join(row)} |" for row in self.rows]
        rule = f"|---|{'---:|' * (len(self.rows[0]) - 1)}"
        return [f"**{self.title}**", "", head, rule, *body, ""]


def tables(told: Iterable[Mapping[str, Any]]) -> list[Table]:
    """The four tables of these tallies (as JSON), each with a last line for all; none for none."""
    by_name: dict[str, Tally] = {}
    for tally in map(Tally.of_json, told):
        by_name[tally.name] = by_name[tally.name] + tally if tally.name in by_name else tally
    if not by_name:
        return []
    lines = [by_name[name] for name in sorted(by_name)]
    everything = sum(lines, Tally("in all"))
    everything.boundaries = sum(line.boundaries for line in lines)
    lines.append(everything)
    return [
        _table("Runs", lines, _runs),
        _table("Steps cut off by kills", lines, _cut_off),
        _table("Lies, by kind", lines, _lies),
        _table("What interrupted tries left unseen", lines, _left),
    ]


def summary(told: Iterable[Mapping[str, Any]]) -> str:
    """The figures that promise P2 is judged by, in one line."""
    tallies = list(map(Tally.of_json, told))
    runs, kills, lies = (
        sum(t.runs for t in tallies),
        sum(t.kills for t in tallies),
        sum(t.lies.total() for t in tallies),
    )
    lost, doubled, unapproved = (
        sum(getattr(t, name) for t in tallies) for name in ("lost", "doubled", "unapproved")
    )
    slowest_s = max((t.slowest_s for t in tallies), default=0.0)
    return (
        f"{runs:,} runs with {kills:,} kills and {lies:,} lies: lost {lost}, visible duplicates {doubled}, "
        f"unapproved {unapproved}; from a restart to a named state at most {slowest_s:.0f} s "
        "(the publisher's clock)"
    )


def _table(title: str, lines: Sequence[Tally], cells: Any) -> Table:
    named = [(line.name, cells(line)) for line in lines]
    head = ["connector", *named[0][1]]
    return Table(title, [head, *([name, *map(str, row.values())] for name, row in named)])


def _runs(t: Tally) -> dict[str, object]:
    return {
        "boundaries": t.boundaries,
        "killed once": t.once,
        "twice": t.twice,
        "lied to": t.lies.total(),
        "slept": t.stopped,
        "restored": t.restored,
        "upset": t.upset,
        "approval void": t.void,
        "recalls": t.recalls,
        "runs": t.runs,
        "public once": t.public_once,
        "called back": t.called_back,
        "to a person": t.to_a_person,
        "doubled by the platform": t.platforms_own,
        "lost": t.lost,
        "visible duplicates": t.doubled,
        "unapproved": t.unapproved,
        "slowest (s)": f"{t.slowest_s:.0f}",
        "failed": len(t.failures),
    }


def _cut_off(t: Tally) -> dict[str, object]:
    steps = [step.value for step in Step] + [BETWEEN]
    return {step.replace("_", " "): t.cut_off[step] for step in steps} | {"in all": t.cut_off.total()}


def _lies(t: Tally) -> dict[str, object]:
    return {lie.name: t.lies[lie.name] for lie in LIES} | {"in all": t.lies.total()}


def _left(t: Tally) -> dict[str, object]:
    return {
        "orphans found": t.found.orphans,
        "discarded": t.found.discarded,
        "kept for a person": t.found.kept,
        "not listable": t.found.unlisted,
    }
