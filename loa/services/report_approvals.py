"""The approvals that a report tells: the yeses that what went public rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Connection, select

from loa.services.report_facts import Approvals, Item
from loa.services.report_ledger import Conditions
from scheduler.store.tables import approval, audit_event, delivery


def approvals(connection: Connection, out: Sequence[Item], went: Conditions, until: datetime) -> Approvals:
    given = connection.execute(
        select(approval.c.officer, approval.c.at, delivery.c.id, delivery.c.post_id, delivery.c.published_at)
        .join(delivery, delivery.c.seq == approval.c.delivery_seq)
        .where(*went, approval.c.at < until, approval.c.at <= delivery.c.published_at)
    ).all()
    asked: defaultdict[str, list[datetime]] = defaultdict(list)
    posts = select(delivery.c.post_id).where(*went)
    submitted = (audit_event.c.action == "submitted") & audit_event.c.subject.in_(posts)
    for event in connection.execute(select(audit_event.c.subject, audit_event.c.at).where(submitted)):
        asked[event.subject].append(event.at)
    last: dict[str, Any] = {}
    for yes in given:
        if yes.id not in last or yes.at > last[yes.id].at:
            last[yes.id] = yes
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
