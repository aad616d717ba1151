"""Whom the publishing machine has to pin, which channels it has to confirm: said to whoever has to do it."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from connectors.practice import PracticeServer
from content.errors import RefusedByRule
from loa.cli import glance
from loa.services import (
    awaiting,
    channels,
    checkup,
    confirming,
    health,
    people,
    posts,
    trusting,
    units,
)
from loa.services.workspace import Workspace
from scheduler import presence
from scheduler.zones import Serves
from tests.support.office import PASSPHRASE
from tests.units.conftest import Province
from tests.units.test_first_post_of_a_commune import TOKEN, confirmed, page
from tests.units.test_keeping_units import loa

DUE = "2026-11-09T07:00+07:00"


def waiting_channels(province: Province, *desks: str) -> list[set[str]]:
    """As the house sees it, and the PCs of these."""
    made = [province.house, *(getattr(province, name) for name in desks)]
    return [{one.id for one in awaiting.channels(desk.workspace)} for desk in made]


def test_the_house_lists_whom_it_has_to_pin_with_fingerprint_and_command(province: Province):
    waits = awaiting.people(province.house.workspace)
    assert [one.name for one in waits] == [
        f"{name}{code}" for code in ("00001", "00002") for name in ("duyet", "ky", "soan", "tham")
    ]
    [lan] = [one for one in waits if one.name == "duyet00001"]
    there = {one.name: one.fingerprint for one in trusting.listing(province.a.workspace)}
    assert (lan.unit, lan.fingerprint) == ("00001", there["duyet00001"])
    assert lan.command == "loa trust add duyet00001 --unit 00001"
    code, told, said = loa(province, "trust", "list")
    assert (code, lan.fingerprint in told, "CHỜ GHIM" in told, lan.command in said) == (0, True, True, True)
    assert "duyet00001" in loa(province, "status")[1]
    province.pin(province.a, province.b)
    assert awaiting.look(province.house.workspace) == awaiting.Waits()


def test_whom_the_house_took_off_its_list_and_who_left_wait_no_more(province: Province):
    house, ky = province.house.workspace, province.house.people["ky"]
    province.pin(province.a)
    trusting.remove(house, ky, "duyet00001")
    people.retire(province.b.workspace, province.b.people["ky"], "soan00002")
    names = {one.name for one in awaiting.people(house)}
    assert names == {"ky00002", "duyet00002", "tham00002"}


def test_an_officer_of_the_provinces_own_who_was_added_on_another_pc_waits_too(province: Province):
    there, ky = province.own(), province.house.people["ky"]
    trusting.add(there, ky, ky)
    people.add(there, ky, "moi", full_name="Mới", roles=["drafter"], passphrase=PASSPHRASE)
    commands = [one.command for one in awaiting.people(province.house.workspace) if one.name == "moi"]
    assert commands == ["loa trust add moi"]


def test_a_name_that_would_be_more_than_a_name_in_a_command_is_not_told_as_one(province: Province):
    province.sql("UPDATE officer SET name = 'x; rm -rf ~' WHERE name = 'soan00001'")
    assert not [one for one in awaiting.people(province.house.workspace) if ";" in one.command]


def test_a_channel_waits_to_be_confirmed_on_both_sides_until_it_is(province: Province, pages: PracticeServer):
    a = province.a
    name = page(pages, a, "11")
    assert waiting_channels(province, "a", "b") == [
        {"web00001", "web00002", name},
        {"web00001", name},
        {"web00002"},
    ]
    province.pin(a, province.b)
    confirmed(province, name, a.code)
    assert waiting_channels(province, "a", "b") == [set(), set(), set()]


@pytest.mark.parametrize("what", ["settings", "secrets"])
def test_a_channel_that_was_changed_waits_again(keyed: Province, pages: PracticeServer, what: str):
    a, name = keyed.a, page(pages, keyed.a, "11")
    confirmed(keyed, name, a.code)
    given = {"settings": {}, "secrets": {}} | {
        what: {"base_url": f"{pages.url}/"} if what == "settings" else {TOKEN: "mã mới"}
    }
    channels.change(a.workspace, a.people["ky"], name, **given)
    assert waiting_channels(keyed, "a") == [{name}, {name}]


def test_another_name_is_nothing_to_be_confirmed(keyed: Province):
    a = keyed.a
    channels.change(a.workspace, a.people["ky"], a.channel, name="Trang xã", settings={}, secrets={})
    assert waiting_channels(keyed, "a") == [set(), set()]


def test_what_another_hand_turned_elsewhere_waits_at_the_house_and_is_unknown_to_the_commune(keyed: Province):
    keyed.sql("UPDATE channel SET settings = replace(settings, 'site', 'khac') WHERE id = 'web00001'")
    assert waiting_channels(keyed, "a") == [{"web00001"}, set()]


def test_every_list_says_what_a_channel_waits_for(province: Province):
    """Not that it is well, nor that it lost its access."""
    command = "loa channel confirm web00001 --unit 00001"
    for folder, user in ((province.house.workspace.folder, "ky"), (province.a.workspace.folder, "ky00001")):
        for words in ("channel list", "status", "channel check web00001"):
            _, told, said = loa(province, *words.split(), user=user, folder=folder)
            assert command in told + said, f"{words}: {told}{said}"
            assert "mất quyền" not in told + said
        bad = [one for one in checkup.examine(folder) if one.name == "channel_waits"]
        assert command in " ".join(one.saw for one in bad)
    views = json.loads(loa(province, "channel", "list", "--json")[1])
    assert {one["id"]: one["waits_for"] for one in views}["web00001"] == command


def test_a_communes_trust_list_says_that_it_counts_there_alone(province: Province):
    code, told, said = loa(province, "trust", "list", user="ky00001", folder=province.a.workspace.folder)
    assert (code, "tin\n" in told, "ghi nhận ở máy này" in told) == (0, False, True)
    assert "theo danh sách ở máy đăng bài" in said


LISTS = ("user list", "channel list", "trust list", "queue list")


@pytest.mark.parametrize("words", LISTS)
def test_lists_of_the_house_say_whose_each_row_is(keyed: Province, words: str):
    for desk in (keyed.house, keyed.a, keyed.b):
        desk.draft(f"bai-{desk.code or 'tinh'}.md", due=DUE)
    told = loa(keyed, *words.split())[1]
    assert "Đơn vị" in told.splitlines()[0]
    units_told = {one["unit"] for one in json.loads(loa(keyed, *words.split(), "--json")[1])}
    assert units_told == {"", "00001", "00002"}
    one = json.loads(loa(keyed, *words.split(), "--unit", "00002", "--json")[1])
    assert {row["unit"] for row in one} == {"00002"}
    own = json.loads(loa(keyed, *words.split(), "--unit", "", "--json")[1])
    assert {row["unit"] for row in own} == {""}
    code, _, said = loa(keyed, *words.split(), "--unit", "00009")
    assert (code != 0, "unit.unknown" in said) == (True, True)


@pytest.mark.parametrize("words", LISTS)
def test_where_all_rows_are_ones_own_no_column_says_so(keyed: Province, words: str):
    keyed.a.draft(due=DUE)
    told = loa(keyed, *words.split(), user="ky00001", folder=keyed.a.workspace.folder)[1]
    assert "Đơn vị" not in told.splitlines()[0]


def contradicted(province: Province) -> int:
    return health.facts(province.house.workspace).contradictions


def test_an_alarm_is_looked_at_anew_as_soon_as_its_remedy_was_done(province: Province):
    """The noted count stands until then: with it goes what else was counted."""
    house, ky = province.house.workspace, province.house.people["ky"]
    health.check_audit(house)
    province.sql("UPDATE officer SET roles = 'approver,operator' WHERE name = 'duyet'")
    province.clock.forward(days=1, minutes=1)
    assert health.check_audit(house)
    assert contradicted(province) == 1
    assert not health.check_audit(house), "once a day"
    trusting.add(house, ky, people.find(house, "duyet"))
    assert contradicted(province) == 1
    assert health.check_audit(house)
    assert contradicted(province) == 0


@pytest.mark.parametrize("deed", ["remove", "confirm"])
def test_who_is_taken_off_and_what_is_confirmed_is_looked_at_anew_too(keyed: Province, deed: str):
    house = Workspace.open(keyed.house.workspace.folder)  # by the clock of the command
    health.check_audit(house)
    if deed == "remove":
        trusting.remove(house, keyed.house.people["ky"], "duyet00001")
    else:
        assert loa(keyed, "channel", "confirm", "web00001", "--unit", "00001")[0] == 0
    assert health.check_audit(house)
    house.close()


def test_what_the_house_found_is_no_alarm_of_a_commune(province: Province):
    house = province.house.workspace
    found = {"broken_at": 7, "cut_at": 8, "events": 9, "contradictions": 2}
    health.note_checked(house, "audit", found)
    health.note_checked(house, "clock", {"skew_s": 900.0})
    alarms = {"audit_broken", "audit_cut", "contradicted", "clock"}
    assert alarms <= {one.key for one in health.examine(house).alerts}
    assert not alarms & {one.key for one in health.examine(province.a.workspace).alerts}


def test_a_worker_of_the_house_that_fell_silent_is_no_alarm_of_a_commune(province: Province):
    """Nobody there can look after that machine."""
    house, at = province.house.workspace, province.clock.now()
    ago = at - timedelta(minutes=10)
    for worker, since, zone in (("lives", at, "a"), ("silent", ago, "b")):
        told = (worker, "0", since, Serves(zones=(zone,)).told)
        house.database.run(lambda c, told=told: presence.announce(c, *told))

    def shown(workspace: Workspace) -> tuple[bool, bool]:
        seen = health.examine(workspace)
        screen = "\n".join(glance.screen(seen, workspace.config.zone))
        return "worker_silent" in {one.key for one in seen.alerts}, "im lặng từ" in screen

    assert shown(house) == (True, True)
    assert shown(province.a.workspace) == (False, False)
    there = health.examine(province.a.workspace).overview
    assert there.publisher is not None
    assert there.publisher.alive, "that somebody publishes is seen there too"


def test_a_communes_unit_list_knows_its_own_login(province: Province):
    folder = province.a.workspace.folder
    told = loa(province, "unit", "list", user="ky00001", folder=folder)[1]
    assert "chưa có tài khoản" not in told
    views = json.loads(loa(province, "unit", "list", "--json", user="ky00001", folder=folder)[1])
    assert {one["logins"] for one in views} == {None}


def test_what_has_no_limit_says_so_and_figures_say_of_which_days(province: Province):
    house, ky = province.house.workspace, province.house.people["ky"]
    units.add(house, ky, "00003", name="Xã Ba", kind="ubnd")
    units.limit(house, ky, "00003", {"channels": 1200})
    told = loa(province, "unit", "show", "00003")[1]
    assert "không giới hạn · không giới hạn · 1.200" in told
    assert "chưa có tài khoản" in told
    told = loa(province, "unit", "sum", "--from", "01/11/2026", "--to", "30/11/2026")[1]
    assert told.startswith("Từ 01/11/2026 đến hết 30/11/2026\n")
    assert units.figures(house, date(2026, 11, 1), date(2026, 11, 30))[0].last == date(2026, 11, 30)
    units.end(house, ky, "00003", "sáp nhập")
    with pytest.raises(RefusedByRule, match="đã kết thúc rồi"):
        units.limit(house, ky, "00003", {"channels": 3})
    assert {one.code for one in units.listing(house) if one.channels_most == 1200} == {"00003"}


def test_officers_and_channels_of_a_unit_that_ended_wait_for_nobody(province: Province):
    house, ky = province.house.workspace, province.house.people["ky"]
    units.end(house, ky, "00002", "sáp nhập")
    assert posts.listing(house) == []
    waits = awaiting.look(house)
    assert {one.unit for one in (*waits.people, *waits.channels)} == {"00001"}
    with pytest.raises(RefusedByRule):
        confirming.confirm(province.a.workspace, province.a.people["ky"], "web00001", "00001")


def test_a_units_pc_is_not_told_to_add_alerts_that_are_sent_elsewhere(province: Province):
    where = province.a.workspace.folder
    assert "máy chạy bộ đăng bài" in loa(province, "alert", "list", folder=where)[2]
    assert "loa alert add" not in "".join(map(str, loa(province, "status", folder=where)))
