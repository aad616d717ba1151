"""Channels looked after: what a platform said is kept, an end told of in time and once, errors in words."""

from __future__ import annotations

import json
import logging
import random
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import select

from connectors.contract import Health
from connectors.errors import AuthLost, NotSent, NotYet, Refused
from content.events import told
from content.wording import catalogue, use_language
from loa import speech
from loa.services import care, channels, publishing, standing
from loa.services.connecting import Connectors
from loa.services.overview import overview
from scheduler.setbacks import after_error
from scheduler.store.database import HEAD, Database, alembic_config
from scheduler.store.tables import audit_event
from tests.loa.conftest import Loa
from tests.support.clock import LAW_DAY_MORNING
from tests.support.office import PAGE, Office

DAY = timedelta(days=1)


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def ends_in(office: Office, days: float) -> None:
    """Facebook says from now on that the Page's access ends so many days from the test's present."""
    end = office.clock.now() + timedelta(days=days)
    office.server.world.pages[PAGE].data_access_expires_at = int(end.timestamp())


def round_of_care(office: Office) -> None:
    connectors = Connectors(office.workspace)
    try:
        care.look_after(office.workspace, office.workspace.database, connectors)
    finally:
        connectors.close()


def about_the_page(heard: pytest.LogCaptureFixture) -> list[str]:
    return [text for r in heard.records if (text := r.getMessage()).startswith("fanpage: ")]


def expiry_events(office: Office) -> list[int]:
    """The thresholds that the audit says people were told of."""
    query = select(audit_event.c.detail).where(audit_event.c.action == "channel_expires")
    with office.workspace.database.read() as connection:
        return [json.loads(detail)["days"] for detail in connection.execute(query).scalars()]


# ---- an end is told of in time -----------------------------------------------------------------------


def test_an_end_is_told_of_once_at_fourteen_and_once_at_three_days(office: Office, heard):
    ends_in(office, 16.5)
    told: list[tuple[int, str]] = []
    for hour in range(0, 18 * 24, 6):
        heard.clear()
        round_of_care(office)
        told += [(hour, words) for words in about_the_page(heard) if "chỉ còn" in words]
        office.clock.forward(hours=6)
    assert [hour for hour, _ in told] == [60, 324], "16.5 days before, less 14 and 3"
    assert all("loa channel login fanpage" in words for _, words in told)
    assert "chỉ còn 14 ngày" in told[0][1]
    assert "chỉ còn 3 ngày" in told[1][1]
    assert expiry_events(office) == [14, 3]


def test_what_is_found_late_is_told_of_once_at_its_own_threshold(office: Office, heard):
    ends_in(office, 2)
    for _ in range(3):
        round_of_care(office)
    assert len([r for r in heard.records if "chỉ còn 2 ngày" in r.getMessage()]) == 1
    office.clock.forward(days=3)
    round_of_care(office)
    assert (
        standing.in_short(standing.by_channel(office.workspace)["fanpage"].expires_at, office.clock.now())
        == "HẾT HẠN"
    )


def test_after_a_renewal_the_next_end_is_told_of_again(office: Office, heard):
    ends_in(office, 2)
    round_of_care(office)
    ends_in(office, 60)
    round_of_care(office)
    office.clock.forward(days=47)
    round_of_care(office)
    assert expiry_events(office) == [3, 14]


def test_a_check_by_hand_takes_no_warning_away(office: Office, heard):
    ends_in(office, 10)
    assert channels.check(office.workspace, None, "fanpage").ok
    assert expiry_events(office) == []
    round_of_care(office)
    assert expiry_events(office) == [14]


def test_what_never_ends_is_never_told_of(office: Office, heard):
    round_of_care(office)
    assert about_the_page(heard) == []
    assert standing.by_channel(office.workspace)["fanpage"].expires_at is None


def test_one_faulty_channel_leaves_the_others_cared_for(office: Office, heard, monkeypatch):
    real = channels.ask

    def ask(connectors: Connectors, channel_id: str) -> Health:
        if channel_id == "fanpage":
            raise RuntimeError("practice fault")
        return real(connectors, channel_id)

    monkeypatch.setattr(channels, "ask", ask)
    round_of_care(office)
    assert list(standing.by_channel(office.workspace)) == ["website"]
    assert "fanpage: Không hỏi được tình trạng kênh" in heard.text


