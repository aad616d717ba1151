"""The kits that come with Loa: complete, publishable as they are, and dated around their anchor."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors import registry
from content.adapt import adapt
from content.checks import check_post, check_variant
from content.errors import NotFound, UsageError
from content.finding import blocking
from content.frontmatter import parse_post, read_post
from content.kits import Kit, KitError, KitItem, Value, kits, load_kit, read_kit
from content.kits.filling import filled, slots
from content.media import MediaStore
from content.post import Override, Post
from content.postwriter import with_field, write_post

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 10, 1, tzinfo=UTC)
PLATFORMS = {
    "website": "website",
    "cong": "wordpress",
    "fanpage": "facebook",
    "zalo": "zalo",
    "youtube": "youtube",
    "loa": "assisted",
}
"""The channels that the kits name, and the platform each is meant for."""

EVERY_ITEM = [
    pytest.param(kit, item, id=f"{kit.key}-{item.path.stem}")
    for kit in map(load_kit, kits())
    for item in kit.items
]


def anchor_of(kit: Kit) -> date:
    return kit.anchor_in(2026) if kit.anchor else date(2026, 12, 1)


@pytest.mark.parametrize(("kit", "item"), EVERY_ITEM)
def test_the_texts_fit_a_ward_and_a_special_zone_as_well_as_a_commune(kit: Kit, item: KitItem) -> None:
    """Beside the unit's own name, which is filled in, nothing says what kind of unit it is."""
    text = item.path.read_text("utf-8")
    for sample in (name for value in kit.values for name in value.stands_as):
        text = text.replace(sample, "")
    assert re.findall(r"(?i)[^.\n]*\bxã\b(?! hội)[^.\n]*", text) == []
    assert not re.search(r"(?i)\bxã\b(?! hội)", item.partner + item.lead)


def test_what_speaks_of_the_contest_is_named_where_there_may_be_none() -> None:
    kit = load_kit("law_day")
    [doubt] = [one for one in kit.unverified if one.what.startswith("Cuộc thi")]
    told = {item.path.name for item in kit.items if re.search(r"thi (?:trực tuyến|“)|dự thi", _words(item))}
    assert set(doubt.items) == told


def test_what_is_promised_to_people_is_doubted_until_somebody_asked() -> None:
    promise = re.compile(r"giữ kín|không phải đăng ký|giúp viết đơn|tài liệu in|gọi cấp cứu, mang theo")
    for kit in map(load_kit, kits()):
        doubted = {name for one in kit.unverified for name in one.items}
        assert {item.path.name for item in kit.items if promise.search(_words(item))} <= doubted


def test_on_the_day_nobody_hears_that_questions_were_answered_which_are_answered_later() -> None:
    items = {item.path.stem: item for item in load_kit("law_day").items}
    evening, answers = items["ban-tin-toi-9-11"], items["ban-hoi-xa-tra-loi"]
    assert evening.days < answers.days
    assert "sẽ được trả lời" in _words(evening)
    assert "đã được trả lời" not in _words(evening)


def _words(item: KitItem) -> str:
    return item.path.read_text("utf-8")


@pytest.mark.parametrize(("kit", "item"), EVERY_ITEM)
def test_every_item_can_be_published_once_its_slots_are_filled(
    kit: Kit, item: KitItem, tmp_path: Path
) -> None:
    read, findings = read_post(item.path, HANOI)
    assert findings == []
    values = {value.name: "Xin hỏi tại bộ phận tiếp công dân." for value in kit.values}
    post = filled(read, kit.values, values | {"ngay_moc": "1/12/2026", "nam": "2026"})
    assert slots(post) == []
    assert check_post(post, known_channels=PLATFORMS, now=NOW) == []
    assert post.channels == item.channels
    assert post.summary
    assert post.tags
    store = MediaStore(tmp_path)
    media = {m.file: store.add(item.path.parent / m.file, m.alt) for m in post.media}
    due = item.due(anchor_of(kit), HANOI)
    for channel in post.channels:
        limits = registry.capabilities(PLATFORMS[channel]).limits
        variant = adapt(
            post,
            media,
            revision=1,
            channel=channel,
            platform=PLATFORMS[channel],
            account="",
            limits=limits,
            author="",
            not_before=due,
            deadline=due + timedelta(days=1),
        )
        assert check_variant(variant, limits) == []


