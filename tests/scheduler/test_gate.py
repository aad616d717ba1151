"""The gate's words, and rows that nobody can read: the rest goes on, and a person is told in a sentence."""

from __future__ import annotations

from datetime import datetime

import pytest

from content.wording import say, use_language
from loa.services import auditing
from loa.services.overview import overview
from scheduler.reasons import Reason
from tests.support.office import Office

AFTER = datetime.fromisoformat("2026-11-09T08:00+07:00")
TIMES = ("created_at", "updated_at", "first_try_at", "published_at", "verified_at")


def sql(office: Office, statement: str) -> None:
    office.workspace.database.run(lambda c: c.exec_driver_sql(statement))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_sentence(reason: Reason, language: str):
    use_language(language)
    try:
        key = f"scheduler.reasons.{reason}"
        assert say(key) != key
    finally:
        use_language("vi")


@pytest.mark.parametrize("column", TIMES)
@pytest.mark.sqlite
def test_a_time_that_cannot_be_read_and_decides_nothing_stops_nothing(office: Office, column: str):
    office.approved(channels="[fanpage]")
    sql(office, f"UPDATE delivery SET {column} = 'chiều nay'")
    office.publish_until(AFTER)
    assert office.view("hoi-dap@fanpage").status == "published"


@pytest.mark.parametrize("value", ["'chiều nay'", "7", "x'00ff'"])
@pytest.mark.sqlite
def test_a_wake_up_that_cannot_be_read_is_reported_and_the_others_go_out(office: Office, value: str):
    office.approved("hong.md", title="Hỏng", channels="[fanpage]")
    office.approved("lanh.md", title="Lành", channels="[website]")
    sql(office, f"UPDATE delivery SET wake_at = {value} WHERE id = 'hong@fanpage'")
    office.publish_until(AFTER)
    assert office.view("lanh@website").status == "published"
    found = {(one.key, one.subject) for one in auditing.verify(office.workspace).contradictions}
    assert ("asleep", "hong@fanpage") in found or office.view("hong@fanpage").status == "published"


@pytest.mark.parametrize("column", ["lease_until", "rest_until", "served_at"])
@pytest.mark.sqlite
def test_a_lane_waits_for_no_time_that_cannot_be_read(office: Office, column: str):
    office.approved(channels="[fanpage]")
    sql(office, f"UPDATE lane SET {column} = 'chiều nay'")
    office.publish_until(AFTER)
    assert office.view("hoi-dap@fanpage").status == "published"


@pytest.mark.parametrize("column", ["due_at", "deadline", "wake_at", *TIMES])
@pytest.mark.sqlite
def test_the_record_is_verified_and_the_screen_drawn_whatever_stands_for_a_time(office: Office, column: str):
    office.approved()
    sql(office, f"UPDATE delivery SET {column} = 'chiều nay'")
    sql(office, "UPDATE approval SET at = 'hôm qua', expires_at = 'ngày kia', voided_at = NULL")
    sql(office, "UPDATE audit_event SET at = 'sáng nay' WHERE id = 3")
    chain = auditing.verify(office.workspace)
    assert chain.broken_at == 3
    assert "approval_forged" in {one.key for one in chain.contradictions}
    overview(office.workspace)
