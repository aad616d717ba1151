"""A disk that only lets read, a user without rights: looking works, writing says why it does not."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.office import Office
from tests.trouble.conftest import soon
from tests.trouble.machine import NOBODY, Disk, Machine, stop, until

pytestmark = pytest.mark.slow

LOOKING = [
    ["queue", "list"],
    ["queue", "show", "duyet@website"],
    ["status"],
    ["audit", "verify"],
    ["audit", "list"],
    ["reach", "show"],
    ["reach", "compare"],
    ["reach", "hours"],
    ["post", "list"],
    ["freeze", "list"],
]
WRITING = [
    ["--as", "soan", "queue", "cancel", "duyet@website", "--reason", "thử"],
    ["--as", "soan", "post", "submit", "nhap"],
    ["--as", "duyet", "freeze", "start", "--all", "--reason", "thử"],
    ["run", "--once"],
]


def see(machine: Machine) -> None:
    for command in LOOKING:
        said = machine.loa(*command)
        assert said.code == 0, f"{command}: {said.err}"
        assert "Traceback" not in said.err, said.err


@pytest.fixture
def posts(office: Office) -> Office:
    office.import_post("nhap.md", channels="[website]", due=soon(3600))
    office.approved("duyet.md", channels="[website, fanpage]", due=soon(3600))
    office.workspace.close()
    return office


def test_a_read_only_disk_can_be_looked_at_and_says_why_nothing_is_written(posts: Office, disk: Disk) -> None:
    disk.take_in(posts.folder)
    before = disk.statuses()
    disk.read_only(True)
    see(disk)
    for command in WRITING:
        disk.loa(*command).must_be_a_sentence("đang chỉ cho đọc", "xem thì vẫn xem được", "quyền ghi")
    disk.read_only(False)
    assert disk.statuses() == before
    assert disk.loa(*WRITING[0]).code == 0


def test_a_read_only_disk_after_a_crash_is_read_with_its_log(
    posts: Office, disk: Disk, tmp_path: Path
) -> None:
    disk.take_in(posts.folder)
    log = tmp_path / "run.log"
    process = disk.publisher(log)
    until(lambda: "đang chạy" in log.read_text(), "the publisher runs", log)
    assert disk.loa("--as", "soan", "queue", "cancel", "duyet@website", "--reason", "thử").code == 0
    process.kill()
    process.wait()
    disk.read_only(True)
    see(disk)
    assert disk.statuses()["duyet@website"] == "cancelled", "also what stands only in the log"


@pytest.fixture
def theirs(posts: Office) -> Machine:
    """The office's folder belongs to another user; who may read all of it and write none is we.

    Root without its powers, for a true other user cannot run a Python that lies in root's home.
    """
    powerless = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--"]
    if os.geteuid() != 0 or subprocess.run([*powerless, "true"], capture_output=True).returncode:
        pytest.skip("only root, with setpriv, can give its powers away")
    for path in [posts.folder, *posts.folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.chown(path, NOBODY, NOBODY)
    return Machine(posts.folder, powerless)


def test_a_user_without_rights_can_look_and_is_told_whose_account_writes(theirs: Machine) -> None:
    see(theirs)
    for command in WRITING:
        said = theirs.loa(*command)
        said.must_be_a_sentence("không có quyền ghi", "đúng tài khoản của bộ đăng bài")


def test_a_user_without_rights_sees_the_news_of_a_running_publisher(
    theirs: Machine, posts: Office, tmp_path: Path
) -> None:
    log = tmp_path / "run.log"
    owner = Machine(posts.folder)
    process = owner.publisher(log)
    try:
        until(lambda: "đang chạy" in log.read_text(), "the publisher runs", log)
        assert owner.loa("--as", "soan", "queue", "cancel", "duyet@website", "--reason", "thử").code == 0
        see(theirs)
        rows = theirs.loa("queue", "list", "--json").rows
        assert {row["id"]: row["status"] for row in rows}["duyet@website"] == "cancelled"
        assert "đang chạy (máy" in theirs.loa("status").out
        stop(process)
    finally:
        owner.end()
