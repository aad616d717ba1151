"""A unit's own PC beside the machines that publish: what it may not run, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from connectors.practice import PracticeServer
from content.errors import RefusedByRule
from loa import config
from loa.services import backup, deliveries, joining, machines, posts, restoring
from loa.services.moving import move
from loa.services.working import worker
from loa.services.workspace import Workspace
from tests.support.postgres import Server
from tests.units.conftest import Province
from tests.units.test_first_post_of_a_commune import page
from tests.units.test_keeping_units import DUE, loa


def test_a_units_connection_runs_no_worker_either(province: Province):
    """It would send the unit's posts by the unit's own trust file, without the publisher's notes."""
    province.a.approved("mot.md", due=DUE)
    with pytest.raises(RefusedByRule, match="bộ đăng bài"), worker(province.a.workspace):
        pass
    code, _, said = loa(province, "worker", user="ky00001", folder=province.a.workspace.folder)
    assert (code, "unit.no_publisher" in said) == (1, True), said


def test_a_communes_machine_advises_nobody_to_run_the_publisher_there(province: Province):
    where = province.a.workspace.folder
    for words in (("status",), ("doctor",), ("status", "--lang", "en"), ("backup", "drill", "--help")):
        _, told, said = loa(province, *words, user="ky00001", folder=where)
        assert "loa run" not in told + said, words
    assert "máy đăng bài" in loa(province, "status", user="ky00001", folder=where)[1]
    assert "`loa run`" in loa(province, "status")[1], "where it can be run it is said"


def test_only_the_house_touches_the_list_of_machines(province: Province):
    house, a = province.house, province.a
    machines.seen(house.workspace, "ky", publishes=True)
    machines.seen(a.workspace, "ky")
    assert [one.publishes for one in machines.listing(a.workspace)] == [True]
    name = machines.listing(house.workspace)[0].name
    for tried in (
        lambda: machines.forget(a.workspace, a.people["ky"], name),
        lambda: machines.accept(a.workspace, a.people["ky"], "đã xem"),
        lambda: joining.pack(a.workspace, a.people["ky"], Path("may.age"), "cụm mật khẩu dài"),
    ):
        with pytest.raises(RefusedByRule, match="tài khoản chủ"):
            tried()
    for statement in ("DELETE FROM machine", "UPDATE machine SET publishes = false"):
        with a.workspace.database.read() as connection, pytest.raises(DBAPIError, match="permission"):
            connection.execute(text(statement))
    assert [one.publishes for one in machines.listing(house.workspace)] == [True]


def test_a_right_that_the_server_withholds_is_told_as_that(province: Province):
    login = province.a.workspace.database.url.username
    province.sql(f"REVOKE INSERT ON freeze_order FROM {login}")
    where = province.a.workspace.folder
    code, _, said = loa(province, "freeze", "start", "--all", "--reason", "chờ", user="ky00001", folder=where)
    assert (code, "no_right_there" in said) == (1, True), said


@pytest.mark.parametrize("to", ["sqlite", "another"])
def test_no_units_pc_moves_the_database(province: Province, server: Server, to: str, tmp_path: Path):
    """Its rows would be in two databases, and the publisher's would go on."""
    a = province.a
    a.approved("mot.md", due=DUE)
    settings = (a.workspace.folder / "config.toml").read_text("utf-8")
    with pytest.raises(RefusedByRule, match="tài khoản chủ"):
        move(a.workspace, a.people["ky"], server.empty(tmp_path) if to == "another" else to)
    assert (a.workspace.folder / "config.toml").read_text("utf-8") == settings


def test_a_communes_backup_is_drilled_like_any_other_and_has_nothing_of_another(
    province: Province, tmp_path: Path
):
    a = province.a
    a.approved("mot.md", due=DUE)
    province.b.approved("bi-mat.md", due=DUE)
    made = backup.create(a.workspace, tmp_path, "cụm mật khẩu dài lắm")
    assert restoring.drill(Path(made.file), "cụm mật khẩu dài lắm", where=tmp_path, clock=province.clock)
    restored = tmp_path / "khoi-phuc"
    restoring.restore(Path(made.file), restored, "cụm mật khẩu dài lắm", clock=province.clock)
    copy = Workspace.open(restored, province.clock)
    try:
        assert [one.id for one in posts.listing(copy)] == ["mot"]
        held = deliveries.listing(copy)
        assert {one.status for one in held} == {"held"}, "until a person has looked"
    finally:
        copy.close()


def test_a_backup_with_tokens_that_only_the_publisher_opens_is_drilled_all_the_same(
    province: Province, pages: PracticeServer, tmp_path: Path
):
    page(pages, province.a, "11")
    settings = province.a.workspace.folder / "config.toml"
    named = f'publisher_key = "{province.a.workspace.vault.publisher_key}"'
    settings.write_text(settings.read_text("utf-8").replace('publisher_key = ""', named), "utf-8")
    province.a.workspace.config = config.read(settings.parent)
    assert province.a.workspace.config.publisher_key
    made = backup.create(province.a.workspace, tmp_path, "cụm mật khẩu dài lắm")
    assert restoring.drill(Path(made.file), "cụm mật khẩu dài lắm", where=tmp_path, clock=province.clock)
