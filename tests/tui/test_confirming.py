"""What was done at an outlet is confirmed from the queue, on the word of who is signed in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from loa.services import channels, deliveries
from scheduler.status import Status
from tests.support.office import Office
from tests.tui.test_decisions import pick, work
from tests.tui.window import press, text, typed
from tui.rooms.decisions import offered

CONFIRM = "Đã làm xong: xác nhận…"


@pytest.fixture
def aired(office: Office) -> str:
    """A bulletin that is due and waits for people; its delivery's id."""
    channels.add(
        office.workspace,
        office.people["ky"],
        "loa-xa",
        platform="loudspeaker",
        settings={"voice": "none"},
        secrets={},
    )
    post = office.approved("ban-tin.md", channels="[loa-xa]")
    delivery = f"{post}@loa-xa"
    office.publish_until(office.view(delivery).due_at)
    return delivery


def test_a_bulletin_is_confirmed_with_how_often_it_was_aired(office: Office, aired: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pick(pilot, CONFIRM)
        assert "lời của bạn là bằng chứng" in " ".join(text(pilot.app).split())
        await typed(pilot, "hai")
        await press(pilot, "enter", "enter", "enter")
        assert office.view(aired).status == Status.REVEALING, "“hai” is no number"
        for _ in "hai":
            await press(pilot, "backspace")

    work(office, aired, story, who="soan")

    async def again(pilot: Pilot[None]) -> None:
        await pick(pilot, CONFIRM)
        await typed(pilot, "2")
        await press(pilot, "enter", "enter", "enter")
        assert office.view(aired).status == Status.PUBLISHED

    work(office, aired, again, who="soan")
    word = deliveries.dossier(office.workspace, aired).word
    assert word is not None
    assert (word.by, word.count) == ("soan", 2)


def test_a_missed_one_may_still_be_confirmed_and_a_platforms_own_may_not(office: Office, aired: str) -> None:
    view = office.view(aired)
    late = view.deadline
    assert late is not None
    missed = replace(view, status=Status.MISSED, remote_id="")
    assert "done" in offered(missed, late, holds=False, by_hand=False, by_word=True)
    assert "done" not in offered(missed, late, holds=False, by_hand=True)
    assert offered(view, late, holds=False, by_hand=False, by_word=True) == ["done", "cancel"]
