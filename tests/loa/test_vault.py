"""Secrets at rest: the key beside the database, and what happens when it is not the right one."""

from __future__ import annotations

import os
import stat
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken

from connectors.errors import NotSent
from content.errors import UsageError
from loa.services import connecting, rotating
from loa.services.connecting import ChannelSecrets
from loa.services.workspace import Workspace
from loa.vault import KEY_FILE, Vault
from scheduler.store.database import Database
from tests.loa.conftest import Loa
from tests.support.office import PAGE, Office

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


@pytest.mark.sqlite
def test_without_a_key_looking_and_approving_still_work(desk: Office, at_desk: Loa):
    desk.approved(channels="[website]")
    (desk.folder / KEY_FILE).unlink()
    for command in ("queue list", "status", "post show hoi-dap", "channel check website"):
        assert at_desk(*command.split()).code == 0, command
    answer = at_desk("channel", "check", "fanpage")
    assert answer.code == 5
    assert "Không thấy tệp khóa" in answer.err


# ---- changing the key --------------------------------------------------------------------------------


class Killed(BaseException):
    """As if the process ended here."""


def secrets_of(folder: Path) -> dict[str, str]:
    """Read by a process that starts now."""
    workspace = Workspace.open(folder)
    try:
        return dict(ChannelSecrets(workspace, "fanpage").read())
    finally:
        workspace.close()


def keys(office: Office) -> list[str]:
    return (office.folder / KEY_FILE).read_text("ascii").split()


def test_a_new_key_hides_every_secret_and_the_old_one_is_gone(office: Office, in_office: Loa):
    [old] = keys(office)
    before = secrets_of(office.folder)
    with office.workspace.database.read() as connection:
        ciphertext = connection.exec_driver_sql("SELECT ciphertext FROM secret").scalar()
    answer = in_office("vault", "rotate")
    assert answer.code == 0, answer.err
    assert "1 bí mật" in answer.err
    assert old not in answer.err
    [new] = keys(office)
    assert new != old
    assert secrets_of(office.folder) == before
    with office.workspace.database.read() as connection:
        hidden = str(connection.exec_driver_sql("SELECT ciphertext FROM secret").scalar())
        event = connection.exec_driver_sql(
            "SELECT actor, action, detail FROM audit_event ORDER BY id DESC"
        ).first()
    assert Fernet(new).decrypt(hidden.encode()).endswith(before["page_token"].encode())
    with pytest.raises(InvalidToken):
        Fernet(old).decrypt(hidden.encode())
    assert hidden != ciphertext
    assert tuple(event or ()) == ("ky", "vault_rotated", '{"secrets": 1}')
    assert in_office("channel", "check", "fanpage").code == 0


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_a_changed_key_is_still_its_owners_alone(office: Office, in_office: Loa):
    (office.folder / f"{KEY_FILE}.new").touch(0o666)
    before = os.umask(0)
    try:
        assert in_office("vault", "rotate").code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((office.folder / KEY_FILE).stat().st_mode) == 0o600
    assert not (office.folder / f"{KEY_FILE}.new").exists()


BOUNDARIES = {
    "before the new key is whole": (os, "fsync", 0),
    "before the new key is in place": (Path, "replace", 0),
    "before the transaction": (Database, "run", 0),
    "inside the transaction": (rotating.audit, "record", 0),
    "before the old key goes": (Vault, "drop_old_keys", 0),
    "before the file without it is in place": (Path, "replace", 1),
}


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_killed_anywhere_all_is_readable_and_the_next_time_finishes_it(office: Office, boundary: str):
    owner, name, passes = BOUNDARIES[boundary]
    before, real, calls = secrets_of(office.folder), getattr(owner, name), []

    def killed(*args: object, **more: object) -> object:
        calls.append(name)
        if len(calls) > passes:
            raise Killed
        return real(*args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, killed)
        with pytest.raises(Killed):
            rotating.rotate(office.workspace, office.people["ky"])
    assert secrets_of(office.folder) == before, "for a process that starts now"
    assert ChannelSecrets(office.workspace, "fanpage").read() == before, "for one that runs"
    ChannelSecrets(office.workspace, "fanpage").replace({"page_token": "practice-between"})
    assert secrets_of(office.folder) == {"page_token": "practice-between"}
    assert rotating.rotate(office.workspace, office.people["ky"]) == 1
    assert len(keys(office)) == 1
    assert secrets_of(office.folder) == {"page_token": "practice-between"}


