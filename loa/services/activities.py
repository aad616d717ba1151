"""Sổ hoạt động trực tiếp: what the unit did away from its channels, in counts; every change is kept.

A correction is a new revision with its reason; one that is taken out stays readable, and can be put back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, text, tuple_

from content.activity.entry import TEXTS, Activity, check
from content.activity.kinds import FILE, Catalogue, read_catalogue
from content.approval import Role
from content.errors import NotFound, RefusedByRule
from content.finding import Finding, blocking
from content.text import nearest
from content.wording import say
from loa.services import acting
from loa.services import campaign_records as records
from loa.services.people import Person
from loa.services.report_periods import Period
from loa.services.templates import template_file
from loa.services.workspace import Workspace
from loa.speech import number as shown
from scheduler import audit
from scheduler.status import DONE
from scheduler.store import units
from scheduler.store.tables import activity, channel, delivery

ADDED, CHANGED, REMOVED, RESTORED = "added", "changed", "removed", "restored"
LARGEST_NUMBER = 2**31 - 1
"""Of an entry: what a column of whole numbers holds."""
_VIA_LOA = {"phat_thanh": "loudspeaker", "tai_lieu": "leaflet"}
"""Groups that Loa counts by itself where it was the way: the platform that they go through."""


@dataclass(frozen=True)
class Entry:
    """One revision of one entry: who made it, when, how (`action`), why, from which file (`source`)."""

    number: int
    revision: int
    activity: Activity
    action: str
    source: str
    reason: str
    officer: str
    at: datetime

    @property
    def removed(self) -> bool:
        return self.action == REMOVED


@dataclass(frozen=True)
class Saved:
    """What was written, with the remarks that forbid nothing."""

    entry: Entry
    findings: list[Finding]


class Refused(RefusedByRule):
    """Something in it is wrong; `findings` say what, where and how to repair it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("activity.refused", count=len(blocking(findings)))
        self.findings = list(findings)


class SameAlready(RefusedByRule):
    """The ledger has that activity; `entry` is it."""

    def __init__(self, entry: Entry) -> None:
        key = "activity.there_removed" if entry.removed else "activity.there"
        super().__init__(key, number=entry.number, title=entry.activity.title)
        self.entry = entry


def catalogue(workspace: Workspace) -> Catalogue:
    """The kinds and measures of this unit; raises UsageError naming what is wrong with its file."""
    return read_catalogue(*template_file(workspace.folder, FILE))


def today(workspace: Workspace) -> date:
    return workspace.now().astimezone(workspace.config.zone).date()


def must_keep(actor: Person) -> None:
    """Raises RefusedByRule for somebody who may not write into the ledger."""
    actor.must_be(Role.DRAFTER)


def problems(workspace: Workspace, one: Activity) -> list[Finding]:
    """All that is wrong with an activity and all that is worth a look, placed by what a field is called."""
    kinds = catalogue(workspace)
    found = check(one, kinds, today(workspace))
    found += campaign_unknown(workspace, [one.campaign])
    found += via_loa(workspace, one, kinds)
    return [replace(finding, place=label(finding.place, kinds)) for finding in found]


def label(place: str, kinds: Catalogue) -> str:
    """What a field or a count is called."""
    return kinds.measures[place].label if place in kinds.measures else say(f"activity.heading.{place}")


def campaign_unknown(workspace: Workspace, named: Iterable[str]) -> list[Finding]:
    """One finding for each name that no campaign of the workspace bears."""
    wanted = [one for one in dict.fromkeys(named) if one]
    known = [path.stem for path in records.paths(workspace)] if wanted else []
    return [
        Finding(
            "activity.campaign_unknown",
            "block",
            "campaign",
            {"written": one, "nearest": nearest(one, known) or ", ".join(sorted(known)[:5]) or "–"},
            about=one,
        )
        for one in wanted
        if one not in known
    ]


def alike(workspace: Workspace, new: Sequence[Activity]) -> list[tuple[Activity, Finding]]:
    """Those that may be in the ledger already: told there with a place and here without, or the other way."""
    with workspace.database.read() as connection:
        there = [one for one in _of_days(connection, new) if not one.removed]
    held: dict[tuple[str, ...], list[Entry]] = {}
    for entry in there:
        held.setdefault(entry.activity.key[:-1], []).append(entry)
    return [
        (one, Finding("activity.alike", "warn", "place", {"number": entry.number}))
        for one in new
        for entry in held.get(one.key[:-1], [])
        if bool(one.place) != bool(entry.activity.place)
    ]


