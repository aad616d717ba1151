"""A yes that nobody gave, or that was taken back in time, is told neither by a report nor by its evidence."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from loa.reports import evidence
from loa.services import report_periods, reporting
from scheduler.store.tables import approval
from tests.support.office import Office


@pytest.fixture
def published(office: Office) -> Office:
    office.approved("mot.md", channels="[website]")
    office.publish_until(datetime(2026, 11, 9, 2, tzinfo=UTC))
    return office


def told(office: Office, tmp_path: Path) -> tuple[int, int, str]:
    """(yeses of the report, deliveries with one, how many the evidence's index shows)."""
    facts = reporting.facts(office.workspace, "periodic", report_periods.named("2026"))
    evidence.pack(office.workspace, facts, tmp_path / "a.zip", lambda *_: None)
    with zipfile.ZipFile(tmp_path / "a.zip") as zipped:
        index = zipped.read("index.html").decode()
    [shown] = re.findall(r"<td>(\d+)</td></tr>", index.partition("bai.html")[2])
    return facts.approvals.given, facts.approvals.with_approval, shown


def change(office: Office, **values: Any) -> None:
    office.workspace.database.run(lambda c: c.execute(update(approval).values(**values)))


def test_a_yes_on_which_the_publication_rests_is_told(published: Office, tmp_path: Path) -> None:
    assert told(published, tmp_path) == (1, 1, "1")
    change(published, voided_at=published.clock.now() + timedelta(days=1), void_reason="removed")
    assert told(published, tmp_path) == (1, 1, "1"), "taken back when it was out: it went out with a yes"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"voided_at": datetime(2026, 11, 8, 23, tzinfo=UTC)}, "taken back before it went public"),
        ({"signature": "AAAA"}, "written in by somebody without the key"),
        ({"officer": "ma"}, "in the name of somebody who is not there"),
        ({"seal": "0" * 64}, "to another text"),
        ({"at": datetime(2026, 11, 9, 1, tzinfo=UTC)}, "after it went public"),
    ],
)
def test_a_yes_that_does_not_stand_is_not_told(
    published: Office, tmp_path: Path, values: dict[str, Any], why: str
) -> None:
    change(published, **values)
    assert told(published, tmp_path) == (0, 0, "0"), why


@pytest.mark.sqlite
def test_a_forged_yes_beside_a_true_one_adds_nothing(published: Office, tmp_path: Path) -> None:
    with published.workspace.database.read() as connection:
        row = dict(connection.execute(select(approval)).mappings().one())
    forged = {**row, "id": None, "officer": "ma", "signature": row["signature"]}
    published.workspace.database.run(lambda c: c.execute(insert(approval).values(**forged)))
    assert told(published, tmp_path) == (1, 1, "1")
