"""The real thing under the model: a workspace on either store, and publishers that can die in it."""

from __future__ import annotations

import itertools
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Connection, event, select

from loa.services import channels, people, restoring
from loa.services.archive import Manifest
from loa.services.connecting import Connectors
from loa.services.people import Person
from loa.services.workspace import DATABASE_FILE, Workspace
from scheduler import anchors, audit, trust, witness
from scheduler.claim import Claim
from scheduler.lane import Lanes
from scheduler.policy import Decision
from scheduler.queue import Queue
from scheduler.restores import Restores
from scheduler.store.database import Database, T, Work
from scheduler.store.group import GroupCommit
from scheduler.store.tables import channel, delivery
from tests.scheduler.model_platform import WORLDS, Death, Thing, World
from tests.support.clock import LAW_DAY_MORNING
from tests.support.office import PASSPHRASE, PEOPLE

if TYPE_CHECKING:
    from tests.support.postgres import Server

CHANNELS = {"trang": "keyed", "tin": "oneshot"}
_WITNESSES_OF_A_FILE = """
    CREATE TABLE model_step (was TEXT, became TEXT);
    CREATE TRIGGER model_life AFTER UPDATE OF status ON delivery WHEN old.status <> new.status
        BEGIN INSERT INTO model_step VALUES (old.status, new.status); END;
    CREATE TRIGGER model_attempt BEFORE UPDATE ON attempt WHEN old.ended_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'an attempt that had ended was rewritten'); END;
    CREATE TRIGGER model_attempt_kept BEFORE DELETE ON attempt
        BEGIN SELECT RAISE(ABORT, 'an attempt was removed'); END;
    CREATE TRIGGER model_audit BEFORE UPDATE ON audit_event
        BEGIN SELECT RAISE(ABORT, 'the audit was rewritten'); END;
"""
"""The database itself notes every change of a status, however many there are in one transaction."""
_WITNESSES_OF_A_SERVER = """
    CREATE TABLE model_step (was TEXT, became TEXT);
    CREATE FUNCTION model_life() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO model_step VALUES (old.status, new.status); RETURN new; END $$;
    CREATE FUNCTION model_no() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'a % was rewritten or removed', tg_table_name; END $$;
    CREATE TRIGGER model_life AFTER UPDATE OF status ON delivery
        FOR EACH ROW WHEN (old.status <> new.status) EXECUTE FUNCTION model_life();
    CREATE TRIGGER model_attempt BEFORE UPDATE ON attempt
        FOR EACH ROW WHEN (old.ended_at IS NOT NULL) EXECUTE FUNCTION model_no();
    CREATE TRIGGER model_attempt_kept BEFORE DELETE ON attempt FOR EACH ROW EXECUTE FUNCTION model_no();
    CREATE TRIGGER model_audit BEFORE UPDATE ON audit_event FOR EACH ROW EXECUTE FUNCTION model_no();
"""

COPY = "sao-luu"
_BESIDE = (anchors.FILE, trust.FILE, witness.FILE, witness.KEY_FILE)
"""Files of a workspace that a backup holds beside the database."""
_COMPILED: dict[Any, Any] = {}
"""Statements as SQLAlchemy compiled them, for all examples: each has an engine of its own."""


@dataclass
class SlippingClock:
    """The true time goes forward; what the machine believes may be behind it."""

    true: datetime = LAW_DAY_MORNING
    behind: timedelta = timedelta()

    def now(self) -> datetime:
        return self.true - self.behind


class Mortal:
    """Group commit as the publisher uses it, in a process that may die right before, in or after a commit."""

    def __init__(self, database: Database) -> None:
        self.writer = GroupCommit(database)
        self.dies_at: tuple[int, str] | None = None
        """(number of the commit; `before`, `in` or `after` it)"""
        self._commits = 0

    def fated(self, dies_at: tuple[int, str] | None) -> None:
        self.dies_at, self._commits = dies_at, 0

    def run(self, work: Work[T]) -> T:
        self._commits += 1
        if self.dies_at == (self._commits, "before"):
            raise Death
        done = self.writer.run(_undone(work) if self.dies_at == (self._commits, "in") else work)
        if self.dies_at == (self._commits, "after"):
            raise Death
        return done


def _undone(work: Work[T]) -> Work[T]:
    """All is written, inside the database and beside it, and then it is not committed."""

    def dying(connection: Connection) -> T:
        work(connection)
        raise Death

    return dying


class WatchedQueue(Queue):
    """Tells of every claim that it hands out."""

    def __init__(self, watch: Callable[[Claim], None], *given: Any) -> None:
        super().__init__(*given)
        self._watch = watch

    def claim(self, *given: Any, **more: Any) -> list[Claim]:
        claims = super().claim(*given, **more)
        for claim in claims:
            self._watch(claim)
        return claims

    def finish(self, *given: Any, **more: Any) -> Claim | None:
        following = super().finish(*given, **more)
        if following is not None:
            self._watch(following)
        return following


@dataclass
class WatchedLanes(Lanes):
    """Tells which claim is being carried out."""

    performing: Claim | None = None

    def _perform(self, claim: Claim, stopping: Callable[[], bool] = lambda: True) -> Decision:
        self.performing = claim
        try:
            return super()._perform(claim, stopping)
        finally:
            self.performing = None


