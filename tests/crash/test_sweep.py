"""Every boundary of every connector: killed there, started again, public once and whole."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.cases import CASES, Case, Town
from tests.crash.conftest import TABLE
from tests.crash.publisher import Publishers
from tests.crash.sweep import Sweep

pytestmark = [pytest.mark.slow, pytest.mark.crash]
WRITING = re.compile(r"call:(?!GET|HEAD)\S+ .*:before")
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
    made = Sweep(
        town, publishers, case, tmp_path, random.Random(seed), lambda told: record_property(TABLE, told)
    )
    made.undisturbed()
    return made


def test_killed_at_every_boundary(sweep: Sweep) -> None:
    for number, name in enumerate(sweep.points, 1):
        sweep.kill_at(number, name)
    sweep.must_be_clean()


def test_left_without_the_answer_of_every_writing_call(sweep: Sweep) -> None:
    writing = sum(bool(WRITING.fullmatch(name)) for name in sweep.points)
    if not writing:
        pytest.skip("nothing is sent to anybody")
    for number in range(1, 1 + writing):
        sweep.drop(number)
    assert sweep.tally.drops == writing
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
