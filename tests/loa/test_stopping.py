"""Freezes, hand-over, recall, take-down, correction: against the practice platform, counted there."""

from __future__ import annotations

import errno
from datetime import datetime, timedelta

import pytest

from content.errors import NotFound, RefusedByRule, UsageError
from loa.services import acting, channels, deciding, deliveries, stopping
from scheduler import witness
from tests.loa.conftest import Loa
from tests.support.office import Office

DUE = datetime.fromisoformat("2026-11-09T12:00+07:00")
FANPAGE = "hoi-dap@fanpage"
WHY = "quốc tang"


def total(office: Office, name: str) -> int:
    return int(office.server.ledger(arrivals=False)["total"][name])


def sql(office: Office, statement: str) -> None:
    office.workspace.database.run(lambda c: c.exec_driver_sql(statement))


def handed_over(office: Office, name: str = "hoi-dap.md", **keys: str) -> str:
    """A delivery that the practice Page holds until its minute; returns its id."""
    post = office.approved(name, channels="[fanpage]", due=DUE.isoformat(), **keys)
    delivery = f"{post}@fanpage"
    stopping.hand_over(office.workspace, office.people["ky"], [delivery])
    office.publish_until(office.clock.now() + timedelta(minutes=1))
    assert office.view(delivery).status == "handed_over"
    return delivery


# ---- freezes


@pytest.mark.parametrize(
    ("scope", "target", "stopped"),
    [
        ("all", "", {"website", "fanpage"}),
        ("channel", "fanpage", {"fanpage"}),
        ("post", "hoi-dap", {"website", "fanpage"}),
        ("tag", "đất đai", {"website", "fanpage"}),
        ("tag", "dat dai", {"website", "fanpage"}),
        ("tag", "hộ tịch", set()),
    ],
)
def test_what_a_freeze_covers_does_not_leave_and_the_rest_does(
    office: Office, scope: str, target: str, stopped: set[str]
):
    office.approved(due=DUE.isoformat(), tags="[Đất đai]")
    done = stopping.start(office.workspace, office.people["ky"], scope, target, WHY)
    assert {name.partition("@")[2] for name in done.stopped} == stopped
    office.publish_until(DUE + timedelta(minutes=30))
    held = {name.partition("@")[2] for name, status in office.statuses().items() if status == "held"}
    assert held == stopped
    assert total(office, "public") == ("fanpage" not in stopped)
    assert all(office.view(f"hoi-dap@{name}").last_error == "frozen" for name in stopped)


def test_a_freeze_that_the_witness_cannot_note_stops_all_the_same_and_says_so(
    office: Office, in_office: Loa, monkeypatch: pytest.MonkeyPatch
):
    delivery = handed_over(office)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(witness, "_append", full)
    answer = in_office("freeze", "start", "--all", "--reason", WHY)
    monkeypatch.undo()
    assert f"Lệnh dừng đã có hiệu lực, nhưng không ghi thêm được vào tệp {office.folder}" in answer.err
    assert f"CHƯA THU HỒI ĐƯỢC {delivery}" in answer.err
    office.publish_until(DUE + timedelta(hours=1))
    assert (office.view(delivery).status, total(office, "public")) == ("held", 0)


def test_a_freeze_between_preparing_and_its_minute_stops_the_reveal(office: Office):
    office.approved(due=DUE.isoformat())
    office.publish_until(DUE - timedelta(minutes=1))
    assert office.view(FANPAGE).status == "ready"
    stopping.start(office.workspace, office.people["ky"], "all", "", WHY)
    office.publish_until(DUE + timedelta(minutes=30))
    assert total(office, "public") == 0


def test_lifting_lets_only_go_on_what_is_not_due_yet(office: Office):
    office.approved("som.md", title="Sớm", due=(DUE - timedelta(hours=3)).isoformat())
    office.approved("muon.md", title="Muộn", text="Bài sau.", due=DUE.isoformat())
    freeze = stopping.start(office.workspace, office.people["ky"], "all", "", WHY).freeze
    office.publish_until(DUE - timedelta(minutes=5))
    lifted = stopping.lift(office.workspace, office.people["duyet"], freeze.id, "hết quốc tang")
    assert sorted(lifted.overdue) == ["som@fanpage", "som@website"]
    office.publish_until(DUE + timedelta(minutes=30))
    assert {n for n, s in office.statuses().items() if s == "published"} == {"muon@fanpage", "muon@website"}
    waiting = {view.id for view in deliveries.undecided(office.workspace)}
    assert waiting == {"som@fanpage", "som@website"}
    assert total(office, "public") == 1


