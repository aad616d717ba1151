"""Whose yes counts for whose channel: decided by pinned units and signed words, never by the database."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from content.approval import Role
from content.errors import NotFound, RefusedByRule
from content.waiver import Waiver
from loa.services import (
    aftermath,
    approving,
    auditing,
    awaiting,
    blackouts,
    confirming,
    contradictions,
    deciding,
    delegating,
    deliveries,
    health,
    people,
    posts,
    publishing,
    stopping,
    trusting,
)
from loa.services.workspace import Workspace
from scheduler.seals import approvals_of
from scheduler.store.tables import delivery
from scheduler.trust import Trust
from tests.support.office import PASSPHRASE
from tests.units.conftest import Desk, Province

DUE = "2026-11-09T07:00+07:00"
AFTER = datetime.fromisoformat("2026-11-09T07:10+07:00")
OVER = datetime.fromisoformat("2026-11-10T07:00+07:00")
MONTH = timedelta(days=30)


def outcome(
    province: Province, desk: Desk, post: str = "hoi-dap", *, until: datetime = AFTER
) -> tuple[str, str]:
    """What the publisher made of it by ten past seven: status and reason."""
    province.office.publish_until(until)
    view = deliveries.dossier(province.house.workspace, f"{post}@{desk.channel}").delivery
    return view.status, view.last_error


def forge_approval(province: Province, desk: Desk, other: Desk) -> None:
    """`other` approves its own draft; a writer to the database makes it a yes to `desk`'s delivery.

    What a rogue approver of another unit can do who has the database as well: sign the very seal.
    """
    post = desk.submitted(due=DUE)
    trust = other.workspace.trust.people()
    desk.workspace.trust.write({**desk.workspace.trust.people(), **trust})
    house = province.house.workspace
    house.trust.write({**house.trust.people(), **trust})
    person = other.people["duyet"]
    # signed at the owner's connection, with the check of the service itself out of the way
    from scheduler import delegations

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delegations, "counts", lambda *_: True)
        approving.approve(house, person, post)


def test_a_commune_publishes_what_its_own_people_approved(province: Province):
    province.pin(province.a)
    province.a.approved(due=DUE)
    assert outcome(province, province.a) == ("published", "")


def test_whom_nobody_pinned_at_the_publisher_approves_nothing(province: Province):
    province.a.approved(due=DUE)
    status, why = outcome(province, province.a)
    assert (status, why) == ("held", "approval.unpinned: loa trust add duyet00001 --unit 00001")


def test_who_is_pinned_afterwards_need_not_approve_again(province: Province):
    """Held for want of a pin is no forgery: no alarm of one, and the same signature counts from then on."""
    a, house = province.a, province.house
    confirming.confirm(house.workspace, house.people["ky"], a.channel, a.code)
    post = f"{a.approved(due=DUE, deadline='2026-11-10T07:00+07:00')}@{a.channel}"
    assert outcome(province, a)[0] == "held"
    assert {one.key for one in contradictions.find(house.workspace)} == set()
    alert = next(one for one in health.examine(house.workspace).alerts if one.subject == post)
    assert (alert.key, alert.severity) == ("held", "warning")
    assert "loa trust add duyet00001 --unit 00001" in alert.message
    with pytest.raises(RefusedByRule, match="không cần duyệt lại"):
        deciding.retry(house.workspace, house.people["ky"], post)
    trusting.add(house.workspace, house.people["ky"], a.people["duyet"], unit=a.code)
    assert trusting.held_for(house.workspace, "duyet00001", a.code) == [post]
    assert trusting.held_for(house.workspace, "duyet0000", a.code) == []
    view = deliveries.dossier(house.workspace, post).delivery
    assert aftermath.kind_of(view, house.workspace.now()) == "held", "no advice to approve it again"
    deciding.retry(house.workspace, house.people["ky"], post)
    assert outcome(province, a) == ("published", "")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE approval SET expires_at = expires_at + interval '1 day'",
        "UPDATE approval SET signature = ''",
        "UPDATE approval SET officer = 'soan00001'",
        "UPDATE officer SET unit = '00002' WHERE name = 'duyet00001'",
        "UPDATE officer SET unit = '' WHERE name = 'duyet00001'",
        "UPDATE officer SET roles = 'drafter' WHERE name = 'duyet00001'",
        "UPDATE officer SET active = false WHERE name = 'duyet00001'",
        "UPDATE officer SET public_key = (SELECT public_key FROM officer WHERE name = 'ky00001')"
        " WHERE name = 'duyet00001'",
    ],
)
def test_what_the_key_in_an_unpinned_officers_row_did_not_sign_is_a_forgery(province: Province, change: str):
    post = f"{province.a.approved(due=DUE)}@{province.a.channel}"
    province.sql(change)
    assert outcome(province, province.a) == ("held", "approval.forged")
    found = {(one.key, one.subject) for one in contradictions.find(province.house.workspace)}
    assert ("approval_forged", post) in found


def test_an_override_by_who_waits_to_be_pinned_is_no_forgery_either(province: Province):
    post, tham = province.a.submitted(due=DUE), province.a.people["tham"]
    now = province.house.workspace.now()
    word = Waiver(
        post, "0" * 64, "law.expired", "1/2020/NĐ-CP", tham.name, Role.REVIEWER, "còn dùng được", now
    )
    assert tham.signer is not None
    province.sql(
        "INSERT INTO waiver (post_id, source_sha256, rule, about, officer, role, reason, at, signature,"
        " void_reason, voided_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '', '')",
        *(word.post, word.source_sha256, word.rule, word.about, word.officer, "reviewer", word.reason),
        *(word.at, tham.signer.sign(word.statement())),
    )
    assert contradictions.find(province.house.workspace) == []
    province.sql("UPDATE waiver SET reason = 'khác'")
    assert [one.key for one in contradictions.find(province.house.workspace)] == ["override_forged"]


def test_a_forged_yes_beside_an_unpinned_one_is_told_of_first(province: Province):
    province.a.approved(due=DUE)
    province.sql(
        "INSERT INTO approval (delivery_seq, seal, officer, role, at, expires_at, signature, void_reason)"
        " SELECT delivery_seq, seal, 'ky', role, at, expires_at, signature, '' FROM approval"
    )
    assert outcome(province, province.a) == ("held", "approval.forged")


@pytest.mark.parametrize("pinned", [(), ("a",), ("b",)], ids=["nobody", "giver", "delegate"])
def test_what_a_delegate_approved_names_whoever_of_both_is_not_pinned(
    province: Province, pinned: tuple[str, ...]
):
    a, b = province.a, province.b
    province.pin(*(getattr(province, name) for name in pinned))
    delegating.give(a.workspace, a.people["duyet"], "00002", "approve", a.workspace.now() + MONTH)
    approving.approve(b.workspace, b.people["duyet"], a.submitted(due=DUE))
    status, why = outcome(province, a)
    missing = [f"loa trust add duyet{code} --unit {code}" for code in ("00001", "00002")]
    left = [one for one, name in zip(missing, "ab", strict=True) if name not in pinned]
    assert (status, why) == ("held", f"approval.unpinned: {'; '.join(left)}")
    province.sql("UPDATE delegation SET until = until + interval '1 day'")
    house = province.house
    kinds = {one.key for one in contradictions.find(house.workspace)}
    assert "approval_forged" in kinds, "another hand was at the delegation"


def test_who_is_believed_no_more_does_not_wait_to_be_pinned(province: Province):
    a, house = province.a, province.house
    province.pin(a)
    trusting.remove(house.workspace, house.people["ky"], "duyet00001")
    a.approved(due=DUE)
    assert outcome(province, a) == ("held", "approval.forged")


@pytest.mark.parametrize("wrong", ["b", "house"])
def test_a_signature_of_another_unit_lets_nothing_go(province: Province, wrong: str):
    """Also the province's: it keeps the house, and approves for its own channels alone."""
    province.pin(province.a, province.b)
    forge_approval(province, province.a, getattr(province, wrong))
    assert outcome(province, province.a)[0] == "held"


