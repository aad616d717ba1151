"""How a workspace is: the facts that alerts are judged by, one answer for monitoring, and a file of it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select

from connectors.extras import BY_PEOPLE
from content.errors import LoaError
from loa.services import alerts, auditing, awaiting, bulletin, cadence, clockcare, standing, stopping, targets
from loa.services.alerts import Facts, Severity, Waiting
from loa.services.awaiting import Waits
from loa.services.deliveries import UNDECIDED
from loa.services.overview import Overview, overview
from loa.services.relooking import AUDIT_EVERY
from loa.services.targets import TargetView
from loa.services.workspace import Workspace
from scheduler import comments, presence, unserved
from scheduler.presence import Presence
from scheduler.status import Status
from scheduler.store import tables, units
from scheduler.store.tables import attempt, channel, checked, delivery

FILE = "health.json"
MOST_DELIVERIES = 1000
"""So many troubled deliveries are looked at, the newest ones."""
CLOCK_LASTS = timedelta(hours=3)
"""A comparison with the platforms' clocks that is older says nothing; the publisher makes one an hour."""


class State(StrEnum):
    """One word for monitoring; `loa status --check` answers with its exit code."""

    WELL = "well"
    PERSON = "person"
    SILENT = "silent"
    STOPPED = "stopped"
    """Told to stop, and nobody else publishes: known at once, where silence takes its time."""

    @property
    def exit_code(self) -> int:
        """As monitoring programs expect: 0 well, 1 warning, 2 critical."""
        return {State.WELL: 0, State.PERSON: 1}.get(self, 2)


@dataclass(frozen=True)
class AlertView:
    """An alert with its words in the workspace's language."""

    key: str
    severity: Severity
    subject: str
    since: datetime | None
    message: str


@dataclass(frozen=True)
class ChannelView:
    """A channel in short; `expires_at` None: its access never ends, or nobody has asked."""

    id: str
    platform: str
    state: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Questions:
    """Readers' questions that wait for an answer."""

    open: int
    overdue: int


@dataclass(frozen=True)
class Health:
    """Everything that `loa status` tells. The keys of its JSON are those of `overview` and these."""

    overview: Overview
    state: State
    alerts: list[AlertView]
    channels: list[ChannelView]
    free_bytes: int | None
    total_bytes: int | None
    alert_targets: list[TargetView]
    backup_at: datetime | None
    """When a backup was last noted; None when none is known."""
    questions: Questions
    waits: Waits = field(default_factory=Waits)
    """Whom, and which channels, the machine that publishes has not taken over yet."""

    def as_dict(self) -> dict[str, Any]:
        own = {key: value for key, value in asdict(self).items() if key != "overview"}
        return {"state": own.pop("state"), **asdict(self.overview), **own}


def examine(workspace: Workspace) -> Health:
    """Look once, ask no platform."""
    seen = overview(workspace)
    found = alerts.conditions(facts(workspace), workspace.config.alerts)
    zone = workspace.config.zone
    space = _space(workspace)
    with workspace.database.read() as connection:
        backup = noted(connection, "backup")
        return Health(
            overview=seen,
            state=_state(found, seen.publisher),
            alerts=[
                AlertView(one.key, one.severity, one.subject, one.since, bulletin.sentence(one, zone))
                for one in found
            ],
            channels=_channels(connection),
            free_bytes=space.free if space else None,
            total_bytes=space.total if space else None,
            alert_targets=targets.listing(connection),
            backup_at=backup[0] if backup else None,
            questions=Questions(*comments.waiting(connection, workspace.now())),
            waits=_waits(workspace),
        )


