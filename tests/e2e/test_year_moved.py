"""A year of an office moved to a PostgreSQL server and back: recounted by the bare drivers, it is the same.

`make test-year-moved N=1000` is the full size; LOA_YEAR_TABLE=bench/year-moved.md writes the figures down.
"""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, func, select, update

from content.text import fold
from loa.reports import writing
from loa.services import auditing, moving, report_periods, reporting
from loa.services.listing import Listing, Wanted
from loa.services.workspace import DATABASE_FILE, Workspace
from scheduler.store import search, tally
from scheduler.store.tables import delivery, delivery_tally, post
from tests.support import bare
from tests.support.year import script
from tests.support.year.life import live, opened

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]  # it begins with a file and wants a server

POSTS = int(os.environ.get("LOA_YEAR_POSTS", "40"))
TABLE = os.environ.get("LOA_YEAR_TABLE", "")
TIME_OF_MAKING = "docProps/core.xml"
FORMATS = (".json", ".csv", ".xlsx", ".html", ".docx")
END = datetime(2027, 1, 6, 10, tzinfo=script.ZONE)


class Undone(Exception):
    """Takes back what a look had to write."""


def reports(workspace: Workspace, pieces: list[script.Piece]) -> dict[str, bytes]:
    """Every report in every format; the office's clock stands still: even the time of making is the same."""
    periods = [(kind, report_periods.named("2026"), "") for kind in ("periodic", "engagement")]
    campaigns = sorted({one.campaign for one in pieces} - {""})
    periods += [("campaign", reporting.whole_campaign(workspace, one), one) for one in campaigns]
    made = {}
    for kind, period, campaign in periods:
        facts = reporting.facts(workspace, kind, period, campaign)
        assert facts.deliveries, f"an empty {kind} report proves nothing"
        for ending in FORMATS:
            data, _ = writing.made(workspace, facts, ending, period.last)
            for part, inside in parts(data):
                made[f"{kind} {campaign} {ending} {part}"] = inside
    return made


def parts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """A file as it is; a workbook and a paper by what is in them but the machine's time of making."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        yield "", data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        yield from ((name, opened.read(name)) for name in opened.namelist() if name != TIME_OF_MAKING)


def words_of(pieces: list[script.Piece]) -> list[str]:
    """What people look for: each word of a title, its beginning, posts by name, and what is not there."""
    whole = {word for one in pieces for word in fold(one.title).replace(":", " ").split()}
    return sorted(whole | {word[:2] for word in whole} | {one.key for one in pieces} | {"khongcodau"})


def answers(workspace: Workspace, words: list[str]) -> dict[str, list[str]]:
    """What each search finds, in its order."""
    found = {}
    for word in words:
        listing = Listing(workspace, Wanted(search=word))
        found[word] = [view.id for view in listing.fetch(0, listing.count())]
    return found


def counted(connection: Connection) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in connection.execute(select(delivery_tally)) if row.number}


def must_keep_in_step(workspace: Workspace) -> None:
    """The database's own triggers do: counts and index follow a change that nobody told them of."""

    def change(connection: Connection) -> None:
        one = connection.execute(select(delivery.c.seq, delivery.c.post_id).limit(1)).one()
        before = tally.counts(connection).get("held", 0)
        connection.execute(update(post).where(post.c.id == one.post_id).values(title="Chuồn chuồn ớt"))
        connection.execute(update(delivery).where(delivery.c.seq == one.seq).values(status="held"))
        found = search.newest(select(delivery.c.seq), "chuon chuon ot")
        assert one.seq in connection.execute(found).scalars().all(), "the index did not hear of a new title"
        if connection.dialect.name == "postgresql":  # there they are counted at the commit
            connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        assert tally.counts(connection)["held"] == before + 1, "the counts did not hear of a new status"
        assert tally.is_right(connection)
        assert search.is_right(connection, sample=10**9)
        raise Undone

    with suppress(Undone):
        workspace.database.run(change)


def must_be_proven(workspace: Workspace) -> None:
    told = auditing.verify(workspace)
    assert told.whole
    assert not told.contradictions


def without_moves(rows: bare.Rows) -> bare.Rows:
    """A moved workspace's audit tells of the moves, in events of their own."""
    audit = rows["audit_event"]
    kept = {row: count for row, count in audit.items() if ("str", "database_moved") not in row}
    return rows | {"audit_event": type(audit)(kept)}


@pytest.fixture
def address(server: Any, tmp_path: Path) -> str:
    return str(server.empty(tmp_path))


def test_a_year_moved_to_a_server_and_back_is_the_same_year(tmp_path: Path, address: str) -> None:
    pieces = script.drawn(POSTS)
    with opened(tmp_path / "xa", pieces) as town:
        live(town, pieces, END, {})
        workspace, ky = town.office.workspace, town.office.people["ky"]
        words, file = words_of(pieces), town.office.folder / DATABASE_FILE
        made, found = reports(workspace, pieces), answers(workspace, words)
        assert sum(map(bool, found.values())) > POSTS, "hardly anything is found: this would prove nothing"
        with workspace.database.read() as connection:
            tallied, last = counted(connection), connection.execute(select(func.max(delivery.c.seq))).scalar()
        stored, meant, shape = (
            bare.of_file(file, as_stored=True),
            bare.of_file(file),
            bare.shape_of_file(file),
        )
        rows = sum(table.total() for table in stored.values())
        told = [f"{rows:,} rows in {len(stored)} tables", _size(file)]

        begun = time.perf_counter()
        there = moving.move(workspace, ky, address)
        told.append(f"to the server in {time.perf_counter() - begun:.1f} s")

        assert there.rows == rows
        assert bare.differing(meant, without_moves(bare.of_server(address))) == []
        with workspace.database.read() as connection:
            assert counted(connection) == tallied
        assert differing(made, reports(workspace, pieces)) == []
        assert answers(workspace, words) == found
        must_be_proven(workspace)
        must_keep_in_step(workspace)
        with psycopg.connect(address) as server:
            size = server.execute("SELECT pg_database_size(current_database())").fetchone()
        assert size
        told.append(f"{size[0] / 1024 / 1024:.1f} MiB there")

        begun = time.perf_counter()
        moving.move(workspace, ky, moving.FILE)
        told.append(f"back in {time.perf_counter() - begun:.1f} s")

        assert bare.differing(stored, without_moves(bare.of_file(file, as_stored=True))) == []
        assert bare.shape_of_file(file) == shape
        with workspace.database.read() as connection:
            assert counted(connection) == tallied
            assert connection.execute(select(func.max(delivery.c.seq))).scalar() == last
        assert differing(made, reports(workspace, pieces)) == []
        assert answers(workspace, words) == found
        must_be_proven(workspace)
        must_keep_in_step(workspace)
        told.append(_size(file))
    figures = (
        f"A year of {POSTS:,} posts, moved: {'; '.join(told)}. {len(made)} parts of reports and {len(words)} "
    )
    figures += "searches the same each time.\n"
    print(f"\n{figures}")  # noqa: T201 the figures of the issue
    if TABLE:
        Path(TABLE).write_text(figures, "utf-8")


def differing(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    return [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]


def _size(file: Path) -> str:
    size = sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*"))
    return f"{size / 1024 / 1024:.1f} MiB in the file"
