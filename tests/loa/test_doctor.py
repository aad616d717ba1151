"""`loa doctor`: each check can fail, and says the remedy when it does."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from content.wording import catalogue
from loa import doctor
from scheduler import presence
from tests.loa.conftest import Loa
from tests.support.office import Office


def checks(folder: Path) -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.examine(folder)}


def test_a_machine_in_order_has_nothing_to_complain_about(desk: Office):
    assert [check for check in doctor.examine(desk.folder) if not check.ok] == []


def test_a_foreign_owner_of_one_of_our_names_is_found(desk: Office, at_desk: Loa, monkeypatch):
    """The names of Loa's rooms are common words: another package may bring a `scheduler` of its own."""
    owners = {"scheduler": ["loa", "some-scheduler"], "tui": ["loa"], "content": ["content"]}
    monkeypatch.setattr(importlib.metadata, "packages_distributions", lambda: owners)
    found = checks(desk.folder)["rooms"]
    assert not found.ok
    assert found.saw == "scheduler: loa/some-scheduler, content: content"
    answer = at_desk("doctor")
    assert answer.code == 1
    assert "LỖI   Gói cài đặt: scheduler: loa/some-scheduler" in answer.out
    assert "Hãy cài Loa trong môi trường riêng" in answer.out


def test_the_names_are_ours_in_this_environment(desk: Office):
    assert checks(desk.folder)["rooms"] == doctor.Check("rooms", True, "loa")


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_a_key_that_others_can_read_is_found(desk: Office, at_desk: Loa):
    (desk.folder / "vault.key").chmod(0o644)
    assert not checks(desk.folder)["key"].ok
    assert "chmod 600 vault.key" in at_desk("doctor").out


@pytest.mark.parametrize(
    ("place", "good"),
    [
        ("OneDrive - UBND xã/loa", False),
        ("Dropbox/loa", False),
        ("Google Drive/Máy tính/loa", False),
        ("www/html/loa", False),
        ("public_html", False),
        ("du-lieu/loa", True),
        ("wwwroot-cu/loa", True),
    ],
)
def test_a_key_in_a_folder_that_leaves_the_machine_is_found(tmp_path: Path, place: str, good: bool):
    folder = tmp_path / place
    folder.mkdir(parents=True)
    (folder / "vault.key").touch(0o600)
    assert checks(folder)["key_place"].ok is good
    assert (tmp_path / place.split("/")[0]).name in checks(folder)["key_place"].saw


def test_a_folder_marked_by_a_synchronising_program_is_found(desk: Office, at_desk: Loa):
    (desk.folder.parent / ".stfolder").mkdir()
    assert checks(desk.folder)["key_place"].saw == str(desk.folder.parent)
    assert "Chuyển thư mục làm việc" in at_desk("doctor").out


def test_a_full_disk_is_found(desk: Office, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage(10**9, 10**9, 10_000_000))
    assert checks(desk.folder)["space"] == doctor.Check("space", False, "9 MB")


def test_an_old_sqlite_is_found(desk: Office, monkeypatch):
    monkeypatch.setattr(doctor.sqlite3, "sqlite_version_info", (3, 31, 1))
    assert not checks(desk.folder)["sqlite"].ok


def test_a_folder_that_is_no_workspace_is_said_and_the_machine_is_still_looked_at(
    tmp_path: Path, run_loa: Loa
):
    answer = run_loa("doctor", "--json", workspace=tmp_path / "khong-co")
    assert answer.code == 1
    found = {check["name"]: check["ok"] for check in answer.json}
    assert found["workspace"] is False
    assert found["python"] is True
    assert not (tmp_path / "khong-co").exists(), "looking makes nothing"


def test_a_publisher_that_runs_is_seen_and_a_silent_one_is_found(office: Office, in_office: Loa):
    now = office.clock.now()
    office.workspace.database.run(lambda c: presence.announce(c, "w1", "0.1.0", now))
    assert in_office("doctor").code == 0
    office.clock.forward(seconds=21)
    answer = in_office("doctor")
    assert answer.code == 0, "not running yet is news, not a fault of the machine"
    assert "LỖI   Bộ đăng bài" in answer.out
    assert "→ Chạy: loa run" in answer.out


def test_a_channel_that_cannot_publish_is_found_and_the_others_are_looked_at(desk: Office, at_desk: Loa):
    rows = at_desk("doctor", "--json").json
    told = {row["saw"].split(":")[0]: row["ok"] for row in rows if row["name"] == "channel"}
    assert told == {"fanpage": False, "website": True}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_check_has_a_name_and_a_remedy_in_words(desk: Office, at_desk: Loa, language: str):
    for row in at_desk("doctor", "--json").json:
        for part in ("name", "remedy"):
            assert f"cli.doctor.{row['name']}.{part}" in catalogue(language)