def test_a_commune_approves_nothing_for_the_provinces_channel(province: Province):
    province.pin(province.a)
    forge_approval(province, province.house, province.a)
    assert outcome(province, province.house)[0] == "held"


def test_the_service_says_so_at_once(province: Province):
    post = province.a.submitted(due=DUE)
    house = province.house
    with pytest.raises(RefusedByRule, match=r"Kênh này của đơn vị 00001.*loa unit delegate approve --until"):
        approving.approve(house.workspace, house.people["duyet"], post)


def test_a_pin_is_for_the_unit_that_was_typed_and_that_the_record_names(province: Province):
    house, lan = province.house, province.a.people["duyet"]
    for typed in ("", "00002"):
        with pytest.raises(RefusedByRule, match="không phải cán bộ của đơn vị"):
            trusting.add(house.workspace, house.people["ky"], lan, unit=typed)
    with pytest.raises(RefusedByRule, match="Gõ cả mã đơn vị"):
        trusting.add(house.workspace, house.people["ky"], lan)
    trusting.add(house.workspace, house.people["ky"], lan, unit="00001")
    assert Trust(house.workspace.folder).units_of(lan.name) == ("00001",)
    assert Trust(house.workspace.folder).units_of("duyet") == ("",)


def test_a_channel_cannot_be_made_another_units_in_the_database(province: Province):
    """Its people would approve for it then: whose it is stands in what the witness noted."""
    province.pin(province.a, province.b)
    forge_approval(province, province.a, province.b)
    noted = province.a.workspace.trust.witness.channels()
    for name, digest in noted.items():
        province.house.workspace.trust.witness.pin_channel(name, digest)
    province.sql("UPDATE channel SET unit = '00002', version = version + 1 WHERE unit = '00001'")
    status, reason = outcome(province, province.a)
    assert (status, "channel" in reason) == ("held", True), reason


