"""Officers: the first one, roles, passphrases."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from content.approval import Role
from content.errors import LoaError, NotFound, RefusedByRule, UsageError
from loa.services import people
from loa.services.workspace import Workspace
from tests.support.clock import TestClock
from tests.support.office import PASSPHRASE, Office


def add(office: Office, name: str, *roles: str, actor: str | None = "ky", **more: str) -> people.Person:
    person = office.people[actor] if actor else None
    values = {"full_name": "Người Mới", "passphrase": PASSPHRASE, **more}
    return people.add(office.workspace, person, name, roles=roles or ["drafter"], **values)


def test_the_first_officer_needs_nobody_and_must_be_an_operator(tmp_path: Path, clock: TestClock):
    workspace = Workspace.create(tmp_path / "xa", clock)
    with pytest.raises(RefusedByRule, match="phải có vai trò operator"):
        people.add(workspace, None, "soan", full_name="Soạn", roles=["drafter"], passphrase=PASSPHRASE)
    first = people.add(workspace, None, "ky", full_name="Kỹ", roles=["operator"], passphrase=PASSPHRASE)
    assert first.roles == (Role.OPERATOR,)
    with pytest.raises(UsageError, match="Xin cho biết bạn là ai"):
        people.add(workspace, None, "hai", full_name="Hai", roles=["operator"], passphrase=PASSPHRASE)
    workspace.close()


def test_only_an_operator_adds_officers(desk: Office):
    with pytest.raises(RefusedByRule, match=r"soan không có vai trò cần cho việc này \(kỹ thuật\)"):
        add(desk, "moi", actor="soan")


@pytest.mark.parametrize(
    ("name", "roles", "more", "kind", "said"),
    [
        ("moi", ["aprover"], {}, UsageError, "Không có vai trò “aprover”. Dùng được: approver"),
        ("moi", ["xyz"], {}, UsageError, "drafter, reviewer, approver, operator, inspector"),
        ("Mới", ["drafter"], {}, UsageError, "không dùng làm tên đăng nhập được"),
        ("m", ["drafter"], {}, UsageError, "không dùng làm tên đăng nhập được"),
        ("a,b", ["drafter"], {}, UsageError, "không dùng làm tên đăng nhập được"),
        ("soan", ["drafter"], {}, RefusedByRule, "Đã có cán bộ tên soan"),
        ("moi", ["drafter"], {"passphrase": "ngắn"}, UsageError, "ít nhất 8 ký tự"),
    ],
)
def test_a_slip_is_named_and_nobody_is_added(
    desk: Office, name: str, roles: list[str], more: dict[str, str], kind: type[LoaError], said: str
):
    before = people.listing(desk.workspace)
    with pytest.raises(kind) as raised:
        add(desk, name, *roles, **more)
    assert said in str(raised.value)
    assert people.listing(desk.workspace) == before


def test_a_role_may_be_written_in_capitals_or_with_spaces_around_it(desk: Office):
    assert add(desk, "moi", " Approver ").roles == (Role.APPROVER,)


def test_what_is_given_back_is_what_was_stored(desk: Office):
    import unicodedata

    added = add(desk, "moi", full_name=unicodedata.normalize("NFD", "Đặng Thị Hường"))
    assert added in people.listing(desk.workspace)


@pytest.mark.sqlite
def test_a_passphrase_is_never_kept_it_opens_the_signing_key(desk: Office):
    assert people.authenticate(desk.workspace, "soan", PASSPHRASE).name == "soan"
    for wrong in ("", PASSPHRASE + " ", PASSPHRASE.upper()):
        with pytest.raises(RefusedByRule, match="Cụm mật khẩu của soan không đúng"):
            people.authenticate(desk.workspace, "soan", wrong)
    file = desk.workspace.database.file
    assert file is not None
    with sqlite3.connect(file) as raw:
        locks = [json.loads(row[0]) for row in raw.execute("SELECT locked_key FROM officer")]
        assert PASSPHRASE not in "".join(raw.iterdump())
    assert {lock["kdf"] for lock in locks} == {"argon2id"}
    assert len({lock["salt"] for lock in locks}) == len(locks), "salted differently for each"


def test_an_unknown_officer_is_named_with_the_nearest(desk: Office):
    with pytest.raises(NotFound, match=r"Không có cán bộ “duyett”\. Gần nhất: duyet"):
        people.authenticate(desk.workspace, "duyett", PASSPHRASE)


@pytest.mark.sqlite
def test_an_officer_who_left_can_do_nothing_more(desk: Office):
    desk.workspace.database.run(
        lambda c: c.exec_driver_sql("UPDATE officer SET active = 0 WHERE name = 'soan'")
    )
    with pytest.raises(RefusedByRule, match="soan không còn hoạt động"):
        people.authenticate(desk.workspace, "soan", PASSPHRASE)
    assert "soan" not in [person.name for person in people.listing(desk.workspace)]


def test_whoever_adds_an_officer_stands_in_the_audit(desk: Office):
    add(desk, "moi", "inspector")
    with desk.workspace.database.read() as connection:
        row = connection.exec_driver_sql(
            "SELECT actor, action, subject, detail FROM audit_event ORDER BY id DESC LIMIT 1"
        ).one()
    assert tuple(row) == ("ky", "officer_added", "moi", '{"roles": ["inspector"]}')


def test_a_new_passphrase_replaces_the_old_one(desk: Office):
    people.change_passphrase(desk.workspace, desk.people["soan"], "soan", "mot cum moi hon")
    with pytest.raises(RefusedByRule, match="không đúng"):
        people.authenticate(desk.workspace, "soan", PASSPHRASE)
    assert people.authenticate(desk.workspace, "soan", "mot cum moi hon").name == "soan"


def test_only_an_operator_changes_somebody_elses_passphrase(desk: Office):
    with pytest.raises(RefusedByRule, match="vai trò"):
        people.change_passphrase(desk.workspace, desk.people["soan"], "duyet", "mot cum moi hon")
    people.change_passphrase(desk.workspace, desk.people["ky"], "duyet", "mot cum moi hon")


def test_a_retired_officer_can_do_nothing_more(desk: Office):
    people.retire(desk.workspace, desk.people["ky"], "soan")
    with pytest.raises(RefusedByRule, match="không còn hoạt động"):
        people.authenticate(desk.workspace, "soan", PASSPHRASE)
    assert "soan" not in [person.name for person in people.listing(desk.workspace)]


def test_nobody_retires_themselves_or_a_stranger(desk: Office):
    with pytest.raises(RefusedByRule, match="tự cho mình"):
        people.retire(desk.workspace, desk.people["ky"], "ky")
    with pytest.raises(NotFound, match="soan"):
        people.retire(desk.workspace, desk.people["ky"], "soann")
