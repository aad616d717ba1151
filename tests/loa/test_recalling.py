"""What a platform holds, and may not publish any more: called back by the publisher itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text, update

from content.errors import RefusedByRule
from loa.services import acting, deciding, deliveries, people, stopping, trusting
from scheduler.store.tables import approval, delivery
from scheduler.trust import FILE
from tests.loa.conftest import Loa
from tests.support.office import PASSPHRASE, Office

DUE = datetime.fromisoformat("2026-11-09T12:00+07:00")
FANPAGE = "hoi-dap@fanpage"
WHY = "quốc tang"
MINUTE = timedelta(minutes=1)


def public(office: Office) -> int:
    return int(office.server.ledger(arrivals=False)["total"]["public"])


def sql(office: Office, statement: str) -> None:
    """What somebody with the database file and a little SQL can do."""
    office.workspace.database.run(lambda connection: connection.execute(text(statement)))


@pytest.fixture
def held(office: Office) -> Office:
    """The practice Page holds one approved post until noon."""
    office.approved(channels="[fanpage]", due=DUE.isoformat())
    stopping.hand_over(office.workspace, office.people["ky"], [FANPAGE])
    office.publish_until(office.clock.now() + MINUTE)
    assert office.view(FANPAGE).status == "handed_over"
    return office


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands die when they are about to speak to a platform."""

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(acting, "act_on", die)


# ---- the approval ends while the platform holds the post


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE approval SET voided_at = at", "approval.none"),
        ("DELETE FROM approval", "approval.none"),
        ("UPDATE approval SET signature = ''", "approval.forged"),
        ("UPDATE approval SET officer = 'soan'", "approval.forged"),
        ("UPDATE approval SET expires_at = datetime(expires_at, '+1 day')", "approval.forged"),
        ("UPDATE post SET source = replace(source, 'bảo vệ', 'phá hoại')", "approval.post_changed"),
        ("UPDATE delivery SET payload = replace(payload, 'bảo vệ', 'phá hoại')", "approval.changed"),
        ("UPDATE delivery SET due_at = datetime(due_at, '-1 hour')", "approval.other_window"),
    ],
)
@pytest.mark.sqlite
def test_what_direct_sql_takes_the_approval_from_is_called_back(held: Office, statement: str, reason: str):
    sql(held, statement)
    held.publish_until(held.clock.now() + 2 * MINUTE)
    view = held.view(FANPAGE)
    assert (view.status, view.last_error) == ("held", reason)
    held.publish_until(DUE + timedelta(hours=1))
    assert public(held) == 0


def test_what_a_mistrusted_officer_approved_is_called_back_and_named(held: Office, in_office: Loa):
    assert FANPAGE in in_office("trust", "remove", "duyet").err
    assert held.view(FANPAGE).status == "recalling"
    held.publish_until(DUE + timedelta(hours=1))
    view = held.view(FANPAGE)
    assert (view.status, view.last_error, public(held)) == ("held", "approval.none", 0)


def test_what_a_replaced_key_signed_is_called_back(held: Office):
    people.change_passphrase(held.workspace, held.people["ky"], "duyet", f"{PASSPHRASE} mới")
    held.publish_until(DUE + timedelta(hours=1))
    assert (held.view(FANPAGE).status, public(held)) == ("held", 0)


def test_a_trust_file_that_is_gone_trusts_nobody_with_what_platforms_hold_either(held: Office):
    (held.folder / FILE).unlink()
    held.publish_until(DUE + timedelta(hours=1))
    view = held.view(FANPAGE)
    assert (view.status, view.last_error, public(held)) == ("held", "approval.forged", 0)


def test_an_officer_who_leaves_in_honour_leaves_what_platforms_hold_alone(held: Office):
    trusting.until_now(held.workspace, held.people["ky"], "duyet")
    held.publish_until(DUE + timedelta(hours=1))
    assert (held.view(FANPAGE).status, public(held)) == ("published", 1)


@pytest.mark.sqlite
def test_an_approval_that_ends_before_the_minute_is_not_given_out_of_the_house(office: Office):
    office.approved(channels="[fanpage]", due=DUE.isoformat())
    office.workspace.database.run(
        lambda c: c.execute(update(approval).values(expires_at=DUE - timedelta(hours=1)))
    )
    with pytest.raises(RefusedByRule):
        stopping.hand_over(office.workspace, office.people["ky"], [FANPAGE])
    sql(office, "UPDATE delivery SET hand_over = 1, wake_at = created_at")  # asked for before it was so
    office.publish_until(DUE + timedelta(hours=1))
    assert office.view(FANPAGE).status == "held"
    assert ("hand_over", "handed_over") not in office.steps(FANPAGE)
    assert public(office) == 0


