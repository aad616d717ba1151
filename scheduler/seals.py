"""The last gate before anything leaves: does a standing approval cover exactly these bytes?

Called inside the claim. Whatever way a change came (command, import, a direct UPDATE of the row), the
digest is taken anew from what would be sent, so it is seen here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from content.approval import Approval, ApprovalRules
from content.variant import Variant, seal, text_digest
from scheduler import delegations, unpinned
from scheduler.reasons import Reason
from scheduler.store.tables import approval, channel, delivery
from scheduler.trust import Trust
from scheduler.witness import BEGUN, SENT, VOID, given, name_of

_APPROVALS = (
    select(approval, channel.c.unit.label("channel_unit"))
    .outerjoin(delivery, delivery.c.seq == approval.c.delivery_seq)
    .outerjoin(channel, channel.c.id == delivery.c.channel_id)
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
        return Reason.CHANGED
    contributors = {*str(row["contributors"]).split(","), *variant.contributors}
    lacking = rules.lacks(
        approvals, kind=variant.kind, seal=seal(payload), contributors=contributors, now=now
    )
    if lacking == Reason.UNPINNED:
        return f"{lacking}: {unpinned.remedy(approvals)}"
    if lacking:
        return lacking
    unused = [a for a in approvals if a.used != SENT]
    if len(unused) < len(approvals) and rules.lacks(
        unused, kind=variant.kind, seal=seal(payload), contributors=contributors, now=now
    ):
        return Reason.USED
    if variant.source_sha256 != text_digest(str(row["source"])):
        return Reason.POST_CHANGED
    identity = (variant.post, variant.channel, variant.platform, variant.account)
    if identity != (row["post_id"], row["channel_id"], row["platform"], row["account"]):
        return Reason.OTHER_CHANNEL
    if not variant.not_before - CLOCK_SLACK <= row["due_at"] <= variant.deadline:
        return Reason.OTHER_WINDOW
    if row["deadline"] > variant.deadline:
        return Reason.OTHER_WINDOW
    return None


def approvals_of(connection: Connection, seqs: Sequence[int], trust: Trust) -> dict[int, list[Approval]]:
    """Every approval of these deliveries by delivery, the void and the forged ones included and marked.

    One that the witness knows as taken back, and the database does not, is a forged one; and so is one by
    somebody whose word does not count for the channel's unit. What counts as little for a lawful reason
    (`scheduler.unpinned`) is marked with that.
    """
    by_delivery: dict[int, list[Approval]] = {seq: [] for seq in seqs}
    for row in connection.execute(_APPROVALS, {"b_seqs": list(seqs)}):
        yes = given(row)
        noted = trust.witness.state(name_of(yes))
        unit, stands = row.channel_unit or "", noted != VOID or yes.voided
        genuine = trust.takes(yes) and stands and delegations.counts(connection, trust, unit, yes)
        yes = replace(yes, genuine=genuine, used=noted if noted in (BEGUN, SENT) else "")
        if stands and not genuine:
            yes = unpinned.marked(connection, trust, unit, yes)
        by_delivery[row.delivery_seq].append(yes)
    return by_delivery


def note_use(connection: Connection, trust: Trust, seq: int, state: str) -> None:
    """A person's or a platform's word (`sent`, `again`) on what became of a delivery's approvals."""
    given_ones = approvals_of(connection, [seq], trust)[seq]
    trust.witness.approvals(state, standing_names(given_ones), durable=True)


def standing_names(approvals: Sequence[Approval]) -> tuple[str, ...]:
    """Those that count, as the witness names them."""
    return tuple(name_of(yes) for yes in approvals if yes.genuine and not yes.voided)


def void(
    connection: Connection,
    trust: Trust,
    which: ColumnElement[bool],
    reason: str,
    now: datetime,
    *,
    of: str = "",
) -> None:
    """Take approvals back for good. `of`: a delivery's id, when all are meant that it was ever given.

    Noted outside the database before the commit: killed in between, they count no more and are given again.
    """
    standing = which & approval.c.voided_at.is_(None)
    # Those too that only seem to be void: whoever wrote that into the database could take it out again.
    names = [name_of(given(row)) for row in connection.execute(select(approval).where(which))]
    # Nor need they stand in the database at this moment.
    names = list(dict.fromkeys([*names, *(trust.witness.given_to(of) if of else ())]))
    fresh = [name for name in names if trust.witness.state(name) != VOID]
    trust.witness.approvals(VOID, fresh, durable=True)
    connection.execute(update(approval).where(standing).values(voided_at=now, void_reason=reason))