def via_loa(workspace: Workspace, one: Activity, kinds: Catalogue) -> list[Finding]:
    """A remark where Loa itself sent posts on the same days by the way that the activity names.

    Reports count those already; written down here as well they would be counted twice.
    """
    kind = kinds.kinds.get(one.kind)
    platform = _VIA_LOA.get(kind.group) if kind else None
    if platform is None or not one.done or one.last < one.first:
        return []
    period, zone = Period(one.first, one.last), workspace.config.zone
    query = (
        select(func.count())
        .select_from(delivery.join(channel, channel.c.id == delivery.c.channel_id))
        .where(
            channel.c.platform == platform,
            delivery.c.status.in_(DONE),
            delivery.c.published_at >= period.since(zone),
            delivery.c.published_at < period.until(zone),
        )
    )
    with workspace.database.read() as connection:
        count = connection.execute(query).scalar() or 0
    return [Finding("activity.via_loa", "warn", "kind", {"count": shown(count)})] if count else []


def add(workspace: Workspace, actor: Person, one: Activity, *, source: str = "") -> Saved:
    """Write an activity down. Raises Refused with every mistake, SameAlready where it is there."""
    must_keep(actor)
    one = one.tidy
    findings = problems(workspace, one)
    kinds = catalogue(workspace)
    findings += [replace(found, place=label(found.place, kinds)) for _, found in alike(workspace, [one])]
    if blocking(findings):
        raise Refused(findings)
    made = workspace.database.run(lambda c: write_new(workspace, c, actor, [one], source))
    return Saved(made[0], findings)


def write_new(
    workspace: Workspace, connection: Connection, actor: Person, new: Sequence[Activity], source: str
) -> list[Entry]:
    """Add these, checked before, in the caller's transaction; raises SameAlready for one that is there."""
    _one_at_a_time(connection)
    there = by_key(connection, new)
    highest = units.highest(connection, activity.c.number)
    made = []
    for number, one in enumerate(new, highest + 1):
        if one.key in there:
            raise SameAlready(there[one.key])
        made.append(_write(workspace, connection, actor, number, 1, one, ADDED, "", source))
    return made


def edit(
    workspace: Workspace,
    actor: Person,
    number: int,
    one: Activity,
    reason: str,
    *,
    expected: int = 0,
) -> Saved | None:
    """Write a correction as the next revision; None where it says nothing new. `expected`: the revision that
    the correction was made from. Raises as `add`, and RefusedByRule where it was taken out or changed."""
    must_keep(actor)
    one = one.tidy
    acting.need(reason)
    findings = problems(workspace, one)
    if blocking(findings):
        raise Refused(findings)

    def work(connection: Connection) -> Entry | None:
        return write_change(workspace, connection, actor, number, one, reason, expected=expected)

    made = workspace.database.run(work)
    return Saved(made, findings) if made else None


def write_change(
    workspace: Workspace,
    connection: Connection,
    actor: Person,
    number: int,
    one: Activity,
    reason: str,
    *,
    expected: int = 0,
    source: str = "",
) -> Entry | None:
    """The same, checked before, in the caller's transaction."""
    _one_at_a_time(connection)
    before = _newest(connection, number)
    if before.removed:
        raise RefusedByRule("activity.is_removed", number=number)
    if expected and before.revision != expected:
        raise RefusedByRule("activity.changed_meanwhile", number=number, officer=before.officer)
    if before.activity == one:
        return None
    other = by_key(connection, [one]).get(one.key)
    if other is not None and other.number != number:
        raise SameAlready(other)
    return _write(workspace, connection, actor, number, before.revision + 1, one, CHANGED, reason, source)


def remove(workspace: Workspace, actor: Person, number: int, reason: str) -> Entry:
    """Take an entry out: it counts no more, and stays readable. Raises RefusedByRule where it is out."""
    return _turned(workspace, actor, number, reason, REMOVED)


def restore(workspace: Workspace, actor: Person, number: int, reason: str) -> Entry:
    """Put it back; raises RefusedByRule where it is in. Nobody can have written it down anew meanwhile."""
    return _turned(workspace, actor, number, reason, RESTORED)


def _turned(workspace: Workspace, actor: Person, number: int, reason: str, action: str) -> Entry:
    must_keep(actor)
    acting.need(reason)

    def work(connection: Connection) -> Entry:
        _one_at_a_time(connection)
        before = _newest(connection, number)
        if before.removed == (action == REMOVED):
            raise RefusedByRule("activity.is_removed" if before.removed else "activity.is_in", number=number)
        told = before.activity
        return _write(workspace, connection, actor, number, before.revision + 1, told, action, reason, "")

    return workspace.database.run(work)


