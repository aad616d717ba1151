"""Ngày tạm dừng đăng: days entered ahead (national mourning, exams) on which some posts or all stay back.

The claim holds what is due inside; what platforms hold is called back at once, as by a freeze. Neither its
end nor its removal lets anything go that was held: a person looks at each again and says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from connectors.contract import Connector, Job, Save
from content.approval import Role
from content.errors import LoaError, NotFound, RefusedByRule, UsageError
from content.finding import Finding
from content.kinds import KINDS, kind, kind_code
from content.text import normalise
from content.wording import say
from loa.services import acting
from loa.services.acting import Acted, Moving
from loa.services.deliveries import must_be_known
from loa.services.people import Person
from loa.services.stopping.holding import RECALL
from loa.services.workspace import Workspace
from scheduler import audit, blackouts
from scheduler.blackouts import EVERYTHING, Period
from scheduler.policy import LEASE
from scheduler.reasons import Reason
from scheduler.status import AT_PLATFORM, SENDABLE, Status
from scheduler.store import units
from scheduler.store.tables import LARGEST, NO_TIME, blackout, delivery

LONGEST_DAYS = 92
MOST_YEARS = 5
LONGEST_NAME = 120
MOST_SCOPES = 50
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class BlackoutView:
    """One entry as lists show it, `first` and `last` being days in the unit's zone, both included.

    `scopes` as in a freeze (`all`, `channel`, `tag`), also `kind`; what any of them covers stays back.
    """

    id: int
    name: str
    first: date
    last: date
    begins_at: datetime
    ends_at: datetime
    scopes: tuple[tuple[str, str], ...]
    officer: str
    at: datetime
    removed_at: datetime | None = None
    removed_by: str = ""
    remove_reason: str = ""

    @property
    def period(self) -> Period:
        return Period(self.begins_at, self.ends_at, self.scopes)

    @property
    def scope(self) -> str:
        """What stays back, in words."""
        return ", ".join(_scope(scope, target) for scope, target in self.scopes)


@dataclass(frozen=True)
class Added:
    """What an entry did. `covered` is due inside and will be held; `in_flight` left the house before it."""

    blackout: BlackoutView
    covered: list[str]
    recalls: list[Acted]
    in_flight: list[str]
    unnoted: str = ""
    """The witness's file, where it could not be written; the entry counts by its row all the same."""


@dataclass(frozen=True)
class Removed:
    """`waiting` was held for it, and still waits for a person's word."""

    blackout: BlackoutView
    waiting: list[str]


def scopes(
    *,
    everything: bool = False,
    kinds: Iterable[str] = (),
    tags: Iterable[str] = (),
    channels: Iterable[str] = (),
) -> tuple[tuple[str, str], ...]:
    """What an officer named, as an entry has it. Raises NotFound for a kind, UsageError for nothing."""
    named = [("kind", kind(kind_code(one)).code) for one in kinds]
    named += [("tag", normalise(one).strip("# ")) for one in tags]
    named += [("channel", one.strip()) for one in channels]
    named = [pair for pair in dict.fromkeys(named) if pair[1]]
    if everything == bool(named) or len(named) > MOST_SCOPES:
        raise UsageError("blackout.bad_scope", most=MOST_SCOPES)
    return tuple(named) or EVERYTHING


