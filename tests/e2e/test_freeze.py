"""The emergency stop of a busy office, in real processes and real seconds, counted at the platforms."""

from __future__ import annotations

import pytest

from bench import freeze

pytestmark = pytest.mark.slow


def test_a_freeze_stops_all_that_is_queued_and_calls_back_all_that_platforms_hold() -> None:
    told = freeze.run(queued=200, held=20)
    assert (told.stopped, told.recalled, told.not_recalled) == (200, 20, 0), told
    assert told.leaving_after == 0, "something was begun after the freeze"
    assert told.public_in_freeze == 0, "something came out although everything stood still"
    assert (told.overdue, told.going_on) == (200, 20), "what came due meanwhile is for a person to decide"
    assert told.published_once == 200, "let go on by a person, each came out once"
    assert told.held_again == 20, "what is not due yet is with its platform again"
