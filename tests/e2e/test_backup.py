"""Disaster for real: a backup taken from a publisher at work, and another machine that goes on from it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.practice import PracticeServer
from loa.services import deliveries
from loa.services.workspace import Workspace
from scheduler.clock import SystemClock
from tests.oracles.facebook import audit
from tests.support.office import PASSPHRASE, Office, open_office

pytestmark = pytest.mark.slow

PATIENCE_S = 120.0
POSTS = 50
KEY = "cụm mật khẩu sao lưu"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """The practice office on the real clock."""
    with PracticeServer(audit=audit) as server:
        with open_office(tmp_path / "xa", server, SystemClock()) as opened:  # type: ignore[arg-type]
            yield opened
        assert server.violations == []


_started: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def _leave_no_publisher_behind() -> Iterator[None]:
    yield
    while _started:
        process = _started.pop()
        process.kill()
        process.communicate()


def command(*args: object) -> list[str]:
    return [sys.executable, "-m", "loa.cli.main", *map(str, args)]


def loa(*args: object) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own, as the technical officer."""
    env = {**os.environ, "LOA_BACKUP_PASSPHRASE": KEY, "LOA_USER": "ky", "LOA_PASSPHRASE": PASSPHRASE}
    done = subprocess.run(command(*args), env=env, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    return done


def publisher(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command("-w", folder, "run", "--quiet"), stderr=subprocess.PIPE)
    _started.append(process)
    return process


def end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    process.send_signal(how)
    process.wait(PATIENCE_S)


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something outside this process; fails by name."""
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < limit, f"after {PATIENCE_S:.0f} s still not: {what}"
        time.sleep(0.02)


def total(office: Office, name: str) -> int:
    return int(office.server.ledger(arrivals=False)["total"][name])


def public_texts(office: Office) -> list[str]:
    [page] = office.server.world.pages.values()
    return [post.message for post in office.server.world.public_posts(page)]


def articles(folder: Path) -> set[str]:
    return {path.name for path in (folder / "site" / "current" / "bai").glob("*.html")}


def statuses(folder: Path) -> dict[str, str]:
    workspace = Workspace.open(folder)
    try:
        return {view.id: view.status for view in deliveries.listing(workspace)}
    finally:
        workspace.close()


def a_hundred_deliveries(office: Office) -> None:
    """Fifty posts, each to the website and the Page, five a second from a moment that all are ready for."""
    first = datetime.now(UTC) + timedelta(seconds=25)
    for number in range(POSTS):
        office.approved(
            f"bai-{number:02}.md",
            title=f"Bài số {number}",
            text=f"Nội dung số {number}.",
            due=(first + timedelta(seconds=number * 0.2)).isoformat(),
        )
    assert datetime.now(UTC) < first, "the machine is too slow for this test's times"


def backed_up_in_the_middle(office: Office, drive: Path) -> dict[str, Any]:
    drive.mkdir()
    until(lambda: total(office, "public") >= POSTS // 3, "a third is public")
    made: dict[str, Any] = json.loads(loa("-w", office.folder, "backup", "create", drive, "--json").stdout)
    return made


def go_on_elsewhere(office: Office, file: str, folder: Path) -> subprocess.Popen[bytes]:
    """Restored, a publisher started: still nothing moves. Then a person says go."""
    public, creates = total(office, "public"), total(office, "creates_feed")
    loa("backup", "restore", file, folder)
    process = publisher(folder)
    until(lambda: "đang chạy" in loa("-w", folder, "status").stdout, "the publisher is at work")
    waiting = {name for name, status in statuses(folder).items() if status in ("held", "unknown")}
    assert waiting
    assert (total(office, "public"), total(office, "creates_feed")) == (public, creates)
    assert {name for name, status in statuses(folder).items() if status != "published"} == waiting
    loa("-w", folder, "backup", "release", "--all", "--reason", "máy cũ đã hỏng")
    until(lambda: set(statuses(folder).values()) == {"published"}, "all published")
    return process


def test_a_backup_of_a_publisher_at_work_restored_elsewhere_sends_nothing_twice(
    office: Office, tmp_path: Path, record_property: Callable[[str, object], None]
):
    a_hundred_deliveries(office)
    original = publisher(office.folder)
    made = backed_up_in_the_middle(office, tmp_path / "usb")
    assert made["deliveries"]["published"] < 2 * POSTS, "taken while it worked"
    until(lambda: set(office.statuses().values()) == {"published"}, "the original published everything")
    end(original, signal.SIGTERM)
    assert (total(office, "public"), total(office, "creates_feed"), total(office, "reveals")) == (POSTS,) * 3

    elsewhere = tmp_path / "máy-khác"
    process = go_on_elsewhere(office, made["file"], elsewhere)
    end(process, signal.SIGTERM)
    assert (total(office, "public"), total(office, "creates_feed"), total(office, "reveals")) == (POSTS,) * 3
    assert len(set(public_texts(office))) == POSTS
    assert articles(elsewhere) == articles(office.folder)
    assert len(articles(elsewhere)) == POSTS

    tried = json.loads(loa("backup", "drill", made["file"], "--json").stdout)
    doubles = (
        total(office, "creates_feed") - POSTS + len(public_texts(office)) - len(set(public_texts(office)))
    )
    before = made["deliveries"]["published"]
    told = (
        f"{before} of {2 * POSTS} published at the backup, {2 * POSTS - before} settled after the restore, "
        f"{doubles} doubles; {tried['held']} held, {tried['in_doubt']} in doubt; "
        f"drill {tried['seconds']:.1f} s, {made['size_bytes'] / 1e6:.1f} MB"
    )
    record_property("drill", told)
    sys.stderr.write(f"\n{told}\n")


def test_the_first_machine_dies_in_the_middle_and_another_goes_on_from_the_backup(
    office: Office, tmp_path: Path
):
    a_hundred_deliveries(office)
    original = publisher(office.folder)
    made = backed_up_in_the_middle(office, tmp_path / "usb")
    before = total(office, "public")
    until(lambda: total(office, "public") >= before + 3, "it went on after the backup")
    end(original, signal.SIGKILL)
    assert total(office, "public") < POSTS, "it died in the middle"

    elsewhere = tmp_path / "máy-khác"
    process = go_on_elsewhere(office, made["file"], elsewhere)
    end(process, signal.SIGTERM)
    assert total(office, "public") == POSTS
    assert len(set(public_texts(office))) == POSTS
    assert len(articles(elsewhere)) == POSTS