@pytest.mark.sqlite
def test_the_publisher_makes_these_rounds_by_itself(office: Office):
    with publishing.publisher(office.workspace) as publisher:
        [job] = [job for job in publisher._periodic if job.name == "channels"]
        assert job.every <= DAY
        assert job.first_at(LAW_DAY_MORNING) == LAW_DAY_MORNING + timedelta(minutes=1)
        job.call()
    assert list(standing.by_channel(office.workspace)) == ["fanpage", "website"]


# ---- what is kept --------------------------------------------------------------------------------


def test_what_was_said_is_written_on_a_change_or_once_a_day(office: Office):
    def checked_at() -> datetime:
        round_of_care(office)
        return standing.by_channel(office.workspace)["fanpage"].checked_at

    first = checked_at()
    office.clock.forward(hours=23)
    assert checked_at() == first
    ends_in(office, 90)
    changed = checked_at()
    assert changed == first + timedelta(hours=23)
    office.clock.forward(hours=25)
    assert checked_at() == office.clock.now()
    assert standing.by_channel(office.workspace)["fanpage"].name == "Xã Thử Nghiệm"


def test_counters_alone_are_no_change_and_words_are(office: Office):
    def keep(**values: object) -> bool:
        health, now = Health(True, values=values), office.clock.now()
        return office.workspace.database.run(lambda c: standing.keep(c, "fanpage", health, now)).written

    assert [
        keep(left=3),
        keep(left=2),
        keep(left=2, warning="Sắp hết."),
        keep(left=1, warning="Sắp hết."),
    ] == [
        True,
        False,
        True,
        False,
    ]


def test_the_same_trouble_is_logged_once_a_day(office: Office, heard):
    office.server.world.pages[PAGE].scopes = ["pages_show_list"]
    for _ in range(30):
        round_of_care(office)
        office.clock.forward(hours=1)
    assert len(about_the_page(heard)) == 2


def events(heard: pytest.LogCaptureFixture, channel: str) -> list[tuple[str, str]]:
    kept = [r for r in heard.records if r.getMessage().startswith(f"{channel}: ")]
    return [(r.levelname, told(r, ours=True)["event"]) for r in kept]


def test_a_remark_on_a_channel_that_works_is_no_trouble(office: Office, heard, monkeypatch):
    """Whoever has an alarm on `channel.trouble` was woken by a missing line of a website's footer."""
    remark = Health(True, values={"warning": "Chân trang còn thiếu địa chỉ."}, name="Kênh")
    trouble = Health(False, problem="facebook.health.scopes")
    monkeypatch.setattr(channels, "ask", lambda _, name: trouble if name == "fanpage" else remark)
    round_of_care(office)
    assert events(heard, "website") == [("INFO", "channel.remark")]
    assert events(heard, "fanpage") == [("WARNING", "channel.trouble")]


def test_no_secret_is_kept_and_only_plain_facts(office: Office):
    health = Health(True, values={"said": "token=practice-leak-123456", "left": 3, "odd": object()}, name="x")
    office.workspace.database.run(lambda c: standing.keep(c, "fanpage", health, office.clock.now()))
    assert dict(standing.by_channel(office.workspace)["fanpage"].facts) == {"said": "token=•••", "left": 3}


# ---- what people see -----------------------------------------------------------------------------


def test_list_status_and_overview_show_the_end(office: Office, in_office: Loa):
    ends_in(office, 12.5)
    assert in_office("channel", "list", "--json").json[0]["expires_at"] is None, "nobody has asked yet"
    in_office("channel", "check")
    table = in_office("channel", "list").out
    assert "Hạn" in table
    assert "còn 12 ngày" in table
    assert in_office("channel", "list", "--json").json[0]["expires_at"].startswith("2026-11-21T")
    assert list(overview(office.workspace).expiring_channels) == ["fanpage"]
    answer = in_office("status", user=None)
    assert "! Kênh fanpage: Quyền truy cập chỉ còn 12 ngày" in answer.out
    ends_in(office, 40)
    in_office("channel", "check", "fanpage")
    assert dict(overview(office.workspace).expiring_channels) == {}
    assert "Kênh fanpage" not in in_office("status", user=None).out


