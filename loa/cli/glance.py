"""`loa status` on one screen: who and when, machine, channels, what needs a person, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from content.wording import say
from loa.cli.freeze import scope_in_words
from loa.cli.output import fit, width
from loa.speech import moment, next_step, number, one_line, reason, status_word

if TYPE_CHECKING:
    from loa.reports.reminding import Reminder
    from loa.services.health import ChannelView, Health

ROWS = 23
"""Of a terminal with 24: the last is the prompt's."""
ENDLESS = 10_000
MOST_FLOWING = 2
"""Rows that the counts, and the channels, may take each."""


def screen(
    seen: Health, zone: ZoneInfo, columns: int = ENDLESS, reminders: Iterable[Reminder] = ()
) -> list[str]:
    """At most `ROWS` rows of at most `columns`; what has no room is counted in a row of its own.

    `reminders` stand after all that needs a person, marked as such when they are overdue.
    """
    head = [
        *_head(seen, zone),
        *_counts(seen, columns),
        *_machine(seen, zone, columns),
        *_channels(seen, columns),
        *_questions(seen),
    ]
    coming = [f"  {moment(view.due_at, zone)}  {view.id}" for view in seen.overview.next]
    needs = [*_needs(seen, zone), *(f"{'! ' if one.overdue else ''}{one.sentence}" for one in reminders)]
    room = ROWS - len(head) - len(coming)
    if len(needs) > room:
        needs = [*needs[: room - 1], say("alerts.screen.more", count=number(len(needs) - room + 1))]
    return [_cut(line, columns) for line in [*head, *needs, *coming]]


def _head(seen: Health, zone: ZoneInfo) -> Iterator[str]:
    from content.moment import show
    from loa.services import zoning

    yield f"{seen.overview.unit} · {show(seen.overview.now.replace(microsecond=0), zone)}"
    publisher, workers = seen.overview.publisher, seen.overview.workers
    living = [one for one in workers if one.alive]
    if len(workers) > 1 and living:
        hosts = ", ".join(sorted({one.host for one in living}))
        yield say("worker.several", living=number(len(living)), hosts=hosts)
    elif publisher and publisher.alive:
        yield say("cli.run.alive", host=publisher.host, pid=publisher.pid)
    elif publisher and publisher.stuck:
        since = moment(publisher.beat_at, zone)
        yield say("machine.publisher.stuck", since=since, host=publisher.host, pid=publisher.pid)
    elif seen.overview.elsewhere:
        yield say("cli.run.silent_elsewhere")
    else:
        command = zoning.command(publisher.serves if publisher else None)
        if publisher and publisher.has_left:
            yield say("cli.run.stopped", since=moment(publisher.beat_at, zone), command=command)
        else:
            yield say("cli.run.silent", command=command)


def _counts(seen: Health, columns: int) -> list[str]:
    counts = seen.overview.counts
    told = [f"{status_word(status)}: {number(counts[status])}" for status in sorted(counts)]
    return _flow(told, columns) or [say("cli.run.empty")]


