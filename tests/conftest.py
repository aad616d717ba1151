"""Fixtures of the whole suite."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import QueuePool, event
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.util import LRUCache

from connectors.practice import PracticeServer
from content.wording import use_language
from loa.services.workspace import DATABASE_FILE, Workspace
from scheduler.store.database import Database
from tests.support.clock import TestClock
from tests.support.office import Office, open_office
from tests.support.secrets import Watch
from tests.support.store import ON_SERVER, not_waiting_for_the_disk

WATCH = Watch()


def pytest_configure() -> None:
    """A shell's background job ignores Ctrl-C, and so would every program that a test starts and stops."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is about SQLite's file itself has nothing to look at on a server; what needs one is marked."""
    for item in items:
        if "server" in getattr(item, "fixturenames", ()) and item.path.name != "test_store.py":
            item.add_marker(pytest.mark.server)
        if ON_SERVER and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip(reason="about the SQLite file"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for name, text in report.sections:
        WATCH.hear(text, f"{name} of {report.nodeid}")


def pytest_collection_finish() -> None:
    """What was imported stays: going over it again and again was a quarter of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def _migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A new SQLite database is a copy of one that went through all migrations: they take 50 ms."""
    migrate, made = Database.migrate, tmp_path_factory.mktemp("migrated") / "loa.db"

    def migrated(database: Database) -> None:
        file = database.file
        if file is None or file.exists():
            migrate(database)
            return
        if not made.exists():
            first = Database(f"sqlite:///{made}")
            migrate(first)
            first.close()
        shutil.copyfile(made, file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "migrate", migrated)
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_databases() -> Iterator[None]:
    """Every SQLite database knows the statements that another one made SQL of (a tenth of the run), and none
    waits for the disk (on a slow one, as much again); nor does any file of this process.

    SQLAlchemy keeps statements for each engine, by dialect object; those of one class are alike here.
    """
    init, statements = Database.__init__, LRUCache[Any, Any](4000)

    def made(database: Database, url: str) -> None:
        init(database, url)
        if database.is_sqlite:
            database.engine._compiled_cache = statements
            event.listen(database.engine, "connect", not_waiting_for_the_disk)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "__init__", made)
        patch.setattr(SQLiteDialect, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(SQLiteDialect, "__hash__", lambda one: hash(type(one)))
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session")
def server(_migrated_once: None) -> Iterator[Any]:
    """A PostgreSQL server of this run (of each xdist worker), started by the first test that wants one."""
    from tests.support import postgres

    if not ON_SERVER and (why := postgres.hindrance()):
        pytest.skip(f"no PostgreSQL here: {why}")
    with postgres.running() as started:
        yield started


@pytest.fixture(scope="session", autouse=True)
def _on_the_server(request: pytest.FixtureRequest, _migrated_once: None) -> Iterator[None]:
    """With LOA_TEST_STORE=postgresql every workspace's database is one of that server's."""
    if not ON_SERVER:
        yield
        return
    server = request.getfixturevalue("server")
    in_a_file, open_file = Workspace.default_url, Workspace.open

    def default_url(workspace: Workspace) -> str:
        restored = (workspace.folder / DATABASE_FILE).exists()
        return in_a_file(workspace) if restored else server.database(workspace.folder.resolve())

    def opened(_cls: type[Workspace], folder: Path, clock: Any = None) -> Workspace:
        """Under witness, as one that was moved there is."""
        workspace = open_file(folder, clock)
        workspace.trust.witness.begin(workspace.database)
        return workspace

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workspace, "default_url", default_url)
        patch.setattr(Workspace, "open", classmethod(opened))
        yield


@pytest.fixture(autouse=True)
def _every_connection_is_given_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A file does not mind a workspace that a test leaves to the collector; a server's driver says so.

    So they are closed here; a connection that Loa took from its pool and never gave back is a fault of Loa's.
    """
    opened: list[Database] = []
    init = Database.__init__

    def made(database: Database, url: str) -> None:
        init(database, url)
        if not database.is_sqlite:
            opened.append(database)

    monkeypatch.setattr(Database, "__init__", made)
    yield
    kept = [database.engine.pool.status() for database in opened if _taken(database)]
    for database in opened:
        database.close()
    assert not kept, "a connection was not given back"


def _taken(database: Database) -> int:
    pool = database.engine.pool
    return pool.checkedout() if isinstance(pool, QueuePool) else 0


@pytest.fixture(scope="session", autouse=True)
def _no_token_anywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """At the end of the run (of each xdist worker), nothing that was said or written holds a token."""
    from loa.vault import Vault

    hide, invoke, loa_log = Vault.hide, CliRunner.invoke, logging.getLogger("loa")
    level = loa_log.level

    def noted(vault: Vault, secret: str, place: str = "") -> str:
        WATCH.learn(secret)
        return hide(vault, secret, place)

    def heard(runner: CliRunner, *args: Any, **more: Any) -> Result:
        result = invoke(runner, *args, **more)
        WATCH.hear(result.stdout + result.stderr, "command line")
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Vault, "hide", noted)
        patch.setattr(CliRunner, "invoke", heard)
        logging.getLogger().addHandler(WATCH)
        loa_log.setLevel(logging.DEBUG)  # what a developer would see must hold no token either
        yield
        loa_log.setLevel(level)
        logging.getLogger().removeHandler(WATCH)
    leaks = WATCH.leaks(tmp_path_factory.getbasetemp())
    if leaks:
        pytest.fail("a token stands in clear, in:\n  " + "\n  ".join(leaks[:50]), pytrace=False)


@pytest.fixture(autouse=True)
def _vietnamese_and_unconfigured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test depends on the developer's own settings, and none leaves a language behind."""
    for name in ("LOA_WORKSPACE", "LOA_USER", "LOA_PASSPHRASE", "LOA_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    use_language("vi")
    yield
    use_language("vi")


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same argon2id with the least work: a passphrase costs 0.1 s on purpose, which adds up here."""
    from loa import keys

    for name, least in (("PASSES", 1), ("MEMORY_KIB", 8), ("LANES", 1)):
        monkeypatch.setattr(keys, name, least)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def office(tmp_path: Path, clock: TestClock) -> Iterator[Office]:
    """The practice office; whatever was sent to the platform is judged by the oracle at the end."""
    from tests.oracles.facebook import audit

    with PracticeServer(clock=clock.now, audit=audit) as server:
        with open_office(tmp_path / "xa", server, clock) as opened:
            yield opened
        assert server.violations == [], "Meta's own tables do not know this request"
