"""Opening and closing the window: what is loaded when, and how trouble leaves it."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from content.errors import NotFound
from loa.services.workspace import Workspace
from tests.support.office import Office
from tests.tui.window import opened
from tui.app import Window

LOA = [sys.executable, "-m", "loa.cli.main"]


def test_the_command_loads_textual_only_when_the_window_opens() -> None:
    code = (
        "import sys, loa.cli.main, tui.command; print('textual' in sys.modules, 'sqlalchemy' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "False"]


def test_the_first_frame_waits_for_no_service() -> None:
    """They are most of the start; Textual draws before they are loaded."""
    code = "import sys, tui.app; print('sqlalchemy' in sys.modules, 'loa.services' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "False"]


def test_the_window_loads_neither_the_engine_nor_a_platform() -> None:
    unwanted = ("apscheduler", "facebook", "loa.cli")
    code = f"import sys, tui.rooms.queue; print([m for m in {unwanted} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_without_a_terminal_it_says_what_to_use_instead(office: Office) -> None:
    done = subprocess.run(
        [*LOA, "-w", str(office.folder), "window"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "loa queue list" in done.stderr


def test_a_wrong_folder_ends_the_window_with_the_commands_own_words(tmp_path: Path) -> None:
    """On a real terminal, so that the way through click, threads and Textual is the real one."""
    leader, follower = pty.openpty()
    try:
        done = subprocess.run(
            [*LOA, "-w", str(tmp_path), "window"],
            stdin=follower,
            stdout=follower,
            stderr=subprocess.PIPE,
            env={**os.environ, "TERM": "xterm-256color"},
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(follower)
        os.close(leader)
    assert done.returncode == 4
    assert f"loa init {tmp_path}" in done.stderr


def test_trouble_while_opening_is_kept_for_the_command(tmp_path: Path) -> None:
    async def go() -> None:
        app = Window(lambda: Workspace.open(tmp_path))
        async with app.run_test() as pilot:
            await app.workers.wait_for_complete()
            await pilot.pause()
        assert isinstance(app.trouble, NotFound)

    asyncio.run(go())


def test_a_fault_prints_no_local_variables(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """Textual would print them; a token might be among them."""

    def broken() -> None:
        token = "EAAB" + "secret"
        raise RuntimeError(len(token))

    async def go() -> Window:
        async with opened(office) as pilot:
            assert isinstance(pilot.app, Window)
            pilot.app.call_later(broken)
            await pilot.pause()
        return pilot.app

    with pytest.raises(RuntimeError):  # run_test raises it again; on a terminal `run` does
        asyncio.run(go())
    told = capsys.readouterr()
    assert "EAAB" not in told.out + told.err


def test_the_window_leaves_no_connection_of_its_own_behind(office: Office) -> None:
    async def go() -> Window:
        async with opened(office) as pilot:
            pass
        assert isinstance(pilot.app, Window)
        return pilot.app

    asyncio.run(go())  # an unclosed sqlite3 connection would be a warning, and warnings are errors here
