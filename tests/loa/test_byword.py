"""Grassroots channels in an office: the pack, the reminder, a person's word, and what counts it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from content.errors import RefusedByRule, UsageError
from loa.services import approving, blackouts, byhand, byword, channels, deciding, deliveries, reach, stopping
from loa.services.overview import overview
from scheduler.store.tables import approval, audit_event
from tests.support.office import Office

HOUR = timedelta(hours=1)


@pytest.fixture
def hall(desk: Office) -> Office:
    """The office with a loudspeaker and a leaflet, shortly before the due minute of its one post."""
    for name, platform in (("loa-xa", "loudspeaker"), ("to-roi", "leaflet")):
        settings = {"voice": "none"} if platform == "loudspeaker" else {}
        channels.add(
            desk.workspace, desk.people["ky"], name, platform=platform, settings=settings, secrets={}
        )
    return desk


def _due(hall: Office, **keys: str) -> str:
    """A post that is due at the loudspeaker and waits for people; its delivery's id."""
    hall.approved(channels="[loa-xa]", **keys)
    view = deliveries.listing(hall.workspace, channel_id="loa-xa")[0]
    hall.publish_until(view.due_at)
    return view.id


def _done(hall: Office, delivery: str, who: str = "soan", **how) -> deliveries.DeliveryView:
    return byword.done(hall.workspace, hall.people[who], delivery, **how)


def _events(hall: Office, delivery: str) -> list[tuple[str, str, dict]]:
    with hall.workspace.database.read() as connection:
        rows = connection.execute(
            select(audit_event).where(audit_event.c.subject == delivery).order_by(audit_event.c.id)
        ).all()
    return [(row.actor, row.action, json.loads(row.detail)) for row in rows]


def test_from_the_pack_to_a_persons_word(hall):
    delivery = _due(hall)
    view = hall.view(delivery)
    assert (view.status, view.remote_id) == ("revealing", "by-word")
    (pack,) = (hall.folder / "kenh-co-so" / "loa-xa").iterdir()
    assert f"loa queue done {delivery}" in (pack / "viec-can-lam.txt").read_text("utf-8")
    hall.clock.forward(minutes=20)
    view = _done(hall, delivery, at="09/11/2026 07:05", count=2, note="  phát 2 lượt,\nthôn Đông  ")
    assert (view.status, view.url, view.next_at) == ("published", "", None)
    assert view.published_at.isoformat() == "2026-11-09T00:05:00+00:00"
    word = deliveries.dossier(hall.workspace, delivery).word
    assert (word.by, word.count, word.note) == ("soan", 2, "phát 2 lượt, thôn Đông")
    actor, action, detail = _events(hall, delivery)[-1]
    assert (actor, action, detail["count"]) == ("soan", "done_by_word", 2)
    assert detail["evidence"] == "the word of soan, 2 airings"
    assert detail["at_said"] == "2026-11-09T00:05:00+00:00"


@pytest.mark.parametrize("by", ["freeze", "blackout"])
def test_nobody_is_told_that_it_is_time_while_it_is_to_stand_still(hall, caplog, by):
    delivery = _due(hall)
    workspace, ky = hall.workspace, hall.people["ky"]
    today = hall.clock.now().astimezone(workspace.config.zone).date()
    if by == "freeze":
        stopping.start(workspace, ky, "all", "", "quốc tang")
    else:
        blackouts.add(workspace, ky, today, today, "Quốc tang")
    caplog.clear()
    hall.publish_until(hall.clock.now() + 2 * HOUR)
    assert [one for one in caplog.records if one.name == "loa.byhand"] == []
    view = hall.view(delivery)
    assert (view.status, view.remote_id) == ("revealing", "by-word")
    if by == "freeze":
        stopping.lift(workspace, ky, 1, "xong")
    else:
        blackouts.remove(workspace, ky, 1, "nhầm ngày")
    hall.publish_until(hall.clock.now() + timedelta(minutes=10))
    assert [one.name for one in caplog.records if one.name == "loa.byhand"] == ["loa.byhand"]
    assert _done(hall, delivery).status == "published"


def test_standing_still_past_its_deadline_it_is_missed(hall):
    delivery = _due(hall)
    stopping.start(hall.workspace, hall.people["ky"], "all", "", "quốc tang")
    hall.publish_until(hall.view(delivery).deadline + HOUR)
    assert hall.view(delivery).status == "missed"


