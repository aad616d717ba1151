"""A campaign becomes a kit again, goes to another unit as one file, and gives the same campaign there."""

from __future__ import annotations

import os
import stat
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connectors.practice import PracticeServer
from content.approval import Role
from content.errors import LoaError, RefusedByRule, UsageError
from content.frontmatter import read_post
from content.kits import KitError, Value, kits, load_kit, read_kit
from content.kits import package as packing
from content.kits.filling import emptied, filled, slots
from content.kits.writing import write_plan
from content.post import Post
from loa.services import campaigns, deciding, drafts, people, posts, sharing
from loa.services.campaigns import Created, Plan
from loa.services.posts import RefusedFindings
from tests.loa.conftest import Loa
from tests.support.clock import TestClock
from tests.support.office import PASSPHRASE, Office, open_office

LAW_DAY = date(2027, 11, 9)
VALUES = {"don_vi": "Ủy ban nhân dân xã Bình An", "thoi_gian_thi": "từ ngày 25/10 đến hết ngày 8/11"}


@pytest.fixture
def other(tmp_path: Path, clock: TestClock) -> Iterator[Office]:
    """A second unit with the same kinds of channel."""
    with PracticeServer() as server, open_office(tmp_path / "xa-khac", server, clock) as office:
        yield office


def planned(office: Office, kit: str = "law_day", **more: object) -> Plan:
    return campaigns.plan(office.workspace, kit, LAW_DAY, values=VALUES, **more)  # type: ignore[arg-type]


def created(office: Office, kit: str = "law_day", **more: object) -> Created:
    return campaigns.create(office.workspace, office.people["soan"], planned(office, kit, **more))


def share(office: Office, kit: str = "cua_xa", to: Path | None = None, **how: str) -> sharing.Shared:
    return sharing.share(office.workspace, office.people["soan"], "ngay-phap-luat-2027", kit, to, **how)


def take_in(office: Office, file: Path, kit: str = "") -> sharing.Shared:
    return sharing.add(office.workspace, office.people["soan"], file, kit)


def shown(office: Office, done: Created) -> dict[tuple[str, str], tuple[object, ...]]:
    """What every channel would show of a campaign, by post and channel."""
    found = [one for key in done.posts for one in posts.variants(office.workspace, key)]
    return {
        (one.post, one.channel): (
            one.title, one.summary, one.text, one.not_before, one.tags, one.citations, one.link,
            [(ref.sha256, ref.alt) for ref in one.media],
        )
        for one in found
    }  # fmt: skip


# ---- round trip


def test_a_shared_campaign_gives_the_same_dates_and_texts_in_another_unit(
    desk: Office, other: Office, tmp_path: Path
) -> None:
    mine = created(desk)
    made = share(desk, to=tmp_path)
    assert made.path == tmp_path / "cua_xa.zip"
    assert not (desk.folder / "kits" / "cua_xa").exists(), "it was made for somebody else"
    assert take_in(other, made.path).items == made.items
    theirs = planned(other, "cua_xa")
    assert [(one.post, one.at, one.channels, one.lead, one.partner) for one in theirs.taken] == [
        (one.post, one.at, one.channels, one.lead, one.partner) for one in planned(desk).taken
    ]
    assert shown(other, created(other, "cua_xa")) == shown(desk, mine)
    assert not list(desk.folder.glob(".kit-*"))
    assert not list(other.folder.glob(".kit-*"))


def test_whose_a_picture_is_and_who_agreed_goes_along(desk: Office) -> None:
    created(desk)
    share(desk)
    zone = desk.workspace.config.zone
    for item in load_kit("cua_xa", desk.folder / "kits").items:
        before = read_post(load_kit("law_day").items[0].path.with_name(item.path.name), zone)[0]
        after = read_post(item.path, zone)[0]
        assert [(one.alt, one.rights, one.people) for one in after.media] == [
            (one.alt, one.rights, one.people) for one in before.media
        ]


