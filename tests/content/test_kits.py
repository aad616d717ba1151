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
from content.kits import Kit, KitItem, kits, load_kit, read_kit
from content.media import MediaStore
from content.postwriter import with_field

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 10, 1, tzinfo=UTC)
PLATFORMS = {
    "website": "website",
    "cong": "wordpress",
    "fanpage": "facebook",
    "zalo": "zalo",
    "youtube": "youtube",
}
"""The channels that the kits name, and the platform each is meant for."""

EVERY_ITEM = [
    pytest.param(kit, item, id=f"{kit.key}-{item.path.stem}")
    for kit in map(load_kit, kits())
    for item in kit.items
]


@pytest.mark.parametrize(("kit", "item"), EVERY_ITEM)
def test_every_item_can_be_published_as_it_is(kit: Kit, item: KitItem, tmp_path: Path) -> None:
    post, findings = read_post(item.path, HANOI)
    assert findings == []
    assert check_post(post, known_channels=PLATFORMS, now=NOW) == []
    assert post.channels == item.channels
    assert post.summary
    assert post.tags
    store = MediaStore(tmp_path)
    media = {m.file: store.add(item.path.parent / m.file, m.alt) for m in post.media}
    due = item.due(kit.anchor_in(2026), HANOI)
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
    due = item.due(kit.anchor_in(2026), HANOI)
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
    assert len(posts) >= 7
    assert kit.anchor_in(2026) == date(2026, 11, 9)
    assert kit.unverified
    assert sum(bool(post.overrides) for post in posts) >= 2
    assert {min(len(post.media), 2) for post in posts} == {0, 1, 2}
    assert any(post.link for post in posts)
    assert any(post.citations for post in posts)
    assert {channel for post in posts for channel in post.channels} == set(PLATFORMS)
    films = [post for post in posts if any(media.file.endswith(".mp4") for media in post.media)]
    assert [set(film.channels) for film in films] == [{"youtube", "fanpage"}]
    assert all("youtube" not in post.channels for post in posts if post not in films)


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