def facts(workspace: Workspace) -> Facts:
    """What the rules judge by. Nothing is counted: it costs the same with a million deliveries waiting."""
    now, space = workspace.now(), _space(workspace)
    freezes = stopping.listing(workspace, lifted=True)
    # what the house's machine found in its own clock and everybody's rows, and which of its workers fell
    # silent, is no alarm of a unit's PC
    theirs = workspace.is_kept_apart
    with workspace.database.read() as connection:
        stopped = connection.execute(
            select(channel.c.id, channel.c.state_reason).where(channel.c.state != "ok").order_by(channel.c.id)
        ).all()
        audit = None if theirs else noted(connection, "audit")
        clock = None if theirs else noted(connection, "clock")
        backup, tried = noted(connection, "backup"), noted(connection, "backup_try")
        skew = clock[1].get("skew_s") if clock and now - clock[0] <= CLOCK_LASTS else None
        return Facts(
            now=now,
            publisher=presence.looked_at(workspace.database, connection, now),
            workers=[] if theirs or workspace.database.is_sqlite else presence.workers(connection, now),
            unserved=[] if workspace.database.is_sqlite else unserved.look(connection, now),
            deliveries=_troubled(connection),
            stopped={row.id: row.state_reason for row in stopped},
            expiring=standing.expiring(connection, now),
            silences=cadence.silent(workspace, connection, freezes, workspace.config.cadence),
            freezes=[one for one in freezes if one.lifted_at is None],
            free_bytes=space.free if space else None,
            trust_trouble=_trust_trouble(workspace),
            audit_broken_at=audit[1].get("broken_at") if audit else None,
            audit_cut_at=audit[1].get("cut_at") if audit else None,
            contradictions=audit[1].get("contradictions", 0) if audit else 0,
            skew_s=skew if clockcare.is_off(skew) else None,
            failing={
                view.name: view.trouble
                for view in targets.listing(connection)
                if view.failures >= alerts.TRIES_IN_VAIN
            },
            backup_every=plan.every if (plan := workspace.config.backup).folder else None,
            backup_at=backup[0] if backup else None,
            backup_trouble=tried[1]["why"] if tried else "",
            questions_overdue=comments.waiting(connection, now)[1],
        )


def write(workspace: Workspace, *, leaving: bool = False) -> None:
    """Put `health.json` in the workspace, all or nothing. A reader takes an old `now` for silence.

    `leaving`: the publisher writes it for the last time, so that nobody has to wait for it to grow old.
    """
    seen = examine(workspace)
    if leaving and _has_gone(seen.overview):
        seen = replace(seen, state=State.STOPPED)
    file = workspace.folder / FILE
    draft = file.with_name(f".{FILE}.{os.getpid()}")
    text = json.dumps(seen.as_dict(), ensure_ascii=False, indent=2, default=_plain)
    try:
        draft.write_text(text + "\n", "utf-8")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


# ---- slow or distant looks, noted for the fast ones


class BrokenOff(Exception):
    """The process ends before a long look does: it is begun anew by the next one."""


class Aside:
    """Rests three times as long as was worked since: a long look keeps Python's lock from no lane for long.

    `wait` sleeps so many seconds, and returns early and true when the process is to end.
    """

    def __init__(self, wait: Callable[[float], bool]) -> None:
        self._wait = wait
        self._since = time.monotonic()

    def __call__(self) -> None:
        """Raises BrokenOff."""
        if self._wait(3 * (time.monotonic() - self._since)):
            raise BrokenOff
        self._since = time.monotonic()


def check_audit(workspace: Workspace, rest: Callable[[], None] = lambda: None) -> bool:
    """Walk the audit's chain if that was not done for a day; returns whether it was done now."""
    now = workspace.now()
    with workspace.database.read() as connection:
        last = noted(connection, "audit")
    if last is not None and timedelta(0) <= now - last[0] < AUDIT_EVERY:
        return False
    chain = auditing.verify(workspace, rest)
    outcome = {
        "broken_at": chain.broken_at,
        "cut_at": chain.cut_at,
        "events": chain.events,
        "contradictions": len(chain.contradictions),
    }
    note_checked(workspace, "audit", outcome)
    return True


def note_checked(workspace: Workspace, name: str, outcome: Mapping[str, object]) -> None:
    """Keep what a look came to: `audit`, `clock` (`skew_s`, None when nobody was asked), `backup` (the last
    one that is whole), `backup_regular` (the last of those), `backup_try` (`why` it failed, or empty)."""
    workspace.database.run(lambda c: note(c, name, workspace.now(), outcome))