def test_killed_after_the_commit_nothing_needs_the_old_key(office: Office):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Vault, "drop_old_keys", lambda _: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            rotating.rotate(office.workspace, office.people["ky"])
    newest, _old = keys(office)
    with office.workspace.database.read() as connection:
        hidden = str(connection.exec_driver_sql("SELECT ciphertext FROM secret").scalar())
    assert Fernet(newest).decrypt(hidden.encode())


def test_a_process_that_read_the_key_before_reads_and_writes_with_the_new_one(office: Office):
    """A publisher runs on while the key is changed: what it stores next must not need the old key."""
    running = Workspace.open(office.folder)
    store = ChannelSecrets(running, "fanpage")
    before = store.read()
    rotating.rotate(office.workspace, office.people["ky"])
    assert store.read() == before
    store.replace({"page_token": "practice-renewed"})
    running.close()
    assert secrets_of(office.folder) == {"page_token": "practice-renewed"}


def test_a_rotation_that_ends_between_the_rows_and_the_key_is_no_lost_access(office: Office, monkeypatch):
    """Rows read before it, the key file after it: read once more, and nothing stops the channel."""
    fresh = Workspace.open(office.folder)
    real, done = Vault.show, []

    def show(vault: Vault, ciphertext: str, place: str = "") -> str:
        if vault is fresh.vault and not done:
            done.append(rotating.rotate(office.workspace, office.people["ky"]))
        return real(vault, ciphertext, place)

    monkeypatch.setattr(Vault, "show", show)
    assert "page_token" in ChannelSecrets(fresh, "fanpage").read()
    assert done == [1]
    fresh.close()


def test_renewals_and_rotations_at_the_same_time_lose_nothing(office: Office):
    """Many threads store while the key is changed again and again: what was stored last is always there."""
    errors: list[BaseException] = []

    def renew(name: str) -> None:
        try:
            workspace = Workspace.open(office.folder)
            for number in range(15):
                ChannelSecrets(workspace, "fanpage").replace({name: f"practice-{name}-{number}"})
            workspace.close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=renew, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        rotating.rotate(office.workspace, office.people["ky"])
    for thread in threads:
        thread.join()
    assert errors == []
    found = secrets_of(office.folder)
    assert (found["a"], found["b"]) == ("practice-a-14", "practice-b-14")
    assert len(keys(office)) == 1


def test_a_secret_that_cannot_be_read_stops_the_change_and_is_named(office: Office, in_office: Loa):
    ChannelSecrets(office.workspace, "fanpage").replace({"other": "practice-other"})
    office.workspace.database.run(
        lambda c: c.exec_driver_sql("UPDATE secret SET ciphertext = 'rotten' WHERE name = 'other'")
    )
    answer = in_office("vault", "rotate")
    assert answer.code == 3
    assert "“other” của kênh fanpage" in answer.err
    assert office.workspace.vault.show(_page_token(office)) == office.server.world.pages[PAGE].token


def _page_token(office: Office) -> str:
    with office.workspace.database.read() as connection:
        query = "SELECT ciphertext FROM secret WHERE name = 'page_token'"
        return str(connection.exec_driver_sql(query).scalar())


def test_only_an_operator_changes_the_key(office: Office, in_office: Loa):
    before = keys(office)
    assert in_office("vault", "rotate", user="soan").code == 3
    assert keys(office) == before


def test_two_rotations_at_once_come_one_after_the_other(office: Office, monkeypatch):
    monkeypatch.setattr(connecting, "ALONE_TIMEOUT_S", 0.05)
    with connecting.only_one(office.workspace, "vault"), pytest.raises(NotSent, match="vault:busy"):
        rotating.rotate(office.workspace, office.people["ky"])


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_key_that_is_a_link_stays_one(office: Office, tmp_path: Path):
    safe = tmp_path / "safe.key"
    (office.folder / KEY_FILE).rename(safe)
    (office.folder / KEY_FILE).symlink_to(safe)
    old = safe.read_bytes()
    rotating.rotate(office.workspace, office.people["ky"])
    assert (office.folder / KEY_FILE).is_symlink()
    assert safe.read_bytes() != old
