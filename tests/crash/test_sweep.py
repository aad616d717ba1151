"""Every boundary of every connector: killed there, started again, public once and whole."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.crash.cases import CASES, Case
from tests.crash.conftest import TABLE
from tests.crash.lies import READING, WRITING, Lie
from tests.crash.publisher import Publishers
from tests.crash.sweep import Sweep
from tests.crash.town import Town

pytestmark = [pytest.mark.slow, pytest.mark.crash]
LONGEST_FIRST = sorted(CASES, key=lambda case: case.channel not in ("website", "trang", "kenh"))
"""So that two workers end at about the same time."""


@pytest.fixture(params=LONGEST_FIRST, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def sweep(
    case: Case,
    town: Town,
    publishers: Publishers,
    tmp_path: Path,
    seed: int,
    record_property: Callable[[str, object], None],
) -> Sweep:
    """A sweep whose undisturbed run is done."""
    made = Sweep(town, publishers, case, tmp_path, random.Random(seed), partial(record_property, TABLE))
    made.undisturbed()
    return made


def test_killed_at_every_boundary(sweep: Sweep) -> None:
    for number, name in enumerate(sweep.points, 1):
        sweep.kill_at(number, name)
    sweep.must_be_clean()


@pytest.mark.parametrize("lies", [WRITING, READING], ids=["writing", "reading"])
def test_lied_to_about_every_call(sweep: Sweep, lies: Sequence[Lie]) -> None:
    calls = sweep.calls[lies[0].writing]
    if not calls:
        pytest.skip("nobody is asked")
    for lie in lies:
        for number in range(1, 1 + calls):
            sweep.lie(lie, number)
    assert sweep.tally.lies == {lie.name: calls for lie in lies}
    sweep.must_be_clean()


def test_killed_at_every_boundary_and_again_on_the_way_back(sweep: Sweep) -> None:
    for number, name in enumerate(sweep.points, 1):
        sweep.kill_at(number, name, again=True)
    sweep.must_be_clean()


def test_killed_before_the_reveal_and_restored_from_a_backup(case: Case, sweep: Sweep) -> None:
    if not case.restores:
        pytest.skip("an older copy has an older key, or does not know what was sent")
    for number in range(1, sweep.reveal_at):
        sweep.restore_at(number, sweep.points[number - 1])
    sweep.must_be_clean()
