"""What every claim does costs the same however many deliveries are queued for later."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from scheduler import statements as sql
from scheduler.store.database import Database


def test_due_deliveries_of_stopped_channels_are_found_without_going_through_the_queue(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/loa.db")
    database.migrate()
    asked: list[tuple[str, Any]] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    with database.read() as connection:
        connection.execute(sql.HOLD_STOPPED, {"b_now": datetime(2026, 11, 9, tzinfo=UTC)})
        [(statement, values)] = asked
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    database.close()
    ways = [row[3] for row in plan if " delivery" in row[3]]
    assert ways
    assert all("delivery_due" in way or "delivery_lane" in way for way in ways), ways