def test_a_delivery_renamed_in_the_database_is_judged_by_its_channels_unit(province: Province):
    province.pin(province.a, province.b)
    forge_approval(province, province.a, province.b)
    province.sql("ALTER TABLE delivery DISABLE TRIGGER unit_of_delivery")
    province.sql("UPDATE delivery SET unit = '00002' WHERE unit = '00001'")
    assert outcome(province, province.a)[0] == "held"


def test_by_a_delegation_another_units_officer_approves(province: Province):
    province.pin(province.a, province.b)
    post = province.a.submitted(due=DUE)
    with pytest.raises(NotFound):
        posts.get(province.b.workspace, post)
    a, b = province.a, province.b
    given = delegating.give(a.workspace, a.people["duyet"], "00002", "approve", a.workspace.now() + MONTH)
    assert given.believed
    assert posts.get(b.workspace, post).status == "in_review"
    assert [one.believed for one in delegating.listing(b.workspace)] == [None], "the publisher's to judge"
    approving.approve(b.workspace, b.people["duyet"], post)
    assert outcome(province, a) == ("published", "")
    b.workspace.note_audit()
    delegating.take_back(a.workspace, a.people["duyet"], given.id)
    assert auditing.verify(b.workspace).cut_at is None, "what is out of sight again is not missing"


def test_a_delegation_by_whom_the_publisher_has_not_pinned_carries_nothing(province: Province):
    """The other unit's PC cannot tell, and takes it meanwhile; the publisher decides."""
    province.pin(province.b)
    a, b = province.a, province.b
    confirming.confirm(province.house.workspace, province.house.people["ky"], a.channel, a.code)
    post = a.submitted(due=DUE)
    delegating.give(a.workspace, a.people["duyet"], "00002", "approve", a.workspace.now() + MONTH)
    assert not delegating.listing(province.house.workspace)[0].believed
    approving.approve(b.workspace, b.people["duyet"], post)
    assert outcome(province, a)[0] == "held"


def test_the_unit_that_let_another_approve_sees_that_it_did(province: Province):
    province.pin(province.a, province.b)
    a, b = province.a, province.b
    post = a.submitted(due=DUE)
    delegating.give(a.workspace, a.people["duyet"], "00002", "approve", a.workspace.now() + MONTH)
    approving.approve(b.workspace, b.people["duyet"], post)
    with a.workspace.database.read() as connection:
        seq = connection.execute(select(delivery.c.seq).where(delivery.c.post_id == post)).scalar_one()
        (yes,) = approvals_of(connection, [seq], a.workspace.trust)[seq]
    assert (yes.officer, yes.genuine) == (b.people["duyet"].name, True)
    assert not auditing.verify(a.workspace).contradictions


