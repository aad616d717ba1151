"""What a province offers and a commune adopts: text passes on, never an approval, never a publication."""

from __future__ import annotations

from datetime import datetime

import pytest

from content.errors import NotFound, RefusedByRule
from loa.services import (
    adopting,
    approving,
    deciding,
    deliveries,
    drafts,
    offer_news,
    offering,
    offers,
    posts,
)
from loa.services.importing import import_files
from loa.services.offers import OfferView
from loa.services.overview import overview
from loa.services.posts import RefusedFindings
from tests.support.office import write_post
from tests.units.conftest import Desk, Province
from tests.units.test_keeping_units import loa

DUE = "2026-11-09T07:00+07:00"
AFTER = datetime.fromisoformat("2026-11-09T07:10+07:00")
TEXT = "Mời bà con đến {{đơn vị}} nghe phổ biến luật. Ngày {{ngày họp}}."


def offered(province: Province, **keys: str) -> OfferView:
    house = province.house
    keys = {"title": "Nghe phổ biến luật", "text": TEXT, "due": DUE, "channels": "[web]"} | keys
    path = write_post(house.workspace.folder / "posts", "moi.md", **keys)
    post = import_files(house.workspace, house.people["soan"], [path])[0].post
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


def corrected(province: Province, number: int) -> OfferView:
    house = province.house
    province.clock.forward(minutes=1)
    house.draft("moi.md", title="Nghe phổ biến luật", text="Đã sửa ngày.", due=DUE)
    return offering.make(house.workspace, house.people["duyet"], "moi", instead_of=number)


def test_a_model_post_is_imported_with_its_places_and_never_submitted(province: Province):
    house = province.house
    path = write_post(house.workspace.folder / "posts", "moi.md", text=TEXT, due=DUE, channels="[web]")
    [done] = import_files(house.workspace, house.people["soan"], [path])
    told = [one for one in done.findings if one.rule == "offer.place_stays"]
    assert [(one.severity, one.values["words"]) for one in told] == [
        ("warn", "{{đơn vị}}"),
        ("warn", "{{ngày họp}}"),
    ]
    with pytest.raises(RefusedFindings) as met:
        approving.submit(house.workspace, house.people["soan"], done.post)
    assert {one.rule for one in met.value.findings if one.severity == "block"} == {"content.slot_unfilled"}


def test_where_nobody_is_below_and_in_single_braces_a_place_is_a_slip(province: Province):
    with pytest.raises(RefusedFindings):
        province.a.draft("moi.md", text=TEXT, due=DUE)
    with pytest.raises(RefusedFindings):
        province.house.draft("moi.md", text="Gọi {đường dây nóng}.", due=DUE)


def test_what_a_person_has_to_fill_in_is_named_and_not_forgotten(province: Province):
    a = province.a
    done = adopting.adopt(a.workspace, a.people["soan"], offered(province).id)
    assert done.unfilled == ["{{ngày họp}}"]
    with pytest.raises(RefusedFindings):
        drafts.save(a.workspace, a.people["soan"], done.draft)


def test_adopting_twice_names_the_first_copy_and_is_done_only_on_purpose(province: Province):
    a, number = province.a, offered(province).id
    soan = a.people["soan"]
    first = adopting.adopt(a.workspace, soan, number).draft
    with pytest.raises(RefusedByRule, match=f"loa draft save {first.id}"):
        adopting.adopt(a.workspace, soan, number)
    source = first.source.replace("{{ngày họp}}", "20/11")
    post = drafts.save(a.workspace, soan, drafts.keep(a.workspace, first, source)).post
    with pytest.raises(RefusedByRule, match=f"thành bài {post} .*loa draft new --post {post}"):
        adopting.adopt(a.workspace, soan, number)
    assert adopting.adopt(a.workspace, soan, number, again=True).draft.post == ""
    b = province.b
    drafts.discard(b.workspace, adopting.adopt(b.workspace, b.people["soan"], number).draft)
    with pytest.raises(RefusedByRule, match=r"soan00002 đã lấy.*--again"):
        adopting.adopt(b.workspace, b.people["soan"], number)


