"""Campaigns: a plan shows every date and trouble, creating makes drafts once and wholly, progress is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import content.kits
from content.approval import Role
from content.errors import NotFound, RefusedByRule, UsageError
from content.finding import blocking
from loa.services import (
    approving,
    backup,
    campaigns,
    channels,
    deciding,
    drafts,
    people,
    posts,
    restoring,
    stopping,
)
from loa.services import campaign_records as records
from loa.services.campaigns import Plan, Slot
from loa.services.posts import RefusedFindings
from loa.services.workspace import Workspace
from tests.loa.conftest import Loa
from tests.support.office import PASSPHRASE, Office

LAW_DAY = date(2027, 11, 9)
SHIPPED = Path(content.kits.__file__).parent

Planning = Callable[..., Plan]


@pytest.fixture
def planned(desk: Office) -> Planning:
    return lambda kit="law_day", anchor=LAW_DAY, **more: campaigns.plan(desk.workspace, kit, anchor, **more)


def slot(made: Plan, item: str) -> Slot:
    return next(one for one in made.slots if one.item == item)


def rules(one: Slot) -> set[str]:
    return {finding.rule.partition(".")[2] for finding in one.findings}


def own_kit(desk: Office, plan: str, **items: str) -> None:
    folder = desk.folder / "kits" / "rieng"
    folder.mkdir(parents=True)
    (folder / "campaign.toml").write_text(plan, "utf-8")
    for name, body in items.items():
        front = f"id: {name}\ntitle: {name}\nkind: hoi_dap\nchannels: [website]"
        (folder / f"{name}.md").write_text(f"---\n{front}\n---\n{body}\n", "utf-8")


OWN = """
name = "Riêng"
checked_on = 2026-11-22
[[items]]
file = "mot.md"
offset = "D 08:00"
channels = ["website"]
working_day = true
[[items]]
file = "hai.md"
offset = "D 08:30"
channels = ["website"]
"""


# ---- the plan


def test_a_plan_dates_every_post_and_creates_nothing(desk: Office, planned: Planning) -> None:
    made = planned()
    assert (made.id, made.name) == ("ngay-phap-luat-2027", "Ngày Pháp luật 2027")
    assert len(made.slots) == 13
    on_the_day = slot(made, "hom-nay-ngay-phap-luat")
    assert on_the_day.at == datetime(2027, 11, 9, 0, 0, tzinfo=UTC), "07:00 in Vietnam"
    assert (on_the_day.lunar, on_the_day.off) == ("12/10", False)
    assert [one.name for one in on_the_day.holidays] == ["Ngày Pháp luật Việt Nam"]
    assert [one.at for one in made.slots] == sorted(one.at for one in made.slots)
    assert slot(made, "nam-buoc-kiem-tra-tin").day.weekday() == 5
    assert "weekend" in rules(slot(made, "nam-buoc-kiem-tra-tin"))
    assert posts.listing(desk.workspace) == []
    assert campaigns.listing(desk.workspace) == []


def test_the_kits_names_for_channels_become_the_units_own(desk: Office, planned: Planning) -> None:
    operator = desk.people["ky"]
    channels.add(desk.workspace, operator, "cong-tinh", platform="assisted",
                 settings={"portal": "https://tinh.example.test"}, secrets={})  # fmt: skip
    assert slot(planned(), "khoi-dong").channels == ("website", "cong-tinh", "fanpage")
    only = planned(channel_ids=["website"])
    assert slot(only, "khoi-dong").channels == ("website",)
    film = slot(only, "chuyen-cai-ranh-dat")
    assert (film.taken, film.channels, rules(film)) == (False, (), {"no_channel"})


def test_a_bulletin_is_posted_by_hand_only_where_there_is_no_loudspeaker(
    desk: Office, planned: Planning
) -> None:
    operator, bulletin = desk.people["ky"], "ban-tin-toi-9-11"
    for name, platform, settings in (
        ("cong-tinh", "assisted", {"portal": "https://tinh.example.test"}),
        ("loa-xa", "loudspeaker", {"voice": "none"}),
    ):
        channels.add(desk.workspace, operator, name, platform=platform, settings=settings, secrets={})
        assert slot(planned(), bulletin).channels == (name,)
    assert "cong-tinh" in slot(planned(), "khoi-dong").channels


def test_what_is_past_must_be_moved_or_left_out(desk: Office, planned: Planning) -> None:
    """Today is Law Day 2026, 06:00: seven posts of ten on these channels should have been out."""
    made = planned(anchor=None)
    past = [one.item for one in made.slots if "past" in rules(one)]
    assert (made.anchor, len(past)) == (date(2026, 11, 9), 7)
    with pytest.raises(RefusedFindings):
        campaigns.create(desk.workspace, desk.people["soan"], made)
    later = desk.clock.now() + timedelta(hours=30)
    again = planned(anchor=None, skipped=past[1:], moves={past[0]: later})
    assert again.refused == []
    assert slot(again, past[0]).at == later
    done = campaigns.create(desk.workspace, desk.people["soan"], again)
    assert len(done.posts) == 4


def test_a_day_off_gives_way_only_where_the_item_says_so(desk: Office) -> None:
    own_kit(desk, OWN, mot="Một.", hai="Hai.")
    made = campaigns.plan(desk.workspace, "rieng", date(2027, 4, 30))  # Friday; 1/5 Saturday
    shifted, stays = slot(made, "mot"), slot(made, "hai")
    assert (shifted.day, shifted.shifted_from) == (date(2027, 5, 3), date(2027, 4, 30))
    assert "shifted" in rules(shifted)
    assert (stays.day, stays.shifted_from) == (date(2027, 4, 30), None)
    assert "holiday" in rules(stays)
    (desk.folder / "ngay-nghi.toml").write_text('[[day]]\ndate = 2027-05-03\nname = "Nghỉ bù"\n', "utf-8")
    made = campaigns.plan(desk.workspace, "rieng", date(2027, 4, 30))
    assert slot(made, "mot").day == date(2027, 5, 4), "the unit's own days count"


@pytest.mark.parametrize("anchor", [date(2027, 2, 9), date(2027, 2, 6), date(2028, 1, 29)])
def test_what_invites_to_the_day_comes_before_it_also_around_tet(planned: Planning, anchor: date) -> None:
    invites = slot(planned("ngay_phap_luat_hang_thang", anchor), "moi-hoc-luat")
    assert invites.day < anchor
    assert not invites.off
    assert ("shifted_back" in rules(invites)) == (invites.shifted_from is not None)


def test_the_monthly_kit_around_tet_goes_back_to_the_last_working_day(planned: Planning) -> None:
    invites = slot(planned("ngay_phap_luat_hang_thang", date(2027, 2, 9)), "moi-hoc-luat")
    assert (invites.day, invites.shifted_from) == (date(2027, 2, 4), date(2027, 2, 6))


def test_a_day_off_that_turns_the_order_of_two_posts_is_told(desk: Office) -> None:
    second = OWN.replace('file = "hai.md"\noffset = "D 08:30"', 'file = "hai.md"\noffset = "D+1 08:30"')
    own_kit(desk, second, mot="Một.", hai="Hai.")
    turned = campaigns.plan(desk.workspace, "rieng", date(2027, 4, 30))
    told = [one for one in turned.findings if one.rule == "campaigns.order"]
    assert [(one.severity, one.values["others"]) for one in told] == [("warn", "hai")]
    plain = campaigns.plan(desk.workspace, "rieng", date(2027, 4, 21))
    assert "campaigns.order" not in [one.rule for one in plain.findings]


def test_two_posts_of_one_channel_within_an_hour_are_told(desk: Office) -> None:
    own_kit(desk, OWN, mot="Một.", hai="Hai.")
    desk.import_post("khac.md", due="2027-06-01T09:20+07:00", channels="[website]")
    desk.import_post("kenh-khac.md", due="2027-06-01T08:10+07:00", channels="[fanpage]")
    made = campaigns.plan(desk.workspace, "rieng", date(2027, 6, 1))
    [first] = [one for one in slot(made, "mot").findings if one.rule == "campaigns.crowded"]
    assert first.values["others"] == "hai (website)"
    [second] = [one for one in slot(made, "hai").findings if one.rule == "campaigns.crowded"]
    assert second.values["others"] == "mot (website), khac@website"
    deciding.cancel(desk.workspace, desk.people["soan"], "khac@website", "thôi")
    alone = campaigns.plan(desk.workspace, "rieng", date(2027, 6, 1), skipped=["mot"])
    assert "crowded" not in rules(slot(alone, "hai"))


@pytest.mark.parametrize(
    ("wishes", "error", "said"),
    [
        ({"kit": "law_dya"}, NotFound, "law_day"),
        ({"kit": "van_ban_moi", "anchor": None}, UsageError, "ngày văn bản có hiệu lực"),
        ({"channel_ids": ["websit"]}, NotFound, "website"),
        ({"moves": {"khoi-dog": datetime(2027, 1, 1, tzinfo=UTC)}}, NotFound, "khoi-dong"),
        ({"skipped": ["x"]}, NotFound, "khoi-dong"),
        ({"values": {"donvi": "x"}}, NotFound, "don_vi"),
    ],
)
def test_what_there_is_not_is_named_with_the_nearest(
    planned: Planning, wishes: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        planned(**wishes)


# ---- creating


def test_a_campaign_becomes_drafts_that_bear_its_name(desk: Office, planned: Planning) -> None:
    made = planned(values={"don_vi": "Ủy ban nhân dân xã Bình An"})
    done = campaigns.create(desk.workspace, desk.people["soan"], made)
    assert (done.outcome, len(done.posts)) == ("new", 10)
    views = posts.listing(desk.workspace)
    assert {view.status for view in views} == {"draft"}
    planned_at = {(one.post, name): one.at for one in made.taken for name in one.channels}
    assert {(d.post, d.channel): d.due_at for view in views for d in view.deliveries} == planned_at
    shown = posts.get(desk.workspace, "ngay-phap-luat-2027-hom-nay-ngay-phap-luat")
    assert "Ngày Pháp luật 2027" in shown.source
    assert "xã Bình An" in shown.source
    assert "Thử Nghiệm" not in "".join(view.source for view in views)
    texts = {variant.channel: variant for variant in posts.variants(desk.workspace, shown.id)}
    assert "xã Bình An chúc bà con" in texts["fanpage"].text, "the kit's own text for Facebook went along"
    assert len(texts["website"].media) == 1


def test_creating_the_same_campaign_twice_adds_nothing_and_says_so(desk: Office, planned: Planning) -> None:
    first = campaigns.create(desk.workspace, desk.people["soan"], planned())
    again = planned()
    assert "campaigns.there" in {finding.rule for finding in again.findings}
    second = campaigns.create(desk.workspace, desk.people["soan"], again)
    assert (second.outcome, sorted(second.posts)) == ("same", sorted(first.posts))
    assert len(posts.listing(desk.workspace)) == 10
    with pytest.raises(RefusedByRule, match="kế hoạch khác"):
        campaigns.create(desk.workspace, desk.people["soan"], planned(skipped=["khoi-dong"]))
    other = campaigns.create(desk.workspace, desk.people["soan"], planned(name="Ngày Pháp luật, đợt hai"))
    assert (other.id, other.outcome) == ("ngay-phap-luat-dot-hai", "new")


def test_one_refused_post_refuses_the_whole_campaign(desk: Office) -> None:
    own_kit(desk, OWN, mot="Một.", hai="MẬT")
    made = campaigns.plan(desk.workspace, "rieng", date(2027, 6, 1))
    with pytest.raises(RefusedFindings) as caught:
        campaigns.create(desk.workspace, desk.people["soan"], made)
    assert [one.rule for one in blocking(caught.value.findings)] == ["content.secret_mark"]
    assert posts.listing(desk.workspace) == []
    assert campaigns.listing(desk.workspace) == []
    assert not list(desk.folder.glob(".campaign-*"))


def test_a_creation_that_was_killed_before_its_import_is_completed_by_the_same_command(
    desk: Office, planned: Planning, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    record = records.path_of(desk.workspace, "ngay-phap-luat-2027")
    kept = ""
    with monkeypatch.context() as patched:
        patched.setattr(campaigns, "import_files", die)
        patched.setattr(Path, "unlink", lambda *_a, **_k: None)  # a killed process tidies nothing away
        with pytest.raises(Killed):
            campaigns.create(desk.workspace, desk.people["soan"], planned())
        kept = record.read_text("utf-8")
    [left] = campaigns.listing(desk.workspace)
    assert (left.planned, left.done, left.next_at) == (19, 0, None)
    assert {
        cell.status for item in campaigns.progress(desk.workspace, left.id).items for cell in item.cells
    } == {""}
    assert campaigns.create(desk.workspace, desk.people["soan"], planned()).outcome == "new"
    assert json.loads(record.read_text("utf-8"))["slots"] == json.loads(kept)["slots"]


def test_a_post_that_is_somebody_elses_is_never_overwritten(desk: Office) -> None:
    own_kit(desk, OWN, mot="Một.", hai="Hai.")
    desk.import_post("rieng-01-06-2027-mot.md", title="Bài của người khác")
    made = campaigns.plan(desk.workspace, "rieng", date(2027, 6, 1))
    with pytest.raises(RefusedByRule):
        campaigns.create(desk.workspace, desk.people["soan"], made)
    assert posts.get(desk.workspace, "rieng-01-06-2027-mot").title == "Bài của người khác"
    assert campaigns.listing(desk.workspace) == []


def test_an_empty_slot_is_drafted_and_cannot_be_submitted(desk: Office, planned: Planning) -> None:
    values = {
        "ten_van_ban": "Nghị định số 1/2027/NĐ-CP",
        "noi_dung_chinh": "Bà con được hỏi.",
        "viec_can_lam": "Hỏi.",
    }
    made = planned("van_ban_moi", date(2027, 3, 1), values=values)
    last = slot(made, "hom-nay-co-hieu-luc")
    assert "later" in rules(last)
    assert rules(slot(made, "con-ba-ngay")) == set()
    author = desk.people["soan"]
    campaigns.create(desk.workspace, author, made)
    assert posts.get(desk.workspace, last.post).title == "Có hiệu lực từ hôm nay: Nghị định số 1/2027/NĐ-CP"
    with pytest.raises(RefusedFindings) as caught:
        approving.submit(desk.workspace, author, last.post)
    [stop] = blocking(caught.value.findings)
    assert (stop.rule, stop.values["words"]) == ("content.slot_unfilled", "{{cau_hoi_nhieu}}")
    draft = drafts.begin(desk.workspace, "soan", last.post)
    written = draft.source.replace("{{cau_hoi_nhieu}}", "Hỏi ở đâu? Ở bộ phận tiếp công dân.")
    drafts.save(desk.workspace, author, drafts.keep(desk.workspace, draft, written))
    assert approving.submit(desk.workspace, author, last.post).status == "in_review"


def test_only_who_may_write_creates(desk: Office, planned: Planning) -> None:
    looker = people.add(desk.workspace, desk.people["ky"], "xem", full_name="Xem", roles=[Role.INSPECTOR],
                        passphrase=PASSPHRASE)  # fmt: skip
    with pytest.raises(RefusedByRule):
        campaigns.create(desk.workspace, looker, planned())


# ---- how it goes


def test_progress_lays_plan_and_reality_side_by_side(desk: Office, planned: Planning) -> None:
    done = campaigns.create(desk.workspace, desk.people["soan"], planned())
    first, second, *_ = done.posts
    author = desk.people["soan"]
    deciding.cancel(desk.workspace, author, f"{first}@fanpage", "trùng")
    deciding.move(desk.workspace, author, f"{second}@website", "20/10/2027 09:00")
    approving.submit(desk.workspace, author, first)
    now = desk.clock.now()
    desk.clock.instant = planned().slots[0].at - timedelta(hours=1)
    approving.approve(desk.workspace, desk.people["duyet"], first)
    desk.publish_until(desk.clock.now() + timedelta(hours=2))
    told = campaigns.progress(desk.workspace, done.id)
    assert (told.campaign.planned, told.campaign.done, told.campaign.dropped) == (19, 1, 1)
    assert told.campaign.created_at == now
    assert {one.channel: (one.planned, one.done, one.dropped) for one in told.campaign.channels} == {
        "website": (9, 1, 0),
        "fanpage": (10, 0, 1),
    }
    assert [cell.status for cell in told.items[0].cells] == ["published", "cancelled"]
    moved = told.items[1].cells[0]
    assert moved.due_at == datetime(2027, 10, 20, 2, 0, tzinfo=UTC)
    assert told.items[1].planned_at == datetime(2027, 10, 19, 1, 0, tzinfo=UTC)


def test_a_freeze_of_the_campaigns_name_holds_its_posts(desk: Office, planned: Planning) -> None:
    made = planned()
    first = campaigns.create(desk.workspace, desk.people["soan"], made).posts[0]
    desk.clock.instant = made.slots[0].at - timedelta(hours=1)
    approving.submit(desk.workspace, desk.people["soan"], first)
    approving.approve(desk.workspace, desk.people["duyet"], first)
    done = stopping.start(desk.workspace, desk.people["duyet"], "tag", "ngay phap luat 2027", "chờ chỉ đạo")
    assert done.stopped == [f"{first}@website", f"{first}@fanpage"]


@pytest.mark.parametrize("wrong", ["", "{", "[]", '{"slots": 3}', '{"name": "x", "slots": []}', "[" * 5000])
def test_a_record_that_somebody_spoilt_is_left_out(desk: Office, planned: Planning, wrong: str) -> None:
    done = campaigns.create(desk.workspace, desk.people["soan"], planned())
    (desk.folder / "campaigns" / "khac.json").write_text(wrong, "utf-8")
    assert [one.id for one in campaigns.listing(desk.workspace)] == [done.id]
    with pytest.raises(NotFound, match=done.id):
        campaigns.progress(desk.workspace, "khac")


def test_campaigns_and_the_units_own_kits_come_back_from_a_backup(desk: Office, tmp_path: Path) -> None:
    own_kit(desk, OWN, mot="Một.", hai="Hai.")
    (desk.folder / "khau-hieu.toml").write_text("# của xã\n", "utf-8")
    made = campaigns.plan(desk.workspace, "rieng", date(2027, 6, 1))
    campaigns.create(desk.workspace, desk.people["soan"], made)
    kept = backup.create(desk.workspace, tmp_path / "sao-luu", PASSPHRASE)
    restoring.restore(Path(kept.file), tmp_path / "moi", PASSPHRASE, clock=desk.clock)
    back = Workspace.open(tmp_path / "moi", desk.clock)
    assert campaigns.listing(back) == campaigns.listing(desk.workspace)
    assert "rieng" in campaigns.kit_names(back)
    assert (tmp_path / "moi" / "khau-hieu.toml").read_text("utf-8") == "# của xã\n"
    back.close()


# ---- the command line


def test_the_command_line_from_kit_to_progress(at_desk: Loa, desk: Office) -> None:
    listed = at_desk("campaign", "kits", "--json").json
    assert {one["kit"] for one in listed} == {
        "an_toan_giao_thong", "law_day", "ngay_phap_luat_hang_thang", "phong_chong_ma_tuy",
        "quyen_nguoi_tieu_dung", "van_ban_moi",
    }  # fmt: skip
    assert "09/11" in at_desk("campaign", "kits").out
    seen = at_desk("campaign", "plan", "law-day", "--anchor", "09/11/2027", "--json")
    assert seen.code == 0
    assert seen.json["slots"][0]["day"] == "2027-10-15"
    shown = at_desk("campaign", "plan", "law-day", "--anchor", "2027-11-09", "--skip", "khoi-dong")
    assert "Thứ Ba 09/11/2027 07:00" in shown.out
    assert "(không tạo)" in shown.out
    past = at_desk("campaign", "plan", "law-day", "--anchor", "2026-11-09")
    assert (past.code, "Giờ đăng đã qua" in past.err) == (3, True)
    wishes = (
        "law-day",
        "--anchor",
        "2027-11-09",
        "--channel",
        "website",
        "--move",
        "khoi-dong=16/10/2027 08:00",
    )
    made = at_desk("campaign", "new", *wishes, user="soan")
    assert (made.code, "9 bài nháp" in made.err) == (0, True)
    assert "không tạo thêm gì" in at_desk("campaign", "new", *wishes, user="soan").err
    [one] = at_desk("campaign", "list", "--json").json
    assert (one["id"], one["anchor"], one["planned"]) == ("ngay-phap-luat-2027", "2027-11-09", 9)
    assert "website 0/9" in at_desk("campaign", "list").out
    assert "Thứ Bảy 16/10/2027 08:00" in at_desk("campaign", "show", one["id"]).out
    assert at_desk("campaign", "show", one["id"], "--json").json["items"][0]["cells"][0]["status"] == "draft"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("plan", "law-day", "--anchor", "hôm nay"), 2, "hôm nay không phải ngày"),
        (("plan", "law-day", "--move", "khoi-dong"), 2, "TÊN=NỘI DUNG"),
        (("plan", "law-day", "--move", "khoi-dong=hôm nay"), 2, "hôm nay"),
        (("show", "x"), 4, "loa campaign list"),
    ],
)
def test_a_slip_is_told_in_a_sentence(at_desk: Loa, words: tuple[str, ...], code: int, said: str) -> None:
    answer = at_desk("campaign", *words)
    assert (answer.code, said in answer.err) == (code, True), answer.err


def test_a_broken_kit_of_the_units_own_hides_no_other(at_desk: Loa, desk: Office) -> None:
    shutil.copytree(SHIPPED / "law_day", desk.folder / "kits" / "cua-xa")
    plan = desk.folder / "kits" / "cua-xa" / "campaign.toml"
    plan.write_text(plan.read_text("utf-8").replace("D-25 07:30", "sớm"), "utf-8")
    told = at_desk("campaign", "kits")
    assert "van_ban_moi" in told.out
    assert "[[items]] 1 (khoi-dong.md)" in told.err
    assert "'sớm'" in told.err