def test_lifting_counts_what_no_claim_met_while_all_stood_still(office: Office):
    """The far greater part: it stays in the queue as it was, and was told as none."""
    office.approved("som.md", title="Sớm", due=(DUE - timedelta(hours=3)).isoformat())
    office.approved("muon.md", title="Muộn", text="Bài sau.", due=DUE.isoformat())
    freeze = stopping.start(office.workspace, office.people["ky"], "all", "", WHY).freeze
    office.clock.forward(
        seconds=(DUE - timedelta(hours=1) - office.clock.now()).total_seconds()
    )  # nobody published meanwhile
    lifted = stopping.lift(office.workspace, office.people["duyet"], freeze.id, "hết quốc tang")
    assert (lifted.overdue, lifted.left) == ([], stopping.Outlook(going_on=2, late=2, still=0))


def test_two_freezes_both_have_to_be_lifted(office: Office):
    office.approved(due=DUE.isoformat())
    actor = office.people["ky"]
    one = stopping.start(office.workspace, actor, "all", "", WHY).freeze
    stopping.start(office.workspace, actor, "channel", "fanpage", "sai ảnh")
    lifted = stopping.lift(office.workspace, actor, one.id, "xong")
    assert (lifted.overdue, lifted.left) == ([], stopping.Outlook(going_on=1, late=0, still=1))
    office.publish_until(DUE + timedelta(minutes=30))
    assert (office.view(FANPAGE).status, office.view("hoi-dap@website").status) == ("held", "published")


def test_a_slip_in_a_freeze_stops_nothing_and_is_named(desk: Office):
    actor = desk.people["ky"]
    with pytest.raises(NotFound, match="Gần nhất: fanpage"):
        stopping.start(desk.workspace, actor, "channel", "fanpag", WHY)
    with pytest.raises(UsageError, match="cần một phạm vi"):
        stopping.start(desk.workspace, actor, "all", "fanpage", WHY)
    with pytest.raises(UsageError):
        stopping.start(desk.workspace, actor, "all", "", "  ")
    with pytest.raises(RefusedByRule):
        stopping.start(desk.workspace, desk.people["soan"], "all", "", WHY)
    with pytest.raises(NotFound, match="Không có lệnh dừng số 7"):
        stopping.lift(desk.workspace, actor, 7, "xong")
    assert stopping.listing(desk.workspace, lifted=True) == []


# ---- hand-over


def test_what_the_platform_holds_comes_out_there_and_is_found_without_being_revealed_again(office: Office):
    delivery = handed_over(office)
    assert total(office, "public") == 0
    office.publish_until(DUE + timedelta(minutes=5))
    view = office.view(delivery)
    assert (view.status, total(office, "public")) == ("published", 1)
    assert view.verified_at is not None
    assert ("reveal", "published") not in office.steps(delivery)


def test_what_the_platform_did_not_publish_in_time_loa_reveals(office: Office):
    delivery = handed_over(office)
    for post in office.server.world.pages["1001"].posts:  # the platform forgets its schedule
        post.scheduled_at = None
    office.publish_until(DUE + timedelta(minutes=10))
    assert (office.view(delivery).status, total(office, "public")) == ("published", 1)


def test_a_hand_over_that_fails_costs_nothing(office: Office):
    post = office.approved(channels="[fanpage]", due=DUE.isoformat())
    stopping.hand_over(office.workspace, office.people["ky"], [f"{post}@fanpage"])
    office.server.fault("code_4", method="POST", edge="feed", times=1)
    office.publish_until(DUE + timedelta(minutes=10))
    assert (office.view(FANPAGE).status, total(office, "public")) == ("published", 1)