def test_check_without_a_name_says_one_line_for_every_channel(office: Office, in_office: Loa):
    ends_in(office, 40)
    answer = in_office("channel", "check")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["fanpage", "website"]
    assert "Kênh dùng được (Xã Thử Nghiệm)." in lines[0]
    assert "còn 40 ngày" in lines[0]
    assert answer.err == ""
    rows = in_office("channel", "check", "--json").json
    assert [list(row) for row in rows] == [["id", "ok", "message", "expires_at", "clock"]] * 2
    assert rows[1]["expires_at"] is None


def test_check_tells_a_near_end_once(office: Office, in_office: Loa):
    ends_in(office, 2.5)
    line = in_office("channel", "check").out.splitlines()[0]
    assert "Quyền truy cập chỉ còn 2 ngày" in line
    assert line.count("loa channel login") == 1
    assert "hết hạn" not in line


def test_check_without_a_name_goes_on_after_a_channel_in_trouble(desk: Office, at_desk: Loa):
    answer = at_desk("channel", "check")
    assert answer.code == 5
    told = dict(line.split(": ", 1) for line in answer.out.splitlines())
    assert "Hãy kiểm tra mạng" in told["fanpage"]
    assert "(net:unreachable)" in told["fanpage"]
    assert "Kênh dùng được" in told["website"]
    assert answer.err == "Kênh fanpage chưa dùng được.\n"


def test_a_warning_that_is_a_sentence_is_not_followed_by_bare_values():
    health = Health(True, values={"warning": "Sắp hết lượt.", "uploads_left": 3}, name="Kênh")
    assert channels.explain(health) == "Kênh dùng được (Kênh). Sắp hết lượt."


# ---- error codes in words --------------------------------------------------------------------------


@pytest.fixture
def worded(monkeypatch: pytest.MonkeyPatch) -> None:
    for language, said in (
        ("vi", "Mật khẩu đã đổi. Chạy `loa channel login {channel}`."),
        ("en", "Changed: {detail}"),
    ):
        monkeypatch.setitem(catalogue(language), "facebook.codes.t190", said)
        monkeypatch.setitem(catalogue(language), "facebook.codes.t190/460", f"Đúng mã. {said}")


def test_a_code_is_found_exactly_then_without_what_follows_the_slash(worded):
    known = "Mật khẩu đã đổi. Chạy `loa channel login fanpage`."
    assert speech.code_sentence("fb:t190/460", channel="fanpage") == f"Đúng mã. {known}"
    assert speech.code_sentence("fb:t190/1", channel="fanpage") == known
    assert speech.code_sentence("fb:t190", channel="fanpage") == known
    assert speech.code_sentence("fb:t190") == "Mật khẩu đã đổi. Chạy `loa channel login MÃ_KÊNH`."
    for unknown in ("fb:t19", "fb:", "fb", "nobody:t190", "../x:t190", ":t190", ""):
        assert speech.code_sentence(unknown) is None, unknown


def test_a_sentence_is_in_the_chosen_language_and_says_the_detail(worded):
    use_language("en")
    assert speech.code_sentence("fb:t190", detail="{channel} }{") == "Changed: {channel} }{"


def test_a_stored_reason_is_told_in_words_with_its_code_for_support(worded):
    assert speech.reason("fb:t190/7: Session has expired", "fanpage") == (
        "Mật khẩu đã đổi. Chạy `loa channel login fanpage`. (fb:t190/7)"
    )
    assert speech.reason("fb:unheard-of: chi tiết") == "fb:unheard-of: chi tiết"
    assert speech.reason("settle.unreadable: fb:t190: x", "trang").endswith("login trang`. (fb:t190))")
    assert speech.reason("rejected: moved") == "bị trả lại (moved)", "what a person wrote stays as it is"