def test_a_campaign_is_shared_as_it_stands_now(desk: Office) -> None:
    author, done = desk.people["soan"], created(desk)
    first, second, third, *_ = done.posts
    deciding.move(desk.workspace, author, f"{second}@website", "20/10/2027 09:15")
    deciding.move(desk.workspace, author, f"{second}@fanpage", "20/10/2027 10:00")
    deciding.cancel(desk.workspace, author, f"{first}@fanpage", "thôi")
    deciding.cancel(desk.workspace, author, f"{third}@fanpage", "thôi")
    draft = drafts.begin(desk.workspace, author.name, first)
    text = draft.source.replace("Câu hỏi nào cũng đáng quý", "Xã ta đọc hết mọi câu hỏi")
    drafts.save(desk.workspace, author, drafts.keep(desk.workspace, draft, text))
    made = share(desk)
    kit = load_kit("cua_xa", desk.folder / "kits")
    items = {item.path.stem: item for item in kit.items}
    assert "chuyen-cai-ranh-dat" not in items, "cancelled everywhere"
    assert {one.rule for one in made.findings} == {"campaigns.share_left_out", "campaigns.share_times"}
    moved = items["vi-sao-ngay-9-11"]
    assert (moved.days, f"{moved.at:%H:%M}") == (-20, "09:15")
    assert items["khoi-dong"].channels == ("website",)
    assert "Xã ta đọc hết mọi câu hỏi" in items["khoi-dong"].path.read_text("utf-8")


def test_what_was_filled_in_is_asked_again_and_figures_still_to_come_stay_slots(desk: Office) -> None:
    created(desk)
    share(desk)
    kit = load_kit("cua_xa", desk.folder / "kits")
    told = "".join(item.path.read_text("utf-8") for item in kit.items)
    assert "Bình An" not in told
    assert "{{don_vi}}" in told
    assert "25/10" not in told
    assert "2027" not in told, "nothing of this one year"
    values = {value.name: value for value in kit.values}
    origin = {value.name: value for value in load_kit("law_day").values}
    assert values["thoi_gian_thi"].label == origin["thoi_gian_thi"].label
    assert values["so_luot_tham_gia"].later
    assert (kit.name, kit.tag, kit.anchor) == ("Ngày Pháp luật Việt Nam 9/11", "Ngày Pháp luật", (9, 11))
    *kept, edited = kit.unverified
    assert {doubt.what for doubt in kept} < {doubt.what for doubt in load_kit("law_day").unverified}
    assert kept, "what a person must check is still to be checked"
    assert ("chép lại từ một chiến dịch" in edited.what, edited.items) == (True, ())
    asked = {
        name for item in kit.items for name in slots(read_post(item.path, desk.workspace.config.zone)[0])
    }
    assert asked <= set(values)


def post_of(office: Office, done: Created, item: str) -> str:
    return next(one.post for one in campaigns.progress(office.workspace, done.id).items if one.item == item)


def edit(office: Office, post: str, changed: dict[str, str]) -> None:
    author = office.people["soan"]
    draft = drafts.begin(office.workspace, author.name, post)
    text = draft.source
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    drafts.save(office.workspace, author, drafts.keep(office.workspace, draft, text))


FIGURES = {"so_tin_bai": "42", "so_video": "3", "so_ban_tin": "2", "luot_xem": "18.250", "so_tra_loi": "57"}


def test_figures_of_this_year_do_not_go_into_next_years_kit(desk: Office) -> None:
    done = created(desk)
    edit(
        desk, post_of(desk, done, "khep-lai"), {f"{{{{{name}}}}}": figure for name, figure in FIGURES.items()}
    )
    made = share(desk)
    kit = load_kit("cua_xa", desk.folder / "kits")
    [item] = [item for item in kit.items if item.path.stem == "khep-lai"]
    text = item.path.read_text("utf-8")
    assert "18.250" not in text
    assert set(FIGURES) <= set(slots(read_post(item.path, desk.workspace.config.zone)[0]))
    assert {value.name for value in kit.values if value.later} >= set(FIGURES)
    told = [one for one in made.findings if one.rule == "campaigns.share_restored"]
    assert [(one.place, "18" in one.line()) for one in told] == [("khep-lai", False)]
    assert "{…}" in told[0].remedy
    again = campaigns.plan(desk.workspace, "cua_xa", date(2028, 11, 9), values=VALUES)
    [slot] = [one for one in again.slots if one.item == "khep-lai"]
    assert "campaigns.later" in {one.rule for one in slot.findings}