def test_only_what_is_approved_and_not_due_can_be_handed_over(office: Office):
    post = office.import_post(channels="[fanpage]", due=DUE.isoformat())
    with pytest.raises(RefusedByRule, match="chưa được duyệt"):
        stopping.hand_over(office.workspace, office.people["ky"], [f"{post}@fanpage"])


def test_a_freeze_calls_back_what_platforms_hold(office: Office):
    names = [handed_over(office, f"bai-{n}.md", title=f"Bài {n}", text=f"Nội dung {n}.") for n in range(4)]
    done = stopping.start(office.workspace, office.people["ky"], "all", "", WHY)
    assert sorted(one.delivery for one in done.recalls if one.done) == sorted(names)
    office.publish_until(DUE + timedelta(hours=1))
    assert total(office, "public") == 0
    assert {office.view(name).status for name in names} == {"held"}


def test_what_cannot_be_called_back_is_said_loudly_and_stays_on_the_list(office: Office, in_office: Loa):
    delivery = handed_over(office)
    office.server.fault("cut_before", method="DELETE", times=9)
    answer = in_office("freeze", "start", "--all", "--reason", WHY)
    assert answer.code == 5
    assert f"CHƯA THU HỒI ĐƯỢC {delivery}" in answer.err
    assert [view.id for view in deliveries.undecided(office.workspace)] == [delivery]
    assert "nền tảng có thể tự đăng" in in_office("queue", "overdue").out


def test_a_recall_can_be_tried_again_and_the_post_sent_later(office: Office):
    delivery = handed_over(office)
    office.server.fault("cut_after_accept", method="DELETE", times=1)
    [first] = stopping.recall(office.workspace, office.people["ky"], [delivery], "đổi ý")
    assert not first.done
    [second] = stopping.recall(office.workspace, office.people["ky"], [delivery], "đổi ý")
    assert second.done
    deciding.retry(office.workspace, office.people["ky"], delivery)
    office.publish_until(DUE + timedelta(minutes=10))
    assert (office.view(delivery).status, total(office, "public")) == ("published", 1)


@pytest.mark.parametrize("reason", ["recalled", "frozen"])
def test_a_channel_that_works_again_sends_nothing_that_waits_for_a_word(office: Office, reason: str):
    post = office.approved(channels="[fanpage]", due=DUE.isoformat())
    delivery = f"{post}@fanpage"
    held = f"UPDATE delivery SET status = 'held', wake_at = NULL, last_error = '{reason}'"
    for statement in (held, "UPDATE channel SET state = 'stopped' WHERE id = 'fanpage'"):
        office.workspace.database.run(lambda c, told=statement: c.exec_driver_sql(told))
    assert channels.check(office.workspace, office.people["ky"], "fanpage").ok
    assert (office.view(delivery).status, office.view(delivery).last_error) == ("held", reason)


def test_a_recall_after_the_minute_finds_it_public_and_says_so(office: Office):
    delivery = handed_over(office)
    office.clock.instant = DUE + timedelta(seconds=30)
    [one] = stopping.recall(office.workspace, office.people["ky"], [delivery], "muộn rồi")
    assert not one.done
    office.publish_until(DUE + timedelta(minutes=5))
    assert (office.view(delivery).status, total(office, "public")) == ("published", 1)


# ---- take-down


def test_a_take_down_reports_every_channel_and_is_seen_on_the_platform(office: Office, in_office: Loa):
    office.approved(due=DUE.isoformat())
    office.publish_until(DUE + timedelta(minutes=5))
    assert total(office, "public") == 1
    results = in_office("post", "takedown", "hoi-dap", "--reason", "sai tên luật", "--json").json
    assert {(one["channel"], one["done"]) for one in results} == {("website", True), ("fanpage", True)}
    assert total(office, "public") == 0
    assert set(office.statuses().values()) == {"removed"}
    office.publish_until(DUE + timedelta(days=2))
    assert total(office, "public") == 0, "nothing brings it back"


