"""One round of alerts: what is wrong, whom it is news to, one message to each, and a note of it.

The note is written after the sending: killed in between, a message is sent once more, never not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from filelock import FileLock, Timeout
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from content.events import about
from content.wording import say
from loa.services import alerts, bulletin, health, targets
from loa.services.alerts import Alert, Severity, Told
from loa.services.targets import TargetView
from loa.services.workspace import Workspace
from scheduler.store.tables import alert_told

log = logging.getLogger("loa.alerts")

RETRY_FIRST = timedelta(minutes=1)
RETRY_CAP = timedelta(hours=1)
"""A mail server that refuses us again and again is not asked every minute for days."""
LOCK = ".alerts.lock"

Known = dict[tuple[str, str], Told]


class Alerting:
    """Keeps in memory only what could not be noted: a full disk must not become a message a minute."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._unwritten: dict[str, Known] = {}

    def round(self) -> int:
        """Tell every target what is news to it. Returns how many messages were taken.

        Does nothing while another process of this workspace is at it.
        """
        try:
            with FileLock(self._workspace.folder / LOCK, timeout=0):
                return self._round()
        except Timeout:
            return 0

    def _round(self) -> int:
        workspace = self._workspace
        now, rules, zone = workspace.now(), workspace.config.alerts, workspace.config.zone
        with workspace.database.read() as connection:
            known = {view: _known(connection, view.name) for view in targets.listing(connection)}
        if not known:
            return 0
        standing = alerts.conditions(health.facts(workspace), rules)
        quiet = alerts.is_quiet(now, zone, rules.quiet)
        taken = 0
        for view, told in known.items():
            told |= self._unwritten.get(view.name, {})
            self._forget_what_passed(view.name, standing, told, now)
            due = alerts.news(standing, told, now, least=view.least, quiet=quiet)
            if due and not _rests(view, now):
                taken += self._tell(view, due, now)
        return taken

    def _tell(self, view: TargetView, due: Sequence[Alert], now: datetime) -> bool:
        workspace = self._workspace
        unit, zone = workspace.config.unit.name, workspace.config.zone
        trouble = targets.send(workspace, view.name, *bulletin.compose(due, unit, now, zone))
        if trouble:
            said = say("alerts.not_sent", name=view.name, why=trouble)
            log.warning(said, extra=about("alert.not_sent", target=view.name))
        else:
            said = say("alerts.sent", name=view.name, count=len(due))
            log.info(said, extra=about("alert.sent", target=view.name, count=len(due)))

        fresh = {} if trouble else {alert.name: Told(alert.severity, now) for alert in due}
        unwritten = self._unwritten.setdefault(view.name, {})
        unwritten |= fresh

        def work(connection: Connection) -> None:
            targets.note(connection, view.name, now, trouble)
            _note_told(connection, view.name, unwritten)

        try:
            workspace.database.run(work)
        except SQLAlchemyError:
            told_as = about("alert.unnoted", target=view.name)
            log.exception("%s: what was told could not be noted", view.name, extra=told_as)
        else:
            unwritten.clear()
        return not trouble

    def _forget_what_passed(self, target: str, standing: Sequence[Alert], told: Known, now: datetime) -> None:
        cleared, forgotten = alerts.passed(standing, told, now)
        if not cleared and not forgotten:
            return

        def work(connection: Connection) -> None:
            for key, subject in cleared:
                connection.execute(update(alert_told).where(_row(target, key, subject)).values(cleared=True))
            for key, subject in forgotten:
                connection.execute(delete(alert_told).where(_row(target, key, subject)))

        try:
            self._workspace.database.run(work)
        except SQLAlchemyError:  # a full disk is just what people must be told of
            told_as = about("alert.unnoted", target=target)
            log.exception("%s: what passed could not be noted", target, extra=told_as)


def _known(connection: Connection, target: str) -> Known:
    rows = connection.execute(select(alert_told).where(alert_told.c.target == target))
    return {
        (row.key, row.subject): Told(Severity(row.severity), row.told_at, bool(row.cleared)) for row in rows
    }


def _note_told(connection: Connection, target: str, told: Known) -> None:
    for (key, subject), one in told.items():
        connection.execute(delete(alert_told).where(_row(target, key, subject)))
        values = {"severity": one.severity, "told_at": one.at, "cleared": one.cleared}
        connection.execute(insert(alert_told).values(target=target, key=key, subject=subject, **values))


def _row(target: str, key: str, subject: str) -> ColumnElement[bool]:
    return (alert_told.c.target == target) & (alert_told.c.key == key) & (alert_told.c.subject == subject)


def _rests(view: TargetView, now: datetime) -> bool:
    """After a failure the next round tries again; after several, ever more rarely."""
    if not view.failures or view.tried_at is None:
        return False
    wait: timedelta = min(RETRY_FIRST * (1 << min(view.failures - 1, 10)), RETRY_CAP)
    return now - view.tried_at < wait - RETRY_FIRST / 2  # half a round of play: rounds are not to the second
