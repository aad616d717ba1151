"""A publisher that started while the disk was full, on an office that was not under witness yet."""

from __future__ import annotations

import errno
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from loa.services.workspace import Workspace
from scheduler import witness as notes
from scheduler.witness import FILE, KEY_FILE
from tests.support.office import Office

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")


@pytest.mark.sqlite
def test_it_believes_the_handles_that_the_next_command_took_under_witness(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.approved(channels="[website]")
    desk.clock.instant = DUE - timedelta(minutes=5)
    with desk.publisher() as worker:
        worker.work()
    desk.workspace.close()
    (desk.folder / FILE).unlink()
    (desk.folder / KEY_FILE).unlink()
    real = notes._append

    def full_for_the_key(file: Path, text: str, *, durable: bool) -> None:
        if file.name != FILE:
            raise OSError(errno.ENOSPC, "No space left on device", str(file))
        real(file, text, durable=durable)

    monkeypatch.setattr(notes, "_append", full_for_the_key)
    desk.workspace = Workspace.open(desk.folder, desk.clock)
    monkeypatch.undo()
    assert not (desk.folder / KEY_FILE).exists()
    with desk.publisher() as worker:
        Workspace.open(desk.folder, desk.clock).close()
        assert (desk.folder / KEY_FILE).exists()
        desk.clock.instant = DUE
        worker.work()
    assert (desk.view("hoi-dap@website").status, desk.view("hoi-dap@website").last_error) == ("published", "")
