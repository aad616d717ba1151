"""A channel's setting that shapes what the public gets is no way past the approver."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors import registry
from connectors.errors import AuthLost
from loa.services import approving, auditing, byword, channels, deliveries, stopping
from loa.services.rewording import Unapproved
from tests.loa.conftest import Loa
from tests.support.office import Office

LOUD = "hoi-dap@loa-xa"


def add(office: Office, name: str = "loa-xa", platform: str = "loudspeaker", **settings: str) -> None:
    given = {"voice": "none"} if platform == "loudspeaker" else {}
    channels.add(
        office.workspace, office.people["ky"], name, platform=platform, settings=given | settings, secrets={}
    )


def change(office: Office, name: str = "loa-xa", **settings: str) -> Unapproved:
    changed = channels.change(office.workspace, office.people["ky"], name, settings=settings, secrets={})
    return changed.unapproved


def said(office: Office) -> str:
    return "".join(path.read_text("utf-8") for path in (office.folder / "kenh-co-so").rglob("ban-tin*.txt"))


@pytest.mark.parametrize("setting", ["greeting", "closing", "abbreviations", "phone"])
def test_words_that_the_operator_sets_after_the_approval_are_approved_anew(office: Office, setting: str):
    add(office)
    post = office.approved(channels="[loa-xa, website]", text="Đến UBND xã.")
    assert change(office, **{setting: "UBND = tài khoản của tôi"}).again == (LOUD,)
    view = office.view(LOUD)
    assert (view.status, view.last_error) == ("draft", "approval.settings_changed")
    assert deliveries.dossier(office.workspace, LOUD).approvals[0].void_reason == view.last_error
    assert office.statuses()["hoi-dap@website"] == "queued"
    office.publish_until(view.due_at + timedelta(minutes=1))
    assert said(office) == ""
    [told] = [e for e in auditing.listing(office.workspace, subject=LOUD) if e.action == "unapproved"]
    assert (told.actor, told.detail["settings"]) == ("ky", [setting])
    assert auditing.verify(office.workspace).contradictions == ()
    office.clock.instant = datetime.fromisoformat("2026-11-09T06:00+07:00")
    approving.submit(office.workspace, office.people["soan"], post)
    approving.approve(office.workspace, office.people["duyet"], post)
    office.publish_until(view.due_at)
    assert office.view(LOUD).status == "revealing"


@pytest.mark.parametrize("setting", [{"rate": "180"}, {"slots": "05:00-05:30"}, {"greeting": ""}, {}])
def test_what_the_public_does_not_hear_leaves_the_approval_alone(office: Office, setting: dict[str, str]):
    add(office)
    office.approved(channels="[loa-xa]")
    assert change(office, **setting) == Unapproved()
    assert office.view(LOUD).status == "queued"


def test_what_is_in_review_has_to_be_shown_again_too(office: Office):
    add(office)
    approving.submit(office.workspace, office.people["soan"], office.import_post(channels="[loa-xa]"))
    assert change(office, closing="Hết.").again == (LOUD,)
    assert office.view(LOUD).status == "draft"


def test_what_people_hold_stays_as_it_was_approved_and_they_can_say_so(office: Office):
    add(office)
    office.approved(channels="[loa-xa]")
    office.publish_until(office.view(LOUD).due_at)
    before = said(office)
    assert change(office, closing="Gọi số này để nhận thưởng.") == Unapproved((), (LOUD,))
    office.publish_until(office.clock.now() + timedelta(hours=2))
    assert said(office) == before
    assert byword.done(office.workspace, office.people["soan"], LOUD).status == "published"


def test_what_a_platform_holds_is_called_back(office: Office):
    due = "2026-11-12T07:00+07:00"
    office.approved(channels="[fanpage]", due=due)
    stopping.hand_over(office.workspace, office.people["ky"], ["hoi-dap@fanpage"])
    office.publish_until(office.clock.now() + timedelta(minutes=1))
    assert office.view("hoi-dap@fanpage").status == "handed_over"
    assert change(office, "fanpage", video_as="reel").again == ("hoi-dap@fanpage",)
    office.publish_until(datetime.fromisoformat(due) + timedelta(hours=1))
    assert office.view("hoi-dap@fanpage").status == "held"
    assert office.server.ledger(arrivals=False)["total"]["public"] == 0


@pytest.mark.parametrize("platform", ["loudspeaker", "sms", "leaflet", "notice", "press"])
def test_every_setting_of_an_outlet_that_changes_its_words_is_declared(platform: str):
    capabilities = registry.capabilities(platform)
    silent = {"slots", "priority", "rate", "voice", "paper"}
    assert {one.name for one in capabilities.settings if not one.public} <= silent


def test_of_two_officers_who_change_one_channel_at_once_neither_loses_a_setting(
    desk: Office, monkeypatch: pytest.MonkeyPatch
):
    add(desk, "sms", "sms")
    run = desk.workspace.database.run

    def another_first(work: Callable[..., Any]) -> Any:
        monkeypatch.undo()
        change(desk, "sms", sender="UBND XÃ")
        return run(work)

    monkeypatch.setattr(desk.workspace.database, "run", another_first)
    change(desk, "sms", parts="3")
    assert channels.get(desk.workspace, "sms").settings == {"sender": "UBND XÃ", "parts": "3"}


def test_the_command_says_what_has_to_be_approved_again(desk: Office, at_desk: Loa):
    add(desk)
    desk.approved(channels="[loa-xa]")
    done = at_desk("channel", "set", "loa-xa", "--set", "closing=Hết.")
    assert done.code == 0, done.err
    assert LOUD in done.err
    assert "gửi duyệt lại" in done.err


def test_a_channel_that_another_hand_changed_is_told_of_at_once_when_a_post_is_handed_in(
    desk: Office, at_desk: Loa
):
    post = desk.import_post(channels="[fanpage]")
    desk.workspace.database.run(
        lambda c: c.exec_driver_sql("UPDATE channel SET settings = '{}' WHERE id = 'fanpage'")
    )
    with pytest.raises(AuthLost, match="vault:channel-changed"):  # no lock that is waited for
        approving.submit(desk.workspace, desk.people["soan"], post)
    told = at_desk("post", "submit", post, user="soan")
    assert told.code
    assert "Báo người phụ trách kỹ thuật" in told.err
