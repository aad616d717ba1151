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
    for number, name in sweep.boundaries():
        sweep.kill_at(number, name)
    sweep.must_be_clean()


@pytest.mark.parametrize("lies", [WRITING, READING], ids=["writing", "reading"])
def test_lied_to_about_every_call(sweep: Sweep, lies: Sequence[Lie]) -> None:
    writing = lies[0].writing
    if not sweep.calls[writing]:
        pytest.skip("nobody is asked")
    told = {lie.name: sweep.calls_lied_about(writing=writing) for lie in lies}
    for lie in lies:
        for number in told[lie.name]:
            sweep.lie(lie, number)
    assert sweep.tally.lies == {name: len(numbers) for name, numbers in told.items()}
    sweep.must_be_clean()


def test_killed_at_every_boundary_and_again_on_the_way_back(sweep: Sweep) -> None:
    for number, name in sweep.boundaries():
        sweep.kill_at(number, name, again=True)
    sweep.must_be_clean()


def test_killed_before_the_reveal_and_restored_from_a_backup(case: Case, sweep: Sweep) -> None:
    if not case.restores:
        pytest.skip("an older copy has an older key, or does not know what was sent")
    for number, name in sweep.boundaries(before=sweep.reveal_at):
        sweep.restore_at(number, name)
    sweep.must_be_clean()
