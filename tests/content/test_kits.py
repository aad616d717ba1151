"""The kits that come with Loa: complete, publishable as they are, and dated around their anchor."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from content.adapt import adapt
from content.checks import check_post, check_variant
from content.errors import NotFound, UsageError
from content.finding import blocking
from content.frontmatter import parse_post, read_post
from content.kits import Kit, KitItem, kits, load_kit, read_kit
from content.limits import Limits
from content.media import MediaStore
from content.postwriter import with_field

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 10, 1, tzinfo=UTC)
CHANNELS = ("website", "fanpage")
LIMITS = {"website": Limits(text_max=200_000, markdown=True), "fanpage": Limits(63_206, "utf16")}

EVERY_ITEM = [
    pytest.param(kit, item, id=f"{kit.key}-{item.path.stem}")
    for kit in map(load_kit, kits())
    for item in kit.items
]


@pytest.mark.parametrize(("kit", "item"), EVERY_ITEM)
def test_every_item_can_be_published_as_it_is(kit: Kit, item: KitItem, tmp_path: Path) -> None:
    post, findings = read_post(item.path, HANOI)
    assert findings == []
    assert check_post(post, known_channels=CHANNELS, now=NOW) == []
    assert post.channels == item.channels
    assert post.summary
    assert post.tags
    store = MediaStore(tmp_path)
    media = {m.file: store.add_image(item.path.parent / m.file, m.alt) for m in post.media}
    due = item.due(kit.anchor_in(2026), HANOI)
    for channel in post.channels:
        variant = adapt(
            post,
            media,
            revision=1,
            channel=channel,
            platform=channel,
            account="",
            limits=LIMITS[channel],
            author="",
            not_before=due,
            deadline=due + timedelta(days=1),
        )
        assert check_variant(variant, LIMITS[channel]) == []


@pytest.mark.parametrize(("kit", "item"), EVERY_ITEM)
def test_an_item_takes_its_due_time_without_other_changes(kit: Kit, item: KitItem) -> None:
    due = item.due(kit.anchor_in(2026), HANOI)
    dated = with_field(item.path.read_text("utf-8"), "due", due.isoformat())
    post, findings = parse_post(dated, file_name=item.path.name, zone=HANOI)
    assert (post.due, blocking(findings)) == (due, [])


@pytest.mark.parametrize("name", kits())
def test_pictures_are_small_and_every_one_is_used(name: str) -> None:
    kit = load_kit(name)
    used = {media.file for item in kit.items for media in read_post(item.path, HANOI)[0].media}
    pictures = {path.name: path for path in kit.items[0].path.parent.glob("*.[pj][np]g")}
    assert set(pictures) == used
    assert all(path.stat().st_size < 120 * 1024 for path in pictures.values())


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
