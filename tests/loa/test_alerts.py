"""Alerts: what deserves one, who is told of it when, that it arrives, and what monitoring is told."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alembic import command
from cryptography.fernet import Fernet
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from content.errors import RefusedByRule
from content.wording import catalogue, use_language
from loa.cli import glance
from loa.config import parse
from loa.services import alerting, bulletin, health, publishing, stopping, targets
from loa.services.alerting import Alerting
from loa.services.alerts import Alert, Facts, Severity, Told, Waiting, conditions, is_quiet, news, passed
from loa.services.cadence import Silence
from loa.services.health import State
from loa.services.moving import settings_with
from loa.services.stopping import FreezeView
from loa.settings import AlertRules
from scheduler import presence
from scheduler.presence import Presence
from scheduler.publisher import Publisher
from scheduler.store.database import HEAD, Database, alembic_config
from scheduler.store.tables import attempt
from scheduler.unserved import Unserved
from scheduler.zones import Serves
from tests.loa.conftest import Loa
from tests.loa.mailbox import PASSWORD, Mailbox, open_mailbox
from tests.support.clock import LAW_DAY_MORNING
from tests.support.office import Office
from tests.support.server_office import until

NOW = LAW_DAY_MORNING
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RULES = AlertRules()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ALIVE = Presence("w1", "may-1", 7, NOW - HOUR, NOW, True)
FANPAGE, WEBSITE = "hoi-dap@fanpage", "hoi-dap@website"

WELL = Facts(now=NOW, publisher=ALIVE)


def found(rules: AlertRules = RULES, **facts: object) -> list[tuple[str, str, str]]:
    """(key, severity, subject) of what the rules make of a workspace that is well but for these facts."""
    return [(a.key, a.severity, a.subject) for a in conditions(replace(WELL, **facts), rules)]  # type: ignore[arg-type]


def waiting(status: str, minutes: float = 0, reason: str = "", **more: bool) -> Waiting:
    return Waiting(FANPAGE, "fanpage", status, NOW - minutes * MINUTE, reason, **more)


def frozen(age: timedelta) -> FreezeView:
    return FreezeView(3, "all", "", "quốc tang", "ky", NOW - age, None, "", "")


# ---- what deserves an alert --------------------------------------------------------------------------


def test_where_all_is_well_there_is_nothing_to_tell():
    assert found() == []


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (waiting("failed"), ("failed", "warning")),
        (waiting("missed"), ("missed", "warning")),
        (waiting("failed", resting=False), None),
        (waiting("unknown", 9.9), None),
        (waiting("unknown", 10), ("unknown", "warning")),
        (waiting("unknown", 10, resting=False), ("unknown", "warning")),
        (waiting("recalling", 9.9), None),
        (waiting("recalling", 10), ("recalling", "critical")),
        (waiting("recalling", 0, "net:cut"), ("recalling", "critical")),
        (waiting("removing", 10), ("removing", "critical")),
        (waiting("held", 0, "approval.expired"), ("held", "warning")),
        (waiting("held", 0, "approval.forged"), ("forged", "critical")),
        (waiting("held", 0, "approval.undelegated"), ("held", "warning")),
        (waiting("held", 0, "row.damaged"), ("held", "warning")),
        (waiting("held", 999, "frozen"), None),
        (waiting("held", 999, "channel.stopped: fb:190"), None),
        (waiting("held", 999, "recalled"), None),
        (waiting("revealing", 239, by_hand=True), None),
        (waiting("revealing", 240, by_hand=True), ("by_hand", "warning")),
    ],
    ids=lambda value: f"{value.status}-{value.reason}" if isinstance(value, Waiting) else None,
)
def test_a_delivery_is_told_of_when_it_needs_a_person(one: Waiting, expected: tuple[str, str] | None):
    assert found(deliveries=[one]) == ([(*expected, FANPAGE)] if expected else [])


def test_a_publisher_is_missed_two_minutes_after_it_was_last_heard_of():
    def silent_for(seconds: float) -> Presence:
        return replace(ALIVE, alive=False, beat_at=NOW - timedelta(seconds=seconds))

    assert found(publisher=silent_for(119)) == [], "a restart is no alarm"
    assert found(publisher=silent_for(120)) == [("publisher", "critical", "")]
    assert found(publisher=None) == [("publisher", "critical", "")]


def test_a_publisher_that_was_told_to_stop_is_missed_as_late_and_said_to_be_stopped():
    left = replace(ALIVE, alive=False, stopped=True, beat_at=NOW - 2 * MINUTE)
    assert found(publisher=replace(left, beat_at=NOW - MINUTE)) == [], "a restart is no alarm"
    assert found(publisher=left) == [("publisher_stopped", "critical", "")]
    assert found(publisher=replace(left, once=True)) == [("publisher", "critical", "")]


def lacking(zone: str, minutes: float | None) -> Unserved:
    return Unserved(zone, ("website",), None if minutes is None else NOW - minutes * MINUTE, NOW + HOUR)


def test_a_zone_without_a_worker_is_told_of_as_late_as_a_publisher_and_at_once_where_there_was_none():
    assert found(unserved=[lacking("may-web", 1.9)]) == []
    assert found(unserved=[lacking("may-web", 2)]) == [("unserved", "critical", "may-web")]
    assert found(unserved=[lacking("may-web", None)]) == [("unserved", "critical", "may-web")]
    assert found(unserved=[lacking("", 2)]) == [("unserved_plain", "critical", "")]


def test_a_worker_that_fell_silent_is_told_of_while_others_live():
    silent = replace(ALIVE, host="may-2", alive=False, beat_at=NOW - 2 * MINUTE)
    there = [ALIVE, silent, replace(silent, host="may-3", beat_at=NOW - MINUTE)]
    assert found(workers=there) == [("worker_silent", "warning", "may-2:7")]
    assert found(workers=there, publisher=silent) == [("publisher", "critical", "")], "that says it all"


def test_the_remedy_names_the_command_that_was_used():
    def remedy(**values: object) -> str:
        gone = replace(ALIVE, alive=False, beat_at=NOW - DAY, **values)
        return bulletin.remedy(conditions(replace(WELL, publisher=gone), RULES)[0])

    assert "`loa run`" in remedy()
    assert "`loa worker`" in remedy(serves=Serves())
    assert "`loa worker --zone a --channel fanpage`" in remedy(serves=Serves(("a",), ("fanpage",)))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_to_do_about_silence_tells_of_a_publisher_that_is_hindered_on_purpose(language: str):
    """It runs and falls silent when the shared notes were damaged: starting it once more helps nobody."""
    gone = replace(ALIVE, alive=False, beat_at=NOW - DAY)
    met = [
        *conditions(replace(WELL, publisher=gone), RULES),
        *conditions(replace(WELL, publisher=replace(gone, stuck=True)), RULES),
        *conditions(replace(WELL, workers=[gone], unserved=[lacking("a", None)]), RULES),
    ]
    assert {one.key for one in met} == {"publisher", "publisher_stuck", "worker_silent", "unserved"}
    use_language(language)
    try:
        remedies = [bulletin.remedy(one) for one in met]
    finally:
        use_language("vi")
    for told in remedies:
        assert "`loa machine accept --reason …`" in told
        assert {"vi": "nhật ký", "en": "log"}[language] in told


def test_a_disk_that_fills_is_told_of_and_again_when_it_is_nearly_full():
    limit = RULES.disk_bytes
    assert found(free_bytes=limit) == []
    assert found(free_bytes=limit - 1) == [("disk", "warning", "")]
    assert found(free_bytes=limit // 4 - 1) == [("disk", "critical", "")]
    assert found(replace(RULES, disk_bytes=0), free_bytes=0) == [], "0 switches it off"


def test_a_stopped_channel_and_an_access_that_ends_are_told_of():
    assert found(stopped={"fanpage": "fb:190"}) == [("channel", "warning", "fanpage")]
    assert found(expiring={"zalo": NOW + 13 * DAY}) == [("access", "notice", "zalo")]
    assert found(expiring={"zalo": NOW + 3 * DAY}) == [("access", "warning", "zalo")]
    assert found(expiring={"zalo": NOW}) == [("access_over", "warning", "zalo")]


def test_a_freeze_that_nobody_lifts_is_told_of_after_a_day():
    assert found(freezes=[frozen(24 * HOUR - MINUTE)]) == []
    assert found(freezes=[frozen(24 * HOUR)]) == [("freeze", "warning", "3")]


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ({"trust_trouble": "hỏng"}, ("trust", "critical", "")),
        ({"audit_broken_at": 5}, ("audit_broken", "critical", "")),
        ({"audit_cut_at": 5}, ("audit_cut", "critical", "")),
        ({"skew_s": 600.0}, ("clock", "warning", "")),
        ({"failing": {"nhom": "535"}}, ("target", "warning", "nhom")),
    ],
)
def test_what_is_wrong_with_the_workspace_itself_is_told_of(fact: dict[str, object], expected):
    assert found(**fact) == [expected]


def test_the_most_severe_comes_first():
    order = found(deliveries=[waiting("failed")], expiring={"z": NOW + 9 * DAY}, trust_trouble="x")
    assert [severity for _, severity, _ in order] == ["critical", "warning", "notice"]


def test_every_kind_has_its_sentences_in_both_languages():
    every = [
        *conditions(
            replace(WELL, publisher=replace(ALIVE, alive=False, stuck=True, beat_at=NOW - DAY)), RULES
        ),
        *conditions(
            replace(WELL, publisher=replace(ALIVE, alive=False, stopped=True, beat_at=NOW - DAY)), RULES
        ),
        *conditions(
            replace(
                WELL,
                unserved=[lacking("a", None), lacking("", 9)],
                workers=[replace(ALIVE, alive=False, beat_at=NOW - DAY, serves=Serves(("a",)))],
            ),
            RULES,
        ),
        *conditions(replace(WELL, publisher=None, free_bytes=1, skew_s=600.0, failing={"a": "b"}), RULES),
        *conditions(
            replace(WELL, trust_trouble="x", audit_broken_at=1, audit_cut_at=2, contradictions=3), RULES
        ),
        *conditions(replace(WELL, stopped={"a": "b"}, expiring={"c": NOW, "d": NOW + DAY}), RULES),
        *conditions(replace(WELL, freezes=[frozen(2 * DAY)]), RULES),
        *conditions(
            replace(
                WELL, silences=[Silence("a", last, 9, 5, due) for last in (None, NOW) for due in (None, NOW)]
            ),
            RULES,
        ),
        *conditions(replace(WELL, backup_every=DAY, backup_at=NOW - 3 * DAY), RULES),
        *conditions(replace(WELL, backup_every=DAY, backup_trouble="x"), RULES),
        *conditions(replace(WELL, questions_overdue=2), RULES),
        *conditions(
            replace(
                WELL,
                deliveries=[
                    *(waiting(s, 999) for s in ("failed", "missed", "unknown", "recalling", "removing")),
                    waiting("held", 999, "approval.expired"),
                    waiting("held", 999, "approval.forged"),
                    waiting("revealing", 999, by_hand=True),
                ],
            ),
            RULES,
        ),
    ]
    keys = {alert.key for alert in every}
    for language in ("vi", "en"):
        told = {key.split(".")[2] for key in catalogue(language) if key.startswith("alerts.about.")}
        assert told == keys
    for alert in every:
        words = bulletin.sentence(alert, ZONE) + bulletin.remedy(alert)
        assert "alerts.about" not in words, words
        assert "{" not in words


# ---- who is told when --------------------------------------------------------------------------------

FAILED = Alert("failed", Severity.WARNING, FANPAGE)
FULL = Alert("disk", Severity.WARNING)
SOON = Alert("access", Severity.NOTICE, "zalo")
SILENT = Alert("publisher", Severity.CRITICAL)


def told(
    alert: Alert, known: Told | None, *, at: datetime = NOW, least: str = "notice", quiet: bool = False
) -> bool:
    before = {alert.name: known} if known else {}
    return news([alert], before, at, least=Severity(least), quiet=quiet) == [alert]


def test_what_is_new_is_told_once_and_what_stands_once_a_day():
    assert told(FAILED, None)
    known = Told(Severity.WARNING, NOW)
    assert not told(FAILED, known, at=NOW + MINUTE)
    assert not told(FAILED, known, at=NOW + DAY - MINUTE)
    assert told(FAILED, known, at=NOW + DAY)


def test_a_mere_notice_is_never_repeated():
    assert not told(SOON, Told(Severity.NOTICE, NOW), at=NOW + 9 * DAY)


def test_what_got_worse_is_news_at_once():
    worse = replace(FULL, severity=Severity.CRITICAL)
    assert told(worse, Told(Severity.WARNING, NOW), at=NOW + MINUTE)
    assert not told(FULL, Told(Severity.CRITICAL, NOW), at=NOW + MINUTE), "better is none"


def test_what_comes_and_goes_is_told_every_half_hour_at_most():
    passed_since = Told(Severity.WARNING, NOW, cleared=True)
    assert not told(FAILED, passed_since, at=NOW + 29 * MINUTE)
    assert told(FAILED, passed_since, at=NOW + 30 * MINUTE)


def test_quiet_hours_hold_back_all_but_the_critical():
    assert not told(FAILED, None, quiet=True)
    assert told(SILENT, None, quiet=True)


def test_a_target_gets_nothing_below_its_severity():
    assert not told(SOON, None, least="warning")
    assert not told(FAILED, None, least="critical")
    assert told(FAILED, None, least="warning")


def test_what_passed_is_marked_and_forgotten_when_it_can_flap_no_more():
    known = {FAILED.name: Told(Severity.WARNING, NOW), FULL.name: Told(Severity.WARNING, NOW, cleared=True)}
    assert passed([], known, NOW + MINUTE) == ([FAILED.name], [])
    assert passed([], known, NOW + HOUR) == ([FAILED.name], [FULL.name])
    assert passed([FAILED, FULL], known, NOW + HOUR) == ([], [])


@pytest.mark.parametrize(
    ("hours", "local", "quiet"),
    [
        ("22:00-06:00", "21:59", False),
        ("22:00-06:00", "22:00", True),
        ("22:00-06:00", "00:00", True),
        ("22:00-06:00", "05:59", True),
        ("22:00-06:00", "06:00", False),
        ("12:00-13:30", "13:00", True),
        ("12:00-13:30", "23:00", False),
        ("", "03:00", False),
    ],
)
def test_quiet_hours_are_the_units_own_and_may_run_over_midnight(hours: str, local: str, quiet: bool):
    rules = parse(f'[alerts]\nquiet = "{hours}"').alerts
    hour, minute = map(int, local.split(":"))
    at = datetime(2026, 11, 9, hour, minute, tzinfo=ZONE).astimezone(UTC)
    assert is_quiet(at, ZONE, rules.quiet) is quiet


@pytest.mark.parametrize("written", ["22-6", "25:00-06:00", "22:00", "22:61-06:00", "đêm"])
def test_hours_that_there_are_not_are_refused_with_their_key(written: str):
    with pytest.raises(Exception, match=r"alerts\.quiet"):
        parse(f'[alerts]\nquiet = "{written}"')


# ---- one message for a round -------------------------------------------------------------------------


def failures(count: int) -> list[Alert]:
    values = {"channel": "fanpage", "reason": "gave_up"}
    return [Alert("failed", Severity.WARNING, f"bai-{n}@fanpage", NOW, values) for n in range(1, count + 1)]


def test_a_few_of_a_kind_have_a_line_each_and_one_remedy():
    title, body = bulletin.compose(failures(2), "Xã Thử", NOW, ZONE)
    assert title == "[Loa] Xã Thử: 2 việc cần người xử lý"
    assert body.count("• bai-") == 2
    assert body.count("→") == 1
    assert "09/11/2026" in body


def test_many_of_a_kind_are_one_line_with_their_number():
    title, body = bulletin.compose(failures(1200), "Xã Thử", NOW, ZONE)
    assert "1.200 việc" in title
    assert (
        "• 1.200 lượt không đăng được: bai-1@fanpage, bai-2@fanpage, bai-3@fanpage và 1.197 lượt khác."
        in body
    )
    assert len(body) < 1000


def test_the_critical_makes_the_title_urgent_and_stands_first():
    title, body = bulletin.compose([*failures(1), SILENT], "Xã Thử", NOW, ZONE)
    assert "KHẨN" in title
    assert body.index("Bộ đăng bài không chạy") < body.index("bai-1@fanpage")


def test_words_of_a_platform_can_neither_break_the_message_nor_bring_a_token_along():
    reason = "fb:x: \x1b[31m đỏ\r\nSubject: giả access_token=EAABsbCS1234567890"
    stopped = Alert("channel", Severity.WARNING, "fanpage", values={"channel": "fanpage", "reason": reason})
    unreached = Alert("target", Severity.WARNING, "nhom", values={"trouble": reason})
    _, body = bulletin.compose([stopped, unreached], "Xã Thử", NOW, ZONE)
    assert body.count("Subject:") == 2
    assert "\x1b" not in body
    assert "\nSubject:" not in body
    assert "EAABsbCS" not in body


# ---- a round, with a real mail server ----------------------------------------------------------------


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as opened:
        yield opened


def beat(desk: Office, worker: str = "w1") -> None:
    """A publisher gives a sign of life now."""
    now = desk.clock.now()

    def work(connection) -> None:
        if presence.newest(connection, now) is None:
            presence.announce(connection, worker, "0", now)
        presence.beat(connection, worker, now)

    desk.workspace.database.run(work)


def sql(desk: Office, statement: str) -> None:
    desk.workspace.database.run(lambda c: c.exec_driver_sql(statement))


def fail(desk: Office, *, like: str = "%") -> None:
    sql(
        desk,
        f"UPDATE delivery SET status='failed', wake_at=NULL, last_error='gave_up' WHERE id LIKE '{like}'",
    )


def target(
    desk: Office, mailbox: Mailbox, name: str = "ky-thuat", least: str = "warning", **more: str
) -> None:
    targets.add(desk.workspace, desk.people["ky"], name, mailbox.url(**more), Severity(least))


@pytest.fixture
def post(desk: Office, mailbox: Mailbox) -> str:
    """A post that waits, a publisher that runs, a target that listens."""
    beat(desk)
    target(desk, mailbox)
    return desk.approved()


def a_round(desk: Office, at: timedelta | None = None) -> int:
    """One look by a process that has just started: nothing may hang on its memory."""
    if at is not None:
        desk.clock.instant += at
        beat(desk)
    return Alerting(desk.workspace).round()


@pytest.mark.sqlite
def test_one_message_tells_it_once_and_a_restart_does_not_repeat_it(
    desk: Office, mailbox: Mailbox, post: str
):
    assert a_round(desk) == 0
    fail(desk)
    assert a_round(desk, MINUTE) == 1
    [message] = mailbox.texts()
    assert FANPAGE in message
    assert WEBSITE in message
    assert mailbox.subjects == ["[Loa] UBND xã Thử Nghiệm: 2 việc cần người xử lý"]
    for _ in range(5):
        assert a_round(desk, MINUTE) == 0


@pytest.mark.sqlite
def test_what_still_stands_is_told_again_the_next_day(desk: Office, mailbox: Mailbox, post: str):
    fail(desk)
    a_round(desk)
    assert a_round(desk, 23 * HOUR) == 0
    assert a_round(desk, HOUR) == 1
    assert len(mailbox.messages) == 2


@pytest.mark.sqlite
def test_what_passed_and_came_back_is_told_again(desk: Office, mailbox: Mailbox, post: str):
    fail(desk)
    a_round(desk)
    sql(desk, "UPDATE delivery SET status='queued'")
    a_round(desk, MINUTE)
    fail(desk)
    assert a_round(desk, MINUTE) == 0, "two minutes later: it flaps"
    assert a_round(desk, HOUR) == 1


@pytest.mark.sqlite
def test_hundreds_of_failures_in_one_round_are_one_short_message(desk: Office, mailbox: Mailbox, post: str):
    sql(
        desk,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 400)"
        " INSERT INTO post (id, title, kind, source, media, revision, contributors, created_at, updated_at)"
        " SELECT 'b' || i, '', 'hoi_dap', '', '[]', 1, 'soan', '2026-11-01', '2026-11-01' FROM n",
    )
    columns = "status, due_at, deadline, payload, handle, pending, hand_over, fence, tries, looks, reads"
    sql(
        desk,
        f"INSERT INTO delivery (id, marker, post_id, channel_id, {columns}, remote_id, url, last_error,"
        f" created_at, updated_at) SELECT p.id || '@fanpage', p.id, p.id, 'fanpage', {columns}, '', '', '',"
        " d.created_at, d.updated_at FROM post p, delivery d"
        " WHERE p.id LIKE 'b%' AND d.id = 'hoi-dap@fanpage'",
    )
    fail(desk)
    assert a_round(desk) == 1
    [message] = mailbox.texts()
    assert "402 lượt không đăng được" in message
    assert len(message) < 1000
    assert a_round(desk, MINUTE) == 0


@pytest.mark.sqlite
def test_the_night_is_quiet_for_all_but_the_critical(desk: Office, mailbox: Mailbox, post: str):
    desk.clock.instant = NOW - 3 * HOUR  # 03:00
    beat(desk)
    fail(desk)
    assert a_round(desk) == 0
    sql(desk, "UPDATE delivery SET last_error='approval.forged', status='held' WHERE id = 'hoi-dap@website'")
    assert a_round(desk, MINUTE) == 1
    assert WEBSITE in mailbox.texts()[0]
    assert FANPAGE not in mailbox.texts()[0]
    assert a_round(desk, 3 * HOUR) == 1, "in the morning the rest"
    assert FANPAGE in mailbox.texts()[1]
    assert WEBSITE not in mailbox.texts()[1]


@pytest.mark.sqlite
def test_each_target_gets_what_is_severe_enough_for_it(desk: Office, mailbox: Mailbox, post: str):
    target(desk, mailbox, "lanh-dao", "critical", recipient="chu-tich@xa.example")
    fail(desk)
    assert a_round(desk) == 1
    assert [message["To"] for message in mailbox.messages] == ["ky@xa.example"]


@pytest.mark.sqlite
def test_a_sending_that_failed_is_tried_in_the_next_round_then_ever_more_rarely(
    desk: Office, mailbox: Mailbox, post: str, caplog
):
    mailbox.refusing = True
    fail(desk)
    tried = []
    for minute in range(1, 41):
        before = mailbox.calls
        assert a_round(desk, MINUTE) == 0
        if mailbox.calls > before:
            tried.append(minute)
    assert tried == [1, 2, 4, 8, 16, 32]
    mailbox.refusing = False
    a_round(desk, HOUR)
    assert len(mailbox.messages) == 1, "what could not be told is told, once"
    assert a_round(desk, MINUTE) == 0
    assert PASSWORD not in caplog.text


@pytest.mark.sqlite
def test_a_target_in_trouble_stands_in_the_status_and_is_told_to_the_others(
    desk: Office, mailbox: Mailbox, post: str, at_desk: Loa
):
    fail(desk)
    with open_mailbox() as other:
        target(desk, other, "lanh-dao")
        mailbox.refusing = True
        for _ in range(5):
            a_round(desk, MINUTE)
        assert len(other.messages) == 2, "the failure itself, then the target that cannot be reached"
        assert "Không gửi được cảnh báo tới ky-thuat" in other.texts()[1]
    shown = at_desk("status").out
    assert "2 nơi nhận, 1 KHÔNG GỬI ĐƯỢC" in shown
    assert "535" in shown
    assert PASSWORD not in shown


class Killed(BaseException):
    """As if the process ended here."""


@pytest.mark.sqlite
def test_killed_between_the_sending_and_its_note_a_message_is_sent_once_more_at_most(
    desk: Office, mailbox: Mailbox, post: str, monkeypatch
):
    fail(desk)

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(targets, "note", die)
        with pytest.raises(Killed):
            a_round(desk)
    assert len(mailbox.messages) == 1
    for _ in range(4):
        a_round(desk, MINUTE)
    assert len(mailbox.messages) == 2


@pytest.mark.sqlite
def test_a_full_disk_does_not_make_a_message_a_minute(
    desk: Office, mailbox: Mailbox, post: str, monkeypatch, caplog
):
    fail(desk)

    def full(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    alerting_ = Alerting(desk.workspace)
    with monkeypatch.context() as patch:
        patch.setattr(targets, "note", full)
        for _ in range(5):
            alerting_.round()
    assert len(mailbox.messages) == 1
    assert "could not be noted" in caplog.text
    sql(desk, "UPDATE channel SET state='stopped', state_reason='fb:190' WHERE id='fanpage'")
    alerting_.round()
    assert len(mailbox.messages) == 2
    assert a_round(desk, MINUTE) == 0, "once there is room again, the database knows all that was told"


@pytest.mark.sqlite
def test_two_processes_do_not_tell_the_same_thing_side_by_side(desk: Office, mailbox: Mailbox, post: str):
    from filelock import FileLock

    fail(desk)
    with FileLock(desk.folder / alerting.LOCK):
        assert a_round(desk) == 0
    assert a_round(desk) == 1


def test_without_a_target_nothing_is_looked_at(desk: Office, monkeypatch):
    monkeypatch.setattr(health, "facts", lambda *_: pytest.fail("looked"))
    assert a_round(desk) == 0


# ---- facts as they stand in the database -------------------------------------------------------------


def keys(desk: Office) -> set[tuple[str, str]]:
    return {alert.name for alert in conditions(health.facts(desk.workspace), RULES)}


def test_what_is_unclear_is_as_old_as_the_call_that_left_it_so(desk: Office, post: str):
    """Every read-back renews `updated_at`; counted from there, no doubt would ever grow old."""
    sql(desk, "UPDATE delivery SET status='unknown', wake_at='2030-01-01' WHERE id='hoi-dap@fanpage'")
    now = desk.clock.now()
    with desk.workspace.database.read() as connection:
        seq = connection.exec_driver_sql("SELECT seq FROM delivery WHERE id='hoi-dap@fanpage'").scalar()
    steps = [("reveal", now), ("settle", now + 9 * MINUTE)]
    rows = [
        {
            "delivery_seq": seq,
            "step": step,
            "fence": 1,
            "worker": "w1",
            "started_at": at,
            "outcome": "",
            "evidence": "",
        }
        for step, at in steps
    ]
    desk.workspace.database.run(lambda c: c.execute(insert(attempt), rows))
    for minutes, expected in ((9, False), (11, True)):
        desk.clock.instant = now + minutes * MINUTE
        sql(desk, f"UPDATE delivery SET updated_at='{desk.clock.instant:%Y-%m-%d %H:%M:%S.%f}'")
        beat(desk)
        assert (("unknown", FANPAGE) in keys(desk)) is expected


def test_by_hand_forged_stopped_and_frozen_are_read_as_they_stand(desk: Office, post: str):
    sql(desk, "UPDATE delivery SET status='revealing', pending='by-hand' WHERE id='hoi-dap@website'")
    sql(
        desk,
        "UPDATE delivery SET status='held', wake_at=NULL, last_error='approval.forged'"
        " WHERE id='hoi-dap@fanpage'",
    )
    sql(desk, "UPDATE channel SET state='stopped', state_reason='fb:190' WHERE id='fanpage'")
    stopping.start(desk.workspace, desk.people["ky"], "tag", "Đất đai", "rà soát")
    desk.clock.forward(days=1, hours=6)
    beat(desk)
    assert keys(desk) >= {("by_hand", WEBSITE), ("forged", FANPAGE), ("channel", "fanpage"), ("freeze", "1")}


def test_a_trust_file_that_cannot_be_read_is_told_of(desk: Office, post: str):
    (desk.folder / "trust.toml").write_text("[officers", "utf-8")
    assert ("trust", "") in keys(desk)


def test_the_disk_is_asked(desk: Office, post: str, monkeypatch):
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: SimpleNamespace(free=10 * 2**20, total=2**40))
    assert ("disk", "") in keys(desk)


def test_the_audit_is_walked_once_a_day_and_what_it_came_to_is_kept(desk: Office, post: str):
    assert health.check_audit(desk.workspace)
    assert not health.check_audit(desk.workspace)
    sql(desk, "UPDATE audit_event SET actor='ai-do' WHERE id = 2")
    desk.clock.forward(hours=25)
    beat(desk)
    assert ("audit_broken", "") not in keys(desk)
    assert health.check_audit(desk.workspace)
    assert ("audit_broken", "") in keys(desk)


def test_a_clock_that_is_off_is_told_of_while_the_comparison_is_fresh(desk: Office, post: str):
    health.note_checked(desk.workspace, "clock", {"skew_s": 30.0})
    assert ("clock", "") not in keys(desk)
    health.note_checked(desk.workspace, "clock", {"skew_s": -600.0})
    assert ("clock", "") in keys(desk)
    desk.clock.forward(hours=4)
    beat(desk)
    assert ("clock", "") not in keys(desk)


# ---- the commands ------------------------------------------------------------------------------------


def test_a_target_is_added_tested_listed_and_removed_without_its_address_ever_showing(
    desk: Office, mailbox: Mailbox, at_desk: Loa, caplog
):
    caplog.set_level(logging.DEBUG, logger="loa")
    url = mailbox.url()
    said = [at_desk("alert", "add", "ky-thuat", LOA_SECRET_ALERT=url)]
    said += [
        at_desk("alert", "test", "ky-thuat"),
        at_desk("alert", "list"),
        at_desk("alert", "list", "--json"),
    ]
    assert [answer.code for answer in said] == [0, 0, 0, 0], said
    assert "gửi thử" in mailbox.texts()[0]
    [row] = said[-1].json
    assert (row["name"], row["scheme"], row["least"], row["failures"]) == ("ky-thuat", "mailto", "warning", 0)
    assert row["sent_at"] is not None
    mailbox.refusing = True
    said.append(at_desk("alert", "test", "ky-thuat"))
    assert said[-1].code == 5
    assert "535" in said[-1].err, "the server's answer, without the address that it repeats"
    said += [
        at_desk("status"),
        at_desk("status", "--json"),
        at_desk("status", "--check"),
        at_desk("alert", "list"),
    ]
    assert "KHÔNG GỬI ĐƯỢC 1 lần" in said[-1].out
    health.write(desk.workspace)
    for text in [caplog.text, *(answer.out + answer.err for answer in said)]:
        assert PASSWORD not in text
        assert url not in text
    for file in (file for file in desk.folder.rglob("*") if file.is_file()):
        assert PASSWORD.encode() not in file.read_bytes(), file
    assert at_desk("alert", "remove", "ky-thuat").code == 0
    assert at_desk("alert", "list", "--json").json == []


@pytest.mark.sqlite
def test_a_target_that_was_told_something_can_be_removed(desk: Office, mailbox: Mailbox, post: str):
    fail(desk)
    a_round(desk)
    targets.remove(desk.workspace, desk.people["ky"], "ky-thuat")
    assert a_round(desk, MINUTE) == 0


@pytest.mark.parametrize(
    "url",
    [
        "khong-phai-dia-chi",
        "mailto://",
        "zzz://a:mat-khau-9@b",
        "mailto://a:mat-khau-9@b.vn,mailto://c:d@e.vn",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_and_not_repeated(desk: Office, at_desk: Loa, url: str):
    answer = at_desk("alert", "add", "ky-thuat", LOA_SECRET_ALERT=url)
    assert answer.code == 2
    assert "apprise" in answer.err
    assert "mat-khau-9" not in answer.err
    assert at_desk("alert", "list", "--json").json == []


def test_only_an_operator_decides_where_alerts_go(desk: Office, mailbox: Mailbox, at_desk: Loa):
    add = ("alert", "add", "ky-thuat")
    assert at_desk(*add, user="soan", LOA_SECRET_ALERT=mailbox.url()).code == 3
    assert at_desk(*add, LOA_SECRET_ALERT=mailbox.url()).code == 0
    assert at_desk(*add, LOA_SECRET_ALERT=mailbox.url()).code == 3, "the name is taken"
    assert at_desk("alert", "remove", "ky-thuat", user="soan").code == 3
    answer = at_desk("alert", "test", "ky-thuan")
    assert answer.code == 4
    assert "ky-thuat" in answer.err


def test_the_address_is_asked_for_and_nobody_to_ask_is_said(desk: Office, at_desk: Loa):
    answer = at_desk("alert", "add", "ky-thuat", LOA_SECRET_ALERT=None)
    assert answer.code == 2
    assert "LOA_SECRET_ALERT" in answer.err


def test_addresses_can_be_hidden_anew_under_a_new_key(desk: Office, mailbox: Mailbox, post: str):
    vault = desk.workspace.vault
    vault.add_key()
    assert desk.workspace.database.run(lambda c: targets.rehide(c, vault)) == 1
    vault.drop_old_keys()
    assert targets.send(desk.workspace, "ky-thuat", "t", "b") == ""
    (desk.folder / "vault.key").write_bytes(Fernet.generate_key())
    desk.workspace.__dict__.pop("vault")
    with pytest.raises(RefusedByRule, match="ky-thuat"):
        desk.workspace.database.run(lambda c: targets.rehide(c, desk.workspace.vault))


def test_a_rotation_of_the_key_takes_the_addresses_along(
    desk: Office, mailbox: Mailbox, post: str, at_desk: Loa
):
    assert at_desk("vault", "rotate").code == 0
    assert at_desk("alert", "test", "ky-thuat").code == 0


def test_who_decided_where_alerts_go_is_in_the_record_without_the_address(
    desk: Office, mailbox: Mailbox, post: str, at_desk: Loa
):
    at_desk("alert", "remove", "ky-thuat")
    told = at_desk("audit", "list", "--subject", "ky-thuat")
    assert "thêm nơi nhận cảnh báo" in told.out
    assert "xóa nơi nhận cảnh báo" in told.out
    assert PASSWORD not in at_desk("audit", "list", "--json").out


def test_a_key_that_does_not_fit_is_told_as_the_targets_trouble(desk: Office, mailbox: Mailbox, post: str):
    (desk.folder / "vault.key").unlink()
    desk.workspace.__dict__.pop("vault")  # it has the key in memory; another process has not
    assert "tệp khóa" in targets.send(desk.workspace, "ky-thuat", "t", "b")


# ---- what monitoring is told -------------------------------------------------------------------------


@pytest.mark.sqlite
def test_check_answers_with_one_of_three_codes_and_its_first_line(desk: Office, at_desk: Loa):
    desk.approved()
    beat(desk)
    well = at_desk("status", "--check", user=None)
    assert well.code == 0
    assert well.out.startswith("TỐT – UBND xã Thử Nghiệm")
    fail(desk, like="%fanpage")
    person = at_desk("status", "--check", user=None)
    assert person.code == 1
    assert person.out.splitlines()[0] == "CẦN NGƯỜI – UBND xã Thử Nghiệm: 1 việc phải xử lý."
    assert FANPAGE in person.out.splitlines()[1]
    desk.clock.forward(minutes=3)
    silent = at_desk("status", "--check", user=None)
    assert silent.code == 2
    assert silent.out.startswith("NGUY")
    assert at_desk("status", user=None).code == 0, "without --check looking is never an error"


def test_a_server_that_does_not_answer_is_as_bad_as_a_publisher_that_does_not_run(desk: Office, at_desk: Loa):
    """A real address where nobody listens."""
    file = desk.folder / "config.toml"
    file.write_text(settings_with(file.read_text("utf-8"), "postgresql://loa@127.0.0.1:1/loa"), "utf-8")
    answer = at_desk("status", "--check", user=None)
    assert answer.code == 2
    assert answer.out.startswith("NGUY – cơ sở dữ liệu không trả lời")
    told = at_desk("status", "--check", "--json", user=None)
    assert (told.code, told.json["state"]) == (2, "silent")


@pytest.mark.sqlite
def test_a_notice_alone_is_no_reason_to_call_a_person(desk: Office, at_desk: Loa):
    beat(desk)
    sql(
        desk,
        "INSERT INTO standing (channel_id, checked_at, ok, problem, facts, expires_at, name) VALUES"
        " ('fanpage', '2026-11-08', 1, '', '{}', '2026-11-20', '')",
    )
    answer = at_desk("status", "--check", "--json", user=None)
    assert answer.code == 0
    assert [(a["key"], a["severity"]) for a in answer.json["alerts"]] == [("access", "notice")]


def test_a_dead_publisher_is_told_of_by_whoever_checks(
    desk: Office, mailbox: Mailbox, post: str, at_desk: Loa
):
    assert at_desk("status", "--check", user=None).code == 0
    desk.clock.forward(minutes=3)
    for _ in range(3):
        assert at_desk("status", "--check", user=None).code == 2
        desk.clock.forward(minutes=5)
    assert mailbox.subjects == ["[Loa] KHẨN – UBND xã Thử Nghiệm: 1 việc cần xử lý ngay"]
    assert "Bộ đăng bài không chạy" in mailbox.texts()[0]


@pytest.mark.sqlite
def test_a_living_publisher_sends_by_itself(desk: Office, mailbox: Mailbox, post: str, at_desk: Loa):
    fail(desk)
    assert at_desk("status", "--check", user=None).code == 1
    assert mailbox.messages == []


def test_what_goes_wrong_with_the_alert_does_not_change_the_answer(
    desk: Office, mailbox: Mailbox, post: str, at_desk: Loa, monkeypatch
):
    def broken(_: object) -> int:
        raise OSError("no")

    monkeypatch.setattr(Alerting, "round", broken)
    desk.clock.forward(minutes=3)
    assert at_desk("status", "--check", user=None).code == 2


@pytest.mark.sqlite
def test_the_publisher_looks_every_minute_writes_the_file_and_tells_people(
    desk: Office, mailbox: Mailbox, post: str
):
    fail(desk)
    with publishing.publisher(desk.workspace) as publisher:
        for name in ("health", "alerts", "audit_check"):
            [job] = [job for job in publisher._periodic if job.name == name]
            assert job.every == MINUTE
            job.call()
        seen = json.loads((desk.folder / health.FILE).read_text("utf-8"))
    assert (seen["state"], seen["now"], seen["publisher"]["alive"]) == (
        "person",
        "2026-11-08T23:00:00Z",
        True,
    )
    assert seen["counts"] == {"failed": 2}
    assert {alert["subject"] for alert in seen["alerts"]} == {FANPAGE, WEBSITE}
    assert all(alert["message"] for alert in seen["alerts"])
    assert len(mailbox.messages) == 1
    with desk.workspace.database.read() as connection:
        assert health.noted(connection, "audit") is not None, "the audit was walked as well"
    assert not list(desk.folder.glob(f".{health.FILE}*"))


@pytest.mark.sqlite
def test_a_round_that_breaks_off_is_told_and_harms_nothing_else(desk: Office, post: str, monkeypatch, caplog):
    def broken(_: object) -> int:
        raise RuntimeError("no")

    monkeypatch.setattr(Alerting, "round", broken)
    with publishing.publisher(desk.workspace) as publisher:
        [job] = [job for job in publisher._periodic if job.name == "alerts"]
        job.call()
    assert "không xem xét được tình trạng chỗ làm việc" in caplog.text


def stop_when_it_runs(desk: Office, publisher: Publisher) -> None:
    def stop() -> None:
        until(lambda: health.examine(desk.workspace).overview.publisher is not None, "the publisher to run")
        publisher.stop()

    stopping_it = threading.Thread(target=stop)
    stopping_it.start()
    publisher.run()
    stopping_it.join()


def last_file(desk: Office) -> dict[str, Any]:
    return json.loads((desk.folder / health.FILE).read_text("utf-8"))  # type: ignore[no-any-return]


def test_the_last_file_of_a_publisher_says_that_it_has_gone(desk: Office):
    with publishing.publisher(desk.workspace) as publisher:
        stop_when_it_runs(desk, publisher)
    seen = last_file(desk)
    assert (seen["state"], seen["publisher"]["alive"]) == ("stopped", False)


def test_a_machine_in_trouble_that_takes_no_goodbye_has_gone_all_the_same(desk: Office, monkeypatch):
    monkeypatch.setattr(Publisher, "_say_goodbye", lambda _: None)
    with publishing.publisher(desk.workspace) as publisher:
        stop_when_it_runs(desk, publisher)
    seen = last_file(desk)
    assert (seen["state"], seen["publisher"]["stopped"]) == ("stopped", False)


def test_the_last_file_of_a_run_by_a_timer_says_that_it_comes_again(desk: Office):
    """It said `stopped`, for which monitoring raised an alarm after each run."""
    with publishing.publisher(desk.workspace) as publisher:
        publisher.run(once=True)
    seen = last_file(desk)
    assert (seen["state"], seen["publisher"]["stopped"], seen["publisher"]["once"]) == ("well", True, True)


@pytest.mark.sqlite
def test_a_publisher_that_was_refused_beside_another_says_nothing_of_a_stop(desk: Office):
    """Its last file said of the other, which lives, that it had stopped."""
    database = desk.workspace.database
    database.run(lambda c: presence.announce(c, "first", "0", desk.clock.now()))
    database.run(lambda c: c.exec_driver_sql("UPDATE heartbeat SET pid = 0 WHERE worker = 'first'"))
    with publishing.publisher(desk.workspace):
        pass
    assert last_file(desk)["state"] == "well"


@pytest.mark.sqlite
def test_a_publisher_that_a_person_stopped_is_no_good_news_while_nobody_is_alarmed_yet(
    desk: Office, mailbox: Mailbox, post: str, at_desk: Loa
):
    """For two minutes after Ctrl+C all was well, with posts waiting that nobody was to publish."""
    desk.workspace.database.run(lambda c: presence.beat(c, "w1", desk.clock.now(), stopped=True))
    told = at_desk("status", "--check", user=None)
    assert told.code == 2
    assert told.out.startswith("NGUY – UBND xã Thử Nghiệm: bộ đăng bài đã dừng lúc")
    assert "không ai đang đăng. Chạy lại: loa run" in told.out
    assert at_desk("status", "--check", "--json", user=None).json["state"] == "stopped"
    assert "ĐÃ DỪNG lúc" in at_desk("status", user=None).out
    assert mailbox.messages == []
    desk.clock.forward(minutes=3)
    assert at_desk("status", "--check", user=None).code == 2
    assert "đã được cho dừng" in mailbox.texts()[0]


def test_a_publisher_that_runs_by_a_timer_is_not_stopped_between_two_runs(desk: Office, at_desk: Loa):
    with publishing.publisher(desk.workspace) as publisher:
        publisher.run(once=True)
        seen = health.examine(desk.workspace)
        assert (seen.state, seen.overview.publisher.stopped) == ("well", True)
        assert "chạy từng lần (loa run --once), lần gần nhất" in at_desk("status", "--check", user=None).out
        desk.clock.forward(minutes=3)
        assert health.examine(desk.workspace).state == "silent"


# ---- one screen --------------------------------------------------------------------------------------


def crowded(desk: Office) -> health.Health:
    """Thirty channels, some stopped, a freeze, a hundred deliveries that wait for a person."""
    desk.approved()
    beat(desk)
    stopping.start(desk.workspace, desk.people["ky"], "all", "", "quốc tang " * 20)
    seen = health.examine(desk.workspace)
    channels = [
        health.ChannelView(
            f"kenh-{n}", "facebook", "ok" if n > 2 else "stopped", NOW + n * DAY if n > 27 else None
        )
        for n in range(1, 31)
    ]
    views = [replace(seen.overview.next[0], id=f"bai-{n}@fanpage", status="failed") for n in range(100)]
    look = replace(seen.overview, needs_a_person=views, counts=dict.fromkeys(catalogue_statuses(), 1_234_567))
    return replace(seen, overview=look, channels=channels)


def catalogue_statuses() -> list[str]:
    return [key.removeprefix("cli.status.") for key in catalogue("vi") if key.startswith("cli.status.")]


def test_the_status_is_one_screen_however_much_there_is_to_tell(desk: Office):
    rows = glance.screen(crowded(desk), ZONE, 80)
    assert len(rows) <= 23
    assert all(glance.width(row) <= 80 for row in rows), rows
    text = "\n".join(rows)
    assert "kenh-1 DỪNG · kenh-2 DỪNG · kenh-28" in text
    assert "kênh khác ổn" in text
    assert "ĐANG DỪNG KHẨN CẤP" in text
    assert "việc nữa: loa queue overdue" in text
    assert "hoi-dap@fanpage" in rows[-1] + rows[-2], "what comes next is still there"


def test_the_status_of_a_quiet_office_says_the_essentials(desk: Office, at_desk: Loa):
    desk.approved()
    beat(desk)
    health.note_checked(desk.workspace, "backup", {})
    rows = at_desk("status", user=None).out.splitlines()
    assert rows[0].startswith("UBND xã Thử Nghiệm · Thứ Hai 09/11/2026 06:00")
    assert "đang chạy" in rows[1]
    assert "đã duyệt, chờ đăng: 2" in rows[2]
    assert "Sao lưu: Thứ Hai 09/11/2026 06:00" in rows[3]
    assert rows[4] == "Kênh: fanpage ổn · website ổn"
    assert not any(row.startswith("!") for row in rows)


def test_what_monitoring_reads_has_every_key(desk: Office, at_desk: Loa):
    seen = at_desk("status", "--json", user=None).json
    assert {"unit", "now", "publisher", "counts", "next", "needs_a_person", "freezes"} <= seen.keys()
    assert {
        "state",
        "alerts",
        "channels",
        "free_bytes",
        "total_bytes",
        "alert_targets",
        "backup_at",
    } <= seen.keys()
    assert seen["state"] == State.SILENT


def test_looking_loads_no_apprise(desk: Office):
    code = (
        "import sys\nfrom loa.cli.main import main\nsys.argv = ['loa', *sys.argv[1:]]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nsys.exit('apprise' in sys.modules)"
    )
    for words in (["status"], ["status", "--check"], ["alert", "list"], ["alert", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", code, "-w", str(desk.folder), *words], capture_output=True, timeout=60
        )
        assert done.returncode == 0, words


# ---- the tables come to databases that are there -----------------------------------------------------


_OF_THEN = "(worker, host, pid, version, started_at, beat_at, stopped)"


def test_a_database_of_the_last_version_gets_the_tables_and_keeps_its_rows(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'loa.db'}")
    with database.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    row = "('w1', 'may-1', 7, '0', '2026-11-08 23:00:00', '2026-11-08 23:00:00', false)"
    database.run(lambda c: c.exec_driver_sql(f"INSERT INTO heartbeat {_OF_THEN} VALUES {row}"))
    database.migrate()
    assert database.revision() == HEAD
    with database.read() as connection:
        assert targets.listing(connection) == []
        seen = presence.newest(connection, NOW)
        assert seen is not None
        assert seen.worker == "w1"
    database.close()