def test_a_server_that_calls_the_publisher_a_units_login_makes_no_yes_count(province: Province):
    """A unit's PC leaves strangers to the publisher. Who owns the database could have it say that of the
    publisher itself."""
    house = province.house
    publishing.must_see_all(house.workspace)  # as every publisher does when it starts
    post = house.approved(due=DUE)
    province.sql("UPDATE approval SET officer = 'nguoi.la'")
    for table in ("post", "delivery", "approval"):
        province.sql(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    assert outcome(province, house, post)[0] == "held"
    with pytest.raises(RefusedByRule, match="không chạy bộ đăng bài"):
        publishing.must_see_all(Workspace.open(house.workspace.folder, province.clock))


def test_who_may_only_see_approves_nothing_and_changes_nothing(province: Province):
    province.pin(province.a, province.b)
    post = province.a.submitted(due=DUE)
    a, b = province.a, province.b
    delegating.give(a.workspace, a.people["duyet"], "00002", "see", a.workspace.now() + MONTH)
    assert posts.get(b.workspace, post).title
    for tried in (
        lambda: approving.approve(b.workspace, b.people["duyet"], post),
        lambda: approving.reject(b.workspace, b.people["duyet"], post, "phá"),
        lambda: deciding.cancel(b.workspace, b.people["ky"], f"{post}@{a.channel}", "phá"),
        lambda: stopping.start(b.workspace, b.people["ky"], "channel", a.channel, "phá"),
    ):
        try:
            tried()
        except RefusedByRule:
            continue
        assert posts.get(a.workspace, post).status == "in_review"
    assert posts.get(a.workspace, post).status == "in_review"
    forge_again = province.sql("SELECT count(*) FROM approval")
    assert forge_again == [(0,)]


def test_a_delegation_taken_back_carries_nothing_any_more_whatever_the_database_says(province: Province):
    province.pin(province.a, province.b)
    post = province.a.submitted(due=DUE)
    a, b = province.a, province.b
    given = delegating.give(a.workspace, a.people["duyet"], "00002", "approve", a.workspace.now() + MONTH)
    approving.approve(b.workspace, b.people["duyet"], post)
    delegating.take_back(a.workspace, a.people["duyet"], given.id)
    province.house.workspace.trust.witness.take_back(
        name for name, state in a.workspace.trust.witness._all("override").items() if state == "void"
    )
    province.sql("UPDATE delegation SET ended_at = NULL")
    assert outcome(province, a)[0] == "held"


def approved_by_delegation(province: Province) -> tuple[str, int]:
    """A delivery of commune a that an officer of commune b approved, and the number of what let them."""
    a, b = province.a, province.b
    post = a.submitted(due=DUE, deadline="2026-11-10T07:00+07:00")
    given = delegating.give(a.workspace, a.people["duyet"], "00002", "approve", a.workspace.now() + MONTH)
    approving.approve(b.workspace, b.people["duyet"], post)
    return f"{post}@{a.channel}", given.id


@pytest.mark.parametrize("pinned", ["ab", "a", ""], ids=["both", "giver", "nobody"])
def test_a_delegation_lawfully_taken_back_is_no_alarm_and_its_posts_are_approved_again(
    province: Province, pinned: str
):
    a, house = province.a, province.house
    province.pin(*(getattr(province, name) for name in pinned))
    if not pinned:
        confirming.confirm(house.workspace, house.people["ky"], a.channel, a.code)
    held, number = approved_by_delegation(province)
    delegating.take_back(a.workspace, a.people["duyet"], number)
    assert outcome(province, a, until=AFTER - timedelta(minutes=11)) == ("held", "approval.undelegated")
    for desk in (house, a):
        found = {one.key for one in contradictions.find(desk.workspace)}
        assert "approval_forged" not in found
    alert = next(one for one in health.examine(house.workspace).alerts if one.subject == held)
    assert (alert.key, alert.severity) == ("held", "warning")
    view = deliveries.dossier(house.workspace, held).delivery
    assert aftermath.kind_of(view, house.workspace.now()) == "approval"
    with pytest.raises(RefusedByRule, match=r"ủy quyền .* đã rút"):
        deciding.retry(house.workspace, house.people["ky"], held)
    if "a" in pinned:
        post = held.partition("@")[0]
        approving.withdraw(a.workspace, a.people["soan"], post, "ủy quyền đã rút")
        approving.submit(a.workspace, a.people["soan"], post)
        approving.approve(a.workspace, a.people["duyet"], post)
        assert outcome(province, a) == ("published", "")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE delegation SET signature = ''",
        "UPDATE delegation SET until = '2020-01-01'",
        "UPDATE delegation SET at = at + interval '1 hour'",
        "UPDATE delegation SET what = 'see'",
        "UPDATE delegation SET officer = 'duyet00002'",
        "UPDATE delegation SET role = 'operator'",
        "DELETE FROM delegation",
        "UPDATE approval SET signature = ''",
        "UPDATE approval SET officer = 'tham00002'",
    ],
)
def test_what_another_hand_changed_about_a_delegation_taken_back_stays_a_forgery(
    province: Province, change: str
):
    province.pin(province.a, province.b)
    held, number = approved_by_delegation(province)
    delegating.take_back(province.a.workspace, province.a.people["duyet"], number)
    province.sql(change)
    assert outcome(province, province.a) == ("held", "approval.forged")
    assert ("approval_forged", held) in {
        (one.key, one.subject) for one in contradictions.find(province.house.workspace)
    }


