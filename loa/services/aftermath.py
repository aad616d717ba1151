"""What an outage, a freeze or a restore left behind: everything that waits for a person, by what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, union_all

from content.errors import LoaError
from loa.services import deciding, deliveries, releasing, stopping
from loa.services.deliveries import DeliveryView
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import restores
from scheduler.reasons import Reason
from scheduler.status import Status
from scheduler.store.tables import delivery

MOST = 500
"""Deliveries that are listed, the longest overdue of all; the others come when these are decided."""
KINDS = (
    "unknown",
    "recalling",
    "removing",
    "by_hand",
    "overdue",
    "approval",
    "channel",
    "recalled",
    "held",
    "failed",
    "missed",
    "restored",
    "blackout",
    "frozen",
)
"""What happened, the most pressing first: what may be public unnoticed stands before what is not."""
TOGETHER = ("look_again", "retry", "recall", "release", "move")
"""Decisions that may be made for a whole group: none of them loses anything."""
_APPROVAL = ("approval.", "trust_removed", "key_replaced")
_PLAIN = {
    Status.UNKNOWN: "unknown",
    Status.RECALLING: "recalling",
    Status.REMOVING: "removing",
    Status.REVEALING: "by_hand",
    Status.FAILED: "failed",
    Status.MISSED: "missed",
}


@dataclass(frozen=True)
class Left:
    """`views` in the order of KINDS and, within a kind, of their due time; `total` is of all that wait."""

    views: list[DeliveryView]
    total: int


@dataclass(frozen=True)
class Outcome:
    """What a decision made for a group came to for one of it; `trouble` is empty when it was done."""

    delivery: str
    trouble: str = ""


def left(workspace: Workspace) -> Left:
    """All that waits for a decision, at most `MOST` of it listed."""
    kinds = [select(delivery.c.seq).where(one) for one in deliveries.waits_for_a_person()]
    with workspace.database.read() as connection:
        total = connection.execute(select(func.count()).select_from(union_all(*kinds).subquery())).scalar()
    views, now = deliveries.undecided(workspace, limit=MOST), workspace.now()
    return Left(sorted(views, key=lambda view: KINDS.index(kind_of(view, now))), total or 0)


def kind_of(view: DeliveryView, now: datetime) -> str:
    """What happened to a delivery that waits for a person: one of KINDS."""
    if view.last_error == restores.ACTION:
        return "restored"
    if view.status in _PLAIN:
        return _PLAIN[Status(view.status)]
    code = view.last_error.partition(": ")[0]
    if code == "frozen":
        return "overdue" if view.due_at is None or view.due_at <= now else "frozen"
    if code.startswith(_APPROVAL) and code != Reason.UNPINNED:  # of which the yes is good as it is
        return "approval"
    return {"channel.stopped": "channel", "recalled": "recalled", "blackout": "blackout"}.get(code, "held")


def decide_together(
    workspace: Workspace,
    actor: Person,
    decision: str,
    views: Sequence[DeliveryView],
    *,
    reason: str = "",
    first: datetime | None = None,
    apart: timedelta = timedelta(0),
) -> list[Outcome]:
    """One decision of TOGETHER for each of `views`, each in a transaction of its own: killed in between, the
    others still wait. `move` puts them at `first`, `first + apart`, and so on, in the order of `views`.
    """
    done: list[Outcome] = []
    for number, view in enumerate(views):
        try:
            if decision == "look_again":
                deciding.settle(workspace, actor, view.id, reason=reason)
            elif decision == "retry":
                deciding.retry(workspace, actor, view.id)
            elif decision == "release":
                releasing.release(workspace, actor, [view.id], reason)
            elif decision == "recall":
                [acted] = stopping.recall(workspace, actor, [view.id], reason)
                done.append(Outcome(view.id, "" if acted.done else acted.trouble))
                continue
            elif decision == "move" and first is not None:
                when = (first + number * apart).isoformat(timespec="seconds")
                deciding.move(workspace, actor, view.id, when, reason)
            else:
                raise ValueError(f"not a decision for a group: {decision}")
            done.append(Outcome(view.id))
        except LoaError as error:
            done.append(Outcome(view.id, str(error)))
    return done
