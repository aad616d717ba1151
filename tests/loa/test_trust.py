"""Signatures: what the publisher believes, whatever stands in the database."""

from __future__ import annotations

import pytest
from sqlalchemy import text, update

from content.errors import NotFound, RefusedByRule, UsageError
from loa import keys
from loa.services import approving, people, trusting
from scheduler.store.tables import officer
from scheduler.trust import FILE, Trust
from tests.loa.conftest import Loa
from tests.support.office import PASSPHRASE, Office

NEW = "mot cum moi hon nua"


def sql(office: Office, statement: str, **values: object) -> None:
    office.workspace.database.run(lambda c: c.execute(text(statement), values))


def sign_in(office: Office, name: str, passphrase: str = PASSPHRASE) -> people.Person:
    return people.authenticate(office.workspace, name, passphrase)


# ---- the lock


def test_a_key_opens_with_its_passphrase_only_however_it_was_typed():
    signer = keys.new_signer()
    locked = keys.lock(signer, "cụm mật khẩu có dấu")
    import unicodedata

    assert keys.unlock(locked, unicodedata.normalize("NFD", "cụm mật khẩu có dấu")).public == signer.public
    with pytest.raises(keys.WrongPassphrase):
        keys.unlock(locked, "cum mat khau co dau")


@pytest.mark.parametrize(
    "damaged",
    ["", "{}", "không phải JSON", '{"format": 1, "passes": 1, "memory_kib": 99999999, "lanes": 1}', "[1]"],
)
def test_text_that_is_no_lock_opens_for_nobody(damaged: str):
    with pytest.raises(keys.WrongPassphrase):
        keys.unlock(damaged, PASSPHRASE)


# ---- the trust file


def test_everybody_who_is_added_is_pinned_with_their_roles(desk: Office):
    seen = {view.name: (view.roles, view.sound) for view in trusting.listing(desk.workspace)}
    assert seen == {name: (person.roles, True) for name, person in desk.people.items()}


def test_an_officer_written_straight_into_the_database_can_neither_approve_nor_add_anybody(desk: Office):
    intruder = keys.new_signer()
    row = {"public_key": intruder.public, "locked_key": keys.lock(intruder, NEW)}
    desk.workspace.database.run(
        lambda c: c.execute(update(officer).where(officer.c.name.in_(["duyet", "ky"])).values(**row))
    )
    post = desk.import_post()
    approving.submit(desk.workspace, desk.people["soan"], post)
    with pytest.raises(RefusedByRule, match="không phải khóa đã ghim"):
        approving.approve(desk.workspace, sign_in(desk, "duyet", NEW), post)
    operator = sign_in(desk, "ky", NEW)
    for act in (
        lambda: people.add(
            desk.workspace, operator, "ke-la", full_name="Kẻ Lạ", roles=["approver"], passphrase=NEW
        ),
        lambda: trusting.add(desk.workspace, operator, people.find(desk.workspace, "duyet")),
        lambda: people.change_passphrase(desk.workspace, operator, "duyet", NEW + " khac"),
    ):
        with pytest.raises(RefusedByRule, match="không phải khóa đã ghim"):
            act()
    assert [v.name for v in trusting.listing(desk.workspace) if not v.sound] == ["duyet", "ky"]


def test_a_role_given_in_the_database_alone_signs_nothing(desk: Office):
    sql(desk, "UPDATE officer SET roles = 'drafter,approver' WHERE name = 'soan'")
    people.add(
        desk.workspace,
        desk.people["ky"],
        "hai",
        full_name="Người Hai",
        roles=["drafter"],
        passphrase=PASSPHRASE,
    )
    sql(desk, "UPDATE officer SET roles = 'approver' WHERE name = 'hai'")
    post = desk.import_post()
    approving.submit(desk.workspace, desk.people["soan"], post)
    with pytest.raises(RefusedByRule, match="không được ghim với vai trò duyệt"):
        approving.approve(desk.workspace, sign_in(desk, "hai"), post)


def test_a_damaged_trust_file_trusts_nobody_and_says_so(desk: Office):
    (desk.folder / FILE).write_text("[officers.duyet]\nkey = 'ngắn'\n", "utf-8")
    with pytest.raises(UsageError, match="Không đọc được tệp"):
        desk.workspace.trust.people()