def test_a_yes_of_the_provinces_own_officer_from_another_pc_waits_to_be_pinned_as_the_list_says(
    province: Province,
):
    """No forgery is suspected; that there is a new approver of the house's own is told all the same."""
    house, ky, there = province.house.workspace, province.house.people["ky"], province.own()
    trusting.add(there, ky, ky)
    moi = people.add(there, ky, "moi", full_name="Mới", roles=["approver"], passphrase=PASSPHRASE)
    approving.approve(there, moi, province.house.submitted(due=DUE))
    assert outcome(province, province.house) == ("held", "approval.unpinned: loa trust add moi")
    assert [one.command for one in awaiting.people(house) if one.name == "moi"] == ["loa trust add moi"]
    found = {(one.key, one.subject) for one in contradictions.find(house)}
    assert found == {("unpinned", "moi")}
    trusting.add(house, ky, moi)
    assert contradictions.find(house) == []


def test_a_yes_that_expired_while_it_waited_is_not_said_to_be_good_once_it_is_pinned(province: Province):
    province.a.approved(due="2027-01-11T07:00+07:00", deadline="2027-01-12T07:00+07:00")
    province.clock.instant = datetime.fromisoformat("2027-01-11T07:05+07:00")
    province.office.publish_until(province.clock.instant + timedelta(minutes=5))
    view = deliveries.dossier(province.house.workspace, f"hoi-dap@{province.a.channel}").delivery
    assert (view.status, view.last_error) == ("held", "approval.expired")


@pytest.mark.parametrize(
    "change",
    ["to_officer = 'khac'", "until = '2020-01-01'", "unit = '00002'", "what = 'see'", "signature = ''",
     "role = 'operator'", "officer = 'duyet00002'", "ended_at = now()"],
)  # fmt: skip
def test_a_delegation_that_another_hand_changed_carries_nothing(province: Province, change: str):
    province.pin(province.a, province.b)
    post = province.a.submitted(due=DUE)
    a, b = province.a, province.b
    delegating.give(a.workspace, a.people["duyet"], "00002", "approve", a.workspace.now() + MONTH)
    approving.approve(b.workspace, b.people["duyet"], post)
    province.sql(f"UPDATE delegation SET {change}")
    assert outcome(province, a)[0] == "held"


def test_a_delegation_that_the_receiver_wrote_themselves_carries_nothing(province: Province):
    """Signed by its own approver in the other unit's name: a signature, but not of that unit."""
    province.pin(province.a, province.b)
    forge_approval(province, province.a, province.b)
    a, b = province.a, province.b
    delegating.give(b.workspace, b.people["duyet"], "00001", "approve", b.workspace.now() + MONTH)
    province.sql("UPDATE delegation SET unit = '00001', to_unit = '00002'")
    assert outcome(province, a)[0] == "held"


def test_only_who_approves_can_give_that_away(province: Province):
    a = province.a
    with pytest.raises(RefusedByRule):
        delegating.give(a.workspace, a.people["ky"], "00002", "approve", a.workspace.now() + MONTH)