def test_figures_that_cannot_be_taken_out_are_told_and_doubted(desk: Office) -> None:
    share_of = created(desk)
    share(desk, "lan_mot")
    again = campaigns.plan(desk.workspace, "lan_mot", LAW_DAY, values=VALUES, name="Đợt hai")
    done = campaigns.create(desk.workspace, desk.people["soan"], again)
    assert len(done.posts) == len(share_of.posts)
    edit(
        desk, post_of(desk, done, "khep-lai"), {f"{{{{{name}}}}}": figure for name, figure in FIGURES.items()}
    )
    (desk.folder / "kits" / "lan_mot" / "khep-lai.md").write_text("không còn là bài", "utf-8")
    made = sharing.share(desk.workspace, desk.people["soan"], "dot-hai", "lan_hai")
    told = [(one.severity, one.place) for one in made.findings if one.rule == "campaigns.share_figures"]
    assert told == [("warn", "khep-lai")]
    doubted = [one.items for one in load_kit("lan_hai", desk.folder / "kits").unverified]
    assert ("khep-lai.md",) in doubted


def test_a_campaign_can_be_shared_when_its_kit_is_gone(desk: Office) -> None:
    created(desk)
    share(desk, "lan_mot")
    again = campaigns.plan(desk.workspace, "lan_mot", LAW_DAY, values=VALUES, name="Đợt hai")
    campaigns.create(desk.workspace, desk.people["soan"], again)
    for path in (desk.folder / "kits" / "lan_mot").iterdir():
        path.unlink()
    made = sharing.share(desk.workspace, desk.people["soan"], "dot-hai", "lan_hai")
    kit = load_kit("lan_hai", desk.folder / "kits")
    assert (made.name, kit.anchor, kit.checked_on) == ("Đợt hai", None, date(2026, 11, 9))
    assert "{{don_vi}}" in kit.items[0].path.read_text("utf-8")


def test_two_pictures_of_one_name_stay_two_and_the_people_in_one_are_told(desk: Office) -> None:
    folder = desk.folder / "kits" / "rieng"
    folder.mkdir(parents=True)
    for name, picture, seen in (
        ("mot", "nam-buoc.png", "hai hòa giải viên, đã đồng ý"),
        ("hai", "dung-voi-chia-se.png", "không"),
    ):
        (folder / name).mkdir()
        (folder / name / "anh.png").write_bytes(
            load_kit("law_day").items[0].path.with_name(picture).read_bytes()
        )
        (folder / f"{name}.md").write_text(
            f"---\nid: {name}\ntitle: Bài {name}\nkind: hoi_dap\nchannels: [website]\n"
            f"media: [{{file: {name}/anh.png, alt: Tờ gấp, people: '{seen}'}}]\n---\n"
            f"Xem ![hình]({name}/anh.png)\n",
            "utf-8",
        )
    items = "".join(
        f'[[items]]\nfile = "{name}.md"\noffset = "D {at}"\nchannels = ["website"]\n'
        for name, at in (("mot", "08:00"), ("hai", "10:00"))
    )
    (folder / "campaign.toml").write_text(f'name = "R"\nchecked_on = 2027-01-01\n{items}', "utf-8")
    made = campaigns.plan(desk.workspace, "rieng", LAW_DAY)
    done = campaigns.create(desk.workspace, desk.people["soan"], made)
    told = sharing.share(desk.workspace, desk.people["soan"], done.id, "hai_anh").findings
    assert [(one.rule, one.place) for one in told] == [("campaigns.share_people", "mot")]
    kept = read_kit(desk.folder / "kits" / "hai_anh")
    pictures = [read_post(item.path, desk.workspace.config.zone)[0] for item in kept.items]
    names = [post.media[0].file for post in pictures]
    assert len(set(names)) == 2
    assert all(f"]({name})" in post.body for name, post in zip(names, pictures, strict=True))
    digests = {(item.path.parent / name).read_bytes() for item, name in zip(kept.items, names, strict=True)}
    assert len(digests) == 2


