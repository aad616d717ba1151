"""A new Loa is called while the publisher of the older one still runs."""

from __future__ import annotations

import pytest

from loa.services.workspace import Workspace
from scheduler.presence import PublisherLock
from scheduler.witness import FILE, KEY_FILE
from tests.support.office import Office


@pytest.mark.sqlite
def test_the_office_comes_under_witness_when_the_older_publisher_has_ended(desk: Office) -> None:
    """What that one prepares bears no MAC, and would all be held as changed by somebody."""
    desk.workspace.close()
    (desk.folder / FILE).unlink()
    (desk.folder / KEY_FILE).unlink()
    older = PublisherLock(desk.workspace.database)
    older.take(desk.clock.now())
    try:
        Workspace.open(desk.folder, desk.clock).close()
        assert not (desk.folder / KEY_FILE).exists()
    finally:
        older.release()
    Workspace.open(desk.folder, desk.clock).close()
    assert (desk.folder / KEY_FILE).exists()
