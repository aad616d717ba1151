"""A database that was copied by hand while it was written, and a clock that was set, at every boundary."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.crash.cases import CASES, Case
from tests.crash.conftest import TABLE
from tests.crash.publisher import Publishers
from tests.crash.town import Town
from tests.crash.upsets import AHEAD, BACK, Upsets

pytestmark = [pytest.mark.slow, pytest.mark.crash]
HAND_MADE = [case for case in CASES if case.restores]
"""An older copy has an older key, or does not know what was sent, in the others."""


@pytest.fixture(params=HAND_MADE, ids=lambda case: case.name)
def upsets(
    request: pytest.FixtureRequest,
    town: Town,
    publishers: Publishers,
    tmp_path: Path,
    seed: int,
    record_property: Callable[[str, object], None],
) -> Upsets:
    case: Case = request.param
    made = Upsets(town, publishers, case, tmp_path, random.Random(seed), partial(record_property, TABLE))
    made.undisturbed()
    return made


@pytest.mark.sqlite
def test_a_database_copied_without_its_log_sends_nothing_twice_and_loses_nothing(upsets: Upsets) -> None:
    for number, name in upsets.boundaries():
        if name.startswith("commit:"):
            upsets.copied_at(number, name)
    upsets.must_be_clean()


@pytest.mark.parametrize("by", [AHEAD, BACK], ids=["ahead", "back"])
def test_a_clock_that_was_set_sends_nothing_twice_and_loses_nothing(upsets: Upsets, by: timedelta) -> None:
    for number, name in upsets.boundaries():
        if name.endswith(":after"):
            upsets.clock_set_at(number, name, by)
    upsets.must_be_clean()