def test_offering_the_same_twice_points_at_the_first(province: Province):
    house, number = province.house, offered(province).id
    duyet = house.people["duyet"]
    for to in ([], ["00001"]):
        with pytest.raises(RefusedByRule, match=f"--instead-of {number}"):
            offering.make(house.workspace, duyet, "moi", to)
    newer = corrected(province, number).id
    with pytest.raises(RefusedByRule, match=f"--instead-of {newer}"):
        offering.make(house.workspace, duyet, "moi", instead_of=number)
    offering.withdraw(house.workspace, duyet, newer, "xem lại")
    first = offering.make(house.workspace, duyet, "moi", ["00001"]).id
    assert offering.make(house.workspace, duyet, "moi", ["00002"]).id > first, "another unit, no twin"


def test_the_newest_of_several_corrections_is_named(province: Province):
    number = offered(province).id
    post = saved(province.a, number)
    newest = corrected(province, corrected(province, number).id).id
    assert [one.values["newer"] for one in offer_news.of_post(province.a.workspace, post)] == [newest]


def test_the_list_says_how_far_ones_own_post_is(keyed: Province):
    a, number = keyed.a, offered(keyed).id
    post = saved(a, number)
    assert offers.get(a.workspace, number).status == "draft"
    approving.submit(a.workspace, a.people["soan"], post)
    approving.approve(a.workspace, a.people["duyet"], post)
    folder = {"user": "soan00001", "folder": a.workspace.folder}
    _, told, said = loa(keyed, "offer", "list", **folder)
    assert f"{post} · đã duyệt, chờ đăng" in told, told + said
    keyed.office.publish_until(AFTER)
    assert (offers.get(a.workspace, number).state, offers.get(a.workspace, number).status) == (
        "published",
        "published",
    )


def test_a_correction_is_said_where_the_officer_looks(keyed: Province):
    a, number = keyed.a, offered(keyed).id
    post = saved(a, number)
    newer = corrected(keyed, number).id
    folder = {"user": "soan00001", "folder": a.workspace.folder}
    for words in (("post", "show", post), ("offer", "list"), ("status",)):
        _, told, said = loa(keyed, *words, **folder)
        assert f"loa offer show {newer}" in told + said, words
    assert overview(keyed.b.workspace).offers == []


def test_the_status_is_quiet_once_somebody_has_done_something_about_it(keyed: Province):
    a, number = keyed.a, offered(keyed).id
    post = saved(a, number)
    offering.withdraw(keyed.house.workspace, keyed.house.people["duyet"], number, "sai căn cứ")
    [told] = overview(a.workspace).offers
    assert told.startswith(f"{post}: ")
    assert "sai căn cứ" in told
    deciding.cancel(a.workspace, a.people["ky"], f"{post}@{a.channel}", "cấp trên rút")
    assert overview(a.workspace).offers == []
    assert offer_news.of_post(a.workspace, post), "the post itself still says it"


def test_a_correction_that_is_declined_is_asked_about_no_more(keyed: Province):
    a, number = keyed.a, offered(keyed).id
    saved(a, number)
    newer = corrected(keyed, number).id
    assert overview(a.workspace).offers
    adopting.decline(a.workspace, a.people["duyet"], newer, "bài của xã đúng rồi")
    assert overview(a.workspace).offers == []


def test_what_nobody_does_anything_about_leaves_the_status_after_a_month(keyed: Province):
    a, number = keyed.a, offered(keyed).id
    saved(a, number)
    corrected(keyed, number)
    keyed.clock.forward(days=31)
    assert overview(a.workspace).offers == []


def test_a_correction_that_was_withdrawn_after_all_is_told_as_that(province: Province):
    house, a = province.house, province.a
    number = offered(province).id
    post = saved(a, number)
    newer = corrected(province, number).id
    offering.withdraw(house.workspace, house.people["duyet"], newer, "văn bản bị bãi bỏ")
    (told,) = offer_news.of_post(a.workspace, post)
    assert (told.rule, told.values["why"]) == ("offer.is_withdrawn", "văn bản bị bãi bỏ")
