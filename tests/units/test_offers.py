"""What a province offers and a commune adopts: text passes on, never an approval, never a publication."""

from __future__ import annotations

from datetime import datetime

import pytest

from content.errors import NotFound, RefusedByRule
from loa.services import adopting, approving, deliveries, drafts, offering, offers, posts
from loa.services.importing import import_files
from loa.services.offers import OfferView
from tests.support.office import write_post
from tests.units.conftest import Desk, Province

DUE = "2026-11-09T07:00+07:00"
AFTER = datetime.fromisoformat("2026-11-09T07:10+07:00")
TEXT = "Mời bà con đến {{đơn vị}} nghe phổ biến luật. Ngày {{ngày họp}}."


def offered(province: Province, **keys: str) -> OfferView:
    house = province.house
    keys = {"title": "Nghe phổ biến luật", "text": TEXT, "due": DUE, "channels": "[web]"} | keys
    path = write_post(house.workspace.folder / "posts", "moi.md", **keys)
    # a place-holder may stay in a draft: it is submitting that is refused
    post = import_files(house.workspace, house.people["soan"], [path], slots_stay=True)[0].post
    return offering.make(house.workspace, house.people["duyet"], post)


def states(province: Province, number: int) -> dict[str, tuple[str, str]]:
    return {one.unit: (one.state, one.reason) for one in offers.answers(province.house.workspace, number)}


def saved(desk: Desk, number: int, *, change: str = "") -> str:
    """Adopt, change a word, save: the commune's own post."""
    done = adopting.adopt(desk.workspace, desk.people["soan"], number)
    source = done.draft.source.replace("{{ngày họp}}", "20/11") + change
    draft = drafts.keep(desk.workspace, done.draft, source)
    return drafts.save(desk.workspace, desk.people["soan"], draft).post


def test_a_unit_that_adopts_has_a_draft_of_its_own_in_its_own_name(province: Province):
    number = offered(province).id
    done = adopting.adopt(province.a.workspace, province.a.people["soan"], number)
    assert "Xã Một" in done.draft.source
    assert "{{ngày họp}}" in done.draft.source, "what nobody can fill in is left for a person"
    assert "channels: [web00001]" in done.draft.source
    assert done.draft.origin["digest"] == offers.get(province.a.workspace, number).digest
    assert posts.listing(province.a.workspace) == []


def test_nothing_goes_out_before_its_own_people_have_approved(province: Province):
    province.pin(province.a, province.b)
    offer = offered(province, text="Mời bà con nghe phổ biến luật.")
    house = province.house
    approving.submit(house.workspace, house.people["soan"], "moi")
    approving.approve(house.workspace, house.people["duyet"], "moi")
    post = saved(province.a, offer.id)
    approving.submit(province.a.workspace, province.a.people["soan"], post)
    province.office.publish_until(AFTER)
    assert deliveries.dossier(province.a.workspace, f"{post}@web00001").delivery.status == "in_review"
    assert posts.listing(province.b.workspace) == []


def test_the_province_sees_what_became_of_it_and_no_draft(province: Province):
    province.pin(province.a, province.b)
    a, b = province.a, province.b
    number = offered(province).id
    assert states(province, number) == {"00001": ("new", ""), "00002": ("new", "")}
    adopting.open_(a.workspace, a.people["soan"].name, number)
    adopting.decline(b.workspace, b.people["duyet"], number, "đã có bài riêng")
    assert states(province, number) == {"00001": ("opened", ""), "00002": ("declined", "đã có bài riêng")}
    post = saved(a, number)
    assert states(province, number)["00001"][0] == "adopted"
    own = province.own()
    assert [one.id for one in posts.listing(own)] == ["moi"]
    assert {one.unit: one.state for one in offers.answers(own, number)} == {
        "00001": "adopted",
        "00002": "declined",
    }
    approving.submit(a.workspace, a.people["soan"], post)
    approving.approve(a.workspace, a.people["duyet"], post)
    province.office.publish_until(AFTER)
    assert states(province, number)["00001"][0] == "published"
    assert {one.unit: one.state for one in offers.answers(own, number)}["00001"] == "published"
    assert offers.get(a.workspace, number).state == "published"


def test_a_correction_tells_adopters_and_changes_nothing_of_theirs(province: Province):
    number = offered(province).id
    post = saved(province.a, number)
    before = posts.get(province.a.workspace, post).source
    house = province.house
    house.draft("moi.md", title="Nghe phổ biến luật", text="Đã sửa ngày.", due=DUE)
    newer = offering.make(house.workspace, house.people["duyet"], "moi", instead_of=number)
    assert posts.get(province.a.workspace, post).source == before
    [told] = [one for one in posts.check(province.a.workspace, post) if one.rule == "offer.is_corrected"]
    assert told.severity == "warn"
    assert told.values["newer"] == newer.id
    assert f"bản mới: số {newer.id}" in told.message
    assert f"loa offer show {newer.id}" in told.remedy
    with pytest.raises(RefusedByRule, match="không còn dùng được"):
        adopting.adopt(province.b.workspace, province.b.people["soan"], number)


def test_a_withdrawal_tells_adopters_why(province: Province):
    number = offered(province).id
    post = saved(province.a, number)
    house = province.house
    offering.withdraw(house.workspace, house.people["duyet"], number, "sai căn cứ")
    found = [one for one in posts.check(province.a.workspace, post) if one.rule == "offer.is_withdrawn"]
    assert [one.values["why"] for one in found] == ["sai căn cứ"]
    assert "lý do: sai căn cứ" in found[0].message
    assert posts.get(province.a.workspace, post).title


def test_who_was_not_asked_does_not_learn_of_it(province: Province):
    house = province.house
    house.draft("moi.md", title="Chỉ cho xã Một", due=DUE)
    number = offering.make(house.workspace, house.people["duyet"], "moi", ["00001"]).id
    assert offers.get(province.a.workspace, number).title == "Chỉ cho xã Một"
    with pytest.raises(NotFound):
        offers.get(province.b.workspace, number)
    assert list(states(province, number)) == ["00001"]


def test_a_commune_offers_nothing_to_its_neighbours_nor_answers_for_them(province: Province):
    a = province.a
    post = a.draft(due=DUE)
    with pytest.raises(RefusedByRule, match="Chưa có đơn vị nào ở dưới"):
        offering.make(a.workspace, a.people["duyet"], post)
    number = offered(province).id
    with pytest.raises(NotFound):
        offers.answers(a.workspace, number)
    adopting.decline(a.workspace, a.people["duyet"], number, "không hợp")
    assert offers.get(province.b.workspace, number).state == "new"


def test_one_who_adopted_may_not_approve_what_they_took_in(province: Province):
    a = province.a
    post = saved(a, offered(province).id)
    assert a.people["soan"].name in posts.get(a.workspace, post).contributors