@pytest.mark.parametrize("name", kits())
def test_a_plan_that_is_written_reads_back_as_the_same_kit(name: str, tmp_path: Path) -> None:
    kit = load_kit(name)
    for item in kit.items:
        (tmp_path / item.path.name).write_bytes(item.path.read_bytes())
    (tmp_path / "campaign.toml").write_text(write_plan(kit), "utf-8")
    again = read_kit(tmp_path)
    same = ("name", "anchor", "anchor_name", "about", "tag", "checked_on", "values", "unverified", "roles")
    assert {key: getattr(again, key) for key in same} == {key: getattr(kit, key) for key in same}
    assert [vars(item) | {"path": item.path.name} for item in again.items] == [
        vars(item) | {"path": item.path.name} for item in kit.items
    ]


def test_only_whole_words_of_some_length_become_slots_again() -> None:
    post = Post(key="a", title="Xã Bình", kind="hoi_dap", body="Xã Bình An và Xã Bình; xã Bình Anh; 12 lượt.")
    done = emptied(post, {"Xã Bình": "ten", "Xã Bình An": "don_vi", "12": "so", " ": "rong"})
    assert done.title == "{{ten}}"
    assert done.body == "{{don_vi}} và {{ten}}; xã Bình Anh; 12 lượt."
    assert filled(done, [], {"ten": "Xã Bình", "don_vi": "Xã Bình An"}) == post


WORDS = st.text("ab .,X", min_size=1, max_size=12).map(lambda text: " ".join(text.split()))


@given(body=st.lists(WORDS, max_size=6).map(" ".join), first=WORDS, second=WORDS)
def test_filling_again_what_was_emptied_gives_the_same_text(body: str, first: str, second: str) -> None:
    assume(first != second)
    post = Post(key="a", title=body[:9], kind="hoi_dap", body=f"{body} {first} {second}")
    assert filled(emptied(post, {first: "mot", second: "hai"}), [], {"mot": first, "hai": second}) == post


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_can_stand_in_a_plan(text: str) -> None:
    kit = load_kit("van_ban_moi")
    label = Value("a", text or "x", text)
    told = tomllib.loads(write_plan(replace(kit, about=text or "x", values=(label,))))
    assert (told["about"], told["values"][0].get("hint", "")) == (text or "x", text)


# ---- refusals


def test_a_name_that_is_taken_is_refused_and_another_helps(
    desk: Office, other: Office, tmp_path: Path
) -> None:
    created(desk)
    made = share(desk, to=tmp_path / "bo-bai.zip")
    with pytest.raises(RefusedByRule, match="law_day"):
        share(desk, "law-day")
    share(desk)
    with pytest.raises(RefusedByRule, match="--kit"):
        share(desk)
    with pytest.raises(UsageError, match=r"bo-bai\.zip"):
        share(desk, to=tmp_path / "bo-bai.zip")
    take_in(other, made.path)
    with pytest.raises(RefusedByRule, match="--kit"):
        take_in(other, made.path)
    assert take_in(other, made.path, "ban_hai").kit == "ban_hai"
    assert {"cua_xa", "ban_hai"} <= set(campaigns.kit_names(other.workspace))
    for nowhere in ("khong-co/x.zip", "bo-bai.zip/x.zip", f"{'x' * 300}.zip"):
        with pytest.raises(UsageError, match="Chọn thư mục khác"):
            share(desk, to=tmp_path / nowhere)
    for wrong in ("", "Của xã", "../x", "1x", "x" * 41):
        with pytest.raises(UsageError):
            share(desk, wrong)


def test_of_a_campaign_that_was_dropped_nothing_is_shared(desk: Office) -> None:
    done = created(desk, channel_ids=["website"])
    for key in done.posts:
        deciding.cancel(desk.workspace, desk.people["soan"], f"{key}@website", "thôi")
    with pytest.raises(RefusedByRule, match="không còn bài nào"):
        share(desk)
    assert not (desk.folder / "kits").exists()