# ---- a freeze whose command was killed


def test_the_publisher_calls_back_what_a_killed_freeze_left_with_the_platform(held: Office, killed: None):
    with pytest.raises(KeyboardInterrupt):
        stopping.start(held.workspace, held.people["ky"], "all", "", WHY)
    assert held.view(FANPAGE).status == "recalling"
    assert [view.id for view in deliveries.undecided(held.workspace)] == [FANPAGE]
    held.publish_until(held.clock.now() + 2 * MINUTE)
    assert (held.view(FANPAGE).status, held.view(FANPAGE).last_error) == ("held", "frozen")
    held.publish_until(DUE + timedelta(hours=1))
    assert public(held) == 0


def test_the_publisher_calls_back_what_a_killed_recall_left_with_the_platform(
    held: Office, monkeypatch: pytest.MonkeyPatch
):
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(acting, "_one", die)
    with pytest.raises(KeyboardInterrupt):
        stopping.recall(held.workspace, held.people["ky"], [FANPAGE], "đổi ý")
    held.publish_until(DUE + timedelta(hours=1))
    assert (held.view(FANPAGE).status, held.view(FANPAGE).last_error) == ("held", "recalled")
    assert public(held) == 0


def test_a_failed_recall_is_tried_again_until_the_platform_says_yes(held: Office, in_office: Loa):
    held.server.fault("cut_before", method="DELETE", times=4)
    answer = in_office("freeze", "start", "--all", "--reason", WHY)
    assert answer.code == 5
    assert f"CHƯA THU HỒI ĐƯỢC {FANPAGE}" in answer.err
    assert FANPAGE in in_office("queue", "overdue").out
    held.publish_until(held.clock.now() + 5 * MINUTE)
    assert held.view(FANPAGE).status == "held"
    held.publish_until(DUE + timedelta(hours=1))
    assert public(held) == 0


def test_what_came_out_before_it_could_be_called_back_is_for_a_person_to_see(held: Office, killed: None):
    with pytest.raises(KeyboardInterrupt):
        stopping.start(held.workspace, held.people["ky"], "all", "", WHY)
    held.clock.instant = DUE + MINUTE  # nobody published until then: the machine was off
    held.publish_until(DUE + 10 * MINUTE)
    view = held.view(FANPAGE)
    assert (view.status, view.last_error.partition(":")[0]) == ("unknown", "recall.too_late")
    assert [one.id for one in deliveries.undecided(held.workspace)] == [FANPAGE]


@pytest.mark.parametrize("fault", ["code_200", "code_100_33", "code_1"])
def test_what_the_platform_does_not_give_back_is_never_taken_for_hidden(held: Office, fault: str):
    """The schedule stands then. One answer is "does not exist", also said of what a login may not change."""
    held.server.fault(fault, method="DELETE", times=999)
    done = stopping.start(held.workspace, held.people["ky"], "all", "", WHY)
    assert [one.done for one in done.recalls] == [False]
    held.publish_until(DUE - MINUTE)
    assert held.view(FANPAGE).status == "recalling"
    assert [one.id for one in deliveries.undecided(held.workspace)] == [FANPAGE]


def test_a_stopped_channel_sends_nothing_but_what_its_platform_holds_is_called_back(held: Office):
    held.approved("khac.md", title="Một bài khác", channels="[fanpage]", due=(DUE - MINUTE).isoformat())
    sql(held, "UPDATE channel SET state = 'stopped'")
    mine = f"(SELECT seq FROM delivery WHERE id = '{FANPAGE}')"
    sql(held, f"UPDATE approval SET signature = '' WHERE delivery_seq = {mine}")
    held.publish_until(held.clock.now() + 2 * MINUTE)
    assert held.view(FANPAGE).status == "held"
    held.publish_until(DUE + timedelta(hours=1))
    assert (public(held), held.view("khac@fanpage").last_error) == (0, "channel.stopped")