@pytest.mark.parametrize(("kit", "item"), EVERY_ITEM)
def test_an_item_takes_its_due_time_without_other_changes(kit: Kit, item: KitItem) -> None:
    due = item.due(anchor_of(kit), HANOI)
    dated = with_field(item.path.read_text("utf-8"), "due", due.isoformat())
    post, findings = parse_post(dated, file_name=item.path.name, zone=HANOI)
    assert (post.due, blocking(findings)) == (due, [])


@pytest.mark.parametrize("name", kits())
def test_files_are_small_and_every_one_is_used(name: str) -> None:
    kit = load_kit(name)
    used = {media.file for item in kit.items for media in read_post(item.path, HANOI)[0].media}
    folder = kit.items[0].path.parent
    files = {path.name: path for path in folder.iterdir() if path.suffix not in (".md", ".toml")}
    assert set(files) == used
    most_kib = {".mp4": 300, ".srt": 4}
    for path in files.values():
        assert path.stat().st_size < most_kib.get(path.suffix, 120) * 1024, path.name


@pytest.mark.parametrize("name", kits())
def test_a_film_can_be_made_again_and_its_captions_say_what_its_cards_say(name: str) -> None:
    folder = load_kit(name).items[0].path.parent
    clips = tomllib.loads((folder / "campaign.toml").read_text("utf-8")).get("clips", [])
    assert {clip["file"] for clip in clips} == {path.name for path in folder.glob("*.mp4")}
    for clip in clips:
        assert (folder / clip["thumbnail"]).is_file()
        cues = (folder / clip["captions"]).read_text("utf-8").strip().split("\n\n")
        said = [words(cue.split("\n", 2)[2]) for cue in cues]
        assert said == [words(" ".join(card)) for card in clip["cards"]]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


@pytest.mark.parametrize("name", kits())
def test_every_post_of_the_folder_belongs_to_the_plan_once(name: str) -> None:
    items = [item.path for item in load_kit(name).items]
    assert sorted(items) == sorted(items[0].parent.glob("*.md"))
    keys = [read_post(path, HANOI)[0].key for path in items]
    assert len(set(keys)) == len(keys)


def test_the_law_day_kit_holds_what_a_campaign_needs() -> None:
    kit = load_kit("law-day")
    posts = [read_post(item.path, HANOI)[0] for item in kit.items]
    assert [(item.path.stem, item.days, f"{item.at:%H:%M}") for item in kit.items] == [
        ("khoi-dong", -25, "07:30"),
        ("vi-sao-ngay-9-11", -21, "08:00"),
        ("chuyen-cai-ranh-dat", -18, "19:30"),
        ("cuoc-thi", -15, "08:00"),
        ("ban-tin-thang-cao-diem", -12, "17:00"),
        ("nam-buoc-kiem-tra-tin", -10, "11:30"),
        ("tuan-le-ngay-phap-luat", -7, "07:30"),
        ("to-giay-viet-tay", -4, "19:30"),
        ("hom-nay-ngay-phap-luat", 0, "07:00"),
        ("muoi-giay-moi-ngay", 0, "07:00"),  # the ninth for YouTube, which takes nothing but films
        ("ban-tin-toi-9-11", 0, "17:00"),
        ("ban-hoi-xa-tra-loi", 3, "08:00"),
        ("khep-lai", 6, "16:00"),
    ]
    assert kit.anchor_in(2026) == date(2026, 11, 9)
    assert kit.unverified
    assert sum(bool(post.overrides) for post in posts) >= 2
    assert {min(len(post.media), 2) for post in posts} == {0, 1, 2}
    assert any(post.link for post in posts)
    assert any(post.citations for post in posts)
    assert {channel for post in posts for channel in post.channels} == set(PLATFORMS)
    films = [post for post in posts if any(media.file.endswith(".mp4") for media in post.media)]
    assert [set(film.channels) for film in films] == [{"youtube", "fanpage"}, {"youtube"}]
    assert all("youtube" not in post.channels for post in posts if post not in films)
    assert kit.roles["loa"] == ("loudspeaker", "assisted?")


