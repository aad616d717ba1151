"""Building a publisher over a workspace."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from content.approval import ApprovalRules
from content.wording import say
from loa import __version__
from loa.services import care, cleaning, clockcare, health, inbox, law, regular
from loa.services.alerting import Alerting
from loa.services.connecting import Connectors
from loa.services.workspace import Workspace
from loa.speech import outcome, reason
from scheduler.claim import Claim
from scheduler.gate import LawWatch
from scheduler.lane import Lanes
from scheduler.policy import Decision
from scheduler.publisher import Publisher
from scheduler.queue import Queue
from scheduler.reach_round import ReachRounds
from scheduler.restores import Restores, hold_older_copy
from scheduler.store.database import Transactions
from scheduler.store.group import GroupCommit
from scheduler.timetable import Periodic
from scheduler.trust import Trust

CARE_EVERY = timedelta(hours=1)
CARE_FIRST_AFTER = timedelta(minutes=1)
"""Not at once: what is due goes first, and a publisher that is started again and again asks nobody."""
CLEAN_EVERY = timedelta(hours=1)
"""Not daily: a machine that is switched off every evening would never come to it."""
REACH_FIRST_AFTER = timedelta(minutes=2)
"""What the plan asks for follows from the readings: a publisher that is started often asks nothing twice."""
INBOX_FIRST_AFTER = timedelta(minutes=3)
BACKUP_FIRST_AFTER = timedelta(minutes=5)
ANCHOR_EVERY = timedelta(seconds=30)
HEALTH_EVERY = timedelta(minutes=1)
log = logging.getLogger("loa.publishing")


class TellingQueue(Queue):
    """Says in the log, in words, what went wrong with a delivery and what to do about it.

    Waiting for something else is no trouble: it is told quietly, and once for each thing that is waited for.
    """

    def __init__(
        self,
        transactions: Transactions,
        rules: ApprovalRules,
        trust: Trust,
        worker: str,
        law_watch: LawWatch | None = None,
    ) -> None:
        super().__init__(transactions, rules, trust, worker, law_watch)
        self._waits_for: dict[str, str] = {}

    def finish(self, claim: Claim, decision: Decision, now: datetime, *, go_on: bool = True) -> Claim | None:
        self._tell(claim, decision)
        return super().finish(claim, decision, now, go_on=go_on)

    def _tell(self, claim: Claim, decision: Decision) -> None:
        trouble = str(decision.changes.get("last_error") or "")
        code = trouble.partition(": ")[0] if decision.outcome == "not_yet" else ""
        told = self._waits_for.pop(claim.delivery, "")
        if code:
            self._waits_for[claim.delivery] = code
            if code != told:
                why = reason(trouble, claim.channel)
                log.info("%s: %s. %s", claim.delivery, outcome(decision.outcome), why)
        elif trouble:
            log.warning("%s: %s", claim.delivery, reason(trouble, claim.channel))


def worker_name() -> str:
    """Host, process and four random digits: tells two lives of one process id apart."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"


@contextmanager
def publisher(workspace: Workspace) -> Iterator[Publisher]:
    """A publisher ready to run; its connections and its writer are closed afterwards."""
    worker = worker_name()
    writer = GroupCommit(workspace.database)
    connectors = Connectors(workspace, pool=workspace.config.workers)
    # Connectors are for one worker at a time, so the periodic jobs have their own.
    periodical = Connectors(workspace, pool=2)
    asking = Connectors(workspace, pool=1)
    queue = TellingQueue(writer, workspace.config.approval, workspace.trust, worker, law.watch(workspace))
    _hold_older_copy(workspace)
    with workspace.database.read() as connection:
        restores = Restores.of(connection)
    lanes = Lanes(queue, connectors.connect, workspace.media, workspace.clock, restores=restores)

    every = workspace.config.reach_every
    rounds = ReachRounds(
        workspace.database, writer, periodical.connect, workspace.clock, workspace.config.zone, every
    )

    def look_after_channels() -> None:
        care.look_after(workspace, writer, periodical)
        health.note_checked(workspace, "clock", {"skew_s": periodical.skew_s()})

    alerting = Alerting(workspace)

    def look_at_health() -> None:
        """Each on its own: no trouble of one may cost the others."""
        for look in (lambda: health.write(workspace), alerting.round, lambda: health.check_audit(workspace)):
            try:
                look()
            except Exception:
                log.exception("the look at the workspace's health broke off")

    def clock_moved(by_s: float) -> None:
        """The channels are asked at once (publisher.Periodic), whose answers tell the true time."""
        how = say(f"machine.publisher.{'forward' if by_s > 0 else 'back'}")
        log.warning(say("machine.publisher.clock_moved", how=how, by=clockcare.amount(by_s)))

    def clean_up() -> None:
        inbox.erase_old(workspace, writer)
        cleaning.round_of_the_publisher(workspace, writer, periodical, worker)

    def back_up() -> None:
        regular.tend(workspace)

    periodic = [Periodic("audit", ANCHOR_EVERY, workspace.note_audit)]
    periodic += [Periodic("health", HEALTH_EVERY, look_at_health)]
    periodic += [Periodic("channels", CARE_EVERY, look_after_channels, first_after=CARE_FIRST_AFTER)]
    periodic += [Periodic("janitor", CLEAN_EVERY, clean_up)]
    if workspace.config.backup.folder:
        periodic += [Periodic("backup", regular.LOOK_EVERY, back_up, first_after=BACKUP_FIRST_AFTER)]
    periodic += (
        [Periodic("reach", every, rounds.round, first_after=min(every, REACH_FIRST_AFTER))] if every else []
    )
    if ask_every := workspace.config.inbox.every:
        told = inbox.rounds(workspace, writer, asking)
        first = min(ask_every, INBOX_FIRST_AFTER)
        periodic += [Periodic("inbox", ask_every, told.round, first_after=first)]
    try:
        yield Publisher(
            workspace.database,
            writer,
            queue,
            lanes,
            workspace.clock,
            worker=worker,
            version=__version__,
            workers=workspace.config.workers,
            periodic=periodic,
            clock_moved=clock_moved,
        )
    finally:
        writer.close()
        connectors.close()
        periodical.close()
        asking.close()
        say_goodbye(workspace)


def _hold_older_copy(workspace: Workspace) -> None:
    """A database that lacks what the anchors tell of may not know what is public: nothing of it goes."""
    with workspace.database.read() as connection:
        missing = workspace.anchors.missing(connection)
    if missing is None:
        return
    now = workspace.now()
    count = workspace.database.run(lambda c: hold_older_copy(c, at=now, missing=missing.event))
    if count:
        log.error(say("machine.older", event=missing.event, count=count))


def say_goodbye(workspace: Workspace) -> None:
    """The last health file says that nothing runs any more."""
    try:
        health.write(workspace, leaving=True)
    except Exception:
        log.debug("%s could not be written", health.FILE, exc_info=True)
