"""Posting by hand in an office: the reminder, the address, the read-back, and figures that people type in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from content.errors import NotFound, PlatformTrouble, RefusedByRule, UsageError
from loa.services import byhand, channels, deciding, deliveries, reach
from loa.services.overview import overview
from scheduler.store.tables import approval, audit_event, reading
from scheduler.store.tables import delivery as delivery_table
from tests.connectors.assisted.harness import Officer, Page, Portal
from tests.support.office import Office

HOUR = timedelta(hours=1)


@pytest.fixture
def portal() -> Iterator[Portal]:
    opened = Portal()
    yield opened
    opened.close()


@pytest.fixture
def hall(desk: Office, portal: Portal) -> Office:
    """The office with the portal as a channel, shortly before the due minute of its one post."""
    settings = {"portal": portal.url}
    channels.add(
        desk.workspace, desk.people["ky"], "cong-xa", platform="assisted", settings=settings, secrets={}
    )
    return desk


def _due(hall: Office, **keys: str) -> str:
    """A post that is due and waits for hands; its delivery's id."""
    hall.approved(channels="[cong-xa]", **keys)
    view = deliveries.listing(hall.workspace, channel_id="cong-xa")[0]
    hall.publish_until(view.due_at)
    return view.id


def _post(hall: Office, portal: Portal) -> str:
    (pack,) = (hall.folder / "bai-dang-tay" / "cong-xa").iterdir()
    return Officer().post(portal, pack)


def _report(hall: Office, delivery: str, url: str, who: str = "soan", **how) -> deliveries.DeliveryView:
    return byhand.posted(hall.workspace, hall.people[who], delivery, url, **how)


def _events(hall: Office, delivery: str) -> list[tuple[str, str, dict]]:
    with hall.workspace.database.read() as connection:
        rows = connection.execute(
            select(audit_event).where(audit_event.c.subject == delivery).order_by(audit_event.c.id)
        ).all()
    return [(row.actor, row.action, json.loads(row.detail)) for row in rows]


def _write(hall: Office, statement) -> None:
    hall.workspace.database.run(lambda connection: connection.execute(statement))


def test_from_the_pack_to_the_read_back(hall, portal):
    delivery = _due(hall)
    view = hall.view(delivery)
    assert (view.status, view.remote_id, view.url) == ("revealing", "by-hand", "")
    assert portal.posted == {}, "Loa itself makes nothing public"
    url = _post(hall, portal)
    hall.clock.forward(minutes=20)
    view = _report(hall, delivery, f" {url}\n")
    assert (view.status, view.url, view.remote_id) == ("published", url, url)
    assert view.published_at == hall.clock.now()
    assert view.verified_at is None
    hall.publish_until(hall.clock.now() + HOUR)
    assert hall.view(delivery).verified_at is not None
    assert hall.steps(delivery)[-1] == ("verify", "seen_public")
    actor, _, detail = next(event for event in _events(hall, delivery) if event[1] == "posted")
    assert (actor, detail["url"], detail["evidence"]) == ("soan", url, "the page bears the marker")


def test_an_address_written_into_the_pack_is_found_by_the_publisher_itself(hall, portal):
    delivery = _due(hall)
    url = _post(hall, portal)
    (pack,) = (hall.folder / "bai-dang-tay" / "cong-xa").iterdir()
    (pack / "dia-chi.txt").write_text(url)
    hall.publish_until(hall.clock.now() + HOUR)
    view = hall.view(delivery)
    assert (view.status, view.url) == ("published", url)
    assert view.verified_at is not None


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (Page(404), "không có trang này"),
        (Page(403), "--anyway"),
        (Page(200, b"<html>Tin khac"), "không thấy tiêu đề"),
        (Page(302, b"", {"Location": "https://dang-nhap.example.vn/"}), "trang đăng nhập"),
    ],
)
def test_a_page_that_does_not_show_the_post_is_refused_in_words(hall, portal, page, told):
    delivery = _due(hall)
    portal.pages["/a"] = page
    with pytest.raises(PlatformTrouble) as caught:
        _report(hall, delivery, f"{portal.url}/a")
    assert told in str(caught.value)
    assert str(caught.value).startswith("Chưa ghi nhận. ")
    assert hall.view(delivery).status == "revealing"


def test_another_host_is_refused_also_on_somebodys_word(hall):
    delivery = _due(hall)
    for how in ({}, {"anyway": True, "reason": "đã thấy"}):
        with pytest.raises(PlatformTrouble, match="không nằm trên cổng của kênh cong-xa"):
            _report(hall, delivery, "https://facebook.com/1", "ky", **how)