def _machine(seen: Health, zone: ZoneInfo, columns: int) -> list[str]:
    failing = sum(bool(view.failures) for view in seen.alert_targets)
    key = "targets_failing" if failing else "targets" if seen.alert_targets else "no_targets"
    targets = say(f"alerts.screen.{key}", count=number(len(seen.alert_targets)), failing=number(failing))
    mb = number(None if seen.free_bytes is None else seen.free_bytes // (1024 * 1024))
    backup = moment(seen.backup_at, zone) if seen.backup_at else say("alerts.screen.no_backup")
    pieces = [
        *([] if seen.overview.elsewhere else [say("alerts.screen.told", targets=targets)]),
        say("alerts.screen.disk", mb=mb),
        say(f"alerts.screen.backup{'_there' if seen.overview.elsewhere else ''}", backup=backup),
    ]
    return _flow(pieces, columns)


def _channels(seen: Health, columns: int) -> list[str]:
    """Those with something to tell first; of the others, as many as fit, the rest counted."""
    from loa.services import standing

    now = seen.overview.now

    waiting = {one.id for one in seen.waits.channels}

    def state(one: ChannelView) -> str:
        if one.id in waiting:
            return say("unit.screen.channel_waits")
        if one.state != "ok":
            return say("alerts.screen.channel_stopped")
        return standing.in_short(one.expires_at, now) if one.expires_at else say("alerts.screen.channel_ok")

    telling = sorted(
        seen.channels,
        key=lambda one: (
            one.state == "ok" and one.id not in waiting,
            one.expires_at is None,
            one.expires_at or now,
            one.id,
        ),
    )
    told = [f"{one.id} {state(one)}" for one in telling]
    for shown in range(len(told), 0, -1):
        rest = (
            [say("alerts.screen.more_channels", count=number(len(told) - shown))] if shown < len(told) else []
        )
        rows = _flow([*told[:shown], *rest], columns - width(say("alerts.screen.channels", channels="")))
        if len(rows) <= MOST_FLOWING:
            return [say("alerts.screen.channels", channels=rows[0]), *(f"  {row}" for row in rows[1:])]
    return []


def _questions(seen: Health) -> Iterator[str]:
    told = seen.questions
    if told.open:
        yield say("inbox.waiting", open=number(told.open), overdue=number(told.overdue))


def _needs(seen: Health, zone: ZoneInfo) -> Iterator[str]:
    """What needs a person, the most severe first."""
    yield from (f"! {line}" for _, line in sorted(_ranked(seen, zone), key=lambda pair: -pair[0]))


def _ranked(seen: Health, zone: ZoneInfo) -> Iterator[tuple[int, str]]:
    from loa.services import standing, zoning
    from loa.services.alerts import NOBODY, Severity

    look, usual = seen.overview, Severity.WARNING.rank
    ranks = {(alert.key, alert.subject): alert.severity.rank for alert in seen.alerts}
    told = {*((key, "") for key in NOBODY), ("questions", "")}
    for frozen in look.freezes:
        told.add(("freeze", str(frozen.id)))
        what = scope_in_words(frozen)
        line = say("cli.run.frozen", what=what, id=frozen.id, reason=frozen.reason)
        yield Severity.CRITICAL.rank, one_line(line)
    for one in look.workers:
        if not one.alive and look.publisher and look.publisher.alive:
            told.add(("worker_silent", f"{one.host}:{one.pid}"))
            since = moment(one.beat_at, zone)
            yield usual, say("worker.silent", host=one_line(one.host), pid=one.pid, since=since)
    for lack in look.unserved:
        told |= {("unserved", lack.zone), ("unserved_plain", lack.zone)}
        yield Severity.CRITICAL.rank, zoning.in_words(lack, zone)
    if look.unplaced:
        yield usual, zoning.unplaced_in_words(look.unplaced)
    waiting = {one.id for one in seen.waits.channels}
    yield from ((usual, line) for line in _waits(seen))
    for channel, why in look.stopped_channels.items():
        if channel in waiting and why.startswith("vault:unconfirmed"):
            told.add(("channel", channel))
            continue
        told.add(("channel", channel))
        yield usual, say("cli.run.channel_stopped", channel=channel, reason=reason(why, channel))
    for channel, end in look.expiring_channels.items():
        told |= {("access", channel), ("access_over", channel)}
        ends = standing.in_words(end, look.now, zone, channel)
        yield (
            ranks.get(("access", channel), usual),
            say("cli.run.channel_expires", channel=channel, ends=ends),
        )
    deliveries = {view.id for view in look.needs_a_person}
    worst = {alert.subject: alert.severity.rank for alert in seen.alerts if alert.subject in deliveries}
    for view in look.needs_a_person:
        words = next_step(view.status, view.remote_id, view.id) or reason(view.last_error, view.channel)
        yield worst.get(view.id, usual), f"{view.id}: {status_word(view.status, view.remote_id)}. {words}"
    for changed in look.offers:
        yield usual, one_line(changed)
    for alert in seen.alerts:
        if (alert.key, alert.subject) not in told and alert.subject not in deliveries:
            yield alert.severity.rank, alert.message


def _waits(seen: Health) -> Iterator[str]:
    """What the machine that publishes has to take over; on a unit's PC, what it has to ask for."""
    where = "there" if seen.overview.elsewhere else "here"
    for one in seen.waits.channels:
        yield say(f"unit.screen.channel_waits_{where}", id=one.id, unit=one.unit or "–", command=one.command)
    if people := [one.name for one in seen.waits.people]:
        yield say("unit.screen.people_wait", count=number(len(people)), names=", ".join(people))


def _flow(pieces: Iterable[str], columns: int) -> list[str]:
    """Pieces side by side, as many rows as they take; no piece is broken."""
    rows: list[str] = []
    for piece in pieces:
        longer = f"{rows[-1]} · {piece}" if rows else piece
        if rows and width(longer) <= columns:
            rows[-1] = longer
        else:
            rows.append(piece)
    return rows


def _cut(line: str, columns: int) -> str:
    return line if width(line) <= columns else fit(line, columns)
