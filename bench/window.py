"""A million deliveries in the window: `python -m bench.window [COUNT]` writes `bench/window.md`.

Floors, in the same run: a bare Textual application (first frame, memory), the same lists over 1,000
deliveries (opening, paging, searching), the same claims without the indexes and triggers of migration 0006.
"""

from __future__ import annotations

import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import update

from loa.services import listing, overview
from loa.services.listing import Listing, Wanted
from loa.services.workspace import Workspace
from scheduler import statements as sql
from scheduler.status import Status
from scheduler.store import search, tally
from scheduler.store.database import Database, alembic_config
from scheduler.store.tables import channel, delivery, lane, post

RESULTS = Path(__file__).with_name("window.md")
CHANNELS = 200
PER_POST = 2
LANES = 64
TIMES = 9
OPEN = tuple(status for status in Status if status not in ("published", "cancelled", "removed"))
SUBJECTS = ("Trợ giúp pháp lý", "Hộ tịch", "Khai sinh", "Cư trú", "Căn cước", "An toàn giao thông", "Tố cáo")
TEXT = "Nội dung phổ biến pháp luật cho người dân trong xã. " * 12


def fill(workspace: Workspace, count: int) -> None:
    """`count` deliveries over four years, two to a post, most of them published; one title in a hundred
    is of *đất đai*."""
    chance = random.Random(5)
    now = workspace.now().replace(microsecond=0)
    stamps = {"created_at": now, "updated_at": now}

    def rows() -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        for number in range(count // PER_POST):
            key = f"bai-{number:07}"
            subject = "Đất đai" if number % 100 == 7 else SUBJECTS[number % len(SUBJECTS)]
            title = f"{subject}: hỏi đáp số {number} tại thôn {number % 977}"
            written = {"id": key, "title": title, "kind": "hoi_dap", "source": TEXT, "contributors": "soan"}
            made = []
            for place in range(PER_POST):
                name = f"kenh-{(number * PER_POST + place) % CHANNELS}"
                due = now + timedelta(minutes=chance.randrange(-60 * 24 * 1000, 60 * 24 * 400))
                likely = "published" if due < now else "queued"
                status = likely if chance.random() < 0.95 else chance.choice(list(Status))
                waits = status in ("queued", "ready", "preparing")
                made.append(
                    {"id": f"{key}@{name}", "marker": f"{key}{place}", "post_id": key, "channel_id": name}
                    | {"status": status, "due_at": due, "deadline": due + timedelta(days=1), "payload": TEXT}
                    | {"wake_at": max(due, now + timedelta(days=1)) if waits else None, **stamps}
                    | {"url": f"https://xa.gov.vn/{key}" if status == "published" else ""}
                )
            yield written | {"media": "[]", "revision": 1, **stamps}, made

    def work(connection: Any) -> None:
        for number in range(CHANNELS):
            name = f"kenh-{number}"
            kept = {"id": name, "platform": "website", "account": name, "name": f"Xã số {number}", **stamps}
            connection.execute(channel.insert().values(**kept, settings="{}", state="ok", version=1))
            connection.execute(lane.insert().values(channel_id=name, owner="", fence=0, failures=0))
        base = {"fence": 0, "tries": 0, "looks": 0, "reads": 0, "hand_over": False}
        posts: list[dict[str, Any]] = []
        parts: list[dict[str, Any]] = []
        for written, made in rows():
            posts.append(written)
            parts += [base | one for one in made]
            if len(posts) == 5000:
                connection.execute(post.insert(), posts)
                connection.execute(delivery.insert(), parts)
                posts, parts = [], []
        if posts:
            connection.execute(post.insert(), posts)
            connection.execute(delivery.insert(), parts)

    def rebuilt(connection: Any) -> None:
        work(connection)
        tally.install(connection)
        search.install(connection)

    workspace.database.run(lambda c: (tally.remove(c), search.remove(c)))
    workspace.database.run(rebuilt)


def median_ms(work: Callable[[], object], times: int = TIMES) -> float:
    """Warm: once before it counts."""
    work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def lists(workspace: Workspace) -> dict[str, float]:
    """Milliseconds of what the window does in its threads."""
    chance = random.Random(1)
    whole, open_ = Listing(workspace, Wanted()), Listing(workspace, Wanted(OPEN))
    count, left = whole.count(), open_.count()
    rows = whole.fetch(count // 2, 200)

    def opened() -> None:
        fresh = Listing(workspace, Wanted(OPEN))
        fresh.count()
        fresh.fetch(0, 200)

    def refreshed() -> None:
        """Somebody committed: the counts, the cursor's place, and the page in view."""
        seq = delivery.c.id == rows[100].id
        workspace.database.run(lambda c: c.execute(update(delivery).where(seq).values(status="queued")))
        workspace.database.run(lambda c: c.execute(update(delivery).where(seq).values(status="published")))
        began = time.perf_counter()
        listing.counts(workspace)
        place = whole.place_of(rows[100].id)
        whole.count()
        whole.fetch(max(0, (place or 0) - 100), 200)
        taken.append((time.perf_counter() - began) * 1000)

    taken: list[float] = []
    for _ in range(TIMES):
        refreshed()
    return {
        "open (what is left to do)": median_ms(opened),
        "a page anywhere, everything": median_ms(lambda: whole.fetch(chance.randrange(count), 200), 30),
        "a page anywhere, what is left": median_ms(lambda: open_.fetch(chance.randrange(left), 200), 30),
        "the last page": median_ms(lambda: whole.fetch(count - 100, 200)),
        "search “dat dai”": median_ms(lambda: Listing(workspace, Wanted(search="dat dai")).count()),
        "search “t”, as one begins to type": median_ms(
            lambda: Listing(workspace, Wanted(search="t")).count()
        ),
        "look again after a commit": statistics.median(taken),
        "the header's overview": median_ms(lambda: overview.overview(workspace)),
    }


def claims(*databases: Database) -> list[float]:
    """Milliseconds to find 64 lanes with due work, mark their heads, and write that they are published.

    The databases take turns, so that whatever else the machine does hits all of them.
    """
    now = datetime.now(UTC) + timedelta(days=800)  # everything that waits is due by then
    taken: list[list[float]] = [[] for _ in databases]
    for turn in range(3 * TIMES):
        for database, times in zip(databases, taken, strict=True):
            began = time.perf_counter()
            database.run(lambda connection, at=now + timedelta(seconds=turn): _claim(connection, at))
            times.append((time.perf_counter() - began) * 1000)
    return [statistics.median(times) for times in taken]


def _claim(connection: Any, at: datetime) -> None:
    lanes = connection.execute(sql.FREE_LANES, {"b_now": at, "b_limit": LANES}).all()
    names = [row.channel_id for row in lanes]
    heads = connection.execute(sql.HEADS, {"b_now": at, "b_channels": names}).all()
    marks = {"v_fence": 1, "v_tries": 1, "v_wake_at": at, "v_first_try_at": at, "v_updated_at": at}
    preparing = {"v_status": "preparing", **marks}
    connection.execute(
        sql.MARK_IN_FLIGHT, [{"b_seq": row.seq, "b_fence": row.fence, **preparing} for row in heads]
    )
    written = sql.update_delivery("status", "url", "wake_at")
    for row in heads:
        values = {"v_status": "published", "v_wake_at": None, "v_url": f"https://xa.gov.vn/{row.id}"}
        connection.execute(written, {"b_seq": row.seq, "b_fence": 1, **values})
    assert len(heads) == LANES


def without_lists(file: Path, folder: Path) -> Database:
    """A copy of the database as it was before migration 0006."""
    from alembic import command

    copy = folder / "before.db"
    shutil.copy(file, copy)
    database = Database(f"sqlite:///{copy}")
    with database.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
    return database


def frames(folder: Path | None) -> dict[str, tuple[float, float]]:
    """Seconds and megabytes at the first frame, and with rows on the screen; the median of three."""
    runs = []
    for _ in range(3):
        command = [sys.executable, "-m", "bench.frame", str(time.time()), *([str(folder)] if folder else [])]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        runs.append({w: (float(s), int(kb) / 1024) for w, s, kb in map(str.split, out.splitlines())})
    return {
        what: (statistics.median(r[what][0] for r in runs), statistics.median(r[what][1] for r in runs))
        for what in ("frame", "rows")
    }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, many = Workspace.create(folder / "few"), Workspace.create(folder / "many")
        fill(few, 1000)
        fill(many, count)
        small, large = lists(few), lists(many)
        bare, window = frames(None), frames(many.folder)
        assert many.database.file is not None
        many.database.close()
        before = without_lists(many.database.file, folder)
        claimed = claims(before, many.database)
        before.close()
        few.close()
        many.close()
    lines = [
        f"# The window over {count:,} deliveries",
        "",
        f"Python {platform.python_version()}, {platform.machine()}, Textual {version('textual')}."
        " Medians, warm.",
        "",
        f"| What | 1,000 | {count:,} | ratio |",
        "|---|---|---|---|",
        *(
            f"| {what} | {small[what]:.1f} ms | {ms:.1f} ms | {ms / small[what]:.1f} |"
            for what, ms in large.items()
        ),
        "",
        f"| What | bare Textual | Loa, {count:,} | ratio |",
        "|---|---|---|---|",
        *(
            f"| {words} | {bare[what][at]:.2f} {unit} | {window[what][at]:.2f} {unit} "
            f"| {window[what][at] / bare[what][at]:.2f} |"
            for words, what, at, unit in (
                ("first frame", "frame", 0, "s"),
                ("rows on the screen", "rows", 0, "s"),
                ("memory", "rows", 1, "MB"),
            )
        ),
        "",
        "| What | without the lists' indexes and triggers | with them | ratio |",
        "|---|---|---|---|",
        f"| {LANES} lanes claimed and published | {claimed[0]:.1f} ms | {claimed[1]:.1f} ms "
        f"| {claimed[1] / claimed[0]:.2f} |",
        "",
    ]
    RESULTS.write_text("\n".join(lines), "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