def test_without_a_login_it_stays_on_the_list_and_is_called_back_once_somebody_logged_in(held: Office):
    held.server.fault("code_190", times=999)
    stopping.start(held.workspace, held.people["ky"], "all", "", WHY)
    held.publish_until(held.clock.now() + 10 * MINUTE)
    assert held.view(FANPAGE).status == "recalling"
    assert [one.id for one in deliveries.undecided(held.workspace)] == [FANPAGE]
    tries = held.steps(FANPAGE).count(("recall", "auth_lost"))
    assert tries < 30, "asked for again and again, but not without a break"
    held.server.app.faults.clear()
    held.publish_until(held.clock.now() + 2 * MINUTE)
    assert held.view(FANPAGE).status == "held"


# ---- lifting


def test_a_lifted_freeze_gives_back_to_the_platform_what_it_called_back(held: Office):
    freeze = stopping.start(held.workspace, held.people["ky"], "all", "", WHY).freeze
    lifted = stopping.lift(held.workspace, held.people["ky"], freeze.id, "xong")
    assert lifted.left == stopping.Outlook(going_on=1, late=0, still=0)
    held.publish_until(held.clock.now() + 2 * MINUTE)
    assert held.view(FANPAGE).status == "handed_over"
    held.publish_until(DUE + 10 * MINUTE)
    assert (held.view(FANPAGE).status, public(held)) == ("published", 1)


def test_lifted_too_late_for_the_platform_loa_publishes_it_at_its_minute(held: Office):
    freeze = stopping.start(held.workspace, held.people["ky"], "all", "", WHY).freeze
    held.publish_until(DUE - 5 * MINUTE)
    stopping.lift(held.workspace, held.people["ky"], freeze.id, "xong")
    held.publish_until(DUE + timedelta(seconds=5))
    assert (held.view(FANPAGE).status, public(held)) == ("published", 1)


