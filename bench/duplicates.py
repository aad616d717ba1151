"""How long one look for copies takes among many posts: `python -m bench.duplicates [POSTS]`.

Prints milliseconds and their ratio to the same look among 1,000 posts. Every post has a closing line in
common with all others and, in one case of three, a title that hundreds bear; half of the looks are for one.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, insert

from content.likeness import prints
from content.post import Post
from loa.services import duplicates
from loa.services.workspace import Workspace
from scheduler.store.tables import channel, delivery, post, post_print

FEW = 1_000
LOOKS = 40
WORDS = 300
BATCH = 2_000
CLOSING = "\n\nMọi thắc mắc xin liên hệ bộ phận một cửa của xã trong giờ làm việc, từ thứ Hai đến thứ Sáu."
SUBJECTS = ("Lịch tiếp công dân của xã", "Bản tin pháp luật hằng tuần", "An toàn giao thông trường học")


@dataclass(frozen=True)
class Told:
    """Milliseconds of one look: the median and the slowest; how many of the copies were found."""

    posts: int
    median_ms: float
    slowest_ms: float
    found: int


def run(count: int) -> Told:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "ws")
        try:
            workspace.database.run(lambda connection: _fill(workspace, connection, count))
            return _looks(workspace, count)
        finally:
            workspace.close()


def _body(number: int) -> str:
    chance = random.Random(number)
    return " ".join(f"tiếng{chance.randrange(4000)}" for _ in range(WORDS)) + CLOSING


def _title(number: int) -> str:
    return SUBJECTS[number % 3] if number % 9 < 3 else f"Bài số {number} của xã Thử Nghiệm"


def _fill(workspace: Workspace, connection: Connection, count: int) -> None:
    now = workspace.now()
    stamps = {"created_at": now, "updated_at": now}
    kept = {"id": "web", "platform": "website", "account": "web", "name": "Trang", **stamps}
    connection.execute(insert(channel).values(**kept, settings="{}", state="ok", version=1))
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        due = {n: now - timedelta(minutes=n) for n in numbers}
        bodies = {n: _body(n) for n in numbers}
        written = {"kind": "hoi_dap", "contributors": "soan", "media": "[]", "revision": 1, **stamps}
        rows = [
            {
                "id": f"bai-{n:06}",
                "title": _title(n),
                "source": f"---\ntitle: x\n---\n\n{bodies[n]}\n",
                **written,
            }
            for n in numbers
        ]
        sent = {"channel_id": "web", "status": "published", "fence": 0, "tries": 0, "looks": 0, "reads": 0}
        went = [
            {
                "id": f"bai-{n:06}@web",
                "marker": f"{n}",
                "post_id": f"bai-{n:06}",
                "due_at": due[n],
                **sent,
                **stamps,
            }
            for n in numbers
        ]
        kept_prints = [{"post_id": f"bai-{n:06}", "print": one} for n in numbers for one in prints(bodies[n])]
        connection.execute(insert(post), rows)
        connection.execute(insert(delivery), went)
        connection.execute(insert(post_print), kept_prints)


def _looks(workspace: Workspace, count: int) -> Told:
    chance, took, found = random.Random(1), [], 0
    for look in range(LOOKS):
        number = chance.randrange(count) if look % 2 else count + look
        read = Post(key="moi", title=_title(number), kind="hoi_dap", body=_body(number).upper())
        begun = time.perf_counter()
        twins = duplicates.twins(workspace, read, [])
        took.append(1000 * (time.perf_counter() - begun))
        found += any(one.share == 1 and one.post == f"bai-{number:06}" for one in twins)
    return Told(count, statistics.median(took), max(took), found)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    few, many = run(FEW), run(count)
    for told in (few, many):
        print(
            f"{told.posts} posts: median {told.median_ms:.1f} ms, slowest {told.slowest_ms:.1f} ms, "
            f"{told.found} of {LOOKS // 2} copies found"
        )
    print(f"ratio {many.median_ms / few.median_ms:.2f}")


if __name__ == "__main__":
    main()