def add(
    workspace: Workspace,
    actor: Person,
    first: date,
    last: date,
    name: str,
    covers: Sequence[tuple[str, str]] = EVERYTHING,
) -> Added:
    """Enter days on which what `covers` (see `scopes`) names stays back, from this commit on."""
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    now, zone = workspace.now(), workspace.config.zone
    name = " ".join(normalise(name).split())
    if not name or len(name) > LONGEST_NAME:
        raise UsageError("blackout.bad_name", most=LONGEST_NAME)
    if last < first or last - first >= LONGEST_DAYS * _DAY:
        raise UsageError("blackout.bad_days", first=_shown(first), last=_shown(last), most=LONGEST_DAYS)
    today = now.astimezone(zone).date()
    if last < today:
        raise UsageError("blackout.past", last=_shown(last))
    if last.year > today.year + MOST_YEARS:
        raise UsageError("blackout.far", last=_shown(last), most=MOST_YEARS)
    begins, ends = (datetime.combine(day, time(), zone) for day in (first, last + _DAY))
    view = BlackoutView(0, name, first, last, begins, ends, tuple(covers), actor.name, now)
    period = view.period

    def work(connection: Connection) -> tuple[int, list[Moving], str]:
        for scope, target in period.scopes:
            if scope == "channel":
                must_be_known(connection, channel_id=target)
        # A number that was given to one that is gone from the database would end that one in the notes.
        used = units.highest(connection, blackout.c.id)
        values = {
            "name": name,
            "scopes": json.dumps(period.scopes, ensure_ascii=False),
            "officer": actor.name,
        }
        made: int = connection.execute(
            insert(blackout)
            .values(
                id=max(used, workspace.trust.witness.last_blackout()) + 1,
                begins_at=period.begins_at,
                ends_at=period.ends_at,
                at=now,
                removed_by="",
                remove_reason="",
                **values,
            )
            .returning(blackout.c.id)
        ).scalar_one()
        audit.record_of(
            connection,
            units.session_unit(connection),
            at=now,
            actor=actor.name,
            action="blackout_added",
            subject=name,
            blackout=made,
            first=first.isoformat(),
            last=last.isoformat(),
            scopes=[list(pair) for pair in period.scopes],
        )
        inside = delivery.c.due_at < period.ends_at
        if now < period.begins_at:
            inside &= delivery.c.due_at >= period.begins_at
        rows = acting.moving(connection, period.scopes, inside, *units.mine(connection))
        held = [row.seq for row in rows if row.status == Status.HANDED_OVER]
        # Killed from here on, the publisher takes it up: what is being called back is never taken for held.
        calling_back = {"status": Status.RECALLING, "fence": -1, "wake_at": now + LEASE, "last_error": ""}
        connection.execute(
            update(delivery).where(delivery.c.seq.in_(held)).values(**calling_back, tries=0, updated_at=now)
        )
        return made, rows, units.session_unit(connection)

    made, rows, unit = workspace.database.run(work)
    # After the commit: killed in between, the row alone keeps all back; the other way round nobody sees why.
    unnoted = ""
    try:
        workspace.trust.witness.blackout(made, replace(period, unit=unit).order)
    except LoaError:
        unnoted = str(workspace.trust.witness.file)
    at_platform = [row.seq for row in rows if row.status in AT_PLATFORM]
    return Added(
        blackout=replace(view, id=made),
        covered=[row.id for row in rows if row.status in SENDABLE],
        recalls=acting.act_on(workspace, actor, _RECALL, at_platform, name),
        in_flight=[row.id for row in rows if row.status == Status.REVEALING],
        unnoted=unnoted,
    )


def remove(workspace: Workspace, actor: Person, number: int, reason: str) -> Removed:
    """End an entry. What it does not hold yet goes out as planned; what it held waits for a person's word."""
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    acting.need(reason)
    now, zone = workspace.now(), workspace.config.zone
    why = " ".join(normalise(reason).split())

    def work(connection: Connection) -> tuple[BlackoutView, list[str]]:
        if not 0 < number <= LARGEST:
            raise NotFound("blackout.unknown", id=number)
        noted = workspace.trust.witness.blackouts().get(number)
        if noted:  # as it was entered, whatever somebody made of its row behind our back
            _put_back(connection, number, blackouts.of_order(noted), now)
        row = connection.execute(select(blackout).where(blackout.c.id == number)).first()
        if row is None:
            raise NotFound("blackout.unknown", id=number)
        if units.session_unit(connection) not in (units.OWN, row.unit):
            raise RefusedByRule("unit.blackout_from_above", id=number)
        if row.removed_at is not None:
            raise RefusedByRule("blackout.removed_already", id=number)
        acting.must_be_believed(workspace)
        values = {"removed_at": now, "removed_by": actor.name, "remove_reason": why}
        connection.execute(update(blackout).where(blackout.c.id == number).values(**values))
        workspace.trust.witness.remove_blackout(number)  # killed right here: the row still keeps all back
        audit.record_of(
            connection,
            row.unit,
            at=now,
            actor=actor.name,
            action="blackout_removed",
            subject=row.name,
            blackout=number,
            reason=why,
        )
        period = blackouts.of_row(row)
        held = acting.rows(
            connection, delivery.c.status == Status.HELD, delivery.c.last_error == Reason.BLACKOUT
        )
        waiting = [one.id for one in held if period.has(one.due_at) and period.is_about(one)]
        return replace(_view(row, zone), removed_at=now, removed_by=actor.name, remove_reason=why), waiting

    view, waiting = workspace.database.run(work)
    return Removed(view, waiting)


def listing(workspace: Workspace, *, removed: bool = False, past: bool = True) -> list[BlackoutView]:
    """Entries by their first day; with `removed` also those that were taken out, without `past` none that
    ended before today.

    What only the witness still knows keeps posts back as well, so a person must be able to remove it.
    """
    with workspace.database.read() as connection:
        found = _all(workspace, connection)
    today = workspace.now().astimezone(workspace.config.zone).date()
    chosen = [one for one in found if (removed or one.removed_at is None) and (past or one.last >= today)]
    return sorted(chosen, key=lambda one: (one.first, one.id))


def standing(workspace: Workspace, connection: Connection) -> list[BlackoutView]:
    """Those that nobody removed."""
    return [one for one in _all(workspace, connection) if one.removed_at is None]


def over(
    views: Iterable[BlackoutView], at: datetime, channels: Iterable[str], post_kind: str, tags: Iterable[str]
) -> list[BlackoutView]:
    """Those that would keep back something of this kind, on any of these channels, at an instant."""
    payload = json.dumps({"kind": post_kind, "tags": list(tags)}, ensure_ascii=False)
    rows = [SimpleNamespace(channel_id=name, post_id="", payload=payload) for name in channels]
    return [one for one in views if one.period.has(at) and any(map(one.period.is_about, rows))]


