"""P1 under fire: an approval that is void, forged or for another text lets nothing out, whoever is killed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.cases import CASES, Case
from tests.crash.conftest import TABLE
from tests.crash.figures import Tally
from tests.crash.publisher import Publishers
from tests.crash.town import Town
from tests.crash.unapproved import unapproved

pytestmark = [pytest.mark.slow, pytest.mark.crash]
WEBSITE, PAGE = CASES[0], CASES[2]


@pytest.mark.parametrize("case", [WEBSITE, PAGE], ids=lambda case: case.name)
def test_nothing_unapproved_is_public_wherever_publishers_die(
    case: Case,
    town: Town,
    publishers: Publishers,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    looks = list(unapproved(town, publishers, case, tmp_path))
    kills = sum(look.killed for look in looks)
    wrong = sum(bool(look.wrong) for look in looks)
    record_property(TABLE, Tally(case.name, void=kills, unapproved=wrong).as_json())
    assert kills
    assert [look for look in looks if look.wrong] == []