class Process:
    """One publisher: its queue, its lanes, its writer. It goes on where a thread of the real one would."""

    def __init__(self, workspace: Workspace, worker: str, watch: Callable[[Claim], None]) -> None:
        self.transactions = Mortal(workspace.database)
        self._connectors = Connectors(workspace, pool=1)
        given = workspace.config.approval, workspace.trust, worker
        self.queue = WatchedQueue(watch, self.transactions, *given)
        with workspace.database.read() as connection:
            restores = Restores.of(connection)
        connect, media = self._connectors.connect, workspace.media
        self.lanes = WatchedLanes(self.queue, connect, media, workspace.clock, random.Random(1), restores)

    def claim(self, limit: int) -> list[Claim]:
        """As the publisher does it: what platforms hold is looked at first."""
        now = self.lanes.clock.now()
        self.queue.look_at_held(now)
        return self.queue.claim(now, limit)

    def end(self) -> None:
        self.transactions.writer.close()
        self._connectors.close()


@dataclass
class ModelOffice:
    """A workspace with officers and two channels, copied from a template that was made once."""

    folder: Path
    clock: SlippingClock
    people: dict[str, Person]
    world: World
    server: Server | None = None
    workspace: Workspace = field(init=False)
    markers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        WORLDS[self.folder] = self.world
        self.open()

    def open(self) -> None:
        self.workspace = Workspace.open(self.folder, self.clock)
        self.workspace.new_marker = lambda: f"{next(self.markers):020x}"
        if self.server is None:
            event.listen(self.workspace.database.engine, "connect", _without_syncing)
            self.workspace.database.engine.dispose()
        self.workspace.database.engine.update_execution_options(compiled_cache=_COMPILED)

    def rows(self) -> list[Any]:
        with self.workspace.database.read() as connection:
            return list(connection.execute(select(delivery).order_by(delivery.c.seq)))

    def stopped_channels(self) -> list[str]:
        with self.workspace.database.read() as connection:
            stopped = select(channel.c.id).where(channel.c.state != "ok").order_by(channel.c.id)
            return list(connection.execute(stopped).scalars())

    def take_steps(self) -> list[tuple[str, str]]:
        """Changes of status since last time."""
        with self.workspace.database.read() as connection:
            steps = [tuple(row) for row in connection.exec_driver_sql("SELECT was, became FROM model_step")]
        if steps:
            self.workspace.database.run(lambda c: c.exec_driver_sql("DELETE FROM model_step"))
        return steps

    def broken_link(self) -> int | None:
        with self.workspace.database.read() as connection:
            return audit.broken_link(connection)

    def back_up(self) -> Path:
        """The database in one instant, and before it the files that belong to it."""
        copy = self.folder / COPY
        copy.mkdir(exist_ok=True)
        for name in _BESIDE:
            if (self.folder / name).exists():
                shutil.copy(self.folder / name, copy / name)
        if self.server is not None:
            self.workspace.database.engine.dispose()  # a copy is made of what nobody is connected to
            self.server.copy(self.folder, copy)
            return copy
        here, there = self.folder / DATABASE_FILE, copy / DATABASE_FILE
        with closing(sqlite3.connect(here)) as source, closing(sqlite3.connect(there)) as target:
            source.backup(target)
        return copy

    def restore(self, copy: Path, made_at: datetime) -> None:
        """The older copy takes the place of the database, and `loa restore` does the rest."""
        self.workspace.close()
        for name in (f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm", *_BESIDE):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copytree(copy, self.folder, dirs_exist_ok=True)
        if self.server is not None:
            self.server.copy(copy, self.folder)
        manifest = Manifest(made_at, "", "", "", 0, "", {})
        restoring._set_aside(self.folder, manifest, Path("sao-luu.age"), self.clock)
        self.open()

    def close(self) -> None:
        self.workspace.close()
        WORLDS.pop(self.folder)
        shutil.rmtree(self.folder)
        if self.server is not None:
            self.server.drop(self.folder)
            self.server.drop(self.folder / COPY)


@dataclass(frozen=True)
class Template:
    """Everything that is the same for every example."""

    folder: Path
    people: dict[str, Person]
    server: Server | None = None

    @classmethod
    def make(cls, folder: Path, server: Server | None = None) -> Template:
        """With a `server`, a workspace's database is its own by the folder's name (tests/conftest.py)."""
        folder = folder.resolve()
        clock, officers = SlippingClock(), {}
        WORLDS[folder] = World(clock.now, lambda _: None)
        workspace = Workspace.create(folder, clock)
        for name, (full_name, roles) in PEOPLE.items():
            operator = officers.get("ky")
            officers[name] = people.add(
                workspace, operator, name, full_name=full_name, roles=roles, passphrase=PASSPHRASE
            )
        for name, platform in CHANNELS.items():
            channels.add(workspace, officers["ky"], name, platform=platform, settings={}, secrets={})
        workspace.close()
        if server is not None:
            with psycopg.connect(server.database(folder)) as connection:
                connection.execute(_WITNESSES_OF_A_SERVER)
        else:
            with closing(sqlite3.connect(folder / DATABASE_FILE)) as file:
                file.executescript(_WITNESSES_OF_A_FILE)
        return cls(folder, officers, server)

    def office(self, folder: Path, shown: Callable[[Thing], None]) -> ModelOffice:
        folder = folder.resolve()
        shutil.copytree(self.folder, folder)
        if self.server is not None:
            self.server.copy(self.folder, folder)
        clock = SlippingClock()
        return ModelOffice(folder, clock, self.people, World(lambda: clock.true, shown), self.server)


def _without_syncing(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # processes die here, the machine does not
