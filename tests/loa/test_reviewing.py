"""What waits for whom: the list says exactly what approving would refuse, and what changed since."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from content.approval import Role
from content.errors import NotFound, RefusedByRule
from loa.services import approving, people, reviewing
from scheduler.store.tables import delivery, post, sealed
from tests.support.office import PASSPHRASE, Office


def submitted(office: Office, name: str = "hoi-dap.md", **keys: str) -> str:
    key = office.import_post(name, **keys)
    approving.submit(office.workspace, office.people["soan"], key)
    return key


def officer(office: Office, name: str, *roles: Role) -> people.Person:
    return people.add(
        office.workspace, office.people["ky"], name, full_name=name, roles=list(roles), passphrase=PASSPHRASE
    )


def hindrance(office: Office, who: people.Person) -> str:
    [one] = reviewing.waiting(office.workspace, who)
    return one.hindrance


def refused(office: Office, who: people.Person, key: str) -> bool:
    try:
        approving.approve(office.workspace, who, key)
    except RefusedByRule:
        return True
    return False


def test_nothing_but_what_is_in_review_waits(desk: Office) -> None:
    desk.import_post("nhap.md")
    desk.approved("xong.md")
    key = submitted(desk, "cho.md")
    assert [(one.id, one.hindrance) for one in reviewing.waiting(desk.workspace)] == [(key, "")]
    assert hindrance(desk, desk.people["duyet"]) == ""
    assert not refused(desk, desk.people["duyet"], key)


@pytest.mark.parametrize("why", ["role", "own", "late", "changed"])
def test_what_hinders_an_officer_is_what_approving_refuses(desk: Office, why: str) -> None:
    key, who = submitted(desk), desk.people["duyet"]
    if why == "role":
        who = desk.people["soan"]
    elif why == "own":
        who = officer(desk, "kiem", Role.APPROVER, Role.DRAFTER)
        desk.workspace.database.run(
            lambda c: c.execute(update(post).where(post.c.id == key).values(contributors="soan,kiem"))
        )
    elif why == "late":
        desk.clock.forward(minutes=60 * 24 * 40)
    else:
        desk.workspace.database.run(lambda c: c.execute(update(post).values(source="# khác")))
    assert hindrance(desk, who) == why
    assert refused(desk, who, key)


def test_whoever_said_yes_and_whose_level_is_not_asked_for_are_told_apart(desk: Office) -> None:
    config = desk.folder / "config.toml"
    written = config.read_text("utf-8")
    config.write_text(
        written.replace('required = ["approver"]', 'required = ["reviewer", "approver"]'), "utf-8"
    )
    from loa.services.workspace import Workspace

    tham = officer(desk, "tham", Role.REVIEWER)
    other = officer(desk, "tham2", Role.REVIEWER)
    key = submitted(desk)
    workspace = Workspace.open(desk.folder, desk.clock)
    try:
        approving.approve(workspace, tham, key)
        found = {
            who.name: reviewing.waiting(workspace, who)[0].hindrance
            for who in (tham, other, desk.people["duyet"])
        }
        assert found == {"tham": "given", "tham2": "level", "duyet": ""}
        [part, _] = reviewing.review(workspace, key).parts
        assert [(yes.officer, yes.role) for yes in part.given] == [("tham", "reviewer")]
        assert part.last is None, "a yes to exactly this is not an earlier one"
    finally:
        workspace.close()


def test_who_can_approve_is_asked_first_and_then_the_hour(desk: Office) -> None:
    late = submitted(desk, "sau.md", due="2026-11-12T07:00+07:00")
    early = submitted(desk, "truoc.md", due="2026-11-10T07:00+07:00")
    own = submitted(desk, "cua-minh.md", due="2026-11-09T07:00+07:00")
    desk.workspace.database.run(
        lambda c: c.execute(update(post).where(post.c.id == own).values(contributors="soan,duyet"))
    )
    found = reviewing.waiting(desk.workspace, desk.people["duyet"])
    assert [one.id for one in found] == [early, late, own]
    assert [one.id for one in reviewing.waiting(desk.workspace)] == [own, early, late]


def test_a_post_that_nobody_approved_has_no_last_approval(desk: Office) -> None:
    for part in reviewing.review(desk.workspace, submitted(desk)).parts:
        assert (part.last, part.changes) == (None, None)


def test_what_was_approved_before_is_compared_although_the_delivery_went_on(desk: Office) -> None:
    key = desk.approved()
    submitted(desk, text="Hiểu luật để giúp mình.")
    [website, _] = reviewing.review(desk.workspace, key).parts
    assert website.last is not None
    assert (website.last.officer, website.last.void_reason) == ("duyet", "edited")
    assert website.changes is not None
    assert [line.text for line in website.changes.lines if line.sign == "-"] == ["Hiểu luật để bảo vệ mình."]


def test_the_same_again_is_no_change(desk: Office) -> None:
    key = desk.approved()
    approving.withdraw(desk.workspace, desk.people["soan"], key, "xem lại")
    approving.submit(desk.workspace, desk.people["soan"], key)
    [part, _] = reviewing.review(desk.workspace, key).parts
    assert part.last is not None
    assert part.changes is not None
    assert not part.changes


@pytest.mark.parametrize("how", ["gone", "altered"])
def test_an_earlier_text_that_is_not_what_was_signed_is_no_ground_for_comparison(
    desk: Office, how: str
) -> None:
    key = desk.approved()
    submitted(desk, text="Hiểu luật để giúp mình.")
    now = {part.delivery: part for part in reviewing.review(desk.workspace, key).parts}
    mine = next(iter(now.values()))
    change = delete(sealed) if how == "gone" else update(sealed).values(payload=mine.variant.canonical())
    desk.workspace.database.run(lambda c: c.execute(change))
    for part in reviewing.review(desk.workspace, key).parts:
        assert part.last is not None, "that somebody approved is still told"
        assert not part.proved


def test_a_damaged_text_is_not_shown_and_so_not_approved(desk: Office) -> None:
    key = submitted(desk)
    desk.workspace.database.run(
        lambda c: c.execute(update(delivery).where(delivery.c.id == f"{key}@website").values(payload="{"))
    )
    review = reviewing.review(desk.workspace, key, desk.people["duyet"])
    assert (review.post.hindrance, list(review.seen)) == ("changed", [f"{key}@fanpage"])
    with pytest.raises(RefusedByRule):
        approving.approve(desk.workspace, desk.people["duyet"], key, seen=review.seen)


def test_what_is_reviewed_no_more_is_not_found(desk: Office) -> None:
    with pytest.raises(NotFound):
        reviewing.review(desk.workspace, desk.approved())


def test_the_seals_of_a_review_are_what_approving_asks_for(desk: Office) -> None:
    key = submitted(desk)
    review = reviewing.review(desk.workspace, key)
    desk.workspace.database.run(
        lambda c: c.execute(
            update(delivery).values(payload=review.parts[0].variant.canonical().replace("bảo vệ", "hại"))
        )
    )
    with pytest.raises(RefusedByRule):
        approving.approve(desk.workspace, desk.people["duyet"], key, seen=review.seen)
    assert review.parts[0].due_at == review.parts[0].variant.not_before
    assert review.parts[0].variant.deadline > review.parts[0].variant.not_before + timedelta(0)