def test_what_amuses_can_be_held_first_and_a_contest_says_what_it_never_asks_for() -> None:
    posts = {item.path.stem: read_post(item.path, HANOI)[0] for item in load_kit("law_day").items}
    amusing = {stem for stem, post in posts.items() if "giải trí" in post.tags}
    assert amusing == {"chuyen-cai-ranh-dat", "cuoc-thi", "to-giay-viet-tay"}
    for text in (posts["cuoc-thi"].body, posts["cuoc-thi"].overrides["fanpage"].text or ""):
        assert all(word in text for word in ("không thu phí", "không hỏi mật khẩu", "mã OTP"))


def test_figures_of_the_running_campaign_are_slots_that_are_filled_later() -> None:
    kit = load_kit("law_day")
    later = {value.name for value in kit.values if value.later}
    waiting = {item.path.stem: set(slots(read_post(item.path, HANOI)[0])) & later for item in kit.items}
    assert {stem for stem, names in waiting.items() if names} == {
        "hom-nay-ngay-phap-luat",
        "ban-tin-toi-9-11",
        "ban-hoi-xa-tra-loi",
        "khep-lai",
    }
    assert set.union(*waiting.values()) == later, "a slot of the plan that no text has"
    asked = {name for item in kit.items for name in slots(read_post(item.path, HANOI)[0])}
    assert asked <= {value.name for value in kit.values}, "a slot that nobody is asked for"


def test_items_are_due_by_the_calendar_of_the_units_zone() -> None:
    kit = load_kit("law_day")
    on_the_day = next(item for item in kit.items if item.days == 0)
    assert on_the_day.due(date(2026, 11, 9), HANOI) == datetime(2026, 11, 9, 0, 0, tzinfo=UTC)
    first = kit.items[0]
    assert first.due(date(2026, 11, 9), HANOI) == datetime(2026, 10, 15, 0, 30, tzinfo=UTC)
    # The clocks go back between the two: it is 7 in the morning on both days all the same.
    assert on_the_day.due(date(2026, 11, 9), NEW_YORK).hour == 12
    assert first.due(date(2026, 11, 9), NEW_YORK).hour == 11


def test_an_unknown_kit_names_the_known_ones() -> None:
    with pytest.raises(NotFound, match="law_day"):
        load_kit("law_dya")
    with pytest.raises(NotFound, match="law_day"):
        load_kit("../..")


GOOD = """
name = "Thử"
anchor = "09/11"
checked_on = 2026-11-22
items = [{ file = "a.md", offset = "D−2 08:00", channels = ["website"] }]
"""