def test_only_who_may_write_shares_and_takes_in(desk: Office, tmp_path: Path) -> None:
    created(desk)
    looker = people.add(desk.workspace, desk.people["ky"], "xem", full_name="Xem", roles=[Role.INSPECTOR],
                        passphrase=PASSPHRASE)  # fmt: skip
    made = share(desk, to=tmp_path)
    with pytest.raises(RefusedByRule):
        sharing.share(desk.workspace, looker, "ngay-phap-luat-2027", "x")
    with pytest.raises(RefusedByRule):
        sharing.add(desk.workspace, looker, made.path, "x")


# ---- files from elsewhere

PLAN = (
    'name = "Thử"\nchecked_on = 2026-11-22\n'
    '[[items]]\nfile = "a.md"\noffset = "D 08:00"\nchannels = ["website"]\n'
)
POST = "---\nid: a\ntitle: A\nkind: hoi_dap\nchannels: [website]\n---\n\nMột câu.\n"
GOOD = {"thu/campaign.toml": PLAN, "thu/a.md": POST}


def zipped(
    path: Path, entries: dict[str, str], change: Callable[[zipfile.ZipInfo], None] = lambda _: None
) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in entries.items():
            info = zipfile.ZipInfo(name)
            change(info)
            packed.writestr(info, text)
    return path


def test_a_kit_zipped_by_hand_is_taken_in_whatever_the_file_manager_added(
    desk: Office, tmp_path: Path
) -> None:
    litter = {"__MACOSX/thu/._a.md": "x", "thu/.DS_Store": "x", "thu/": ""}
    assert take_in(desk, zipped(tmp_path / "1.zip", GOOD | litter)).kit == "thu"
    flat = {name.removeprefix("thu/"): text for name, text in GOOD.items()}
    assert take_in(desk, zipped(tmp_path / "bo_khac.zip", flat)).kit == "bo_khac"
    assert sorted(path.name for path in (desk.folder / "kits" / "thu").iterdir()) == ["a.md", "campaign.toml"]


def linked(info: zipfile.ZipInfo) -> None:
    if info.filename.endswith("a.md"):
        info.external_attr = (stat.S_IFLNK | 0o777) << 16


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"thu/../../x.md": "x"}, "x.md"),
        ({"/etc/x.md": "x"}, "x.md"),
        ({"thu\\x.md": "x"}, "x.md"),
        ({"C:x.md": "x"}, "x.md"),
        ({"khac/x.md": "x"}, "khac/x.md"),
        ({"thu/x.exe": "x"}, "x.exe"),
        ({"thu/config.toml": "x"}, "config.toml"),
        ({"thu/.an.md": "x"}, ".an.md"),
        ({"thu/A.MD": POST}, "A.MD"),
        ({"thu/x\x01.md": "x"}, "không thuộc"),
        ({f"thu/{'x' * 300}.md": "x"}, "không thuộc"),
        ({"thu/a.md/b.md": POST}, "a.md/b.md"),
        ({"thu/A.md/b.md": POST}, "A.md/b.md"),
        ({"khac/campaign.toml": PLAN}, "campaign.toml"),
        ({f"thu/{n}.md": POST for n in range(501)}, "500"),
    ],
)
def test_what_does_not_belong_into_a_kit_refuses_all_of_it(
    desk: Office, tmp_path: Path, entries: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        take_in(desk, zipped(tmp_path / "x.zip", GOOD | entries))
    assert said in str(caught.value)
    nothing_left(desk)


def nothing_left(desk: Office) -> None:
    assert not (desk.folder / "kits").exists()
    assert not list(desk.folder.glob(".kit-*"))


def test_a_link_is_no_part_of_a_kit(desk: Office, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.md"):
        take_in(desk, zipped(tmp_path / "x.zip", GOOD, linked))
    nothing_left(desk)


def test_a_bomb_is_stopped_while_it_unfolds(
    desk: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "LARGEST_UNPACKED_BYTES", 100_000)
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in (GOOD | {"thu/b.md": "0" * 5_000_000}).items():
            packed.writestr(name, text)
    assert path.stat().st_size < 20_000
    with pytest.raises(UsageError, match="lớn hơn"):
        take_in(desk, path)
    nothing_left(desk)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + b"\0" * 18, b"<html>", b"\0" * 100_000])
