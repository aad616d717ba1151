"""Theme and slogan of a year come from dated rows; what nobody knows yet stays a slot that stops the post."""

from __future__ import annotations

from datetime import date

import pytest

from content.errors import UsageError
from content.finding import Finding
from content.kits.theme import SLOTS, themes
from loa.services import approving, campaigns, posts
from loa.services.campaigns import Plan
from loa.services.posts import RefusedFindings
from tests.loa.conftest import Loa
from tests.support.office import Office

LAW_DAY = date(2027, 11, 9)
OWN = """
[[year]]
year = 2027
theme = "Chủ đề thử của năm"
slogans = ["Khẩu hiệu thứ nhất", "Khẩu hiệu thứ hai"]
source = "Kế hoạch của tỉnh"
checked_on = 2027-06-01
verified = true
"""


def planned(desk: Office, anchor: date = LAW_DAY, **more: object) -> Plan:
    return campaigns.plan(desk.workspace, "law_day", anchor, **more)  # type: ignore[arg-type]


def remark(made: Plan, rule: str) -> Finding | None:
    return next((one for one in made.findings if one.rule == f"campaigns.{rule}"), None)


def own(desk: Office, text: str) -> None:
    (desk.folder / "khau-hieu.toml").write_text(text, "utf-8")


def test_what_ships_was_read_somewhere_on_a_day() -> None:
    assert set(themes()) == {2025}, "2026 and 2027 were not found: no row is better than a guess"
    for row in themes().values():
        assert row.source
        assert row.checked_on >= date(2026, 11, 1)


def test_a_year_that_nobody_knows_leaves_its_slots_and_says_so(desk: Office) -> None:
    made = planned(desk)
    told = remark(made, "no_theme")
    assert told is not None
    assert "2027" in told.line()
    assert "khau-hieu.toml" in told.line()
    assert not set(SLOTS) & set(made.values)
    campaigns.create(desk.workspace, desk.people["soan"], made)
    week = next(one for one in made.slots if one.item == "tuan-le-ngay-phap-luat")
    with pytest.raises(RefusedFindings) as caught:
        approving.submit(desk.workspace, desk.people["soan"], week.post)
    assert "{{chu_de_nam}}" in {finding.values.get("words") for finding in caught.value.findings}


def test_the_year_of_the_anchor_decides_not_the_year_of_today(desk: Office) -> None:
    assert planned(desk, date(2025, 11, 9)).values["chu_de_nam"] == themes()[2025].theme
    own(desk, OWN)
    made = planned(desk)
    assert [made.values[name] for name in SLOTS] == ["Chủ đề thử của năm", "Khẩu hiệu thứ nhất"]
    assert remark(made, "no_theme") is None
    assert remark(made, "theme_unverified") is None
    assert remark(planned(desk, date(2028, 11, 9)), "no_theme") is not None
    campaigns.create(desk.workspace, desk.people["soan"], made)
    week = next(one for one in made.slots if one.item == "tuan-le-ngay-phap-luat")
    assert "Chủ đề thử của năm" in posts.get(desk.workspace, week.post).source


def test_the_units_row_replaces_loas_and_an_officers_word_replaces_both(desk: Office) -> None:
    own(desk, OWN.replace("2027\n", "2025\n", 1))
    assert planned(desk, date(2025, 11, 9)).values["chu_de_nam"] == "Chủ đề thử của năm"
    own(desk, OWN)
    assert planned(desk, values={"chu_de_nam": "Của riêng xã"}).values["chu_de_nam"] == "Của riêng xã"


def test_a_row_that_nobody_compared_is_marked(desk: Office) -> None:
    own(desk, OWN.replace("verified = true", "verified = false"))
    told = remark(planned(desk), "theme_unverified")
    assert told is not None
    assert "Kế hoạch của tỉnh" in told.line()
    mine = {"chu_de_nam": "Một", "khau_hieu_nam": "Hai"}
    assert remark(planned(desk, values=mine), "theme_unverified") is None, "it is not used"


def test_a_kit_without_such_slots_is_not_bothered(desk: Office) -> None:
    made = campaigns.plan(desk.workspace, "van_ban_moi", date(2027, 3, 1))
    assert remark(made, "no_theme") is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[year]]", "[[year]", "chưa đọc được"),
        ("year = 2027", "year = '2027'", "“year”"),
        ("year = 2027", "year = true", "“year”"),
        ('theme = "Chủ đề thử của năm"', "theme = 3", "“theme”"),
        ('"Khẩu hiệu thứ hai"', "2", "“slogans”"),
        ('source = "Kế hoạch của tỉnh"', 'source = " "', "“source”"),
        ("checked_on = 2027-06-01", "checked_on = '2027-06-01'", "“checked_on”"),
        ("verified", "verifed", "“verifed”"),
        ("\n[[year]]", "years = 1\n[[year]]", "[[year]]"),
        ("Chủ đề", "x" * 500, "“theme”"),
        ("Chủ đề", "x" * 70_000, "64 KiB"),
    ],
)
def test_a_broken_file_of_the_unit_is_told_in_a_sentence(desk: Office, old: str, new: str, said: str) -> None:
    own(desk, OWN.replace(old, new))
    with pytest.raises(UsageError) as caught:
        planned(desk)
    assert "khau-hieu.toml" in str(caught.value)
    assert said in str(caught.value)


def test_a_file_in_another_encoding_is_told(desk: Office) -> None:
    (desk.folder / "khau-hieu.toml").write_bytes(OWN.encode("utf-16"))
    with pytest.raises(UsageError, match="UTF-8"):
        planned(desk)


# ---- the anchor day, and who does what


def test_channels_that_say_nothing_on_the_day_itself_are_named(desk: Office) -> None:
    assert remark(planned(desk), "anchor_empty") is None
    told = remark(planned(desk, skipped=["hom-nay-ngay-phap-luat"]), "anchor_empty")
    assert told is not None
    assert told.values["channels"] == "website, fanpage"
    assert told.severity == "hint"
    one = remark(planned(desk, skipped=["hom-nay-ngay-phap-luat"], channel_ids=["website"]), "anchor_empty")
    assert one is not None
    assert one.values["channels"] == "website"


def test_who_leads_and_who_works_along_is_told_from_plan_to_progress(at_desk: Loa, desk: Office) -> None:
    law_day = ("law-day", "--anchor", "2027-11-09")
    [first, *_] = at_desk("campaign", "plan", *law_day, "--json").json["slots"]
    assert (first["lead"], first["partner"]) == ("Công chức văn hóa – xã hội", "Công chức tư pháp – hộ tịch")
    words = "Công chức văn hóa – xã hội; phối hợp: Công chức tư pháp – hộ tịch"
    assert words in at_desk("campaign", "plan", *law_day).out
    campaigns.create(desk.workspace, desk.people["soan"], planned(desk))
    [told, *_] = at_desk("campaign", "show", "ngay-phap-luat-2027", "--json").json["items"]
    assert (told["lead"], told["partner"]) == (first["lead"], first["partner"])
    assert words in at_desk("campaign", "show", "ngay-phap-luat-2027").out