def remark(one: BlackoutView, place: str) -> Finding:
    """For whoever plans something on such a day."""
    days = _shown(one.first) if one.first == one.last else f"{_shown(one.first)}–{_shown(one.last)}"
    return Finding("blackout.due_inside", "warn", place, {"name": one.name, "days": days, "scope": one.scope})


def must_not_keep_back(workspace: Workspace, connection: Connection, row: Any, now: datetime) -> None:
    """Raises RefusedByRule when letting a delivery go now would only have it held again."""
    for one in blackouts.standing(connection, workspace.trust.witness):
        if one.has(max(now, row.due_at)) and one.is_about(row):
            last = (one.ends_at - _DAY / 2).astimezone(workspace.config.zone).date()
            raise RefusedByRule("blackout.still_on", delivery=row.id, last=_shown(last))


def must_be_believed(workspace: Workspace, connection: Connection, row: Any, now: datetime) -> None:
    """Raises RefusedByRule where it waits for a go, and the publisher believes none of this machine's."""
    if not acting.is_believed(workspace) and days_that_hold(workspace, connection, row, now):
        raise RefusedByRule("blackout.go_elsewhere", delivery=row.id)


def needs_a_go(workspace: Workspace, connection: Connection, row: Any, moment: datetime) -> bool:
    """Whether a delivery that is moved to `moment`, behind the days, still stays back without a go."""
    moved = SimpleNamespace(**{**row._mapping, "due_at": moment})
    standing = blackouts.standing(connection, workspace.trust.witness)
    behind = [one for one in standing if not one.has(moment)]
    return blackouts.keeps_back(workspace.trust.witness, behind, moved, moment) is not None


def days_that_hold(workspace: Workspace, connection: Connection, row: Any, now: datetime) -> Period | None:
    """Those that have begun, or are over, and for which a delivery waits for a person's word."""
    witness = workspace.trust.witness
    begun = [one for one in blackouts.standing(connection, witness) if one.begins_at <= now]
    return blackouts.keeps_back(witness, begun, row, now)


def _recall(connector: Connector, job: Job, row: Any, save: Save) -> dict[str, Any]:
    return {**RECALL.call(connector, job, row, save), "last_error": Reason.BLACKOUT, "hand_over": False}


_RECALL = replace(RECALL, call=_recall, taking={})
"""Unlike after a freeze, it does not go back to the platform by itself."""


def _all(workspace: Workspace, connection: Connection) -> list[BlackoutView]:
    zone = workspace.config.zone
    views = {row.id: _view(row, zone) for row in connection.execute(select(blackout))}
    for number, order in workspace.trust.witness.blackouts().items():
        noted = blackouts.of_order(order)
        known = views.get(number)
        told = (known.name, known.officer, known.at) if known else ("–", "–", workspace.now())
        views[number] = _told(number, told[0], noted, zone, told[1], told[2])
    return list(views.values())


def _view(row: Any, zone: ZoneInfo) -> BlackoutView:
    told = _told(row.id, row.name, blackouts.of_row(row), zone, row.officer, row.at)
    removed = {"removed_by": row.removed_by, "remove_reason": row.remove_reason}
    return replace(told, removed_at=row.removed_at, **removed)


def _told(number: int, name: str, period: Period, zone: ZoneInfo, officer: str, at: datetime) -> BlackoutView:
    days = _days(period, zone)
    return BlackoutView(number, name, *days, period.begins_at, period.ends_at, period.scopes, officer, at)


def _days(period: Period, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last; of times that another hand wrote and that have no day here, some day."""
    try:
        last = period.ends_at - timedelta(microseconds=1)
        return period.begins_at.astimezone(zone).date(), last.astimezone(zone).date()
    except OverflowError:
        return NO_TIME.date(), NO_TIME.date()


def _put_back(connection: Connection, number: int, noted: Period, now: datetime) -> None:
    """Write the row as it was noted; not by a unit's note over an entry of another's."""
    mine = blackout.c.id == number
    values: dict[str, Any] = {
        "begins_at": noted.begins_at,
        "ends_at": noted.ends_at,
        "scopes": json.dumps(noted.scopes, ensure_ascii=False),
        "removed_at": None,
        "removed_by": "",
        "remove_reason": "",
    }
    there = connection.execute(select(blackout.c.unit).where(mine)).scalar()
    if there is None:
        values |= {"name": "–", "officer": "–", "at": now, "unit": noted.unit}
        connection.execute(insert(blackout).values(id=number, **values))
    elif there == noted.unit:
        connection.execute(update(blackout).where(mine).values(**values))
    elif not noted.unit:
        connection.execute(update(blackout).where(mine).values(**values, unit=noted.unit))


def _scope(scope: str, target: str) -> str:
    shown = KINDS[target].label if scope == "kind" and target in KINDS else target
    return say(f"blackout.scope_{scope}", target=shown)


def _shown(day: date) -> str:
    return f"{day:%d/%m/%Y}"
