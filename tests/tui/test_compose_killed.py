"""The window on a real terminal, killed in the middle of a sentence: what is there afterwards."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from content.frontmatter import parse_post
from loa.services import desks, drafts
from tests.support.office import Office
from tests.support.terminal import converse

pytestmark = pytest.mark.slow

NEXT_ROOM = "\x1b[6;5~"
PATIENCE_S = 30.0
Answers = list[tuple[str, str | Callable[[], object]]]


def file_of(office: Office) -> Path:
    return drafts.folder(office.workspace, drafts.listing(office.workspace)[0]) / drafts.POST


def pid_of(office: Office) -> int:
    """Of the window that has the draft open."""
    return int(json.loads(file_of(office).with_name(desks.NOTE).read_text("utf-8"))["pid"])


def wait_for(office: Office, words: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while words not in file_of(office).read_text("utf-8"):
        assert time.monotonic() < until, f"{words!r} was never kept"
        time.sleep(0.05)  # another process writes it; there is nothing to be told by


def write_and(office: Office, last: Callable[[], object]) -> int:
    """Open the window and the draft in it, write on, do the last thing; the exit code."""
    answers: Answers = [
        ("Hàng đợi", NEXT_ROOM),
        ("Enter: mở lại", "\r"),
        ("Hạn chót", " và một câu nữa"),
        ("một câu nữa", last),
    ]
    return converse(["-m", "loa.cli.main", "-w", str(office.folder), "window"], {}, answers)[0]


@pytest.fixture
def office_with_a_draft(office: Office) -> Office:
    drafts.begin(office.workspace, "soan", title="Dở dang")
    return office


def test_after_kill_9_all_but_the_last_moment_is_back(office_with_a_draft: Office) -> None:
    office = office_with_a_draft

    def kill() -> None:
        wait_for(office, "Dở dang và một câu nữa")
        os.kill(pid_of(office), signal.SIGKILL)

    assert write_and(office, kill) == -signal.SIGKILL
    post, _ = parse_post(
        file_of(office).read_text("utf-8"), file_name="post.md", zone=office.workspace.config.zone
    )
    assert post.title == "Dở dang và một câu nữa"
    [left] = drafts.listing(office.workspace)
    assert left.files == ()
    assert desks.holder(office.workspace, left) is None, "a dead window holds nothing"


@pytest.mark.parametrize(("how", "code"), [(signal.SIGHUP, -signal.SIGHUP), (signal.SIGTERM, 0)])
def test_a_dropped_line_costs_not_one_letter(
    office_with_a_draft: Office, how: signal.Signals, code: int
) -> None:
    office = office_with_a_draft
    assert write_and(office, lambda: os.kill(pid_of(office), how)) == code
    assert drafts.listing(office.workspace)[0].title == "Dở dang và một câu nữa"
    assert not file_of(office).with_name(desks.NOTE).exists()
