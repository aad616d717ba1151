"""Commands that people copy bear names that a unit's own login can write: never more than names there."""

from __future__ import annotations

import shlex
from datetime import timedelta
from typing import Any

import pytest

from loa.services import awaiting, bulletin, trusting, zoning
from loa.services.alerts import Alert, Severity
from loa.speech import code_sentence, next_step
from scheduler import zones
from scheduler.unserved import Unserved
from scheduler.zones import Serves
from tests.units.conftest import Province
from tests.units.test_keeping_units import loa

BAD = "x; touch ${HOME}/pwned #"
QUOTED = shlex.quote(BAD)


def by_its_own_login(province: Province, statement: str, *values: Any) -> None:
    province.a.workspace.database.run(lambda c: c.exec_driver_sql(statement, values))


def with_a_channel_of_that_name(province: Province) -> None:
    by_its_own_login(
        province,
        "INSERT INTO channel"
        " SELECT (jsonb_populate_record(c, jsonb_build_object('id', %s::text, 'account', 'x'))).*"
        " FROM channel c WHERE id = 'web00001'",
        BAD,
    )


def test_a_channel_waits_under_a_name_that_is_one_word(province: Province):
    with_a_channel_of_that_name(province)
    house = province.house.workspace
    [command] = [one.command for one in awaiting.channels(house) if one.id == BAD]
    assert shlex.split(command) == ["loa", "channel", "confirm", BAD, "--unit", "00001"]
    for words in ("status", "channel list"):
        told = loa(province, *words.split())[1]
        assert f"confirm {QUOTED} --unit" in told, f"{words}: {told}"
        assert f"confirm {BAD}" not in told


def test_a_zone_that_nobody_serves_is_one_word_in_the_alert_and_on_the_screen(province: Province):
    by_its_own_login(province, "INSERT INTO channel_zone (channel_id, zone) VALUES ('web00001', %s)", BAD)
    house = province.house.workspace
    with house.database.read() as connection:
        assert zones.of(connection)["web00001"] == BAD
    now = house.now()
    lack = Unserved(BAD, ("web00001",), None, now + timedelta(hours=1))
    alert = Alert("unserved", Severity.CRITICAL, BAD, values={"channels": lack.channels, "nobody": None})
    for told in (bulletin.remedy(alert), zoning.in_words(lack, house.config.zone)):
        assert f"loa worker --zone {QUOTED}" in told
        assert f"--zone {BAD}" not in told


@pytest.mark.parametrize("serves", [Serves(zones=(BAD,)), Serves(channels=(BAD,))])
def test_so_it_is_in_what_starts_a_worker_anew(serves: Serves):
    assert shlex.split(zoning.command(serves))[-1] == BAD
    alert = Alert("worker_silent", Severity.WARNING, "may:7", values={"serves": serves})
    assert QUOTED in bulletin.remedy(alert)


def test_so_it_is_wherever_a_sentence_names_a_channel_or_a_delivery_in_a_command():
    alert = Alert("channel", Severity.WARNING, BAD, values={"channel": BAD, "reason": "fb:190"})
    told = [
        bulletin.remedy(alert),
        bulletin.remedy(Alert("held", Severity.WARNING, BAD, values={"channel": "web", "reason": "missed"})),
        code_sentence("wp:incorrect_password", channel=BAD) or "",
        next_step("revealing", "by-hand", BAD),
        zoning.unplaced_in_words([BAD]),
    ]
    for one in told:
        assert QUOTED in one, one


def test_deliveries_that_may_go_on_are_listed_as_one_word_each(province: Province):
    post = province.a.approved(due="2026-11-09T07:00+07:00")
    held = f"{post}@{BAD}"
    province.sql(
        "UPDATE delivery SET id = %s, status = 'held',"
        " last_error = 'approval.unpinned: loa trust add duyet00001 --unit 00001'",
        held,
    )
    assert trusting.held_for(province.house.workspace, "duyet00001", "00001") == [held]
    code, told, said = loa(province, "trust", "add", "duyet00001", "--unit", "00001")
    assert (code, f"loa queue retry {shlex.quote(held)}" in told + said) == (0, True), told + said
