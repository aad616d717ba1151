"""Queues of any size, as Loa itself would have written them: `python -m bench.fill COUNT --cache FOLDER`.

One post for 200 Pages is imported, submitted and approved by the services. Its rows are the template: each
further post has its own text, window, seals, markers and signatures by the approver's key, its notes in the
witness, its events in the audit's chain. So the gate finds nothing to object to, whichever is claimed. (Left
out: a post's sketch for finding copies.) A filled workspace is kept and used again for a day and a half.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.office import Office, told
from content.approval import Approval
from content.variant import Variant, seal, text_digest
from loa.keys import Signer
from loa.services.workspace import Workspace, new_marker
from scheduler.audit import chain
from scheduler.store import search, tally
from scheduler.witness import name_of

PAGES = 200
PORT = 18_321
"""The Pages' platform is expected here: a filled workspace outlives the platform it was made with."""
URL = f"http://127.0.0.1:{PORT}"
FIRST_DUE = timedelta(days=2)
"""Nothing of the bulk falls due while it is used."""
GOOD_FOR = timedelta(hours=36)
DUE_WITHIN = timedelta(days=25)
"""An approval lasts 30."""
POSTS_TOGETHER = 20
TEMPLATE = "mau"


@dataclass(frozen=True)
class _Template:
    """The rows of the post that went through the services, as SQLite has them, and what its copies need."""

    post: dict[str, Any]
    deliveries: list[dict[str, Any]]
    approvals: list[dict[str, Any]]
    signer: Signer
    first_due: datetime
    step: timedelta


@dataclass(frozen=True)
class _Copy:
    """Rows of one further post; delivery numbers and the audit's chain are given when they are written."""

    post: dict[str, Any]
    deliveries: list[dict[str, Any]]
    approvals: list[dict[str, Any]]
    sealed: list[tuple[str, str]]
    notes: list[tuple[str, str, str]]


def filled(cache: Path, count: int) -> Path:
    """A workspace with `count` queued deliveries, made unless a fresh one is there."""
    folder = cache / f"queued-{count}"
    made = folder / "made"
    if made.is_file() and time.time() - made.stat().st_mtime < GOOD_FOR.total_seconds():
        return folder / "ws"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    fill(folder / "ws", count)
    made.write_text(f"{datetime.now(UTC):%FT%TZ}\n", "utf-8")
    return folder / "ws"


