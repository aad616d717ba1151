"""Smaller misfortunes: no home, a closed pipe, another encoding, no more files, a machine that sleeps."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from loa.services import publishing
from scheduler import timetable
from scheduler.policy import LEASE
from tests.support.office import Office
from tests.trouble.conftest import soon
from tests.trouble.machine import Machine, stop, until

pytestmark = pytest.mark.slow


def test_a_pipe_that_closes_early_is_no_trouble(office: Office, here: Machine) -> None:
    for number in range(30):
        office.import_post(f"bai-{number}.md", channels="[website]", due=soon(3600))
    office.workspace.close()
    line = " ".join(f"'{part}'" for part in here.command("queue", "list"))
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line} | head -n 1"],
        env=here.environment({}),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_without_a_home_and_in_a_terminal_that_knows_no_vietnamese_it_still_speaks(
    office: Office, here: Machine
) -> None:
    office.import_post("bai.md", channels="[website]", due=soon(3600))
    office.workspace.close()
    plain = {
        "LANG": "C",
        "LC_ALL": "C",
        "HOME": "/nonexistent",
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "ascii",
    }
    for command, code in ((["status"], 0), (["queue", "list"], 0), (["post", "show", "khong-co"], 4)):
        said = here.loa(*command, **plain)
        assert said.code == code, said.err
        assert "Traceback" not in said.err


def test_a_process_that_may_open_few_files_says_so(office: Office, here: Machine) -> None:
    office.approved("duyet.md", channels="[website]", due=soon(3600))
    office.workspace.close()
    for limit in (6, 8, 10, 12, 16, 24):
        line = " ".join(f"'{part}'" for part in here.command("run", "--once"))
        done = subprocess.run(
            ["bash", "-c", f"ulimit -n {limit}; exec {line}"],
            env=here.environment({}),
            capture_output=True,
            text=True,
        )
        if "loa.cli" in done.stderr and "Traceback" in done.stderr:
            raise AssertionError(f"{limit} files:\n{done.stderr}")
    assert here.statuses() == {"duyet@website": "queued"}
    assert here.loa("run", "--once").code == 0


def test_settings_broken_while_it_runs_stop_no_publisher_and_are_named_to_commands(
    office: Office, here: Machine, tmp_path: Path
) -> None:
    office.approved("duyet.md", channels="[fanpage]", due=soon(8))
    office.workspace.close()
    log = tmp_path / "run.log"
    process = here.publisher(log)
    until(lambda: "đang chạy" in log.read_text(), "the publisher runs", log)
    config = office.folder / "config.toml"
    good = config.read_text("utf-8")
    config.write_text(good + "\n[[[", "utf-8")
    here.loa("status").must_be_a_sentence("config.toml viết sai", code=2)
    total = office.server.ledger
    until(lambda: total(arrivals=False)["total"]["public"] == 1, "published all the same", log)
    config.write_text(good, "utf-8")
    until(lambda: here.statuses() == {"duyet@fanpage": "published"}, "and noted", log)
    assert stop(process) == 0


def test_a_publisher_that_slept_longer_than_its_lease_wakes_up_and_publishes_once(
    office: Office, here: Machine, tmp_path: Path
) -> None:
    office.approved("duyet.md", channels="[fanpage]", due=soon(6))
    office.workspace.close()
    office.server.fault("slow", method="POST", edge="", seconds=15)
    log = tmp_path / "run.log"
    process = here.publisher(log)
    total = office.server.ledger
    until(lambda: total(arrivals=False)["total"]["public"] == 1, "the reveal is under way", log)
    os.kill(process.pid, signal.SIGSTOP)
    until(lambda: "ĐỨNG YÊN" in here.loa("status").out, "status tells that it stands still", log)
    wake_at = time.monotonic() + LEASE.total_seconds()
    until(lambda: time.monotonic() > wake_at, "longer than a lease")
    os.kill(process.pid, signal.SIGCONT)
    until(lambda: set(here.statuses().values()) == {"published"}, "both are public", log)
    until(lambda: "đang chạy (máy" in here.loa("status").out, "status is well again", log)
    assert stop(process) == 0
    told = total(arrivals=False)["total"]
    assert (told["public"], told["reveals"]) == (1, 1)


@pytest.mark.parametrize(("hours", "words"), [(3, "nhảy tới 3 giờ"), (-3, "lùi lại 3 giờ")])
def test_a_clock_that_was_set_is_noticed_told_and_the_channels_are_asked_for_the_time(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, hours: int, words: str
) -> None:
    gap = [0.0]
    monkeypatch.setattr(timetable, "clock_gap", lambda: gap[0])
    with publishing.publisher(office.workspace) as publisher:
        running = threading.Thread(target=publisher.run)
        running.start()
        try:
            until(lambda: bool(publisher._beat_at and publisher._next is None), "it runs")
            gap[0] = hours * 3600.0
            until(lambda: words in caplog.text, "the jump is told")
            until(lambda: "Kênh dùng được" in caplog.text, "the channels are asked at once")
        finally:
            publisher.stop()
            running.join()