def test_a_page_that_cannot_be_read_is_taken_on_the_word_of_an_operator_with_a_reason(hall, portal):
    delivery = _due(hall)
    portal.pages["/kin"] = Page(401)
    url = f"{portal.url}/kin"
    with pytest.raises(RefusedByRule):
        _report(hall, delivery, url, "soan", anyway=True, reason="đã thấy")
    with pytest.raises(UsageError, match="lý do"):
        _report(hall, delivery, url, "ky", anyway=True)
    view = _report(hall, delivery, url, "ky", anyway=True, reason="cổng bắt đăng nhập, đã tận mắt thấy")
    assert (view.status, view.url, view.next_at) == ("published", url, None)
    hall.publish_until(hall.clock.now() + HOUR)
    assert hall.view(delivery).verified_at is None
    _, action, detail = _events(hall, delivery)[-1]
    assert action == "settled"
    assert detail["evidence"] == "hand:closed: 401"
    assert detail["reason"] == "cổng bắt đăng nhập, đã tận mắt thấy"


def test_with_anyway_a_page_that_does_show_it_is_verified_all_the_same(hall, portal):
    delivery = _due(hall)
    _report(hall, delivery, _post(hall, portal), "ky", anyway=True, reason="cổng chậm")
    hall.publish_until(hall.clock.now() + HOUR)
    assert hall.view(delivery).verified_at is not None


def test_past_the_deadline_it_is_missed_and_may_still_be_reported(hall, portal):
    delivery = _due(hall)
    view = hall.view(delivery)
    hall.publish_until(view.deadline + HOUR)
    assert hall.view(delivery).status == "missed"
    url = _post(hall, portal)
    assert _report(hall, delivery, url, at="09/11/2026 07:05").status == "published"
    view = hall.view(delivery)
    assert view.published_at.isoformat() == "2026-11-09T00:05:00+00:00"
    hall.publish_until(hall.clock.now() + HOUR)
    assert hall.view(delivery).verified_at is not None


def test_a_post_while_the_publisher_stood_still_counts_if_it_was_approved_for_that_minute(hall, portal):
    hall.approved(channels="[cong-xa]")
    (view,) = deliveries.listing(hall.workspace)
    url = portal.post("Vì sao là ngày 9 tháng 11?", "<p>Hiểu luật để bảo vệ mình.</p>")
    with pytest.raises(RefusedByRule, match="chưa đến giờ"):
        _report(hall, view.id, url)
    hall.clock.instant = view.due_at
    assert _report(hall, view.id, url).status == "published"


def test_without_an_approval_at_the_due_minute_nothing_is_recorded(hall, portal):
    delivery = _due(hall)
    url = _post(hall, portal)
    _write(hall, update(approval).values(voided_at=hall.clock.now(), void_reason="withdrawn"))
    for how in ({}, {"anyway": True, "reason": "đã thấy"}):
        with pytest.raises(RefusedByRule, match="không có lượt duyệt"):
            _report(hall, delivery, url, "ky", **how)
    assert hall.view(delivery).status == "revealing"


def test_an_approval_that_ran_out_after_the_due_minute_is_enough(hall, portal):
    delivery = _due(hall)
    url = _post(hall, portal)
    hall.clock.forward(days=31)  # an approval stands for thirty
    assert _report(hall, delivery, url).status == "published"


def test_what_was_cancelled_or_published_already_is_not_reported(hall, portal):
    delivery = _due(hall)
    url = _post(hall, portal)
    assert _report(hall, delivery, url).status == "published"
    with pytest.raises(RefusedByRule, match="“đã đăng”"):
        _report(hall, delivery, url)


def test_one_address_is_not_two_deliveries(hall, portal):
    first = _due(hall)
    url = _post(hall, portal)
    _report(hall, first, url)
    hall.approved("hai.md", channels="[cong-xa]")  # the same title and text once more
    second = next(v for v in deliveries.listing(hall.workspace, channel_id="cong-xa") if v.id != first)
    with pytest.raises(RefusedByRule, match=first):
        _report(hall, second.id, url)


def test_only_channels_that_people_post_to_take_an_address(hall):
    post = hall.approved(channels="[website]")
    hall.clock.forward(hours=2)
    with pytest.raises(RefusedByRule, match="không phải kênh đăng tay"):
        _report(hall, f"{post}@website", "https://xa.example.vn/")
    with pytest.raises(NotFound):
        _report(hall, "khong-co", "https://xa.example.vn/")


def test_what_waits_for_hands_is_a_persons_work_and_can_be_cancelled(hall):
    delivery = _due(hall)
    assert [view.id for view in overview(hall.workspace).needs_a_person] == [delivery]
    view = deciding.cancel(hall.workspace, hall.people["ky"], delivery, "hoãn")
    assert view.status == "cancelled"
    hall.publish_until(hall.clock.now() + timedelta(days=3))
    assert hall.view(delivery).status == "cancelled"


def test_a_time_yet_to_come_is_no_time_of_posting(hall, portal):
    delivery = _due(hall)
    with pytest.raises(UsageError, match="chưa tới"):
        _report(hall, delivery, _post(hall, portal), at="09/11/2027 07:00")


