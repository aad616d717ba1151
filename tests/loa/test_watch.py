"""`loa status --watch`: redrawn in place in a terminal, one line or one object a look elsewhere."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from content.errors import UsageError
from loa.cli import watch
from loa.cli.output import width
from loa.services import watching
from loa.speech import outcome
from scheduler.store.tables import heartbeat
from scheduler.zones import Serves
from tests.loa.conftest import Loa
from tests.support.clock import TestClock
from tests.support.office import Office
from tests.support.terminal import converse


def beats(office: Office, worker: str, ago: timedelta, *, stopped: bool = False) -> None:
    at = office.clock.now() - ago
    with office.workspace.database.engine.begin() as connection:
        connection.execute(
            insert(heartbeat).values(worker=worker, host=worker.partition(":")[0], pid=7, version="0",
                                     started_at=at, beat_at=at, stopped=stopped, serves=Serves().told)
        )  # fmt: skip


def looks(
    office: Office, count: int, between: Callable[[int], object] = lambda _: None
) -> Callable[[float], None]:
    """What to rest with: after so many looks somebody presses Ctrl+C."""
    seen = iter(range(1, count + 1))

    def rest(_seconds: float) -> None:
        if (number := next(seen)) == count:
            raise KeyboardInterrupt
        between(number)

    return rest


def session(office: Office) -> Any:
    return SimpleNamespace(workspace=office.workspace, place=office.folder / "loa.db")


def test_in_a_terminal_it_redraws_in_place_and_ctrl_c_leaves_it_as_it_was(desk: Office):
    folder, lang = str(desk.folder), {"LOA_LANGUAGE": "vi"}
    command = ["-m", "loa.cli.main", "-w", folder, "status", "--watch", "--every", "1s"]
    code, shown = converse(command, lang, [("Ctrl+C để thoát", ""), ("Ctrl+C để thoát", "\x03")], columns=70)
    assert code == 0
    assert "Trễ lúc này" in shown
    assert "Traceback" not in shown


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_that_meets_a_librarys_callback_ends_it_at_the_next_look(desk: Office):
    looked = []

    class Swallows:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def rest(_seconds: float) -> None:
        looked.append(1)
        assert len(looked) < 3, "it goes on"
        del [Swallows()][0]

    watch.watch(session(desk), 2.0, False, rest)
    assert len(looked) == 1


def test_where_there_is_no_terminal_each_look_is_one_plain_line(
    desk: Office, capsys: pytest.CaptureFixture[str]
):
    watch.watch(session(desk), 2.0, False, looks(desk, 3))
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 3
    assert not any("\x1b" in line for line in told)
    assert all("Trễ lúc này" in line for line in told)


def test_as_json_each_look_is_one_object_that_moves_with_the_work(
    office: Office, clock: TestClock, capsys: pytest.CaptureFixture[str]
):
    office.approved(channels="[fanpage]")
    due = office.view("hoi-dap@fanpage").due_at
    beats(office, "may:7:ab", timedelta())

    def go_on(number: int) -> None:
        if number == 1:
            clock.instant = due + timedelta(seconds=90)
        else:
            office.publish_until(clock.now())

    watch.watch(session(office), 2.0, True, looks(office, 3, go_on))
    before, late, after = map(json.loads, capsys.readouterr().out.splitlines())
    assert (before["overdue"], before["late_s"], before["last"]) == (0, 0, [])
    assert (late["overdue"], late["late_s"]) == (1, 90.0)
    assert after["overdue"] == 0
    assert after["counts"] == {"published": 1}
    assert [one["step"] for one in after["last"]][-2:] == ["reveal", "prepare"]
    assert before["workers"][0]["alive"] is True
    assert late["workers"] == [], "a day later it is no news"


def test_every_worker_is_seen_and_those_that_said_goodbye_are_not(desk: Office):
    beats(desk, "mot:1:aa", timedelta(seconds=2))
    beats(desk, "hai:2:bb", timedelta(seconds=40))
    beats(desk, "ba:3:cc", timedelta(seconds=1), stopped=True)
    beats(desk, "xua:4:dd", timedelta(days=3))
    seen = watching.look(desk.workspace)
    assert [(one.host, one.alive) for one in seen.workers] == [("mot", True), ("hai", False)]
    shown = "\n".join(watch.screen(seen, desk.workspace.config.zone, os.terminal_size((100, 40)), 2.0))
    assert "mot:7 đang chạy" in shown
    assert "hai:7 im lặng 40,0 s" in shown


def test_what_was_done_last_is_in_words_and_a_long_name_gives_way_to_it(desk: Office):
    at, name = desk.clock.now(), "ngay-phap-luat-2026-hoi-dap-ve-dat-dai-va-ho-tich@trang-thong-tin-xa"
    done = watching.Done(at, name, "prepare", "ready")
    seen = replace(watching.look(desk.workspace), last=[done])

    def row(columns: int) -> str:
        rows = watch.screen(seen, desk.workspace.config.zone, os.terminal_size((columns, 40)), 2.0)
        return next(one for one in rows if "ngay-phap" in one)

    assert name in row(200)
    assert "prepare" not in row(200)
    assert row(200).endswith(": chuẩn bị → " + outcome("ready"))
    assert row(80).endswith("…: chuẩn bị → " + outcome("ready"))
    assert width(row(80)) <= 80


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(columns=st.integers(1, 200), rows=st.integers(2, 60))
def test_whatever_the_size_of_the_terminal_nothing_runs_over_its_edges(desk: Office, columns: int, rows: int):
    for number in range(5):
        name = f"{'rất-dài-' * 9}{number}:1"
        desk.workspace.database.run(
            lambda c, n=name: c.execute(heartbeat.delete().where(heartbeat.c.worker == n))
        )
        beats(desk, name, timedelta(seconds=1))
    seen = watching.look(desk.workspace)
    shown = watch.screen(seen, desk.workspace.config.zone, os.terminal_size((columns, rows)), 2.0)
    assert len(shown) < rows
    assert all(width(line) <= columns for line in shown)


def test_a_database_that_is_away_for_a_moment_is_told_and_outwaited(
    desk: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    real, tries = watching.look, iter([OSError(28, "No space left on device")])

    def look(workspace: Any) -> Any:
        for error in tries:
            raise error
        return real(workspace)

    monkeypatch.setattr(watching, "look", look)
    watch.watch(session(desk), 2.0, False, looks(desk, 2))
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Lần này không đọc được")
    assert "Trễ lúc này" in second


@pytest.mark.parametrize(("written", "meant"), [("2s", 2), ("30", 30), ("1m", 60), ("60 m", 3600)])
def test_spans_are_written_as_people_do(written: str, meant: float):
    assert watch.seconds(written) == meant


@pytest.mark.parametrize("written", ["", "0s", "s", "2h", "-1s", "61m", "1,5s", "٣s"])
def test_a_span_that_is_none_is_refused(written: str):
    with pytest.raises(UsageError):
        watch.seconds(written)


def test_options_that_do_not_go_together_are_named(desk: Office, at_desk: Loa):
    for options in (["--every", "2s"], ["--watch", "--check"], ["--watch", "--every", "x"]):
        told = at_desk("status", *options)
        assert (told.code, bool(re.search("--every|--check|khoảng thời gian", told.err))) == (2, True)


def test_nothing_of_a_terminal_is_left_in_a_file(desk: Office, tmp_path: Path):
    """Also when it was told to stop by a signal: no cursor is hidden where none was."""
    file = tmp_path / "ra.txt"
    with file.open("w") as out:
        import subprocess
        import sys
        import time

        from tests.support.terminal import ROOT

        command = [
            sys.executable,
            "-m",
            "loa.cli.main",
            "-w",
            str(desk.folder),
            "status",
            "--watch",
            "--json",
        ]
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT)
        until = time.monotonic() + 60
        while not file.stat().st_size and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert all(json.loads(line)["state"] for line in file.read_text("utf-8").splitlines())
