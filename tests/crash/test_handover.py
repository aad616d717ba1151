"""What platforms hold: public once wherever publishers die, and never once it was called back."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.crash.cases import Case
from tests.crash.conftest import TABLE
from tests.crash.handing_over import CASES, FREEZE, MISTRUST, Commands, Recalls
from tests.crash.lies import WRITING
from tests.crash.publisher import Publishers
from tests.crash.sample import some
from tests.crash.sweep import Sweep
from tests.crash.town import Town

pytestmark = [pytest.mark.slow, pytest.mark.crash]
LOST_ANSWERS = [lie for lie in WRITING if lie.name in ("cut", "500", "empty", "too late")]


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def commands(town: Town) -> Iterator[Commands]:
    with Commands(town.clock, ".command") as started:
        yield started


@pytest.fixture
def rng(seed: int) -> random.Random:
    return random.Random(seed)


@pytest.fixture
def sweep(
    case: Case,
    town: Town,
    publishers: Publishers,
    tmp_path: Path,
    seed: int,
    record_property: Callable[[str, object], None],
) -> Sweep:
    made = Sweep(town, publishers, case, tmp_path, random.Random(seed), partial(record_property, TABLE))
    made.undisturbed()
    return made


@pytest.fixture
def recalls(
    case: Case,
    town: Town,
    publishers: Publishers,
    commands: Commands,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> Recalls:
    return Recalls(town, publishers, commands, case, tmp_path, partial(record_property, TABLE))


def test_killed_at_every_boundary_of_a_hand_over_it_is_public_once(sweep: Sweep) -> None:
    for number, name in sweep.boundaries():
        sweep.kill_at(number, name)
    sweep.must_be_clean()


def test_left_without_the_answer_of_every_call_of_a_hand_over_it_is_public_once(sweep: Sweep) -> None:
    for lie in LOST_ANSWERS:
        for number in sweep.calls_lied_about(writing=True):
            sweep.lie(lie, number)
    sweep.must_be_clean()


def test_a_freeze_that_was_killed_anywhere_lets_nothing_come_out(
    recalls: Recalls, rng: random.Random
) -> None:
    points = recalls.points_of(FREEZE)
    for number in some(range(1, 1 + len(points)), rng):
        recalls.kill_command(FREEZE, number)
    recalls.must_be_clean()


def test_the_publisher_that_takes_up_a_killed_freeze_is_killed_anywhere(recalls: Recalls) -> None:
    points = recalls.points_of(FREEZE)
    committed = next(n for n, name in enumerate(points, 1) if name.endswith(":after"))
    recalls.kill_publisher(FREEZE, committed)
    recalls.must_be_clean()


def test_a_freeze_after_a_hand_over_that_was_killed_anywhere_lets_nothing_come_out(
    recalls: Recalls, rng: random.Random
) -> None:
    for number in some(recalls.handing_over, rng):
        recalls.interrupt_hand_over(FREEZE, number)
    recalls.must_be_clean()


def test_a_freeze_left_without_the_answer_of_every_call_lets_nothing_come_out(recalls: Recalls) -> None:
    for lie in LOST_ANSWERS:
        recalls.lie(FREEZE, lie)
    assert recalls.tally.lies
    recalls.must_be_clean()


def test_a_withdrawn_signature_that_was_killed_anywhere_lets_nothing_come_out(
    recalls: Recalls, rng: random.Random
) -> None:
    points = recalls.points_of(MISTRUST)
    for number in some(range(1, 1 + len(points)), rng):
        recalls.kill_command(MISTRUST, number)
    recalls.kill_publisher(MISTRUST, len(points))
    recalls.must_be_clean()