def test_the_province_stops_every_unit_and_a_commune_itself_alone(province: Province):
    province.pin(province.a, province.b)
    for desk, name in ((province.a, "mot.md"), (province.b, "hai.md")):
        desk.approved(name, due=DUE)
    stopping.start(province.a.workspace, province.a.people["ky"], "all", "", "nhầm")
    assert outcome(province, province.a, "mot") == ("held", "frozen")
    assert outcome(province, province.b, "hai")[0] == "published"
    stopped = stopping.start(
        province.house.workspace, province.house.people["ky"], "all", "", "quốc tang"
    ).freeze
    province.b.approved("ba.md", due="2026-11-09T08:00+07:00")
    province.office.publish_until(datetime.fromisoformat("2026-11-09T08:05+07:00"))
    assert deliveries.dossier(province.b.workspace, f"ba@{province.b.channel}").delivery.status == "held"
    assert stopped.id in {one.id for one in stopping.listing(province.b.workspace)}
    with pytest.raises(RefusedByRule, match="cấp trên"):
        stopping.lift(province.b.workspace, province.b.people["ky"], stopped.id, "dỡ")


def test_a_communes_days_without_posts_are_its_own(province: Province):
    from datetime import date

    province.pin(province.a, province.b)
    for desk, name in ((province.a, "mot.md"), (province.b, "hai.md")):
        desk.approved(name, due=DUE)
    monday = date(2026, 11, 9)
    blackouts.add(province.a.workspace, province.a.people["ky"], monday, monday, "Giỗ tổ xã", ())
    assert outcome(province, province.a, "mot") == ("held", "blackout")
    assert outcome(province, province.b, "hai")[0] == "published"


def held_over_the_days(province: Province) -> tuple[Desk, str]:
    """A commune's delivery that its day without posts held; the day is over."""
    province.pin(province.a)
    desk = province.a
    desk.approved("mot.md", due=DUE, deadline="2026-11-30T07:00+07:00")
    blackouts.add(desk.workspace, desk.people["ky"], AFTER.date(), AFTER.date(), "Giỗ tổ xã", ())
    assert outcome(province, desk, "mot") == ("held", "blackout")
    province.clock.instant = OVER
    return desk, f"mot@{desk.channel}"


def test_a_go_that_the_publisher_would_not_believe_is_refused_with_the_way_out(province: Province):
    desk, held = held_over_the_days(province)
    with pytest.raises(RefusedByRule, match=f"loa queue move {held}"):
        deciding.retry(desk.workspace, desk.people["ky"], held)
    deciding.retry(province.house.workspace, province.house.people["ky"], held)
    province.office.publish_until(OVER + timedelta(minutes=5))
    assert deliveries.dossier(desk.workspace, held).delivery.status == "published"


def test_moved_behind_its_days_by_a_commune_it_is_signed_again_and_goes_out(province: Province):
    desk, held = held_over_the_days(province)
    later = OVER + timedelta(hours=2)
    moved = deciding.move(desk.workspace, desk.people["ky"], held, later.isoformat(), "sau ngày giỗ")
    assert (moved.status, moved.due_at) == ("draft", later)
    approving.submit(desk.workspace, desk.people["soan"], "mot")
    approving.approve(desk.workspace, desk.people["duyet"], "mot")
    province.office.publish_until(later + timedelta(minutes=5))
    assert deliveries.dossier(desk.workspace, held).delivery.status == "published"


def test_moved_out_of_days_that_are_to_come_it_is_signed_again_too(province: Province):
    province.pin(province.a)
    desk = province.a
    desk.approved("mot.md", due=DUE, deadline="2026-11-30T07:00+07:00")
    blackouts.add(desk.workspace, desk.people["ky"], AFTER.date(), AFTER.date(), "Giỗ tổ xã", ())
    moved = deciding.move(desk.workspace, desk.people["ky"], f"mot@{desk.channel}", OVER.isoformat())
    assert moved.status == "draft"
    approving.submit(desk.workspace, desk.people["soan"], "mot")
    approving.approve(desk.workspace, desk.people["duyet"], "mot")
    province.office.publish_until(OVER + timedelta(minutes=5))
    assert deliveries.dossier(desk.workspace, f"mot@{desk.channel}").delivery.status == "published"


