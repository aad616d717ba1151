"""Stopping, calling back, taking down: by the commune for itself, by the province for all."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest

from content.errors import LoaError, NotFound, RefusedByRule
from loa.services import auditing, blackouts, deliveries, stopping
from tests.units.conftest import Desk, Province
from tests.units.test_first_post_of_a_commune import unsigned
from tests.units.test_keeping_units import loa

DUE = "2026-11-09T07:00+07:00"
AFTER = datetime.fromisoformat("2026-11-09T07:05+07:00")


def status(desk: Desk, name: str = "mot") -> str:
    return deliveries.dossier(desk.workspace, f"{name}@{desk.channel}").delivery.status


def heard(province: Province) -> None:
    for desk in (province.a, province.house):
        desk.workspace.database.run(lambda _: None)


def recorded(desk: Desk) -> set[tuple[str, str]]:
    return {(one.action, one.actor) for one in auditing.listing(desk.workspace)}


def test_a_commune_stops_itself_and_is_told_where_it_is_lifted(keyed: Province):
    """The publisher keeps what it has heard: a lift from a machine that nobody can believe would only take
    the stop off the commune's own list."""
    a, house = keyed.a, keyed.house
    a.approved("mot.md", due=DUE)
    keyed.b.approved("hai.md", due=DUE)
    keyed.pin(keyed.a, keyed.b)
    stop = stopping.start(a.workspace, a.people["ky"], "all", "", "sai chữ").freeze
    heard(keyed)
    assert list(keyed.house.workspace.trust.witness.freezes()) == [stop.id]
    with pytest.raises(RefusedByRule, match="máy chạy bộ đăng bài"):
        stopping.lift(a.workspace, a.people["ky"], stop.id, "đã sửa")
    assert [one.id for one in stopping.listing(a.workspace)] == [stop.id]
    stopping.lift(house.workspace, house.people["ky"], stop.id, "xã gọi: đã sửa")
    for desk in (house, a):
        assert stopping.listing(desk.workspace) == [], "and the commune sees that it is lifted"
    assert ("freeze_lifted", "ky") in recorded(a), "its own record says by whom"
    assert ("freeze_lifted", "ky") not in recorded(keyed.b)
    assert auditing.verify(a.workspace).whole
    keyed.office.publish_until(AFTER)
    assert (status(a), status(keyed.b, "hai")) == ("published", "published")


def test_so_it_is_with_a_day_on_which_posts_stay_back(keyed: Province):
    a, house = keyed.a, keyed.house
    monday = date(2026, 11, 9)
    day = blackouts.add(a.workspace, a.people["ky"], monday, monday, "Giỗ tổ xã").blackout
    heard(keyed)
    with pytest.raises(RefusedByRule, match="máy chạy bộ đăng bài"):
        blackouts.remove(a.workspace, a.people["ky"], day.id, "nhầm ngày")
    blackouts.remove(house.workspace, house.people["ky"], day.id, "xã gọi: nhầm ngày")
    assert [one.id for one in blackouts.listing(a.workspace)] == []
    assert ("blackout_removed", "ky") in recorded(a)


def test_the_provinces_stop_holds_every_unit_until_the_province_lifts_it(keyed: Province):
    house, a = keyed.house, keyed.a
    a.approved("mot.md", due=DUE)
    keyed.pin(a)
    stop = stopping.start(house.workspace, house.people["ky"], "all", "", "quốc tang").freeze
    assert [one.id for one in stopping.listing(a.workspace)] == [stop.id]
    with pytest.raises(RefusedByRule):
        stopping.lift(a.workspace, a.people["ky"], stop.id, "kệ")
    keyed.office.publish_until(datetime.fromisoformat("2026-11-09T06:59+07:00"))
    stopping.lift(house.workspace, house.people["ky"], stop.id, "hết tang")
    keyed.office.publish_until(AFTER)
    assert status(a) == "published"


