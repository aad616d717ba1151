"""The inbox as an officer uses it: what waits, what is overdue, who answered; nobody's name, no harm."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import insert, select

from connectors.practice.wordpress import PracticeWordPress
from loa.services import auditing, channels, inbox
from loa.services.connecting import Connectors
from scheduler.store.tables import audit_event, comment, delivery
from tests.loa.conftest import Loa
from tests.support.office import PAGE, Office
from tests.support.reached import out

EVIL = "[red]đỏ[/red] \x1b[31m\u202e {unit} %s <b>?"


@pytest.fixture
def public(office: Office) -> str:
    """A post that is out on the practice Page; its remote id."""
    office.approved(channels="[fanpage]")
    office.publish_until(datetime(2026, 11, 9, 1, tzinfo=UTC))
    assert office.statuses() == {"hoi-dap@fanpage": "published"}
    with office.workspace.database.read() as connection:
        return str(connection.execute(select(delivery.c.remote_id)).scalar_one())


def write(office: Office, remote_id: str, text: str, **more: str) -> None:
    """As a visitor of the practice Page writes it."""
    form = {"about": remote_id, "text": text, **more}
    assert requests.post(f"{office.server.url}/practice/comments", data=form, timeout=5).status_code == 200


def asked(office: Office, text: str = "Cho hỏi?", **values: Any) -> int:
    """A question in the store; its number."""

    def work(connection: Any) -> int:
        now = office.clock.now()
        row = {
            "channel_id": "fanpage",
            "text": text,
            "reply_to": "",
            "by_us": False,
            "hidden": False,
            "written_at": now,
            "first_seen_at": now,
            "seen_at": now,
            "state": "open",
            "due_at": now + timedelta(days=7),
            **values,
        }
        return int(connection.execute(insert(comment).values(**row).returning(comment.c.id)).scalar_one())

    return office.workspace.database.run(work)


def test_a_question_under_a_post_is_read_answered_there_and_noticed(
    office: Office, in_office: Loa, public: str
) -> None:
    write(office, public, "Em ở 0912345678, cho hỏi nộp hồ sơ ở đâu?")
    write(office, public, "Cảm ơn đơn vị")
    pulled = in_office("inbox", "pull")
    assert "1 lượt đăng: 2 ý kiến mới, 0 câu hỏi" in pulled.err
    [one] = in_office("inbox", "list", "--json").json
    assert one["text"] == "Em ở [số điện thoại], cho hỏi nộp hồ sơ ở đâu?"
    assert (one["state"], one["guessed"], one["overdue"]) == ("open", True, False)
    assert "Người Đọc" not in json.dumps(
        in_office("inbox", "list", "--all", "--json").json, ensure_ascii=False
    )
    assert one["number"] == 1, "numbered as they were written"
    shown = in_office("inbox", "show", one["number"])
    assert "chưa trả lời (máy đoán theo chữ)" in shown.out
    assert f"Trả lời tại đây (Loa không đăng câu trả lời thay đơn vị): {one['url']}" in shown.err

    page = requests.get(one["url"], timeout=5).text
    assert "Em ở 0912345678" in page, "the link leads to the page with the question"
    [parent] = [c.id for c in office.server.world.comments.all.values() if "hồ sơ" in c.text]
    office.clock.forward(hours=2)
    write(office, public, "Ở bộ phận một cửa ạ.", parent=parent, owner="1")
    assert "1 câu hỏi đã được trả lời" in in_office("inbox", "pull").err
    assert in_office("inbox", "list", "--json").json == []
    [done] = [o for o in in_office("inbox", "list", "--all", "--json").json if o["number"] == one["number"]]
    assert (done["state"], done["answered_by"], done["replies"]) == ("answered", "publisher", 1)
    assert "trả lời ngay trên nền tảng" in in_office("inbox", "show", one["number"]).out
    assert auditing.verify(office.workspace).whole


def test_the_publishers_own_round_reads_them(office: Office, public: str) -> None:
    write(office, public, "Bao giờ có kết quả?")
    office.clock.forward(hours=1)
    connectors = Connectors(office.workspace)
    told = inbox.rounds(office.workspace, office.workspace.database, connectors)
    assert told.round().new == 1
    assert told.round().read == 0, "not due again yet"
    connectors.close()


@pytest.mark.sqlite
def test_the_publisher_looks_as_often_as_the_unit_wants_and_erases_what_is_old(
    office: Office, public: str
) -> None:
    from loa.services import publishing

    write(office, public, "Bao giờ có kết quả?")
    write(office, public, "Cảm ơn, gọi tôi nhé")
    office.clock.forward(hours=1)
    with publishing.publisher(office.workspace) as publisher:
        jobs = {job.name: job for job in publisher._periodic}
        assert jobs["inbox"].every == timedelta(minutes=15)
        jobs["inbox"].call()
        assert len(inbox.listing(office.workspace, everything=True)) == 2
        office.clock.forward(days=366)
        jobs["janitor"].call()
    kept = inbox.listing(office.workspace, everything=True)
    assert {(one.state, bool(one.text), one.erased) for one in kept} == {
        ("open", True, False),
        ("none", False, True),
    }


def test_with_0_minutes_nobody_looks_by_itself(desk: Office) -> None:
    from loa.config import read
    from loa.services import publishing
    from loa.services.workspace import Workspace

    file = desk.folder / "config.toml"
    file.write_text(file.read_text("utf-8").replace("\nminutes = 15", "\nminutes = 0"), "utf-8")
    assert read(desk.folder).inbox.every == timedelta(0)
    workspace = Workspace.open(desk.folder, desk.clock)
    with publishing.publisher(workspace) as publisher:
        assert "inbox" not in [job.name for job in publisher._periodic]
    workspace.close()


def test_what_a_platform_says_in_half_never_stands_in_a_log(
    office: Office, in_office: Loa, public: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(office, public, "Chuyen rieng, cho hoi?")
    office.server.fault("truncated_200_after_accept", edge="comments")
    told = in_office("inbox", "pull")
    assert "1 lượt đăng chưa đọc hết bình luận" in told.err
    assert "Chuyen rieng" not in caplog.text + told.err + told.out
    assert "1 ý kiến mới" in in_office("inbox", "pull").err


def test_a_page_without_the_right_says_so_and_goes_on_publishing(
    office: Office, in_office: Loa, public: str
) -> None:
    office.server.world.pages[PAGE].scopes = ("pages_manage_posts", "pages_read_engagement")
    pulled = in_office("inbox", "pull")
    assert pulled.code == 0
    assert "Kênh fanpage không đọc được bình luận" in pulled.err
    assert "loa channel login fanpage" in pulled.err
    assert [view.state for view in channels.listing(office.workspace)] == ["ok", "ok"]


def test_a_wordpress_site_is_read_the_same_way(office: Office, in_office: Loa) -> None:
    with PracticeWordPress(name="Cổng", clock=office.clock.now) as site:
        site.add_user("loa", "Abcd 1234 Efgh 5678 Ijkl 9012")
        channels.add(
            office.workspace,
            office.people["ky"],
            "cong",
            platform="wordpress",
            settings={"base_url": site.url, "comments": "open"},
            secrets={"user": "loa", "app_password": "Abcd 1234 Efgh 5678 Ijkl 9012"},
        )
        office.approved(channels="[cong]")
        office.publish_until(datetime(2026, 11, 9, 1, tzinfo=UTC))
        assert office.statuses() == {"hoi-dap@cong": "published"}
        [post] = site.world.posts.values()
        form = {"about": str(post.id), "text": "Có mất phí không?"}
        assert requests.post(f"{site.url}/practice/comments", data=form, timeout=5).status_code == 200
        assert in_office("inbox", "pull", "--json").json == {"read": 1, "new": 1, "answered": 0, "put_off": 0}
    [one] = in_office("inbox", "list", "--channel", "cong", "--json").json
    assert one["text"] == "Có mất phí không?"


def test_a_day_by_which_to_answer_counts_working_days_only(desk: Office) -> None:
    due = inbox.answer_by(desk.workspace)
    zone = desk.workspace.config.zone
    friday = datetime(2026, 8, 28, 9, tzinfo=zone)
    assert due(friday) == datetime(2026, 9, 7, 17, tzinfo=zone), "a weekend and two days of the national day"


def test_marking_opening_again_and_another_day(desk: Office, at_desk: Loa) -> None:
    number = asked(desk)
    assert "đã trả lời" in at_desk("inbox", "answered", number, "--link", "https://fb.test/9").err
    assert at_desk("inbox", "list").err.startswith("Không có câu hỏi nào đang chờ.")
    assert "chưa trả lời, hạn trả lời" in at_desk("inbox", "reopen", number).err
    [one] = at_desk("inbox", "list", "--json").json
    assert (one["answer_url"], one["answered_at"], one["guessed"]) == ("", None, False)
    assert "không cần trả lời" in at_desk("inbox", "none", number).err
    assert at_desk("inbox", "list", "--json").json == []
    day = f"{desk.clock.now() + timedelta(days=3):%d/%m/%Y}"
    assert at_desk("inbox", "due", number, day).code == 0
    [one] = at_desk("inbox", "list", "--json").json
    assert one["due_at"].startswith(f"{desk.clock.now() + timedelta(days=3):%Y-%m-%d}T10:00")
    with desk.workspace.database.read() as connection:
        events = [e.action for e in connection.execute(select(audit_event).order_by(audit_event.c.id))]
    assert events[-4:] == ["comment_answered", "comment_reopened", "comment_set_aside", "comment_due"]


def test_thanks_that_were_a_question_after_all_can_be_opened(desk: Office, at_desk: Loa) -> None:
    number = asked(desk, "Tôi chưa nhận được giấy", state="none", due_at=None)
    assert "hạn trả lời" in at_desk("inbox", "reopen", number).err
    assert [one["number"] for one in at_desk("inbox", "list", "--json").json] == [number]


def test_a_question_that_came_by_telephone_is_typed_in(desk: Office, at_desk: Loa) -> None:
    out(desk, "mot", 1, "website")
    told = at_desk("inbox", "add", "website", "Bà A, 0912 345 678, hỏi về hộ tịch", "-d", "mot@website")
    assert (told.code, "Đã ghi câu hỏi số 1" in told.err) == (0, True)
    one = at_desk("inbox", "show", 1, "--json").json
    assert one["text"] == "Bà A, [số điện thoại], hỏi về hộ tịch"
    assert (one["delivery"], one["typed_by"], one["state"]) == ("mot@website", "ky", "open")
    assert "loa inbox answered 1 --note" in at_desk("inbox", "show", 1).err
    with desk.workspace.database.read() as connection:
        details = [e.detail for e in connection.execute(select(audit_event))]
    assert not any("hộ tịch" in detail for detail in details), "what is to be erased is not in the audit"


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("show", 99), "Không có ý kiến số 99", 4),
        (("answered", 99), "Không có ý kiến số 99", 4),
        (("answered", 1, "--link", "javascript:x"), "https://", 2),
        (("answered", 1, "--note", "a" * 1001), "1001 ký tự", 2),
        (("due", 1, "mai"), "không phải một ngày", 2),
        (("due", 1, "01/01/2026"), "đã qua", 2),
        (("add", "khong-co", "Hỏi?"), "khong-co", 4),
        (("add", "website", "  "), "Chưa có chữ nào", 2),
        (("add", "website", "Hỏi?", "-d", "mot@fanpage"), "không thuộc kênh website", 2),
        (("add", "fanpage", "Hỏi?", "-d", "hai@fanpage"), "chưa công khai", 3),
        (("add", "website", "Hỏi?", "--at", "01/01/2030 07:00"), "2030", 2),
        (("list", "--channel", "khong-co"), "khong-co", 4),
        (("reopen", 2), "chính đơn vị viết", 3),
    ],
)
def test_a_slip_is_told_in_a_sentence(
    desk: Office, at_desk: Loa, words: tuple[object, ...], said: str, code: int
) -> None:
    asked(desk)
    asked(desk, by_us=True)
    out(desk, "mot", 1, "fanpage")
    desk.import_post("hai.md", channels="[fanpage]")
    answer = at_desk("inbox", *words)
    assert (answer.code, said in answer.err) == (code, True), answer.err


def test_whoever_may_only_look_marks_nothing(desk: Office, at_desk: Loa) -> None:
    from content.approval import Role
    from loa.services import people
    from tests.support.office import PASSPHRASE

    people.add(
        desk.workspace, desk.people["ky"], "xem", full_name="X", roles=[Role.INSPECTOR], passphrase=PASSPHRASE
    )
    number = asked(desk)
    assert at_desk("inbox", "list", user=None).code == 0
    assert at_desk("inbox", "none", number, user="xem").code == 3


def test_words_of_strangers_are_shown_and_never_obeyed(desk: Office, at_desk: Loa) -> None:
    number = asked(desk, EVIL, url="https://x.test/\x1b[31m")
    for words in (("list",), ("list", "--all"), ("show", number), ("answered", number)):
        answer = at_desk("inbox", *words)
        assert answer.code == 0
        for bad in ("\x1b", "\u202e"):
            assert bad not in answer.out + answer.err
    assert "[red]đỏ[/red]" in at_desk("inbox", "show", number).out


def test_overdue_questions_stand_in_the_list_of_their_own(desk: Office, at_desk: Loa) -> None:
    late = asked(desk, due_at=desk.clock.now() - timedelta(days=1))
    asked(desk)
    asked(desk, hidden=True, due_at=desk.clock.now() - timedelta(days=1))
    asked(desk, gone_at=desk.clock.now(), due_at=desk.clock.now() - timedelta(days=1))
    assert [one["number"] for one in at_desk("inbox", "list", "--due", "--json").json] == [late]
    assert "quá hạn" in at_desk("inbox", "list").out
    assert inbox.waiting(desk.workspace) == inbox.Waiting(open=2, overdue=1)


def test_a_list_that_is_cut_says_so(desk: Office, at_desk: Loa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST", 2)
    asked(desk)
    assert "Danh sách dừng" not in at_desk("inbox", "list").err
    asked(desk)
    asked(desk)
    told = at_desk("inbox", "list", "--json")
    assert len(json.loads(told.out)) == 2
    assert "Danh sách dừng ở 2 ý kiến" in told.err


def test_channels_that_cannot_be_read_say_why(desk: Office, at_desk: Loa) -> None:
    out(desk, "mot", 1, "website", "fanpage")
    said = at_desk("inbox", "list").err
    assert "Kênh website không đọc được bình luận: nền tảng này không cho đọc bình luận qua API" in said
    assert "Kênh fanpage không đọc được bình luận: chưa đọc được lần nào" in said


def test_status_tells_how_many_wait_and_an_overdue_one_is_a_notice(desk: Office, at_desk: Loa) -> None:
    assert "Câu hỏi của bạn đọc" not in at_desk("status").out
    asked(desk)
    asked(desk, due_at=desk.clock.now())
    assert "Câu hỏi của bạn đọc: 2 chưa trả lời, 1 quá hạn" in at_desk("status").out
    told = at_desk("status", "--json").json
    assert told["questions"] == {"open": 2, "overdue": 1}
    [alert] = [one for one in told["alerts"] if one["key"] == "questions"]
    assert (alert["severity"], alert["message"]) == (
        "notice",
        "1 câu hỏi của bạn đọc đã quá hạn trả lời.",
    )
