"""Long lists a page at a time: the same deliveries, in the same order, as if everything had been read."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, delete, event, insert, select, update

from content.errors import UsageError
from content.text import fold
from loa.services import deliveries, listing, posts
from loa.services.listing import Listing, Wanted
from loa.services.overview import overview
from loa.services.workspace import Workspace
from scheduler.status import Status
from scheduler.store import tally, word_index
from scheduler.store.database import alembic_config
from scheduler.store.tables import channel, delivery, post
from tests.support.clock import TestClock

NOW = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)
SUBJECTS = [
    "Đất đai",
    "Hộ tịch",
    "Trợ giúp pháp lý",
    "Đăng ký khai sinh",
    "Phòng, chống ma túy",
    "Nghĩa vụ quân sự",
]
CHANNELS = {
    "website": ("website", "Cổng thông tin xã Đông Hòa"),
    "fanpage": ("facebook", "Xã Đông Hòa"),
    "kenh-ubnd": ("youtube", "Truyền hình Bình Ngọc"),
}
POSTS = 1000


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Some 2,000 deliveries over two months: many at the same minute, some without a time."""
    made = Workspace.create(tmp_path_factory.mktemp("long") / "ws", TestClock(NOW))
    fill(made, random.Random(7))
    yield made
    made.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace.create(tmp_path / "ws", TestClock(NOW))
    fill(made, random.Random(8), 60)
    yield made
    made.close()


def fill(workspace: Workspace, chance: random.Random, posts: int = POSTS) -> None:
    stamps = {"created_at": NOW, "updated_at": NOW}

    def work(connection: Connection) -> None:
        for name, (platform, full_name) in CHANNELS.items():
            kept = {"id": name, "platform": platform, "account": name, "name": full_name, **stamps}
            connection.execute(insert(channel).values(**kept, settings="{}", state="ok", version=1))
        for number in range(posts):
            key = f"bai-{number:04}"
            title = f"{chance.choice(SUBJECTS)} số {chance.randrange(40)}"
            written = {"id": key, "title": title, "kind": "hoi_dap", "contributors": "soan", **stamps}
            connection.execute(insert(post).values(**written, source="", media="[]", revision=1))
            for name in chance.sample(list(CHANNELS), chance.randint(1, 3)):
                minutes = chance.randrange(0, 60 * 24 * 60, 180)
                due = (
                    NOW - timedelta(days=30) + timedelta(minutes=minutes) if chance.random() > 0.05 else None
                )
                status = chance.choices(list(Status), weights=[9 if s == "published" else 1 for s in Status])[
                    0
                ]
                link = f"https://xa.gov.vn/{key}" if status == Status.PUBLISHED else ""
                connection.execute(
                    insert(delivery).values(
                        id=f"{key}@{name}",
                        marker=f"{key}{name}",
                        post_id=key,
                        channel_id=name,
                        status=status,
                        due_at=due,
                        url=link,
                        fence=0,
                        tries=0,
                        looks=0,
                        reads=0,
                        **stamps,
                    )
                )

    workspace.database.run(work)


def everything(workspace: Workspace) -> list[Any]:
    """Every row in due order, read plainly."""
    query = (
        select(delivery, post.c.title, channel.c.name, channel.c.platform)
        .join(post, post.c.id == delivery.c.post_id)
        .join(channel, channel.c.id == delivery.c.channel_id)
    )
    with workspace.database.read() as connection:
        rows = connection.execute(query).all()
    return sorted(rows, key=lambda row: (row.due_at is not None, row.due_at or NOW, row.seq))


def is_wanted(row: Any, wanted: Wanted) -> bool:
    return (
        (not wanted.statuses or row.status in wanted.statuses)
        and wanted.channel_id in ("", row.channel_id)
        and wanted.post_id in ("", row.post_id)
        and (wanted.since is None or (row.due_at is not None and row.due_at >= wanted.since))
        and (wanted.until is None or (row.due_at is not None and row.due_at < wanted.until))
        and has_words(row, wanted.search)
    )