def test_moved_within_what_was_approved_and_far_from_any_such_day_it_needs_nobody(province: Province):
    desk = province.a
    desk.approved("mot.md", due=DUE, deadline="2026-11-30T07:00+07:00")
    moved = deciding.move(desk.workspace, desk.people["ky"], f"mot@{desk.channel}", OVER.isoformat())
    assert moved.status == "queued"


def test_a_communes_website_speaks_in_its_own_name_and_never_in_the_provinces(province: Province):
    province.pin(province.a)
    province.a.approved("mot.md", due=DUE)
    assert outcome(province, province.a, "mot") == ("published", "")
    built = province.house.workspace.folder / f"site-{province.a.code}" / "current" / "index.html"
    page = built.read_text("utf-8")
    assert "Xã Một" in page
    assert "Tỉnh Thử" not in page


def test_the_name_on_a_communes_website_is_the_one_that_was_confirmed(province: Province):
    province.pin(province.a)
    province.sql("UPDATE unit SET name = 'Trang Lừa' WHERE code = '00001'")
    province.a.approved("mot.md", due=DUE)
    assert outcome(province, province.a, "mot") == ("published", "")
    site = province.house.workspace.folder / f"site-{province.a.code}" / "current"
    pages = "".join(page.read_text("utf-8") for page in site.rglob("*.html"))
    assert "Xã Một" in pages
    assert "Trang Lừa" not in pages


def test_a_channel_in_whose_name_nobody_has_looked_waits_to_be_confirmed(province: Province):
    province.pin(province.a)
    noted = province.house.workspace.trust.witness
    noted.pin_name(province.a.channel, "")  # as notes of an older Loa are
    province.a.approved("mot.md", due=DUE)
    assert province.a.channel in [one.id for one in awaiting.channels(province.house.workspace)]
    assert outcome(province, province.a, "mot")[0] != "published"
    confirming.confirm(province.house.workspace, province.house.people["ky"], province.a.channel, "00001")
    assert outcome(province, province.a, "mot") == ("published", "")


def test_what_was_confirmed_before_names_were_noted_goes_on(province: Province):
    province.pin(province.a, province.b)
    noted = province.house.workspace.trust.witness
    noted.pin_name(province.a.channel, "")
    province.sql("UPDATE channel SET unit = '00001' WHERE unit = '00002'")  # and is not confirmed as that
    noted.pin_name(province.b.channel, "")
    confirming.note_names(province.house.workspace)
    assert noted.called(province.a.channel) == "Xã Một"
    assert noted.called(province.b.channel) == ""
    province.a.approved("mot.md", due=DUE)
    assert outcome(province, province.a, "mot") == ("published", "")


def test_a_communes_pc_raises_no_alarm_over_what_the_publisher_did_for_it(province: Province):
    province.pin(province.a)
    province.a.approved("mot.md", due=DUE)
    assert outcome(province, province.a, "mot") == ("published", "")
    found = contradictions.find(province.a.workspace)
    assert "handle" not in {one.key for one in found}


def test_officers_of_a_commune_who_are_not_pinned_yet_are_no_sign_of_tampering(province: Province):
    house = province.house.workspace
    assert contradictions.find(house) == []
    assert contradictions.find(province.a.workspace) == []
    province.sql("UPDATE officer SET roles = 'approver', name = 'la' WHERE name = 'soan'")
    found = {(one.key, one.subject) for one in contradictions.find(house)}
    assert ("unpinned", "la") in found, "in the house's own unit it is one"


def test_a_commune_asks_for_no_channel_of_anothers_to_stop(province: Province):
    ky = province.a.people["ky"]
    with pytest.raises(NotFound):
        stopping.start(province.a.workspace, ky, "channel", province.b.channel, "phá")


def test_a_trust_file_of_before_counts_for_the_installations_own_unit(tmp_path):
    key = "A" * 43 + "="
    (tmp_path / "trust.toml").write_text(
        f'[officers."lan"]\nkey = "{key}"\nroles = ["approver"]\nadded_at = 2026-11-01T00:00:00Z\n', "utf-8"
    )
    trust = Trust(tmp_path)
    assert trust.covers("lan", "")
    assert not trust.covers("lan", "00001")
    trust.write(trust.people())
    assert Trust(tmp_path).people() == trust.people()
    assert trust.people()["lan"].roles == (Role.APPROVER,)
