"""What is far too long, too large or too early is refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from content.errors import LoaError, NotFound, UsageError
from loa.services import approving, blackouts, byhand, byword, channels, deciding, deliveries, stopping
from tests.support.office import Office

BOOK = "y" * 3_000_000
LOUD = "hoi-dap@loa-xa"


def loudspeaker(desk: Office) -> None:
    settings = {"voice": "none"}
    channels.add(
        desk.workspace, desk.people["ky"], "loa-xa", platform="loudspeaker", settings=settings, secrets={}
    )


@pytest.mark.parametrize("number", [-1, 0, 2**31, 10**20])
def test_a_number_that_no_entry_can_have_is_not_found(desk: Office, number: int):
    for end in (blackouts.remove, stopping.lift):
        with pytest.raises(NotFound, match=str(number)):
            end(desk.workspace, desk.people["ky"], number, "nhầm")


def test_a_figure_that_nothing_holds_is_refused(desk: Office):
    loudspeaker(desk)
    desk.approved(channels="[loa-xa]")
    desk.publish_until(desk.view(LOUD).due_at)
    byword.done(desk.workspace, desk.people["soan"], LOUD)
    with pytest.raises(UsageError, match="2147483647"):
        byhand.add_figure(desk.workspace, desk.people["soan"], LOUD, "views", 10**19)


def _reasons(desk: Office) -> list[Callable[[], object]]:
    workspace, ky, duyet = desk.workspace, desk.people["ky"], desk.people["duyet"]
    day = date(2026, 11, 24)
    blackouts.add(workspace, ky, day, day, "Thi")
    stopping.start(workspace, ky, "tag", "x", "thử")
    key = desk.approved(channels="[website]")
    return [
        lambda: blackouts.remove(workspace, ky, 1, BOOK),
        lambda: stopping.lift(workspace, ky, 1, BOOK),
        lambda: stopping.start(workspace, ky, "all", "", BOOK),
        lambda: deciding.cancel(workspace, ky, f"{key}@website", BOOK),
        lambda: deciding.move(workspace, ky, f"{key}@website", "09/11/2026 09:00", BOOK),
        lambda: approving.withdraw(workspace, duyet, key, BOOK),
        lambda: stopping.take_down(workspace, ky, key, BOOK),
    ]


def test_a_reason_is_no_book(desk: Office):
    for act in _reasons(desk):
        with pytest.raises(UsageError, match="2000"):
            act()
    assert desk.statuses() == {"hoi-dap@website": "queued"}
    assert [one.removed_at for one in blackouts.listing(desk.workspace)] == [None]


def test_a_setting_is_no_book(desk: Office):
    loudspeaker(desk)
    with pytest.raises(UsageError, match="closing"):
        channels.change(
            desk.workspace, desk.people["ky"], "loa-xa", settings={"closing": "x" * 200_000}, secrets={}
        )
    with pytest.raises(LoaError):
        channels.add(
            desk.workspace,
            desk.people["ky"],
            "sms",
            platform="sms",
            settings={"sender": "x" * 200_000},
            secrets={},
        )


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        ("01/01/2020 05:00", False),
        ("09/11/2026 07:30", False),
        ("09/11/2026 09:00", True),
        ("09/11/2026 09:20", True),
    ],
)
def test_nobody_did_it_before_it_was_approved(desk: Office, at: str, taken: bool):
    loudspeaker(desk)
    post = desk.import_post(channels="[loa-xa]", deadline="2026-11-20T07:00+07:00")
    approving.submit(desk.workspace, desk.people["soan"], post)
    desk.clock.instant = datetime.fromisoformat("2026-11-09T09:00:30+07:00")
    approving.approve(desk.workspace, desk.people["duyet"], post)
    desk.clock.forward(minutes=30)
    if not taken:
        with pytest.raises(UsageError, match="duyệt lúc"):
            byword.done(desk.workspace, desk.people["soan"], LOUD, at=at)
        assert deliveries.dossier(desk.workspace, LOUD).word is None
        return
    assert byword.done(desk.workspace, desk.people["soan"], LOUD, at=at).status == "published"