def fill(folder: Path, count: int) -> None:
    """`count` is rounded up to whole posts of `PAGES` deliveries."""
    begun, posts = time.monotonic(), max(1, -(-count // PAGES))
    office = Office(folder, PAGES, URL)
    first_due = (datetime.now(UTC) + FIRST_DUE).replace(microsecond=0)
    office.post(TEMPLATE, office.names, first_due)
    database = office.workspace.database
    for let_go in (tally.remove, search.remove):
        database.run(let_go)
    assert database.file is not None
    assert office.chief.signer is not None
    rows = sqlite3.connect(database.file)
    template = _template(rows, office.chief.signer, first_due, DUE_WITHIN / posts)
    _write(rows, folder, template, posts, begun)
    rows.close()
    told("the lists' index and tally")
    for make in (tally.install, search.install):
        database.run(make)
    office.close()
    told(f"{posts * PAGES} deliveries queued after {time.monotonic() - begun:.0f} s")


def _template(rows: sqlite3.Connection, signer: Signer, first_due: datetime, step: timedelta) -> _Template:
    def read(query: str) -> list[dict[str, Any]]:
        cursor = rows.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    return _Template(
        read("SELECT * FROM post")[0],
        read("SELECT * FROM delivery ORDER BY seq"),
        read("SELECT * FROM approval ORDER BY delivery_seq"),
        signer,
        first_due,
        step,
    )


def _write(rows: sqlite3.Connection, folder: Path, template: _Template, posts: int, begun: float) -> None:
    rows.execute("PRAGMA synchronous=OFF")  # a fill that breaks off is made anew
    rows.execute("PRAGMA cache_size=-400000")
    seq = template.deliveries[-1]["seq"]
    previous = rows.execute("SELECT hash FROM audit_event ORDER BY id DESC LIMIT 1").fetchone()[0]
    done = 1
    with (folder / "witness.txt").open("a", encoding="utf-8") as witness:
        for copies in _copies(template, posts):
            for one in copies:
                _insert(rows, "post", [one.post])
                for delivery, approval in zip(one.deliveries, one.approvals, strict=True):
                    seq += 1
                    delivery["seq"] = approval["delivery_seq"] = seq
                _insert(rows, "delivery", one.deliveries)
                _insert(rows, "approval", one.approvals)
                rows.executemany("INSERT INTO sealed (seal, payload) VALUES (?, ?)", one.sealed)
                events = [_event(d["id"], a) for d, a in zip(one.deliveries, one.approvals, strict=True)]
                for event in events:
                    at = datetime.fromisoformat(event["at"]).replace(tzinfo=UTC)
                    event["previous"] = previous
                    told_of = (event["actor"], event["action"], event["subject"], event["detail"])
                    event["hash"] = previous = chain(previous, at, *told_of)
                _insert(rows, "audit_event", events)
                witness.writelines(json.dumps(note, ensure_ascii=False) + "\n" for note in one.notes)
            rows.commit()
            before, done = done, done + len(copies)
            if before * PAGES // 100_000 != done * PAGES // 100_000:
                told(f"{done * PAGES} of {posts * PAGES} after {time.monotonic() - begun:.0f} s")


def _event(delivery: str, approval: dict[str, Any]) -> dict[str, Any]:
    detail = {"seal": approval["seal"], "role": approval["role"], "revision": 1}
    told_of = json.dumps(detail, ensure_ascii=False, sort_keys=True)
    row = {"at": approval["at"], "actor": approval["officer"], "action": "approved", "subject": delivery}
    return {**row, "detail": told_of}


def _insert(rows: sqlite3.Connection, table: str, given: list[dict[str, Any]]) -> None:
    names = list(given[0])
    marks = ", ".join(f":{name}" for name in names)
    rows.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", given)


def _copies(template: _Template, posts: int) -> Iterator[list[_Copy]]:
    """All posts but the template, made by as many processes as there are processors: signing takes long."""
    parts = [range(n, min(n + POSTS_TOGETHER, posts)) for n in range(1, posts, POSTS_TOGETHER)]
    workers, fork = os.cpu_count() or 1, multiprocessing.get_context("fork")  # a key is not pickled
    waiting = 4 * workers
    _given[:] = [template]
    with ProcessPoolExecutor(workers, mp_context=fork) as pool:
        under_way = [pool.submit(_made, part) for part in parts[:waiting]]
        for place in range(len(parts)):
            yield under_way.pop(0).result()
            if place + waiting < len(parts):
                under_way.append(pool.submit(_made, parts[place + waiting]))


_given: list[_Template] = []


def _made(numbers: range) -> list[_Copy]:
    return [_copy(_given[0], number) for number in numbers]


def _copy(template: _Template, number: int) -> _Copy:
    key = f"bai-{number:06}"
    due = (template.first_due + number * template.step).replace(microsecond=0)
    title = f"Bài {key}"
    source = template.post["source"].replace(f"Bài {TEMPLATE}", title)
    source = source.replace(f"Nội dung {TEMPLATE}", f"Nội dung {key}")
    post = {**template.post, "id": key, "title": title, "source": source}
    deliveries, approvals, sealed, notes = [], [], [], []
    for was, said in zip(template.deliveries, template.approvals, strict=True):
        later = due - template.first_due
        variant = Variant.parse(was["payload"])
        variant = replace(
            variant,
            post=key,
            source_sha256=text_digest(source),
            title=title,
            text=variant.text.replace(TEMPLATE, key),
            not_before=variant.not_before + later,
            deadline=variant.deadline + later,
        )
        payload, name, marker = variant.canonical(), f"{key}@{was['channel_id']}", new_marker()
        times = {column: _shifted(was[column], later) for column in ("due_at", "deadline", "wake_at")}
        deliveries.append({**was, "id": name, "marker": marker, "post_id": key, "payload": payload, **times})
        digest = seal(payload)
        at, expires_at = (datetime.fromisoformat(said[c]).replace(tzinfo=UTC) for c in ("at", "expires_at"))
        yes = Approval(said["officer"], said["role"], digest, at, expires_at)
        approval = {**said, "seal": digest, "signature": template.signer.sign(yes.statement())}
        del approval["id"]
        approvals.append(approval)
        sealed.append((digest, payload))
        notes += [("marker", name_of(yes), marker), ("given", name_of(yes), name)]
    return _Copy(post, deliveries, approvals, sealed, notes)


def _shifted(stored: str, by: timedelta) -> str:
    return (datetime.fromisoformat(stored) + by).isoformat(" ", timespec="microseconds")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.fill", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--cache", type=Path, required=True)
    given = parser.parse_args()
    folder = filled(given.cache, given.count)
    with_rows = Workspace.open(folder)
    with with_rows.database.read() as connection:
        print(folder, tally.counts(connection))
    with_rows.close()


if __name__ == "__main__":
    main()