@pytest.mark.parametrize("how", ["withdraw", "cancel", "setting"])
def test_a_pack_that_lies_there_says_that_it_was_withdrawn_until_it_is_approved_again(hall, how):
    workspace, soan, duyet = hall.workspace, hall.people["soan"], hall.people["duyet"]
    post = hall.approved(channels="[loa-xa]", due="2026-11-09T17:00+07:00")
    delivery = f"{post}@loa-xa"
    hall.publish_until(hall.clock.now() + HOUR)
    (pack,) = (hall.folder / "kenh-co-so" / "loa-xa").iterdir()
    before = {path.name for path in pack.iterdir()}
    if how == "withdraw":
        approving.withdraw(workspace, duyet, post, "sai nội dung")
    elif how == "cancel":
        deciding.cancel(workspace, duyet, delivery, "sai nội dung")
    else:
        settings = {"closing": "Hết."}
        channels.change(workspace, hall.people["ky"], "loa-xa", settings=settings, secrets={})
    (first,) = {path.name for path in pack.iterdir()} - before
    assert first == min(path.name for path in pack.iterdir() if path.name[0] != ".")
    assert "ĐÃ RÚT" in (pack / first).read_text("utf-8")
    if how != "cancel":
        approving.submit(workspace, soan, post)
        approving.approve(workspace, duyet, post)
        hall.publish_until(hall.view(delivery).due_at)
        assert {path.name for path in pack.iterdir()} == before


def test_nothing_is_read_back_after_a_word(hall):
    delivery = _due(hall)
    _done(hall, delivery)
    hall.publish_until(hall.clock.now() + timedelta(days=3))
    view = hall.view(delivery)
    assert (view.status, view.verified_at) == ("published", None)


def test_the_count_stands_among_the_figures_with_whose_it_is(hall):
    delivery = _due(hall)
    _done(hall, delivery, count=3)
    (figure,) = [one for one in reach.newest(hall.workspace) if one.delivery == delivery]
    assert (figure.metric, figure.value, figure.source) == ("airings", 3, "typed:soan")


def test_what_nobody_counted_is_no_figure(hall):
    delivery = _due(hall)
    _done(hall, delivery)
    assert [one for one in reach.newest(hall.workspace) if one.delivery == delivery] == []


def test_a_second_word_is_refused(hall):
    delivery = _due(hall)
    _done(hall, delivery, count=1)
    with pytest.raises(RefusedByRule, match="“đã đăng”"):
        _done(hall, delivery, count=1)
    assert len([one for one in reach.newest(hall.workspace) if one.delivery == delivery]) == 1


def test_before_its_minute_nothing_can_have_been_done(hall):
    hall.approved(channels="[loa-xa]")
    (view,) = deliveries.listing(hall.workspace, channel_id="loa-xa")
    with pytest.raises(RefusedByRule, match="chưa đến giờ"):
        _done(hall, view.id)


def test_without_an_approval_at_the_due_minute_no_word_is_taken(hall):
    delivery = _due(hall)
    void = update(approval).values(voided_at=hall.clock.now(), void_reason="withdrawn")
    hall.workspace.database.run(lambda connection: connection.execute(void))
    with pytest.raises(RefusedByRule, match="không có lượt duyệt"):
        _done(hall, delivery)
    assert hall.view(delivery).status == "revealing"


def test_past_its_deadline_it_is_missed_and_a_late_word_still_counts(hall):
    delivery = _due(hall)
    hall.publish_until(hall.view(delivery).deadline + HOUR)
    assert hall.view(delivery).status == "missed"
    assert _done(hall, delivery, at="09/11/2026 07:30", note="đài mất điện").status == "published"


def test_what_waits_for_a_word_is_a_persons_work_and_can_be_cancelled(hall):
    delivery = _due(hall)
    assert [view.id for view in overview(hall.workspace).needs_a_person] == [delivery]
    assert deciding.cancel(hall.workspace, hall.people["ky"], delivery, "hoãn").status == "cancelled"
    with pytest.raises(RefusedByRule, match="“đã hủy”"):
        _done(hall, delivery)


def test_a_freeze_holds_it_before_anybody_is_told_to_do_it(hall):
    hall.approved(channels="[loa-xa]")
    (view,) = deliveries.listing(hall.workspace, channel_id="loa-xa")
    stopping.start(hall.workspace, hall.people["ky"], "all", "", "tang lễ")
    hall.publish_until(view.due_at + HOUR)
    assert hall.view(view.id).remote_id == ""
    assert hall.view(view.id).status in ("held", "queued", "ready", "missed")


