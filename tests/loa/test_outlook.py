"""Lifting a freeze: how many go out is counted by the database, and as the gate itself would say it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event, select

from loa.services import blackouts, stopping
from loa.services.stopping import outlook
from scheduler.freezing import covers
from scheduler.orders import Orders
from scheduler.store.tables import delivery
from tests.loa.conftest import Loa
from tests.support.office import Office

MONDAY = datetime.fromisoformat("2026-11-09T07:00+07:00")
ALL = ("all", "")


@pytest.fixture
def queued(office: Office) -> Office:
    """Two posts of Monday with a tag, one of Tuesday without; each on two channels."""
    for number, due in enumerate((MONDAY, MONDAY + timedelta(hours=3), MONDAY + timedelta(days=1))):
        tags = {} if number == 2 else {"tags": "[đất đai]"}
        office.approved(f"bai-{number}.md", title=f"Bài số {number}", text=f"Nội dung thứ {number}.",
                        due=due.isoformat(), **tags)  # fmt: skip
    return office


def lifted(office: Office, scope: str, target: str) -> stopping.Lifted:
    ky = office.people["ky"]
    freeze = stopping.start(office.workspace, ky, scope, target, "kiểm tra").freeze
    return stopping.lift(office.workspace, ky, freeze.id, "xong")


def recounted(office: Office, scope: str, target: str) -> tuple[int, int, int]:
    """Row by row, each with its text, by what the gate asks."""
    now = office.clock.now()
    with office.workspace.database.read() as connection:
        orders = Orders(connection, office.workspace.trust)
        rows = [row for row in connection.execute(select(delivery)) if covers(scope, target, row)]
        kept = {row.id for row in rows if orders.keeps_back(row, now)}
    late = {row.id for row in rows if row.due_at <= now} - kept
    return len(rows) - len(kept) - len(late), len(late), len(kept)


@contextmanager
def statements(office: Office) -> Iterator[list[str]]:
    said: list[str] = []

    def heard(_c: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    engine = office.workspace.database.engine
    event.listen(engine, "before_cursor_execute", heard)
    yield said
    event.remove(engine, "before_cursor_execute", heard)


@pytest.mark.parametrize(
    "others",
    [
        [],
        [("channel", "fanpage")],
        [("post", "bai-1"), ("tag", "dat dai")],
        [("tag", "không có")],
        [("blackout", "all", "")],
        [("blackout", "channel", "website"), ("post", "bai-0")],
        [("blackout", "tag", "đất đai")],
    ],
    ids=str,
)
def test_as_many_are_told_as_the_gate_lets_go_and_keeps_back(
    queued: Office, others: list[tuple[str, ...]]
) -> None:
    ky, monday = queued.people["ky"], date(2026, 11, 9)
    for *of_days, scope, target in others:
        if of_days:
            blackouts.add(queued.workspace, ky, monday, monday, "Lễ", [(scope, target)])
        else:
            stopping.start(queued.workspace, ky, scope, target, "sai ảnh")
    for hours in (-24, 1, 12, 36):
        queued.clock.instant = max(MONDAY + timedelta(hours=hours), queued.clock.now())
        for scope, target in (ALL, ("channel", "website"), ("post", "bai-0"), ("tag", "Đất đai")):
            told = lifted(queued, scope, target).left
            assert told == recounted(queued, scope, target), (hours, scope, target)


def test_no_text_of_what_waits_is_read_where_no_order_is_about_texts(queued: Office) -> None:
    """All writers wait for a lift: it read the whole queue, 9 seconds for 200,000 under a second freeze."""
    ky = queued.people["ky"]
    stopping.start(queued.workspace, ky, "channel", "fanpage", "sai ảnh")
    freeze = stopping.start(queued.workspace, ky, *ALL, "kiểm tra").freeze
    with statements(queued) as said:
        stopping.lift(queued.workspace, ky, freeze.id, "xong")
    written = next(n for n, one in enumerate(said) if one.startswith("UPDATE freeze_order"))
    of_none = ("0 = 1", "false")
    (held,) = (one for one in said if "delivery.payload" in one and not any(no in one for no in of_none))
    assert "delivery.last_error =" in held.partition("WHERE")[2]
    counts = [n for n, one in enumerate(said) if "count(*)" in one and "FROM delivery" in one]
    assert counts
    assert min(counts) > said.index(held) > written


def test_where_too_many_texts_would_have_to_be_read_the_figures_are_left_out(
    queued: Office, in_office: Loa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "MOST_TEXTS", 3)
    stopping.start(queued.workspace, queued.people["ky"], "tag", "đất đai", "sai ảnh")
    in_office("freeze", "start", "--all", "--reason", "kiểm tra")
    answer = in_office("freeze", "lift", "2", "--reason", "xong")
    assert "Đã gỡ lệnh dừng số 2: lượt chưa đến giờ sẽ đăng như đã định. Không đếm được" in answer.err
    assert "vẫn đứng lại" not in answer.err