def has_words(row: Any, sought: str) -> bool:
    """The naive search: every word begins some word of title, post, channel or platform."""
    links = [word for word in sought.split() if "://" in word]
    text = " ".join((row.title, row.post_id, row.channel_id, row.name, row.platform))
    own = re.findall(r"[^\W_]+", fold(text))
    words = re.findall(r"[^\W_]+", fold(" ".join(w for w in sought.split() if w not in links)))
    return all(any(one.startswith(word) for one in own) for word in words) and all(
        row.url.startswith(link) for link in links
    )


def some_wanted(chance: random.Random) -> Wanted:
    moments = [NOW + timedelta(minutes=chance.randrange(-50_000, 50_000, 60)) for _ in range(2)]
    letters = "".join(chance.choices("đĐdtsaăâô 01", k=chance.randint(1, 4)))
    words = chance.choice(
        ["", "", "dat dai", "ĐẤT", letters, "ho tich website", "bai 00", "https://xa.gov.vn/bai-01"]
    )
    return Wanted(
        statuses=tuple(chance.sample(list(Status), chance.choice([0, 0, 1, 2, 5]))),
        channel_id=chance.choice(["", "", "fanpage"]),
        post_id=chance.choice([""] * 5 + ["bai-0007"]),
        since=chance.choice([None, None, min(moments)]),
        until=chance.choice([None, None, max(moments)]),
        search=words,
    )


def paged(rows: Listing, size: int) -> list[str]:
    count = rows.count()
    return [view.id for offset in range(0, count, size) for view in rows.fetch(offset, size)]


@pytest.mark.parametrize("seed", range(60))
def test_all_pages_together_are_the_whole_list_for_any_choice(full: Workspace, seed: int) -> None:
    chance = random.Random(seed)
    wanted = some_wanted(chance)
    expected = [row.id for row in everything(full) if is_wanted(row, wanted)]
    rows = Listing(full, wanted)
    assert rows.count() == len(expected), wanted
    assert paged(rows, chance.choice([37, 200, 1000])) == expected, wanted
    assert rows.fetch(len(expected), 10) == []


@pytest.mark.parametrize("seed", range(30))
def test_a_place_is_where_the_row_stands_and_a_moment_where_it_would(full: Workspace, seed: int) -> None:
    chance = random.Random(seed)
    wanted = some_wanted(chance)
    all_rows = everything(full)
    expected = [row for row in all_rows if is_wanted(row, wanted)]
    rows = Listing(full, wanted)
    for row in chance.sample(all_rows, 20) + expected[:3] + expected[-3:]:
        place = expected.index(row) if row in expected else None
        assert rows.place_of(row.id) == place, (wanted, row.id)
    assert rows.place_of("khong-co@website") is None
    for moment in (NOW, NOW - timedelta(days=400), NOW + timedelta(days=400), all_rows[-1].due_at):
        ahead = (place for place, row in enumerate(expected) if row.due_at and row.due_at >= moment)
        assert rows.place_at(moment) == next(ahead, len(expected)), (wanted, moment)


def test_counts_and_places_stay_right_whatever_is_changed(small: Workspace) -> None:
    """Triggers keep tally and index: nothing that writes has to think of them."""
    chance = random.Random(3)

    def change(connection: Connection) -> None:
        seq = chance.choice(connection.execute(select(delivery.c.seq)).scalars().all())
        mine = delivery.c.seq == seq
        what = chance.randrange(6)
        if what < 2:
            connection.execute(update(delivery).where(mine).values(status=chance.choice(list(Status))))
        elif what == 2:
            due = chance.choice([None, NOW + timedelta(days=chance.randrange(9))])
            connection.execute(update(delivery).where(mine).values(due_at=due))
        elif what == 3:
            some = select(delivery.c.post_id).where(mine).scalar_subquery()
            connection.execute(update(post).where(post.c.id == some).values(title=f"Đổi {chance.random()}"))
        elif what == 4:
            name = chance.choice(["Xã Đại Đồng", "Phường Đống Đa"])
            connection.execute(update(channel).where(channel.c.id == "fanpage").values(name=name))
        else:
            connection.execute(delete(delivery).where(mine))

    for _ in range(60):
        small.database.run(change)
    rows = everything(small)
    with small.database.read() as connection:
        assert tally.is_right(connection)
    assert listing.counts(small) == {s: n for s in Status if (n := sum(row.status == s for row in rows))}
    for sought in ("doi", "dong da", "dai dong", "dat", "bai", "ho tich 1"):
        expected = [row.id for row in rows if has_words(row, sought)]
        assert paged(Listing(small, Wanted(search=sought)), 50) == expected, sought
    assert paged(Listing(small, Wanted()), 50) == [row.id for row in rows]