def test_what_is_no_zip_is_told(desk: Office, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(UsageError, match=r"campaign share|campaign\.toml"):
        take_in(desk, tmp_path / "x.zip")
    with pytest.raises(UsageError):
        take_in(desk, tmp_path)
    with pytest.raises(UsageError, match="Không thấy"):
        take_in(desk, tmp_path / "khong-co.zip")
    os.mkfifo(tmp_path / "ong")
    for odd in (tmp_path / ("x" * 300), tmp_path / "ong", Path("/dev/null")):
        with pytest.raises(UsageError, match="campaign share"):
            take_in(desk, odd)
    (tmp_path / "ong").unlink()
    nothing_left(desk)


def test_every_cut_and_every_turned_bit_of_a_good_file_ends_in_a_sentence(
    desk: Office, tmp_path: Path
) -> None:
    whole = zipped(tmp_path / "x.zip", GOOD).read_bytes()
    broken = [whole[:cut] for cut in range(0, len(whole), 37)]
    broken += [whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :] for at in range(0, len(whole), 11)]
    taken = 0
    for number, content in enumerate(broken):
        (tmp_path / "y.zip").write_bytes(content)
        with suppress(LoaError):  # anything else is a fault of ours
            taken += len(take_in(desk, tmp_path / "y.zip", f"k{number}").items)
    assert 0 < taken < len(broken) / 2, "some bits are of no account, cuts always are"
    assert not list(desk.folder.glob(".kit-*"))


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("thu/campaign.toml", PLAN.replace("a.md", "b.md"), KitError),
        ("thu/campaign.toml", "[", KitError),
        ("thu/a.md", "không có đầu bài", RefusedFindings),
        ("thu/a.md", POST.replace("---\n\n", "media: [{file: x.png, alt: Hình}]\n---\n\n"), RefusedFindings),
        ("thu/a.md", POST.replace("---\n\n", "media: [{file: ../x.png, alt: H}]\n---\n\n"), RefusedFindings),
    ],
)
def test_a_kit_with_mistakes_is_not_taken_in(
    desk: Office, tmp_path: Path, name: str, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        take_in(desk, zipped(tmp_path / "x.zip", GOOD | {name: text}))
    nothing_left(desk)


def test_a_file_with_a_password_is_told(desk: Office, tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", GOOD)
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1  # "encrypted", in the directory
    path.write_bytes(data)
    with pytest.raises(UsageError, match="mật khẩu"):
        take_in(desk, path)


# ---- killed, and the command line


def test_a_process_killed_before_the_last_step_leaves_no_kit(
    desk: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> Path:
        raise Killed

    created(desk)
    with monkeypatch.context() as patched:
        patched.setattr(sharing, "_keep", die)
        with pytest.raises(Killed):
            share(desk)
    assert "cua_xa" not in campaigns.kit_names(desk.workspace)
    assert share(desk).items


def test_the_command_line_shares_and_takes_in(at_desk: Loa, desk: Office, tmp_path: Path) -> None:
    created(desk)
    file = tmp_path / "gui-xa-ban.zip"
    made = at_desk(
        "campaign", "share", "ngay-phap-luat-2027", "--kit", "cua-xa", "--to", str(file), user="soan"
    )
    assert (made.code, "gui-xa-ban.zip" in made.err) == (0, True), made.err
    taken = at_desk("campaign", "add", str(file), "--json", user="soan")
    assert (taken.code, taken.json["kit"], len(taken.json["items"])) == (0, "cua_xa", 10), taken.err
    assert "cua_xa" in at_desk("campaign", "kits").out
    assert at_desk("campaign", "plan", "cua_xa", "--anchor", "2027-11-09").code == 0
    again = at_desk("campaign", "add", str(file), user="soan")
    assert (again.code != 0, "--kit" in again.err) == (True, True)
    zipped(tmp_path / "sai.zip", GOOD | {"thu/campaign.toml": PLAN.replace("D 08:00", "sớm")})
    wrong = at_desk("campaign", "add", str(tmp_path / "sai.zip"), user="soan")
    assert (wrong.code != 0, "sớm" in wrong.err) == (True, True), wrong.err
