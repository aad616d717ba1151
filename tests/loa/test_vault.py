"""Secrets at rest: the key beside the database, and what happens when it is not the right one."""

from __future__ import annotations

import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from content.errors import UsageError
from loa.services.workspace import Workspace
from loa.vault import KEY_FILE, Vault
from tests.loa.conftest import Loa
from tests.support.office import Office

DUE = datetime.fromisoformat("2026-11-09T07:00+07:00")


def change_key(office: Office) -> None:
    """The key of another workspace, as after a wrong restore; the office opens it anew."""
    (office.folder / KEY_FILE).write_bytes(Fernet.generate_key())
    office.workspace.__dict__.pop("vault", None)


def test_what_was_hidden_is_shown_again_and_never_looks_the_same_twice(tmp_path: Path):
    vault = Vault(tmp_path)
    first, second = vault.hide("mã truy cập"), vault.hide("mã truy cập")
    assert first != second
    assert "mã truy cập" not in first
    assert Vault(tmp_path).show(first) == vault.show(second) == "mã truy cập"


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_the_key_can_be_read_by_its_owner_alone_whatever_the_umask_says(tmp_path: Path):
    before = os.umask(0)
    try:
        workspace = Workspace.create(tmp_path / "xa")
        workspace.close()
    finally:
        os.umask(before)
    mode = stat.S_IMODE((tmp_path / "xa" / KEY_FILE).stat().st_mode)
    assert oct(mode) == "0o600"


def test_a_key_that_is_there_is_never_overwritten(tmp_path: Path):
    Vault(tmp_path).create_key()
    key = (tmp_path / KEY_FILE).read_bytes()
    Vault(tmp_path).create_key()
    assert (tmp_path / KEY_FILE).read_bytes() == key


@pytest.mark.parametrize("spoil", ["another key", "cut", "empty", "gone", "a folder"])
def test_a_wrong_key_is_said_in_words_that_name_the_file(tmp_path: Path, spoil: str):
    hidden = Vault(tmp_path).hide("mã truy cập")
    file = tmp_path / KEY_FILE
    key = file.read_bytes()
    file.unlink()
    if spoil == "another key":
        file.write_bytes(Fernet.generate_key())
    elif spoil == "cut":
        file.write_bytes(key[:20])
    elif spoil == "empty":
        file.touch()
    elif spoil == "a folder":
        file.mkdir()
    with pytest.raises(UsageError) as raised:
        Vault(tmp_path).show(hidden)
    assert str(file) in str(raised.value)
    assert "tệp khóa" in str(raised.value) or "Khóa trong" in str(raised.value)
    assert key.decode() not in str(raised.value)


def test_a_wrong_key_stops_the_channel_and_nothing_else(office: Office):
    office.approved()
    change_key(office)
    office.publish_until(DUE + timedelta(minutes=30))
    assert office.statuses() == {"hoi-dap@website": "published", "hoi-dap@fanpage": "held"}
    from loa.services import channels

    stopped = channels.get(office.workspace, "fanpage")
    assert stopped.state == "stopped"
    assert "Khóa trong" in stopped.state_reason
    assert office.server.ledger(arrivals=False)["total"]["creates_feed"] == 0


def test_the_right_key_put_back_opens_the_channel_again(office: Office, in_office: Loa):
    office.approved(channels="[fanpage]")
    key = (office.folder / KEY_FILE).read_bytes()
    change_key(office)
    office.publish_until(DUE + timedelta(minutes=5))
    answer = in_office("channel", "check", "fanpage")
    assert answer.code == 5
    assert "Khóa trong" in answer.err
    (office.folder / KEY_FILE).write_bytes(key)
    office.workspace.__dict__.pop("vault", None)
    assert in_office("channel", "check", "fanpage").code == 0
    office.publish_until(DUE + timedelta(minutes=10))
    assert office.view("hoi-dap@fanpage").status == "published"


def test_without_a_key_looking_and_approving_still_work(desk: Office, at_desk: Loa):
    desk.approved(channels="[website]")
    (desk.folder / KEY_FILE).unlink()
    for command in ("queue list", "status", "post show hoi-dap", "channel check website"):
        assert at_desk(*command.split()).code == 0, command
    answer = at_desk("channel", "check", "fanpage")
    assert answer.code == 5
    assert "Không thấy tệp khóa" in answer.err
