"""A disk that is full while the witness notes something: nothing is taken for written or given up."""

from __future__ import annotations

import errno
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from loa.services import deliveries
from loa.services.workspace import Workspace
from scheduler import witness as notes
from scheduler.witness import FILE, KEY_FILE, VOID, Witness
from tests.support.office import Office

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")


@contextmanager
def _files_end_at(size: int) -> Iterator[None]:
    """The system takes what fits below this size, and refuses the rest: as a disk does that gets full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _full_for(times: int, word: str, patch: pytest.MonkeyPatch) -> None:
    """The next notes with this word meet a full disk."""
    real, left = notes._append, [times]

    def append(file: Path, text: str, *, durable: bool) -> None:
        if word in text and left[0]:
            left[0] -= 1
            raise OSError(errno.ENOSPC, "No space left on device", str(file))
        real(file, text, durable=durable)

    patch.setattr(notes, "_append", append)


def _two_due(desk: Office) -> None:
    for name in ("mot", "hai"):
        desk.approved(f"{name}.md", title=f"Bài {name}", text=f"Nội dung bài {name}.", channels="[website]")
    desk.clock.instant = DUE - timedelta(minutes=5)
    with desk.publisher() as worker:
        worker.work()
    desk.clock.instant = DUE


def test_a_note_of_which_a_part_fitted_is_not_taken_for_written(tmp_path: Path) -> None:
    witness = Witness(tmp_path)
    witness.approvals(VOID, ["a"])
    with _files_end_at((tmp_path / FILE).stat().st_size + 40), pytest.raises(Exception, match=FILE):
        witness.approvals(VOID, ["b" * 32, "c" * 32], durable=True)


@pytest.mark.parametrize("word", ["begun", "sent"])
def test_a_full_disk_costs_neither_what_was_published_nor_what_comes_next(
    desk: Office, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    _two_due(desk)
    with desk.publisher() as worker:
        claim = worker.claim_one()
        _full_for(1, word, monkeypatch)
        worker.lanes.run(claim)
        assert desk.view(claim.delivery).status == "published"
        worker.work()
    assert {view.status for view in deliveries.listing(desk.workspace)} == {"published"}


def test_a_damaged_trust_file_does_not_cost_what_was_published_meanwhile(desk: Office) -> None:
    _two_due(desk)
    with desk.publisher() as worker:
        claim = worker.claim_one()
        claimed = worker.lanes._perform(claim, lambda: False)
        (desk.folder / "trust.toml").write_text("hỏng [", "utf-8")
        assert worker.queue.finish(claim, claimed, desk.clock.now()) is None
    assert desk.view(claim.delivery).status == "published"


@pytest.mark.sqlite
def test_an_older_office_opens_on_a_full_disk(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.workspace.close()
    (desk.folder / FILE).unlink()
    (desk.folder / KEY_FILE).unlink()
    _full_for(1, "channel", monkeypatch)
    Workspace.open(desk.folder, desk.clock).close()
    assert not (desk.folder / KEY_FILE).exists(), "half of it was taken under witness"
    Workspace.open(desk.folder, desk.clock).close()
    assert (desk.folder / KEY_FILE).exists()