def listing(
    workspace: Workspace,
    period: Period | None = None,
    kinds: Sequence[str] = (),
    campaign: str = "",
    *,
    removed: bool = False,
) -> list[Entry]:
    """What counts now, or what was taken out, by first day; of a period where it began in it."""
    with workspace.database.read() as connection:
        found = current(connection, period, campaign)
    return [one for one in found if one.removed == removed and (not kinds or one.activity.kind in kinds)]


def overdue(found: Iterable[Entry], today: date) -> list[Entry]:
    """What is past its day and still only planned: it may have been held, and no report counts it."""
    return [one for one in found if not (one.removed or one.activity.done) and one.activity.last < today]


def history(workspace: Workspace, number: int) -> list[Entry]:
    """Every revision of one entry, the newest first; raises NotFound."""
    with workspace.database.read() as connection:
        return _revisions(connection, number)


def current(connection: Connection, period: Period | None = None, campaign: str = "") -> list[Entry]:
    """The newest revision of every entry, those taken out among them, by first day."""
    asked: list[ColumnElement[bool]] = []
    if period is not None:
        asked += [activity.c.first >= period.first.isoformat(), activity.c.first <= period.last.isoformat()]
    if campaign:
        asked.append(activity.c.campaign == campaign)
    return _current(connection, *asked)


def by_key(connection: Connection, wanted: Sequence[Activity]) -> dict[tuple[str, str, str, str], Entry]:
    """Entries that are the same as one of these, those taken out among them: there is one of a key."""
    keys = {one.key for one in wanted}
    return {one.activity.key: one for one in _of_days(connection, wanted) if one.activity.key in keys}


def _of_days(connection: Connection, wanted: Sequence[Activity]) -> list[Entry]:
    """Entries between the first days of these."""
    days = sorted({one.first.isoformat() for one in wanted})
    return _current(connection, activity.c.first >= days[0], activity.c.first <= days[-1]) if days else []


def _current(connection: Connection, *conditions: ColumnElement[bool]) -> list[Entry]:
    newest = select(activity.c.number, func.max(activity.c.revision)).group_by(activity.c.number)
    place = tuple_(activity.c.number, activity.c.revision)
    query = select(activity).where(place.in_(newest), *conditions)
    return [_entry(row) for row in connection.execute(query.order_by(activity.c.first, activity.c.number))]


def _one_at_a_time(connection: Connection) -> None:
    """Numbers, revisions and what is the same must not change between the look and the write."""
    if connection.dialect.name == "postgresql":  # SQLite's writers come one at a time anyway
        connection.execute(text("LOCK TABLE activity IN SHARE ROW EXCLUSIVE MODE"))


def _newest(connection: Connection, number: int) -> Entry:
    return _revisions(connection, number, most=1)[0]


def _revisions(connection: Connection, number: int, most: int | None = None) -> list[Entry]:
    query = select(activity).where(activity.c.number == number).order_by(activity.c.revision.desc())
    known = 0 < number <= LARGEST_NUMBER  # more would be an error of the database
    found = [_entry(row) for row in connection.execute(query.limit(most))] if known else []
    if not found:
        raise NotFound("activity.none_such", number=number)
    return found


def _write(
    workspace: Workspace,
    connection: Connection,
    actor: Person,
    number: int,
    revision: int,
    one: Activity,
    action: str,
    reason: str,
    source: str,
) -> Entry:
    made = Entry(number, revision, one, action, source, reason, actor.name, workspace.now())
    days = {"first": one.first.isoformat(), "last": one.last.isoformat()}
    told = {**{name: getattr(one, name) for name in TEXTS}, **days, "kind": one.kind, "done": one.done}
    about = {"number": number, "revision": revision, "action": action, "source": source, "reason": reason}
    counts = json.dumps(dict(one.counts), sort_keys=True)
    connection.execute(
        insert(activity).values(**told, **about, counts=counts, officer=actor.name, at=made.at)
    )
    audit.record(
        connection,
        at=made.at,
        actor=actor.name,
        action=f"activity_{action}",
        subject=f"activity-{number}",
        revision=revision,
        reason=reason,
        source=source,
        activity={**told, "counts": dict(one.counts)},
    )
    return made


def _entry(row: Any) -> Entry:
    """Raises RefusedByRule for a row that another hand wrote: left out, it would be missing from a sum."""
    texts = {name: getattr(row, name) for name in TEXTS}
    try:
        first, last = date.fromisoformat(row.first), date.fromisoformat(row.last)
        counts = {str(code): int(value) for code, value in sorted(json.loads(row.counts).items())}
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise RefusedByRule("activity.damaged", number=row.number) from None
    one = Activity(row.kind, first=first, last=last, counts=counts, done=row.done, **texts)
    return Entry(row.number, row.revision, one, row.action, row.source, row.reason, row.officer, row.at)