def note(connection: Connection, name: str, now: datetime, outcome: Mapping[str, object]) -> None:
    """The same within a transaction of the caller's."""
    if units.is_kept_apart(connection):
        return  # what the publisher's machine found is for all to read, and its own to write
    connection.execute(delete(checked).where(checked.c.name == name))
    connection.execute(insert(checked).values(name=name, at=now, outcome=json.dumps(dict(outcome))))


def noted(connection: Connection, name: str) -> tuple[datetime, dict[str, Any]] | None:
    row = connection.execute(select(checked).where(checked.c.name == name)).first()
    return (row.at, json.loads(row.outcome)) if row else None


# ---- what is read


def _troubled(connection: Connection) -> list[Waiting]:
    """Deliveries that may need a person, those in doubt with the time of the call that left the doubt.

    Their `updated_at` would not do: every read-back moves it.
    """
    called = (
        select(func.max(attempt.c.started_at))
        .where(
            attempt.c.delivery_seq == delivery.c.seq,
            attempt.c.step.in_(["reveal", "hand_over", "recall", "remove"]),
        )
        .scalar_subquery()
    )
    by_hand = and_(delivery.c.status == Status.REVEALING, delivery.c.pending.in_(BY_PEOPLE))
    rows = connection.execute(
        select(delivery, called.label("called_at"))
        .where(or_(delivery.c.status.in_(UNDECIDED), by_hand))
        .order_by(delivery.c.due_at.desc(), delivery.c.seq.desc())  # the newest are news
        .limit(MOST_DELIVERIES)
    ).all()
    in_doubt = (Status.UNKNOWN, Status.RECALLING, Status.REMOVING)
    return [
        Waiting(
            row.id,
            row.channel_id,
            row.status,
            (row.called_at if row.status in in_doubt else row.due_at) or row.updated_at,
            row.last_error,
            resting=row.wake_at is None,
            by_hand=row.status == Status.REVEALING,
        )
        for row in reversed(rows)
    ]


def _channels(connection: Connection) -> list[ChannelView]:
    known = tables.standing
    rows = connection.execute(
        select(channel.c.id, channel.c.platform, channel.c.state, known.c.expires_at)
        .outerjoin(known, known.c.channel_id == channel.c.id)
        .order_by(channel.c.id)
    )
    return [ChannelView(row.id, row.platform, row.state, row.expires_at) for row in rows]


def _waits(workspace: Workspace) -> Waits:
    """Nobody, where the trust file cannot be read: an alert of its own tells of that."""
    try:
        return awaiting.look(workspace)
    except LoaError:
        return Waits()


def _space(workspace: Workspace) -> Any:
    """`shutil.disk_usage` of the workspace's disk; None where the system does not tell."""
    try:
        return shutil.disk_usage(workspace.folder)
    except OSError:
        return None


def _trust_trouble(workspace: Workspace) -> str:
    """A machine that never joined is no trouble: it drafts and approves."""
    met = workspace.trust.witness.hindrance
    try:
        workspace.trust.people()
    except LoaError as error:
        return str(error)
    return str(met) if met is not None and met.key != "machines.not_joined" else ""


def _has_gone(look: Overview) -> bool:
    """Whether nobody publishes once we have left: our row may not say so, if the machine is in trouble.

    Beside others that live, for one that comes again by a timer, and for one that was refused beside another
    publisher, it is one look among many.
    """
    left = look.publisher
    others = any(one.alive and not _is_us(one) for one in look.workers)
    return left is not None and _is_us(left) and not left.once and not others


def _is_us(one: Presence) -> bool:
    return (one.host, one.pid) == (socket.gethostname(), os.getpid())


def _state(found: list[alerts.Alert], publisher: Presence | None) -> State:
    if publisher is not None and publisher.has_left:
        return State.STOPPED
    if any(one.key in alerts.NOBODY for one in found):
        return State.SILENT
    needs = any(one.severity.rank >= Severity.WARNING.rank for one in found)
    return State.PERSON if needs else State.WELL


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    raise TypeError(type(value).__name__)