def test_a_take_down_that_fails_on_one_channel_names_it_and_is_done_on_the_other(
    office: Office, in_office: Loa
):
    office.approved(due=DUE.isoformat())
    office.publish_until(DUE + timedelta(minutes=5))
    office.server.fault("cut_before", method="DELETE", times=9)
    answer = in_office("post", "takedown", "hoi-dap", "--reason", "sai tên luật")
    assert answer.code == 5
    assert f"CHƯA GỠ ĐƯỢC {FANPAGE}" in answer.err
    assert "Đã gỡ hoi-dap@website" in answer.err
    by_hand = in_office("queue", "removed", FANPAGE, "--reason", "tôi đã xóa trên Trang")
    assert by_hand.code == 0
    assert office.view(FANPAGE).status == "removed"


def test_what_was_never_public_cannot_be_taken_down(desk: Office):
    desk.approved()
    with pytest.raises(RefusedByRule, match="Không có lượt đăng nào đang công khai"):
        stopping.take_down(desk.workspace, desk.people["ky"], "hoi-dap", "sai")


def test_an_id_changed_in_the_database_turns_a_take_down_against_no_other_post(
    office: Office, in_office: Loa
):
    office.approved(channels="[fanpage]", due=DUE.isoformat())
    office.approved("khac.md", channels="[fanpage]", title="Khác", text="Bài khác.", due=DUE.isoformat())
    office.publish_until(DUE + timedelta(minutes=5))
    other = office.view("khac@fanpage").remote_id
    sql(office, f"UPDATE delivery SET remote_id = '{other}' WHERE id = '{FANPAGE}'")
    answer = in_office("post", "takedown", "hoi-dap", "--reason", "sai tên luật")
    assert answer.code == 5
    assert "không chắc bài" in answer.err
    assert total(office, "public") == 2
    assert office.view(FANPAGE).status == "published"
    # the other one's own id and handle along with it: the handle is signed for its own delivery
    sql(
        office,
        "UPDATE delivery SET handle = (SELECT handle FROM delivery WHERE id = 'khac@fanpage')"
        f" WHERE id = '{FANPAGE}'",
    )
    assert in_office("post", "takedown", "hoi-dap", "--reason", "sai tên luật").code == 5
    assert total(office, "public") == 2


def test_a_take_down_killed_after_the_platform_did_it_is_finished_by_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    office.approved(due=DUE.isoformat())
    office.publish_until(DUE + timedelta(minutes=5))
    close = acting._close
    monkeypatch.setattr(acting, "_close", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        stopping.take_down(office.workspace, office.people["ky"], "hoi-dap", "sai")
    monkeypatch.setattr(acting, "_close", close)
    assert total(office, "public") == 0
    results = stopping.take_down(office.workspace, office.people["ky"], "hoi-dap", "sai")
    assert [one.done for one in results] == [True, True]
    assert set(office.statuses().values()) == {"removed"}


# ---- correction


def test_a_correction_links_both_posts_once(desk: Office, at_desk: Loa):
    for name in ("cu.md", "moi.md"):
        desk.import_post(name, title=name)
    for _ in range(2):
        assert at_desk("post", "correct", "cu", "moi", "--reason", "sai số điều").code == 0
    assert stopping.corrections(desk.workspace, "cu") == [("cu", "moi")]
    assert stopping.corrections(desk.workspace, "moi") == [("cu", "moi")]
    with pytest.raises(UsageError, match="không thể đính chính cho chính nó"):
        stopping.correct(desk.workspace, desk.people["ky"], "cu", "cu", "nhầm")


# ---- on screen


def test_a_freeze_stands_in_the_status_and_in_its_list(desk: Office, at_desk: Loa):
    started = at_desk("freeze", "start", "--tag", "Đất đai", "--reason", WHY)
    assert "ĐÃ DỪNG (lệnh số 1)" in started.err
    assert "ĐANG DỪNG KHẨN CẤP: thẻ Đất đai" in at_desk("status").out
    assert "thẻ Đất đai" in at_desk("freeze", "list").out
    assert at_desk("freeze", "lift", "1", "--reason", "xong").code == 0
    assert "Không có lệnh dừng nào" in at_desk("freeze", "list").err
    assert [row["lifted_by"] for row in at_desk("freeze", "list", "--lifted", "--json").json] == ["ky"]