def test_a_change_that_was_not_committed_is_not_found(small: Workspace) -> None:
    def work(connection: Connection) -> None:
        connection.execute(update(post).values(title="Chưa xong"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        small.database.run(work)
    assert Listing(small, Wanted(search="chua xong")).count() == 0
    assert Listing(small, Wanted(search="bai")).count() == Listing(small, Wanted()).count()


def test_a_search_that_finds_too_much_gives_what_was_made_last(
    full: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_FOUND", 100)
    rows = Listing(full, Wanted(search="bai"))
    assert rows.count() == 100
    assert rows.is_cut
    newest = sorted(everything(full), key=lambda row: -row.seq)[:100]
    assert set(paged(rows, 50)) == {row.id for row in newest}
    few = Listing(full, Wanted(search="bai 0007"))
    assert few.count() > 0
    assert not few.is_cut


@pytest.mark.parametrize("sought", ["", "   ", "!!! –", "\x00", '"', "*", "(", "-", "^"])
def test_what_holds_no_word_narrows_nothing(full: Workspace, sought: str) -> None:
    assert Listing(full, Wanted(search=sought)).count() == Listing(full, Wanted()).count()


@pytest.mark.parametrize("sought", ['dat" OR "bai', "NOT dat", "words:dat", "NEAR(dat dai)", "dat*", "'; --"])
def test_what_is_typed_is_looked_for_never_obeyed(full: Workspace, sought: str) -> None:
    expected = sum(has_words(row, sought) for row in everything(full))
    assert Listing(full, Wanted(search=sought)).count() == expected


def test_a_link_finds_its_delivery_with_or_without_the_scheme(full: Workspace) -> None:
    row = next(row for row in everything(full) if row.url)
    for link in (row.url, row.url.removeprefix("https://"), row.url.replace("https", "http"), row.url[:-1]):
        assert row.id in paged(Listing(full, Wanted(search=link)), 500), link


def test_marks_are_folded_by_the_index_as_by_fold(small: Workspace) -> None:
    letters = "aăâeêioôơuưyđ"
    tones = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    import unicodedata

    every = [
        unicodedata.normalize("NFC", letter + tone) for letter in letters + letters.upper() for tone in tones
    ]
    for letter in every:
        title = f"x{letter}x"
        small.database.run(
            lambda c, title=title: c.execute(update(post).where(post.c.id == "bai-0001").values(title=title))
        )
        assert Listing(small, Wanted(search=fold(title))).count() > 0, letter


def test_a_limit_larger_than_one_statement_takes_is_no_matter(
    full: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "AT_ONCE", 7)
    assert [view.id for view in Listing(full, Wanted()).fetch(0, 10**6)] == [r.id for r in everything(full)]


def test_posts_are_found_by_the_same_words(full: Workspace) -> None:
    expected = {row.post_id for row in everything(full) if has_words(row, "dat dai 1")}
    found = posts.listing(full, search="Đất đai 1")
    assert {view.id for view in found} == expected
    every = {row.id for row in everything(full) if row.post_id in expected}
    assert {view.id for one in found for view in one.deliveries} == every, "with all that belongs to them"


def test_a_wrong_status_is_named_with_the_nearest(full: Workspace) -> None:
    with pytest.raises(UsageError, match="published"):
        Listing(full, Wanted(statuses=("publishd",)))


@contextmanager
def plans(workspace: Workspace) -> Iterator[list[str]]:
    """How SQLite goes about every statement on `delivery` in between."""
    told: list[str] = []
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM delivery" in statement and "FROM delivery_tally" not in statement:
            statements.append((statement, parameters))

    event.listen(workspace.database.engine, "before_cursor_execute", note)
    yield told
    event.remove(workspace.database.engine, "before_cursor_execute", note)
    with workspace.database.read() as connection:
        for statement, parameters in statements:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            told.append("; ".join(row.detail for row in rows))


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(statuses=("queued",)),
        Wanted(statuses=("queued", "failed", "held")),
        Wanted(statuses=("queued", "held"), since=NOW, until=NOW + timedelta(days=9)),
        Wanted(channel_id="fanpage"),
        Wanted(channel_id="fanpage", statuses=("queued",), since=NOW),
    ],
)
@pytest.mark.sqlite
def test_no_list_is_sorted_or_searched_through_row_by_row(full: Workspace, wanted: Wanted) -> None:
    rows = Listing(full, wanted)
    with plans(full) as told:
        rows._workspace = replace(full)  # its own connections are listened to as well
        rows._workspace.__dict__["database"] = full.database
        count = rows.count()
        with full.database.read() as connection:
            rows._way.page(connection, count // 2, 50)
            rows._way.place(connection, NOW, 1)
    assert told
    for plan in told:
        assert "TEMP B-TREE" not in plan, plan
        assert "COVERING INDEX" in plan, plan
        assert "ix_delivery_post_id" not in plan, plan


@pytest.mark.sqlite
def test_the_header_of_every_room_reads_no_long_list(full: Workspace) -> None:
    with plans(full) as told:
        seen = overview(full)
    in_order = [plan for plan in told if "delivery_status" in plan]
    assert in_order
    assert all("TEMP B-TREE" not in plan for plan in in_order), in_order
    waiting = [view.id for view in deliveries.undecided(full)]
    assert [view.id for view in seen.needs_a_person] == waiting[:100]
    queue = [row.id for row in everything(full) if row.status in ("queued", "preparing", "ready")]
    assert [view.id for view in seen.next] == queue[:5]


@pytest.mark.sqlite
def test_triggers_are_part_of_the_schema(full: Workspace) -> None:
    """A migration that makes a table anew loses its triggers: it has to call `install` again."""
    with full.database.read() as connection:
        there = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
        assert set(there) == {
            one.name for one in (*tally.triggers_of("sqlite"), *word_index.BY_DIALECT["sqlite"].triggers)
        }


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE delivery_tally SET number = number + 1",
        "DROP TRIGGER tally_changed",
        "DROP TRIGGER search_post_after",
        "INSERT INTO delivery_search (delivery_search) VALUES ('delete-all')",
    ],
)
@pytest.mark.sqlite
def test_what_was_put_out_of_step_around_loa_is_noticed_and_mended(small: Workspace, harm: str) -> None:
    assert not listing.mended(small)
    small.database.run(lambda c: c.exec_driver_sql(harm))
    assert listing.mended(small)
    assert not listing.mended(small)
    assert Listing(small, Wanted(search="bai")).count() == sum(listing.counts(small).values())


def test_rows_of_before_are_counted_and_found_after_the_migration(tmp_path: Path) -> None:
    old = Workspace.create(tmp_path / "ws", TestClock(NOW))
    fill(old, random.Random(9), 40)
    whole = paged(Listing(old, Wanted()), 50)
    with old.database.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
    old.database.migrate()
    assert paged(Listing(old, Wanted()), 50) == whole
    assert paged(Listing(old, Wanted(search="bai")), 50) == whole
    assert not listing.mended(old)
    old.close()