def test_a_plan_may_use_a_typographic_minus(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_text(GOOD, "utf-8")
    (tmp_path / "a.md").touch()
    assert read_kit(tmp_path).items[0].days == -2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("D−2 08:00", "D-2 24:00"),
        ("D−2 08:00", "hôm qua"),
        ("09/11", "31/02"),
        ("09/11", "9 tháng 11"),
        ("a.md", "b.md"),
        ("a.md", "../a.md"),
        ("name =", "ten ="),
        ("2026-11-22", '"hôm nay"'),
        ('"Thử"', '"Thử'),
        ('channels = ["website"]', ""),
        ('items = [{ file = "a.md"', 'items = ["x"]\nx = [{ file = "a.md"'),
    ],
)
def test_a_broken_plan_is_refused_in_words(tmp_path: Path, old: str, new: str) -> None:
    (tmp_path / "campaign.toml").write_text(GOOD.replace(old, new), "utf-8")
    (tmp_path / "a.md").touch()
    with pytest.raises(UsageError, match="chưa đọc được"):
        read_kit(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("D−2 08:00", "D-2 24:00", "[[items]] 1 (a.md)", "D-2 24:00"),
        ("channels =", "chanels =", "[[items]] 1 (a.md)", "Gần nhất: channels"),
        ("09/11", "31/02", "", "31/02"),
        ('"a.md"', '"../a.md"', "[[items]] 1 (../a.md)", "Không có tệp '../a.md'"),
        ('["website"]', '"website"', "[[items]] 1 (a.md)", "danh sách chữ"),
        ('["website"] }', '["website"], working_day = 1 }', "[[items]] 1 (a.md)", "true hoặc false"),
        ("name =", "anchor_name = 3\nname =", "", "câu chữ"),
        ("items =", "values = [{ name = 'Chủ đề', label = 'x' }]\nitems =", "[[values]] 1", "chu_de"),
        ("items =", "unverified = [{ what = 'x', items = ['b.md'] }]\nitems =", "[[unverified]] 1",
         "Gần nhất: a.md"),
        ("items =", "roles = { website = [] }\nitems =", "[roles]", "website"),
        ("items = [", "items = [3, ", "[[items]] 1", "items"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_plan_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, place: str, said: str
) -> None:
    (tmp_path / "campaign.toml").write_text(GOOD.replace(old, new), "utf-8")
    (tmp_path / "a.md").touch()
    with pytest.raises(KitError) as caught:
        read_kit(tmp_path)
    lines = [
        finding.line()
        for finding in caught.value.findings
        if finding.place.startswith(f"campaign.toml {place}".strip())
    ]
    assert any(said in line for line in lines), [finding.line() for finding in caught.value.findings]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_text('[[items]]\nfile = "x.md"\noffset = "D"\n', "utf-8")
    with pytest.raises(KitError) as caught:
        read_kit(tmp_path)
    rules = {finding.rule.partition(".")[2] for finding in caught.value.findings}
    assert rules == {"kit_missing", "kit_day", "kit_file", "kit_offset"}


def test_a_link_out_of_a_kit_is_no_item_of_it(tmp_path: Path) -> None:
    """Kits go from unit to unit; one must not publish what lies elsewhere on this machine."""
    inside = tmp_path / "kit"
    inside.mkdir()
    (tmp_path / "secret.md").write_text("x", "utf-8")
    (inside / "a.md").symlink_to(tmp_path / "secret.md")
    (inside / "campaign.toml").write_text(GOOD, "utf-8")
    with pytest.raises(KitError):
        read_kit(inside)


def test_the_units_own_kit_goes_before_the_shipped_one_of_that_name(tmp_path: Path) -> None:
    own = tmp_path / "law-day"
    own.mkdir()
    (own / "campaign.toml").write_text(GOOD, "utf-8")
    (own / "a.md").touch()
    assert load_kit("law_day", tmp_path).name == "Thử"
    assert kits(tmp_path) == kits()
    assert load_kit("law_day").name != "Thử"


@pytest.mark.parametrize(
    ("today", "next_one"),
    [
        (date(2026, 11, 8), date(2026, 11, 9)),
        (date(2026, 11, 9), date(2026, 11, 9)),
        (date(2026, 11, 10), date(2027, 11, 9)),
    ],
)
def test_the_next_anchor_is_proposed(today: date, next_one: date) -> None:
    assert load_kit("law_day").next_anchor(today) == next_one
    assert load_kit("van_ban_moi").next_anchor(today) is None


def test_a_leap_day_comes_back_after_eight_years_at_the_latest(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_text(GOOD.replace("09/11", "29/02"), "utf-8")
    (tmp_path / "a.md").touch()
    assert read_kit(tmp_path).next_anchor(date(2096, 3, 1)) == date(2104, 2, 29)


def test_slots_are_filled_everywhere_and_only_once() -> None:
    post = Post(
        key="a",
        title="{{chu_de}}",
        kind="hoi_dap",
        body="Xã Thử Nghiệm: {{ chu_de }} và {{khac}}.",
        tags=("{{chu_de}}",),
        overrides={"fanpage": Override(text="{{chu_de}}", title=None)},
    )
    known = [Value("don_vi", "Đơn vị", stands_as=("Xã Thử Nghiệm",)), Value("chu_de", "Chủ đề")]
    done = filled(post, known, {"don_vi": "Xã Bình An", "chu_de": "{{khac}}", "khac": ""})
    assert done.title == done.tags[0] == "{{khac}}", "what a value says is not filled again"
    assert done.body == "Xã Bình An: {{khac}} và {{khac}}."
    assert done.overrides["fanpage"] == Override(text="{{khac}}", title=None)
    assert slots(done) == ["khac"]
    assert slots(filled(post, known, {})) == ["chu_de", "don_vi", "khac"], (
        "sample words are no name of a unit"
    )


def test_a_value_cannot_become_a_key_of_the_post() -> None:
    post = Post(key="a", title="{{chu_de}}", kind="hoi_dap", body="x", channels=("website",))
    done = filled(post, [], {"chu_de": 'x"\nkênh: [fanpage]\n---'})
    again, _ = parse_post(write_post(done, HANOI), file_name="a.md", zone=HANOI)
    assert (again.title, again.channels) == ('x" kênh: [fanpage] ---', ("website",))
