"""The crash tests themselves are tested: a build without one of its safeguards does not get through them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.crash.cases import CASES, Case
from tests.crash.conftest import LINE
from tests.crash.publisher import Publishers
from tests.crash.sweep import Sweep
from tests.crash.town import Town
from tests.crash.unapproved import unapproved

pytestmark = [pytest.mark.slow, pytest.mark.crash]
BY_NAME = {case.name: case for case in CASES}


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str, Sequence[str]], None]:
    return lambda build, failures: record_property(
        LINE, f"a build with {build} is caught: {failures[0].splitlines()[0][:150]}"
    )


def swept(town: Town, publishers: Publishers, folder: Path, case: Case, builds: Sequence[str]) -> Sweep:
    sweep = Sweep(town, publishers, case, folder, random.Random(1), lambda _: None, builds)
    sweep.undisturbed()
    return sweep


def doubles(sweep: Sweep) -> list[str]:
    """Failures that are a double: seen by the test, or by Loa itself when it was too late (twins)."""
    return [told for told in sweep.tally.failures if "2 public" in told or "settle.twins" in told]


def test_without_fences_a_double_is_found(
    town: Town,
    publishers: Publishers,
    followers: Publishers,
    tmp_path: Path,
    tell: Callable[[str, Sequence[str]], None],
) -> None:
    sweep = swept(
        town,
        publishers,
        tmp_path,
        BY_NAME["facebook (two_step)"],
        ["several machines", "no fences", "no notes of use"],
    )
    for number, name in enumerate(sweep.points, 1):
        if name.startswith("call:POST") and not doubles(sweep):
            sweep.stop_at(number, name, followers)
    assert doubles(sweep), sweep.tally
    tell("no fences, and no notes of what a yes was used for,", doubles(sweep))


def test_without_read_back_a_double_is_found(
    town: Town, publishers: Publishers, tmp_path: Path, tell: Callable[[str, Sequence[str]], None]
) -> None:
    sweep = swept(town, publishers, tmp_path, BY_NAME["facebook (direct), words only"], ["no read-back"])
    for number, name in enumerate(sweep.points, 1):
        if number >= sweep.reveal_at and not doubles(sweep):
            sweep.kill_at(number, name)
    assert doubles(sweep), sweep.tally
    tell("no read-back", doubles(sweep))


def test_without_the_approval_gate_something_unapproved_is_found(
    town: Town, publishers: Publishers, tmp_path: Path, tell: Callable[[str, Sequence[str]], None]
) -> None:
    looks = unapproved(town, publishers, BY_NAME["website"], tmp_path, ["no approval gate"])
    found = next((look for look in looks if look.wrong), None)
    assert found
    assert found.wrong[0].startswith("public:")
    tell("no approval gate", [f"{found.where}: {found.wrong[0]}"])
