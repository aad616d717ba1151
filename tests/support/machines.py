"""Two machines of one office: two folders, one database on a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.practice import PracticeServer
from loa import agefile
from loa.services import joining, moving
from loa.services.workspace import Workspace
from tests.support.clock import TestClock
from tests.support.office import PASSPHRASE, Office, open_office

PACK = "cụm của tệp nối máy"


def quick_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same scrypt with the least work: a pack's passphrase costs a second on purpose."""
    monkeypatch.setattr(agefile, "WORK", 4)


@contextmanager
def first_machine(folder: Path, platform: PracticeServer, clock: TestClock, address: str) -> Iterator[Office]:
    """The practice office, its rows moved to an empty database of a server."""
    with open_office(folder, platform, clock) as office:
        moving.move(office.workspace, office.people["ky"], address)
        yield office


@contextmanager
def joined(office: Office, folder: Path, name: str) -> Iterator[Office]:
    """Another machine, joined with a pack of the office's."""
    pack = folder.parent / f"{name}.loa"
    joining.pack(office.workspace, office.people["ky"], pack, PACK)
    joining.join(
        pack,
        folder,
        PACK,
        officer="ky",
        officers_passphrase=PASSPHRASE,
        name=name,
        clock=office.clock,
    )
    pack.unlink()
    workspace = Workspace.open(folder, office.clock)
    workspace.new_marker = office.workspace.new_marker
    try:
        yield Office(workspace, office.server, office.clock, office.people)
    finally:
        workspace.close()


def attack(office: Office, *statements: str) -> None:
    """What somebody does who may write to the database and has none of the machines' files."""
    with office.workspace.database.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
