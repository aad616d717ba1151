"""A publisher that sleeps through its lease, beside another one: what it finds when it wakes up.

As on several machines, where no lock keeps the second one out: only the leases and their fences do. Stopped
inside a transaction it would hold the database as well, so it is stopped at calls and behind commits.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.crash.cases import CASES, Case
from tests.crash.conftest import TABLE
from tests.crash.publisher import Asleep, Publishers
from tests.crash.sweep import Sweep
from tests.crash.town import Town
from tests.support.store import ENGINE

pytestmark = [pytest.mark.slow, pytest.mark.crash]
BY_ID = ("wordpress", "facebook (two_step)", "facebook video (two_step)", "youtube", "zalo")
"""Platforms whose reveal names what was prepared. Where one call does it all, a sleeper that was stopped
between its last look at the lease and that call sends it too: no platform takes a fence."""


@pytest.mark.parametrize("case", [c for c in CASES if c.name in BY_ID], ids=lambda case: case.name)
def test_stopped_for_longer_than_the_lease_while_a_second_publisher_took_over(
    case: Case,
    town: Town,
    publishers: Publishers,
    followers: Publishers,
    tmp_path: Path,
    seed: int,
    record_property: Callable[[str, object], None],
) -> None:
    sweep = Sweep(
        town,
        publishers,
        case,
        tmp_path,
        random.Random(seed),
        partial(record_property, TABLE),
        ["several machines"],
    )
    sweep.undisturbed()
    for number, name in sweep.boundaries():
        if name.startswith("call:") or name.endswith(":after"):
            sweep.stop_at(number, name, followers)
    assert sweep.tally.stopped
    sweep.must_be_clean()


@pytest.mark.skipif(ENGINE == "worker", reason="a second worker is welcome")
def test_on_one_machine_the_second_is_refused_and_the_first_goes_on(
    town: Town, publishers: Publishers, followers: Publishers, tmp_path: Path
) -> None:
    [case] = [case for case in CASES if case.name == "facebook (two_step)"]
    folder = town.made_ready(case, tmp_path / "xa")
    asleep = publishers.stopped(folder, at=6)
    assert isinstance(asleep, Asleep)
    town.clock.forward(minutes=10)
    second = followers.run(folder)
    assert (second.code, len(second.points)) == (3, 0), second.said
    first = asleep.wake()
    assert first.ended, first.said
    with town.opened(folder) as office:
        assert list(office.statuses().values()) == ["published"]
    assert len(town.platforms.by_channel["fanpage"].public(folder)) == 1
