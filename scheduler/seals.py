"""The last gate before anything leaves: does a standing approval cover exactly these bytes?

Called inside the claim. Whatever way a change came (command, import, a direct UPDATE of the row), the
digest is taken anew from what would be sent, so it is seen here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select

from content.approval import Approval, ApprovalRules
from content.variant import Variant, seal, text_digest
from scheduler.store.tables import approval
from scheduler.trust import Trust

_APPROVALS = (
    select(approval)
    .where(approval.c.delivery_seq.in_(bindparam("b_seqs", expanding=True)))
    .order_by(approval.c.id)
)
CLOCK_SLACK = timedelta(seconds=1)


def broken(
    row: Mapping[str, Any], approvals: Sequence[Approval], rules: ApprovalRules, now: datetime
) -> str | None:
    """Reason code why this delivery may not leave, or None.

    `row` joins the delivery with its post (`source`, `contributors`) and channel (`platform`, `account`).
    """
    payload = str(row["payload"])
    try:
        variant = Variant.parse(payload)
    except ValueError:
        return "approval.changed"
    contributors = {*str(row["contributors"]).split(","), *variant.contributors}
    lacking = rules.lacks(
        approvals, kind=variant.kind, seal=seal(payload), contributors=contributors, now=now
    )
    if lacking:
        return lacking
    if variant.source_sha256 != text_digest(str(row["source"])):
        return "approval.post_changed"
    identity = (variant.post, variant.channel, variant.platform, variant.account)
    if identity != (row["post_id"], row["channel_id"], row["platform"], row["account"]):
        return "approval.other_channel"
    if not variant.not_before - CLOCK_SLACK <= row["due_at"] <= variant.deadline:
        return "approval.other_window"
    if row["deadline"] > variant.deadline:
        return "approval.other_window"
    return None


def approvals_of(connection: Connection, seqs: Sequence[int], trust: Trust) -> dict[int, list[Approval]]:
    """Every approval of these deliveries by delivery, the void and the forged ones included and marked."""
    by_delivery: dict[int, list[Approval]] = {seq: [] for seq in seqs}
    for row in connection.execute(_APPROVALS, {"b_seqs": list(seqs)}):
        given = Approval(
            row.officer, row.role, row.seal, row.at, row.expires_at, row.signature, row.voided_at is not None
        )
        by_delivery[row.delivery_seq].append(replace(given, genuine=trust.believes(given)))
    return by_delivery