def test_what_a_person_called_back_does_not_go_on_with_a_lifted_freeze(held: Office, monkeypatch):
    taken = acting._one
    monkeypatch.setattr(acting, "_one", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        stopping.recall(held.workspace, held.people["ky"], [FANPAGE], "sai số điều")
    monkeypatch.setattr(acting, "_one", taken)
    freeze = stopping.start(held.workspace, held.people["ky"], "all", "", WHY).freeze
    lifted = stopping.lift(held.workspace, held.people["ky"], freeze.id, "xong")
    assert lifted.left == stopping.Outlook(going_on=0, late=0, still=1)
    assert (held.view(FANPAGE).status, held.view(FANPAGE).last_error) == ("held", "recalled")


# ---- asking for a hand-over


def test_what_its_platform_cannot_hold_is_not_handed_over_and_goes_out_on_time(office: Office):
    office.approved(due=DUE.isoformat())
    for name, why in (("website", "không giữ bài hộ được"), ("fanpage", "quá gần hoặc quá xa")):
        office.publish_until(DUE - 5 * MINUTE)
        with pytest.raises(RefusedByRule, match=why):
            stopping.hand_over(office.workspace, office.people["ky"], [f"hoi-dap@{name}"])
    office.publish_until(DUE + timedelta(seconds=5))
    assert set(office.statuses().values()) == {"published"}


# ---- what the officer reads, and what a person did at the platform


def test_what_was_called_back_is_counted_and_what_was_not_is_named_with_its_minute_and_the_remedy(
    held: Office, in_office: Loa
):
    held.approved("khac.md", channels="[website]", title="Khác", text="Nội dung khác.", due=DUE.isoformat())
    held.server.fault("cut_before", method="DELETE", times=1)
    answer = in_office("freeze", "start", "--all", "--reason", WHY)
    assert "1 lượt đăng đứng lại, đã thu hồi 0 trên 1 lượt mà nền tảng đang giữ" in answer.err
    assert f"CHƯA THU HỒI ĐƯỢC {FANPAGE}" in answer.err
    assert "09/11/2026 12:00" in answer.err
    assert f"loa queue removed {FANPAGE}" in answer.err


def test_what_is_public_already_is_said_to_be_so_with_the_way_to_take_it_down(held: Office, in_office: Loa):
    held.clock.instant = DUE + timedelta(seconds=30)
    answer = in_office("freeze", "start", "--all", "--reason", WHY)
    assert f"{FANPAGE} ĐÃ CÔNG KHAI" in answer.err
    assert "loa post takedown hoi-dap" in answer.err
    assert answer.code == 5


def test_a_schedule_that_a_person_cancelled_at_the_platform_ends_the_recall(held: Office, in_office: Loa):
    held.server.fault("cut_before", method="DELETE", times=999)
    stopping.recall(held.workspace, held.people["ky"], [FANPAGE], "đổi ý")
    assert in_office("queue", "removed", FANPAGE, "--reason", "đã hủy lịch trên Trang").code == 0
    assert (held.view(FANPAGE).status, held.view(FANPAGE).last_error) == ("held", "recalled")
    assert [one.next_at for one in deliveries.undecided(held.workspace)] == [None]


# ---- another hand


def test_a_recall_by_command_asks_for_nothing_that_is_not_its_own(held: Office, in_office: Loa):
    """The handle of another post of the same Page: it would be the other one that is taken back."""
    held.approved("khac.md", channels="[fanpage]", title="Khác", text="Bài khác.", due=DUE.isoformat())
    stopping.hand_over(held.workspace, held.people["ky"], ["khac@fanpage"])
    held.publish_until(held.clock.now() + MINUTE)
    sql(
        held,
        "UPDATE delivery SET handle = (SELECT handle FROM delivery WHERE id = 'khac@fanpage')"
        f" WHERE id = '{FANPAGE}'",
    )
    answer = in_office("queue", "recall", FANPAGE, "--reason", "đổi ý")
    assert answer.code == 5
    assert "ĐÃ CÔNG KHAI" not in answer.err
    view = held.view(FANPAGE)
    assert view.status == "unknown"
    held.publish_until(held.clock.now() + MINUTE)
    assert held.view(FANPAGE).last_error == "handle.changed"
    assert held.view("khac@fanpage").status == "handed_over"


@pytest.mark.parametrize("command", ["recall", "freeze"])
def test_what_was_called_back_by_command_may_go_out_under_the_same_approval(held: Office, command: str):
    if command == "recall":
        stopping.recall(held.workspace, held.people["ky"], [FANPAGE], "đổi ý")
        deciding.retry(held.workspace, held.people["ky"], FANPAGE)
    else:
        freeze = stopping.start(held.workspace, held.people["ky"], "all", "", WHY).freeze
        stopping.lift(held.workspace, held.people["ky"], freeze.id, "xong")
    sql(held, "UPDATE delivery SET handle = '{}'")  # as where nothing was left: it is prepared from nothing
    held.publish_until(DUE + timedelta(minutes=10))
    assert (held.view(FANPAGE).status, public(held)) == ("published", 1)


# ---- what the notes know of a try, and what they are told of its end


def test_what_the_platform_refused_is_not_looked_for_when_it_is_sent_at_another_time(office: Office):
    office.approved(channels="[fanpage]", due=DUE.isoformat())
    office.server.fault("code_100", method="POST", edge="", times=1)
    office.publish_until(DUE + MINUTE)
    assert office.view(FANPAGE).status == "failed"
    again_at = (office.clock.now() + MINUTE).isoformat()
    deciding.move(office.workspace, office.people["ky"], FANPAGE, again_at)
    office.publish_until(office.clock.now() + 10 * MINUTE)
    assert (office.view(FANPAGE).status, public(office)) == ("published", 1)
    assert "settle" not in [step for step, _ in office.steps(FANPAGE)]


def test_a_row_that_forgot_its_reveal_is_looked_for_before_anything_is_sent(office: Office):
    """As after a database was copied without its log: ready in the row, begun in the notes."""
    office.approved(channels="[fanpage]", due=DUE.isoformat())
    office.publish_until(DUE - MINUTE)
    kept = office.workspace.database.run(
        lambda c: c.execute(text("SELECT handle FROM delivery")).scalar_one()
    )
    office.server.fault("500_after_accept", method="POST", edge="", times=1)
    office.publish_until(DUE)
    forgotten = {"handle": kept, "status": "ready", "wake_at": DUE, "remote_id": "", "url": "", "pending": ""}
    office.workspace.database.run(lambda c: c.execute(update(delivery).values(**forgotten)))
    office.publish_until(DUE + 10 * MINUTE)
    assert (office.view(FANPAGE).status, public(office)) == ("published", 1)
    assert office.server.ledger(arrivals=False)["total"]["reveals"] == 1
