"""Building a worker over a workspace: one of several on a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import select

from content.errors import NotFound, RefusedByRule
from content.text import nearest
from loa import __version__
from loa.services import machines
from loa.services.publishing import must_see_all, parts, say_goodbye, worker_name
from loa.services.workspace import Workspace
from loa.services.zoning import zone_name
from scheduler.side_by_side import Seldom, SideBySide
from scheduler.store.group import GroupCommit
from scheduler.store.tables import channel
from scheduler.worker import Worker
from scheduler.zones import EVERYTHING, Serves


def serves(workspace: Workspace, zones: Sequence[str], channels: Sequence[str]) -> Serves:
    """What a worker is to take; raises UsageError for no zone's name, NotFound for no channel's."""
    with workspace.database.read() as connection:
        known = connection.scalars(select(channel.c.id)).all()
    for one in channels:
        if one not in known:
            raise NotFound("cli.channel.unknown", id=one, nearest=nearest(one, known) or "–")
    return Serves(tuple(dict.fromkeys(map(zone_name, zones))), tuple(dict.fromkeys(channels)))


@contextmanager
def worker(workspace: Workspace, mine: Serves = EVERYTHING) -> Iterator[Worker]:
    """A worker ready to run; its connections and writers are closed afterwards.

    Raises RefusedByRule on SQLite, where one publisher has the file, for one unit's login, and on a machine
    that has not joined the others.
    """
    if workspace.database.is_sqlite:
        raise RefusedByRule("worker.on_a_file", file=workspace.database.place)
    must_see_all(workspace)
    machines.must_have_joined(workspace)
    name = worker_name()
    hot = GroupCommit(SideBySide(workspace.database))
    writer = GroupCommit(Seldom(workspace.database))
    try:
        with parts(workspace, name, hot, writer, mine) as made:
            yield Worker(
                workspace.database,
                hot,
                made.queue,
                made.lanes,
                workspace.clock,
                worker=name,
                version=__version__,
                workers=workspace.config.workers,
                serves=mine,
                periodic=made.of_machine,
                shared=made.shared,
                clock_moved=made.clock_moved,
            )
    finally:
        say_goodbye(workspace)
