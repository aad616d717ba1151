"""Building a publisher over a workspace."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from content.approval import ApprovalRules
from content.errors import RefusedByRule
from content.events import about
from content.wording import say
from loa import __version__
from loa.services import (
    care,
    cleaning,
    clockcare,
    confirming,
    health,
    inbox,
    law,
    machines,
    mediashare,
    regular,
)
from loa.services.alerting import Alerting
from loa.services.connecting import Connectors
from loa.services.stopping import taking_down
from loa.services.workspace import Workspace
from loa.speech import outcome, reason
from scheduler.claim import Claim
from scheduler.duties import Duties
from scheduler.gate import LawWatch
from scheduler.lane import Lanes
from scheduler.policy import Decision
from scheduler.publisher import Publisher
from scheduler.queue import Queue
from scheduler.reach_round import ReachRounds
from scheduler.restores import Restores, hold_older_copy
from scheduler.side_by_side import Seldom, SideBySide
from scheduler.store.database import Transactions
from scheduler.store.group import GroupCommit
from scheduler.timetable import Periodic
from scheduler.trust import Trust
from scheduler.zones import Serves

CARE_EVERY = timedelta(hours=1)
CARE_FIRST_AFTER = timedelta(minutes=1)
"""Not at once: what is due goes first, and a publisher that is started again and again asks nobody."""
CLEAN_EVERY = timedelta(hours=1)
"""Not daily: a machine that is switched off every evening would never come to it."""
REACH_FIRST_AFTER = timedelta(minutes=2)
"""What the plan asks for follows from the readings: a publisher that is started often asks nothing twice."""
INBOX_FIRST_AFTER = timedelta(minutes=3)
BACKUP_FIRST_AFTER = timedelta(minutes=5)
TAKE_DOWN_EVERY, TAKE_AGAIN_EVERY = timedelta(seconds=5), timedelta(minutes=1)
"""On a server a unit's PC may have asked for it; in a file it is what a command could not do."""
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
        serves: Serves | None = None,
    ) -> None:
        super().__init__(transactions, rules, trust, worker, law_watch, serves)
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
                log.info(
                    "%s: %s. %s",
                    claim.delivery,
                    outcome(decision.outcome),
                    why,
                    extra=about("step.waits", delivery=claim.delivery, channel=claim.channel, error=code),
                )
        elif trouble:
            known = {"delivery": claim.delivery, "channel": claim.channel, "platform": claim.platform}
            told_as = about("step.trouble", **known, error=trouble.partition(": ")[0])
            log.warning("%s: %s", claim.delivery, reason(trouble, claim.channel), extra=told_as)