def test_an_error_without_a_sentence_is_told_by_its_kind():
    assert channels.trouble(Refused("fb:t1", "no")) == "Nền tảng từ chối (fb:t1): no"
    assert channels.trouble(NotSent("net:unreachable", "x"), "fanpage").endswith("(net:unreachable)")


def test_queue_list_status_and_log_say_the_sentence_and_show_keeps_the_code(
    office: Office, in_office: Loa, worded, heard, monkeypatch
):
    post = office.approved(channels="[fanpage]")
    real = publishing.TellingQueue(
        office.workspace.database, office.workspace.config.approval, office.workspace.trust, "w1"
    )
    office.clock.forward(hours=2)
    [claim] = real.claim(office.clock.now(), 1)
    decision = after_error(
        AuthLost("fb:t190/9", "Session"), claim.state, None, office.clock.now(), random.Random(1)
    )
    real.finish(claim, decision, office.clock.now())
    sentence = "Mật khẩu đã đổi. Chạy `loa channel login fanpage`. (fb:t190/9)"
    assert f"{post}@fanpage: {sentence}" in heard.text
    for words in ("queue list", f"queue show {post}@fanpage", "status", "channel list"):
        assert sentence in in_office(*words.split(), user=None).out, words


def test_waiting_for_something_else_is_told_quietly_and_once(office: Office, heard):
    post = office.approved(channels="[fanpage]")
    queue = publishing.TellingQueue(
        office.workspace.database, office.workspace.config.approval, office.workspace.trust, "w1"
    )
    office.clock.forward(hours=2)

    def comes_to(code: str, kind: type[NotSent] = NotYet, **more: datetime) -> list[tuple[int, str]]:
        heard.clear()
        [claim] = queue.claim(office.clock.now(), 1)
        error = kind(code, "10 %", **more)
        decision = after_error(error, claim.state, None, office.clock.now(), random.Random(1))
        queue.finish(claim, decision, office.clock.now())
        office.clock.forward(minutes=10)
        told = [record for record in heard.records if record.name == "loa.publishing"]
        return [(record.levelno, record.getMessage()) for record in told]

    at = {"retry_at": office.clock.now()}
    [(level, said)] = comes_to("zalo:video-converting", **at)
    assert level == logging.INFO
    assert said.startswith(f"{post}@fanpage: chờ việc khác xong trước. Zalo đang chuyển đổi video (10 %).")
    assert comes_to("zalo:video-converting", **at) == []
    [(level, said)] = comes_to("zalo:picture-not-public", **at)
    assert (level, "chưa có trên chuyên trang" in said) == (logging.INFO, True)
    [(level, _)] = comes_to("net:unreachable", NotSent)
    assert level == logging.WARNING
    assert len(comes_to("zalo:picture-not-public", **at)) == 1, "trouble came between"


# ---- the table comes to databases that are there ----------------------------------------------------


def test_a_database_of_the_last_version_is_brought_up_with_its_data(tmp_path: Path):
    file = tmp_path / "loa.db"
    old = Database(f"sqlite:///{file}")
    with old.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO channel (id, platform, account, name, state, version, created_at, updated_at)"
            " VALUES ('fanpage', 'facebook', '1001', 'Xã', 'ok', 7, '2026-01-01', '2026-01-02')"
        )
        connection.exec_driver_sql("INSERT INTO secret VALUES ('fanpage', 'page_token', 'hidden')")
    old.close()
    with closing(sqlite3.connect(file)) as raw:
        assert "standing" not in [name for (name,) in raw.execute("SELECT name FROM sqlite_master")]
    new = Database(f"sqlite:///{file}")
    new.migrate()
    assert new.revision() == HEAD
    new.run(lambda c: standing.keep(c, "fanpage", Health(True, name="Xã"), LAW_DAY_MORNING))
    with new.read() as connection:
        assert connection.exec_driver_sql("SELECT version, account FROM channel").all() == [(7, "1001")]
        assert connection.exec_driver_sql("SELECT ciphertext FROM secret").scalar() == "hidden"
        assert connection.exec_driver_sql("SELECT name FROM standing").scalar() == "Xã"
    new.close()
