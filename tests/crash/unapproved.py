"""A yes that stands no longer when the publisher comes to it: nothing may become public, whoever dies."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select, update

from scheduler.store.tables import approval, delivery
from tests.crash.cases import Case
from tests.crash.publisher import Publishers
from tests.crash.sample import EVERY
from tests.crash.sweep import CLAIM
from tests.crash.town import Town


def _voided(connection: Connection) -> None:
    connection.execute(update(approval).values(voided_at=select(delivery.c.created_at).scalar_subquery()))


def _unsigned(connection: Connection) -> None:
    connection.execute(update(approval).values(signature=""))


def _other_text(connection: Connection) -> None:
    text = func.replace(delivery.c.payload, "Hiểu luật", "Mua đất")
    connection.execute(update(delivery).values(payload=text))


WAYS: tuple[Callable[[Connection], None], ...] = (_voided, _unsigned, _other_text)
"""What may happen to an approval behind Loa's back, in the database itself."""


@dataclass(frozen=True)
class Look:
    """One run: where its publisher was killed, and what was public although nothing might be."""

    where: str
    killed: bool
    wrong: tuple[str, ...]


def unapproved(
    town: Town, publishers: Publishers, case: Case, room: Path, builds: Sequence[str] = ()
) -> Iterator[Look]:
    """Take the yes away before the first step, or between preparing and showing; kill at every point."""
    ready = town.made_ready(case, room / "ready")
    points = publishers.run(town.copy(ready, room / "undisturbed"), builds=builds).points
    reveal = [number for number, name in enumerate(points, 1) if name == CLAIM][1]
    for way, prepared in itertools.product(WAYS, (False, True)):
        for number in itertools.count(1, EVERY):
            town.platforms.reset()
            folder = room / "run"
            shutil.rmtree(folder, ignore_errors=True)
            town.copy(ready, folder)
            if prepared:
                assert publishers.run(folder, at=reveal, builds=builds).killed
            with town.opened(folder) as office:
                office.workspace.database.run(way)
            killed = publishers.run(folder, at=number, builds=builds).killed
            publishers.run(folder, builds=builds)
            public = town.platforms.by_channel[case.channel].public(folder)
            with town.opened(folder) as office:
                states = set(office.statuses().values()) - {"held"}
            when = "after preparing" if prepared else "before preparing"
            where = f"{case.name}, {way.__name__} {when}, killed at {number}"
            yield Look(where, killed, (*(f"public: {entry}" for entry in public), *sorted(states)))
            if not killed:
                break