def test_a_trust_file_changed_by_another_process_is_seen(desk: Office):
    other = Trust(desk.folder)
    assert "duyet" in other.people()
    trusting.remove(desk.workspace, desk.people["ky"], "duyet")
    assert "duyet" not in other.people()


# ---- what it voids


def test_ones_own_new_passphrase_voids_nothing(desk: Office):
    desk.approved()
    me = sign_in(desk, "duyet")
    assert people.change_passphrase(desk.workspace, me, "duyet", NEW) == []
    assert set(desk.statuses().values()) == {"queued"}
    assert sign_in(desk, "duyet", NEW).signer is not None


def test_a_forgotten_passphrase_takes_its_key_along_and_what_it_signed_goes_back_to_review(desk: Office):
    desk.approved()
    back = people.change_passphrase(desk.workspace, desk.people["ky"], "duyet", NEW)
    assert sorted(back) == sorted(desk.statuses())
    assert set(desk.statuses().values()) == {"in_review"}
    approving.approve(desk.workspace, sign_in(desk, "duyet", NEW), "hoi-dap")
    assert set(desk.statuses().values()) == {"queued"}


def test_what_an_officer_approved_before_leaving_stands_unless_it_is_taken_back(desk: Office):
    desk.approved()
    resting = people.retire(desk.workspace, desk.people["ky"], "duyet")
    assert sorted(resting) == sorted(desk.statuses())
    assert set(desk.statuses().values()) == {"queued"}


def test_an_officer_who_left_can_sign_nothing_more_even_with_the_key(desk: Office):
    post = desk.import_post()
    approving.submit(desk.workspace, desk.people["soan"], post)
    kept = sign_in(desk, "duyet")
    people.retire(desk.workspace, desk.people["ky"], "duyet")
    desk.clock.forward(minutes=1)
    with pytest.raises(RefusedByRule, match="không được ghim với vai trò duyệt, hoặc đã hết hạn"):
        approving.approve(desk.workspace, kept, post)


def test_taking_trust_back_voids_what_is_not_public(desk: Office):
    desk.approved()
    back = trusting.remove(desk.workspace, desk.people["ky"], "duyet")
    assert sorted(back) == sorted(desk.statuses())
    with pytest.raises(RefusedByRule, match=r"loa trust add duyet"):
        approving.approve(desk.workspace, desk.people["duyet"], "hoi-dap")
    trusting.add(desk.workspace, desk.people["ky"], people.find(desk.workspace, "duyet"))
    approving.approve(desk.workspace, desk.people["duyet"], "hoi-dap")
    assert set(desk.statuses().values()) == {"queued"}


def test_nobody_takes_their_own_trust_back_and_a_slip_is_named(desk: Office):
    with pytest.raises(RefusedByRule):
        trusting.remove(desk.workspace, desk.people["ky"], "ky")
    with pytest.raises(NotFound, match="Gần nhất: duyet"):
        trusting.remove(desk.workspace, desk.people["ky"], "duyett")


# ---- a workspace of before signatures


def test_an_officer_of_an_older_workspace_gets_a_key_at_sign_in_and_is_pinned_by_an_operator(desk: Office):
    from argon2 import PasswordHasher

    hashed = PasswordHasher(1, 8, 1).hash(PASSPHRASE)
    sql(desk, "UPDATE officer SET passphrase_hash = :h, locked_key = '', public_key = ''", h=hashed)
    (desk.folder / FILE).unlink()
    approver, operator = sign_in(desk, "duyet"), sign_in(desk, "ky")
    post = desk.import_post()
    approving.submit(desk.workspace, sign_in(desk, "soan"), post)
    with pytest.raises(RefusedByRule, match=r"loa trust add duyet"):
        approving.approve(desk.workspace, approver, post)
    for name in ("ky", "duyet"):
        trusting.add(desk.workspace, operator, people.find(desk.workspace, name))
    approving.approve(desk.workspace, approver, post)
    assert set(desk.statuses().values()) == {"queued"}


# ---- the command


def test_the_command_lists_adds_and_removes(at_desk: Loa):
    assert [row["name"] for row in at_desk("trust", "list", "--json").json] == ["duyet", "ky", "soan"]
    removed = at_desk("trust", "remove", "duyet")
    assert removed.code == 0
    added = at_desk("trust", "add", "duyet", "--until", "2027-01-01 07:00")
    assert "Vân tay khóa" in added.err
    shown = at_desk("trust", "list")
    assert "tin đến" in shown.out