def test_a_commune_that_notes_the_provinces_next_number_lifts_nothing_of_the_provinces(keyed: Province):
    """By hand it may write a note ahead of the row: the number then means two orders."""
    house, a = keyed.house, keyed.a
    own = keyed.own()
    a.approved("mot.md", due=DUE)
    keyed.pin(a)
    unsigned(a.workspace, "unit:00001", [["freeze", "1", json.dumps(["all", "", "00001"])]])
    house.workspace.database.run(lambda _: None)
    stop = stopping.start(own, house.people["ky"], "all", "", "quốc tang").freeze
    assert stop.id == 1
    own.database.run(lambda _: None)
    (shown,) = stopping.listing(house.workspace)
    assert (shown.unit, shown.reason) == ("", "quốc tang")
    stopping.lift(house.workspace, house.people["ky"], 1, "hết tang")
    assert stopping.listing(house.workspace) == []


def test_an_order_about_a_tag_is_told_to_nobody_who_has_a_post_of_that_name(keyed: Province):
    house, a = keyed.house, keyed.a
    a.approved("tet.md", due=DUE)
    stop = stopping.start(house.workspace, house.people["ky"], "tag", "tet", "xem lại").freeze
    stopping.lift(house.workspace, house.people["ky"], stop.id, "xong")
    assert not {"frozen", "freeze_lifted"} & {action for action, _ in recorded(a)}
    assert {"frozen", "freeze_lifted"} <= {one.action for one in auditing.listing(house.workspace)}


def test_the_province_takes_down_what_a_commune_published_and_the_commune_sees_who(keyed: Province):
    house, a, b = keyed.house, keyed.a, keyed.b
    a.approved("mot.md", due=DUE)
    keyed.pin(a)
    keyed.office.publish_until(AFTER)
    with pytest.raises(LoaError) as met:
        stopping.take_down(b.workspace, b.people["duyet"], "mot", "phá")
    assert isinstance(met.value, NotFound)
    (told,) = stopping.take_down(house.workspace, house.people["ky"], "mot", "sai sự thật")
    assert told.done, told
    assert status(a) == "removed"
    assert ("removed", "ky") in {(one.action, one.actor) for one in auditing.listing(a.workspace)}


def test_a_units_note_takes_no_number_so_large_that_none_is_left(keyed: Province):
    """A number of ten digits would not be believed of the province's own officers' PCs any more."""
    a, house = keyed.a, keyed.house
    day = ["2026-11-09T00:00:00+00:00", "2026-11-10T00:00:00+00:00", [["all", ""]], "00001"]
    facts = [["freeze", "999999999", json.dumps(["all", "", "00001"])]]
    facts += [["blackout", "999999999", json.dumps(day)], ["freeze", "9", json.dumps(["tag", "x", "00001"])]]
    unsigned(a.workspace, "unit:00001", facts)
    house.workspace.database.run(lambda _: None)
    house.workspace.trust.witness.must_be_whole()
    assert list(house.workspace.trust.witness.freezes()) == [9]
    assert stopping.start(house.workspace, house.people["ky"], "all", "", "quốc tang").freeze.id == 10


def test_whose_stop_it_is_stands_in_the_list(keyed: Province):
    a = keyed.a
    stopping.start(a.workspace, a.people["ky"], "all", "", "xã dừng")
    assert "tất cả của đơn vị 00001" in loa(keyed, "freeze", "list")[1]


def test_a_take_down_that_the_publisher_was_asked_for_is_told_as_that_and_is_no_failure(keyed: Province):
    a = keyed.a
    a.approved("mot.md", due=DUE)
    keyed.pin(a)
    keyed.office.publish_until(AFTER)
    words = ("post", "takedown", "mot", "--reason", "sai chữ")
    code, _, said = loa(keyed, *words, user=a.people["duyet"].name, folder=a.workspace.folder)
    assert (code, "Đã giao máy đăng bài làm ngay với mot@" in said) == (0, True), said
    assert "bằng tay" not in said