def test_people_read_what_is_waited_for_and_what_to_do(hall, portal, at_desk):
    delivery = _due(hall)
    for command in (["queue", "list"], ["queue", "show", delivery], ["status"]):
        out = at_desk(*command).out
        assert "đến giờ: chờ đăng tay" in out, command
        assert f"loa queue posted {delivery} ĐỊA_CHỈ" in out, command
    url = _post(hall, portal)
    answer = at_desk("queue", "posted", delivery, url, user="soan")
    assert answer.code == 0
    assert "đã đăng" in answer.err
    assert at_desk("queue", "posted", delivery, url).code == 3


def test_a_channel_is_added_and_checked_in_one_sentence(desk, portal, at_desk):
    added = at_desk("channel", "add", "baophuong", "--platform", "assisted", "--set", f"portal={portal.url}/")
    assert added.code == 0, added.err
    portal.pages["/"] = Page()
    checked = at_desk("channel", "check", "baophuong")
    assert (checked.code, checked.err) == (0, "Kênh dùng được (127.0.0.1).\n")
    portal.pages["/"] = Page(500)
    checked = at_desk("channel", "check", "baophuong")
    assert checked.code == 5
    assert "báo lỗi máy chủ" in checked.err


# ---- figures


def _published(hall: Office, portal: Portal) -> str:
    delivery = _due(hall)
    _report(hall, delivery, _post(hall, portal))
    return delivery


def _type(hall: Office, delivery: str, metric: str, value: int, **more) -> reach.ReachView:
    return byhand.add_figure(hall.workspace, hall.people["soan"], delivery, metric, value, **more)


def test_a_typed_figure_has_its_reader_its_date_and_a_note(hall, portal):
    delivery = _published(hall, portal)
    hall.clock.forward(days=2)
    view = _type(hall, delivery, "views", 0, at="10/11/2026 16:00", note="đọc ở cuối bài")
    assert (view.value, view.source, view.note) == (0, "typed:soan", "đọc ở cuối bài")
    assert view.definition
    assert view.taken_at.isoformat() == "2026-11-10T09:00:00+00:00"
    assert reach.newest(hall.workspace) == [view]
    _, action, detail = _events(hall, delivery)[-1]
    assert (action, detail["metric"], detail["value"]) == ("figure_typed", "views", 0)


def test_the_newest_is_the_one_read_last_not_the_one_typed_last(hall, portal):
    delivery = _published(hall, portal)
    hall.clock.forward(days=9)
    _type(hall, delivery, "views", 50, at="15/11/2026 08:00")
    _type(hall, delivery, "views", 20, at="11/11/2026 08:00")
    _type(hall, delivery, "shares", 3)
    assert {view.metric: view.value for view in reach.newest(hall.workspace)} == {"views": 50, "shares": 3}


def test_reading_the_platforms_does_not_hide_what_was_typed(hall, portal):
    delivery = _published(hall, portal)
    _type(hall, delivery, "views", 50)
    hall.clock.forward(hours=1)
    reach.pull(hall.workspace, lambda *_: None)
    assert [view.value for view in reach.newest(hall.workspace)] == [50]
    silence = {"metric": "views", "value": None, "note": "?", "taken_at": hall.clock.now()}
    seq = select(delivery_table.c.seq).where(delivery_table.c.id == delivery).scalar_subquery()
    _write(hall, insert(reading).values(delivery_seq=seq, **silence))  # as a platform that cannot tell now
    assert [view.value for view in reach.newest(hall.workspace)] == [50]


def test_only_sound_figures_of_published_posts_are_taken(hall, portal):
    delivery = _due(hall)
    with pytest.raises(RefusedByRule):
        _type(hall, delivery, "views", 1)
    _report(hall, delivery, _post(hall, portal))
    for metric, value, more, told in (
        ("viewss", 1, {}, "views"),
        ("views", -1, {}, "-1"),
        ("views", 1, {"at": "09/11/2027 07:00"}, "chưa tới"),
        ("views", 1, {"at": "01/11/2026 07:00"}, "sớm hơn"),
    ):
        with pytest.raises(UsageError, match=told):
            _type(hall, delivery, metric, value, **more)
    assert reach.newest(hall.workspace) == []


def test_typed_figures_are_shown_with_who_read_them(hall, portal, at_desk):
    delivery = _published(hall, portal)
    answer = at_desk("reach", "add", delivery, "views", "1234", "--note", "trên cổng", user="soan")
    assert (answer.code, "1.234" in answer.err) == (0, True)
    out = at_desk("reach", "show").out
    assert "1.234" in out
    assert "soan nhập tay (trên cổng)" in out
    assert at_desk("reach", "show", "--json").json[0]["source"] == "typed:soan"


def test_an_inspector_only_looks(hall, portal):
    from content.approval import Role
    from loa.services import people

    delivery = _due(hall)
    looker = people.add(
        hall.workspace, hall.people["ky"], "xem", full_name="Xem", roles=[Role.INSPECTOR], passphrase="x" * 12
    )
    with pytest.raises(RefusedByRule):
        byhand.posted(hall.workspace, looker, delivery, "https://a.vn/")
    with pytest.raises(RefusedByRule):
        byhand.add_figure(hall.workspace, looker, delivery, "views", 1)