def test_what_was_done_can_be_told_to_be_gone_again(hall):
    delivery = _due(hall)
    _done(hall, delivery)
    stopping.taken_down_by_hand(hall.workspace, hall.people["ky"], delivery, "phát nhầm, đã đính chính")
    assert hall.view(delivery).status == "removed"


def test_after_a_restored_backup_the_word_is_still_known(hall):
    """The handle bears it: a read-back finds the delivery and nobody airs it twice."""
    from connectors.contract import Job
    from content.variant import Variant
    from loa.services.connecting import Connectors

    delivery = _due(hall)
    _done(hall, delivery, count=1)
    with hall.workspace.database.read() as connection:
        row = deliveries.row_of(connection, delivery)
    connectors = Connectors(hall.workspace)
    try:
        job = Job(row.id, row.marker, Variant.parse(row.payload), row.due_at)
        (found,) = connectors.connect("loa-xa").find(job, json.loads(row.handle))
    finally:
        connectors.close()
    assert found.remote_id == row.remote_id == f"word:{row.marker}"


def test_a_platform_that_can_be_looked_at_takes_no_word_and_an_outlet_no_address(hall):
    delivery = _due(hall)
    post = hall.approved("khac.md", channels="[website]", due="2026-11-09T07:30+07:00")
    hall.clock.forward(hours=1)
    with pytest.raises(RefusedByRule, match="queue posted"):
        _done(hall, f"{post}@website")
    with pytest.raises(RefusedByRule, match="không phải kênh đăng tay"):
        byhand.posted(hall.workspace, hall.people["soan"], delivery, "https://xa.example.vn/")


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"count": -1}, "-1"),
        ({"count": 1_000_001}, "1000000"),
        ({"at": "09/11/2027 07:00"}, "chưa tới"),
        ({"at": "hôm qua"}, "hôm qua"),
        ({"note": "x" * 501}, "501"),
    ],
)
def test_only_sound_words_are_taken(hall, how, told):
    delivery = _due(hall)
    with pytest.raises(UsageError, match=told):
        _done(hall, delivery, **how)
    assert hall.view(delivery).status == "revealing"


def test_an_inspector_only_looks(hall):
    from content.approval import Role
    from loa.services import people

    delivery = _due(hall)
    looker = people.add(
        hall.workspace, hall.people["ky"], "xem", full_name="Xem", roles=[Role.INSPECTOR], passphrase="x" * 12
    )
    with pytest.raises(RefusedByRule):
        byword.done(hall.workspace, looker, delivery)


def test_people_read_what_is_waited_for_and_say_it_was_done(hall, at_desk):
    delivery = _due(hall)
    for command in (["queue", "list"], ["queue", "show", delivery], ["status"]):
        out = at_desk(*command).out
        assert "đến giờ: chờ xác nhận" in out, command
        assert f"loa queue done {delivery} --count SỐ_LƯỢNG" in out, command
    answer = at_desk("queue", "done", delivery, "--count", "1200", "--note", "hai cụm loa", user="soan")
    assert answer.code == 0, answer.err
    assert "đã đăng" in answer.err
    shown = at_desk("queue", "show", delivery).out
    assert "Xác nhận (lời của soan):" in shown
    assert "số lượng 1.200" in shown
    assert "Ghi chú: hai cụm loa" in shown
    assert at_desk("queue", "show", delivery, "--json").json["word"]["count"] == 1200
    assert "lượt phát" in at_desk("reach", "show").out
    assert at_desk("queue", "done", delivery).code == 3


@pytest.mark.parametrize("platform", ["loudspeaker", "sms", "leaflet", "notice", "press"])
def test_each_is_added_checked_and_published_on_a_word(desk, at_desk, platform):
    assert at_desk("channel", "add", "kenh", "--platform", platform).code == 0
    assert at_desk("channel", "check", "kenh").code == 0
    desk.approved(channels="[kenh]", link="https://xa.example.vn/bai")
    (view,) = deliveries.listing(desk.workspace, channel_id="kenh")
    desk.publish_until(view.due_at)
    answer = at_desk("queue", "done", view.id, "--json", user="soan")
    assert answer.json["status"] == "published", answer.err