def worker_name() -> str:
    """Host, process and four random digits: tells two lives of one process id apart."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"


@dataclass(frozen=True)
class Parts:
    """What both engines are made of.

    `of_machine`: small jobs that every worker does; `shared`: those that one of all does each time.
    """

    queue: Queue
    lanes: Lanes
    of_machine: Sequence[Periodic]
    shared: Sequence[Periodic]
    clock_moved: Callable[[float], None]


@contextmanager
def publisher(workspace: Workspace) -> Iterator[Publisher]:
    """A publisher ready to run; its connections and its writer are closed afterwards.

    On a server it does as one worker among several does: what has a zone is left to that zone's workers.
    """
    must_see_all(workspace)
    machines.must_have_joined(workspace)
    worker = worker_name()
    hot = GroupCommit(SideBySide(workspace.database))
    writer = hot if workspace.database.is_sqlite else GroupCommit(Seldom(workspace.database))
    serves = None if workspace.database.is_sqlite else Serves()
    try:
        with parts(workspace, worker, hot, writer, serves) as made:
            shared = made.shared
            if serves is not None:
                duties = Duties(workspace.database, workspace.clock, worker)
                shared = [duties.shared(job) for job in made.shared]
            yield Publisher(
                workspace.database,
                hot,
                made.queue,
                made.lanes,
                workspace.clock,
                worker=worker,
                version=__version__,
                workers=workspace.config.workers,
                periodic=[*made.of_machine, *shared],
                clock_moved=made.clock_moved,
            )
    finally:
        say_goodbye(workspace)


def must_see_all(workspace: Workspace) -> None:
    """Raises RefusedByRule for one unit's login: it would keep the others' posts from leaving."""
    if workspace.is_kept_apart:  # asked once: what the server says later makes no pin count less
        raise RefusedByRule("unit.no_publisher")


@contextmanager
def parts(
    workspace: Workspace, worker: str, hot: GroupCommit, writer: GroupCommit, serves: Serves | None
) -> Iterator[Parts]:
    """`hot` writes what claims and lanes write, `writer` what the small jobs do; both are closed afterwards.

    `serves`: the channels of one worker among several; None: there is one publisher, for all.
    """
    confirming.note_names(workspace)
    connectors = Connectors(workspace, pool=workspace.config.workers, serves=serves)
    # Connectors are for one worker at a time, so the periodic jobs have their own.
    periodical = Connectors(workspace, pool=2, serves=serves)
    asking = Connectors(workspace, pool=1)
    ended = threading.Event()
    try:
        rules, watch = workspace.config.approval, law.watch(workspace)
        queue = TellingQueue(hot, rules, workspace.trust, worker, watch, serves)
        _hold_older_copy(workspace)
        with workspace.database.read() as connection:
            restores = Restores.of(connection)
        lanes = Lanes(queue, connectors.connect, workspace.media, workspace.clock, restores=restores)
        of_machine = [
            Periodic("audit", ANCHOR_EVERY, workspace.note_audit),
            Periodic("health", HEALTH_EVERY, partial(_unharmed, partial(health.write, workspace))),
        ]
        if not workspace.database.is_sqlite:
            seen = partial(machines.seen, workspace, publishes=True)
            of_machine += [
                Periodic("machine", machines.SEEN_EVERY, seen, first_after=machines.SEEN_FIRST_AFTER),
                Periodic("media", CLEAN_EVERY, partial(mediashare.hand_on_all, workspace)),
            ]
        shared = [*_of_workspace(workspace, ended)]
        for name, mine in _scopes(serves):
            rounds = _rounds(workspace, writer, periodical, asking, worker, mine)
            shared += [replace(job, name=f"{job.name}{name}") for job in rounds]
        yield Parts(queue, lanes, of_machine, shared, _clock_moved)
    finally:
        ended.set()
        hot.close()
        writer.close()
        connectors.close()
        periodical.close()
        asking.close()


def _scopes(serves: Serves | None) -> list[tuple[str, Serves | None]]:
    """Whose channels a round is about, and what its name says of it: each zone has rounds of its own.

    Channels that a worker was only named are looked after by those that take all, or their zone.
    """
    if serves is None or not (serves.zones or serves.channels):
        return [("", serves)]
    return [(f":{zone}", Serves(zones=(zone,))) for zone in serves.zones]


def _of_workspace(workspace: Workspace, ended: threading.Event) -> Iterator[Periodic]:
    """About no channel in particular."""

    def check_audit() -> None:
        with suppress(health.BrokenOff):
            health.check_audit(workspace, health.Aside(ended.wait))

    yield Periodic("alerts", HEALTH_EVERY, partial(_unharmed, Alerting(workspace).round))
    yield Periodic("audit_check", HEALTH_EVERY, partial(_unharmed, check_audit))
    if not workspace.database.is_sqlite:
        yield Periodic("media_tidy", CLEAN_EVERY, partial(mediashare.tidy, workspace))
    if workspace.config.backup.folder:
        tend = partial(regular.tend, workspace)
        yield Periodic("backup", regular.LOOK_EVERY, tend, first_after=BACKUP_FIRST_AFTER)


def _rounds(
    workspace: Workspace,
    writer: Transactions,
    periodical: Connectors,
    asking: Connectors,
    worker: str,
    serves: Serves | None,
) -> Iterator[Periodic]:
    """What is asked of platforms, channel by channel."""

    def look_after_channels() -> None:
        care.look_after(workspace, writer, periodical, serves)
        health.note_checked(workspace, "clock", {"skew_s": periodical.skew_s()})

    def clean_up() -> None:
        inbox.erase_old(workspace, writer)
        cleaning.round_of_the_publisher(workspace, writer, periodical, worker, serves)

    yield Periodic("channels", CARE_EVERY, look_after_channels, first_after=CARE_FIRST_AFTER)
    yield Periodic("janitor", CLEAN_EVERY, clean_up)
    every = TAKE_AGAIN_EVERY if workspace.database.is_sqlite else TAKE_DOWN_EVERY
    yield Periodic("take_down", every, partial(taking_down.round_of_the_publisher, workspace, serves))
    if every := workspace.config.reach_every:
        ways = (workspace.database, writer, periodical.connect, workspace.clock)
        reading = ReachRounds(*ways, workspace.config.zone, every, serves=serves)
        yield Periodic("reach", every, reading.round, first_after=min(every, REACH_FIRST_AFTER))
    if ask_every := workspace.config.inbox.every:
        told = inbox.rounds(workspace, writer, asking, serves)
        yield Periodic("inbox", ask_every, told.round, first_after=min(ask_every, INBOX_FIRST_AFTER))


def _unharmed(look: Callable[[], object]) -> None:
    try:
        look()
    except Exception:
        log.exception(say("logs.health_failed"), extra=about("health.failed"))


def _clock_moved(by_s: float) -> None:
    """The channels are asked at once (publisher.Periodic), whose answers tell the true time."""
    how = say(f"machine.publisher.{'forward' if by_s > 0 else 'back'}")
    said = say("machine.publisher.clock_moved", how=how, by=clockcare.amount(by_s))
    log.warning(said, extra=about("publisher.clock_moved", seconds=round(by_s, 3)))


def _hold_older_copy(workspace: Workspace) -> None:
    """A database that lacks what the anchors tell of may not know what is public: nothing of it goes."""
    with workspace.database.read() as connection:
        missing = workspace.anchors.missing(connection)
    if missing is None:
        return
    now = workspace.now()
    count = workspace.database.run(lambda c: hold_older_copy(c, at=now, missing=missing.event))
    if count:
        said = say("machine.older", event=missing.event, count=count)
        log.error(said, extra=about("publisher.older_copy", count=count))


def say_goodbye(workspace: Workspace) -> None:
    """The last health file says that nothing runs any more."""
    try:
        health.write(workspace, leaving=True)
    except Exception:
        log.debug("%s could not be written", health.FILE, exc_info=True, extra=about("health.failed"))
