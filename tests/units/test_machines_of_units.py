"""A unit's own PC beside the machines that publish: what it may not run, what it says, what is wrong there."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from content.errors import RefusedByRule
from loa.services import machines, stopping
from loa.services.workspace import Workspace
from loa.services.working import worker
from scheduler.store.tables import attempt, delivery
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from tests.units.conftest import Province
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
        lambda: machines.pack(a.workspace, a.people["ky"], Path("may.age"), "cụm mật khẩu dài"),
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
    code, _, said = loa(
        province, "freeze", "start", "--all", "--reason", "chờ", user="ky00001", folder=where
    )
    assert (code, "no_right_there" in said) == (1, True), said
