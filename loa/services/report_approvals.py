"""The approvals that a report tells: the yeses that what went public rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from sqlalchemy import Connection, select

from content.variant import seal
from loa.services import dossier
from loa.services.report_facts import Approvals, Item
from loa.services.report_ledger import Conditions
from loa.services.workspace import Workspace
from scheduler.store.tables import approval, audit_event, delivery


class _Yes(NamedTuple):
    delivery: str
    post_id: str
    officer: str
    at: datetime


def approvals(
    workspace: Workspace, connection: Connection, out: Sequence[Item], went: Conditions, until: datetime
) -> Approvals:
    """Counted as the evidence shows them: `dossier.rests_on` of each."""
    told = connection.execute(
        select(approval, delivery.c.id.label("delivery"), delivery.c.post_id, delivery.c.published_at)
        .add_columns(delivery.c.payload)
        .join(delivery, delivery.c.seq == approval.c.delivery_seq)
        .where(*went, approval.c.at < until)
    )
    given = [
        _Yes(row.delivery, row.post_id, row.officer, row.at)
        for row in told
        if dossier.rests_on(dossier.signature(workspace, row), seal(row.payload), row.published_at)
    ]
    asked: defaultdict[str, list[datetime]] = defaultdict(list)
    posts = select(delivery.c.post_id).where(*went)
    submitted = (audit_event.c.action == "submitted") & audit_event.c.subject.in_(posts)
    for event in connection.execute(select(audit_event.c.subject, audit_event.c.at).where(submitted)):
        asked[event.subject].append(event.at)
    last: dict[str, _Yes] = {}
    for yes in given:
        if yes.delivery not in last or yes.at > last[yes.delivery].at:
            last[yes.delivery] = yes
    waits = []
    for yes in last.values():
        begun = [at for at in asked[yes.post_id] if at <= yes.at]
        if begun:
            waits.append((yes.at - max(begun)) / timedelta(hours=1))
    return Approvals(
        deliveries=len(out),
        with_approval=len(last),
        given=len(given),
        officers=len({yes.officer for yes in given}),
        median_hours=round(median(waits), 1) if waits else None,
        longest_hours=round(max(waits), 1) if waits else None,
    )
