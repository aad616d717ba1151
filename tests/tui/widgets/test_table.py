"""The table over a million rows that nobody holds: what it reads, where the cursor stays, what is drawn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Hashable, Sequence

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.tui.window import settled, text, until
from tui.widgets.columns import GAP, Column, widths
from tui.widgets.pages import KEPT, PAGE, Pages
from tui.widgets.table import VirtualTable

MILLION = 1_000_000
COLUMNS = [
    Column[str]("Số", lambda row, _: row.removeprefix("hàng "), (10, 10, 10)),
    Column[str]("Tên", lambda row, _: row, (10, 20, 30), share=1, style=lambda _: "good"),
]


class Numbered:
    """A million rows out of nothing; notes what was asked for."""

    def __init__(self, count: int = MILLION, gone: Sequence[int] = ()) -> None:
        self.rows = count
        self.before = 0
        """Rows that came in front of all."""
        self.fetched: list[int] = []
        self.failing: Exception | None = None

    def count(self) -> int:
        if self.failing:
            raise self.failing
        return self.rows + self.before

    def fetch(self, offset: int, limit: int) -> list[str]:
        if self.failing:
            raise self.failing
        self.fetched.append(offset)
        return [f"hàng {n - self.before}" for n in range(offset, min(offset + limit, self.count()))]

    def identity(self, row: str) -> str:
        return row

    def place_of(self, identity: Hashable) -> int | None:
        return int(str(identity).split()[1]) + self.before


class Held(Numbered):
    """Pages come only when they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def fetch(self, offset: int, limit: int) -> list[str]:
        assert self.gate.wait(30)
        return super().fetch(offset, limit)


class Scene(App[None]):
    """One table and nothing else; notes what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def compose(self) -> ComposeResult:
        yield VirtualTable[str](COLUMNS, empty="Không có hàng nào.", id="table")

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def on_virtual_table_moved(self) -> None:
        self.said.append("moved")

    def on_virtual_table_opened(self) -> None:
        self.said.append("opened")

    def on_virtual_table_trouble(self, message: VirtualTable.Trouble) -> None:
        self.said.append(str(message.error))


Story = Callable[[Pilot[None], "VirtualTable[str]"], Awaitable[None]]


def play(story: Story, source: Numbered | None = None, size: tuple[int, int] = (80, 24)) -> None:
    async def go() -> None:
        async with Scene().run_test(size=size) as pilot:
            table: VirtualTable[str] = pilot.app.query_one(VirtualTable)
            if source is not None:
                table.show(source)
            await settled(pilot)
            await story(pilot, table)

    asyncio.run(go())


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


def lines(pilot: Pilot[None]) -> list[str]:
    return [line.replace("▁", "").rstrip(" ▂▃▄▅▆▇█") for line in text(pilot.app).split("\n")]


def test_opening_a_million_rows_reads_what_is_in_view() -> None:
    source = Numbered()

    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        assert table.count == MILLION
        assert table.current == "hàng 0"
        assert "›0 " in lines(pilot)[1]
        assert "22" in lines(pilot)[23]
        assert len(source.fetched) <= 2

    play(story, source)


def test_the_end_of_a_million_rows_is_two_pages_away() -> None:
    source = Numbered()

    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        opening = len(source.fetched)
        await press(pilot, "end")
        assert table.current == "hàng 999999"
        assert "999999" in lines(pilot)[23]
        assert len(source.fetched) - opening <= 2
        await press(pilot, "pageup", "pagedown", "up", "down")
        assert len(source.fetched) - opening <= 2, "and what was read is remembered"
        await press(pilot, "home")
        assert table.current == "hàng 0"
        assert len(source.fetched) - opening <= 2

    play(story, source)


def test_page_keys_go_on_by_what_is_in_view_and_stop_at_the_ends() -> None:
    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        await press(pilot, "pagedown")
        assert table.cursor == 22
        await press(pilot, "pageup", "pageup")
        assert table.cursor == 0
        await press(pilot, *["pagedown"] * 30)
        assert (table.cursor, table.current) == (660, "hàng 660")
        await press(pilot, "end", "pagedown", "down")
        assert table.cursor == MILLION - 1

    play(story, Numbered())


def test_dragging_the_scroll_bar_reads_where_it_stops_not_what_it_passed() -> None:
    source = Held()

    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        source.fetched.clear()
        source.gate.clear()
        bar = table.vertical_scrollbar
        await pilot.mouse_down(bar, offset=(0, 0))
        for y in range(1, 13):
            await pilot.hover(bar, offset=(0, y))
        await pilot.mouse_up(bar, offset=(0, 12))
        await pilot.pause()
        assert MILLION // 3 < table.scroll_offset.y < MILLION * 2 // 3
        assert lines(pilot)[1].endswith("…"), "a line that is being read says so"
        assert table.current is None
        source.gate.set()
        await settled(pilot)
        assert len(source.fetched) <= 1 + 2, "one that was under way, and what is in view now"
        top = table.scroll_offset.y
        assert lines(pilot)[1].split()[0] == f"›{top}", "the cursor came along"
        await press(pilot, "down")
        assert table.current == f"hàng {top + 1}"

    play(story, source)


def test_the_wheel_takes_the_cursor_along() -> None:
    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        for _ in range(20):
            await pilot._post_mouse_events([__import__("textual.events").events.MouseScrollDown], table)
        await settled(pilot)
        assert table.scroll_offset.y > 0
        assert table.cursor == table.scroll_offset.y

    play(story, Numbered())


def test_a_click_chooses_a_double_click_and_enter_open() -> None:
    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        said = pilot.app.said  # type: ignore[attr-defined]
        await pilot.click(table, offset=(5, 7))
        assert table.current == "hàng 6"
        await pilot.click(table, offset=(5, 0))
        assert table.current == "hàng 6", "the heading is no row"
        said.clear()
        await press(pilot, "enter")
        await pilot.click(table, offset=(5, 7), times=2)
        await settled(pilot)
        assert said.count("opened") == 2

    play(story, Numbered())


def test_the_cursor_stays_on_its_row_and_height_when_rows_come_before_it() -> None:
    source = Numbered()

    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        table.move_to(500_000)
        await settled(pilot)
        height = table.cursor - table.scroll_offset.y
        source.before = 1234
        table.reload()
        await settled(pilot)
        assert (table.current, table.cursor) == ("hàng 500000", 501_234)
        assert table.cursor - table.scroll_offset.y == height
        assert table.count == MILLION + 1234

    play(story, source)


def test_keys_pressed_while_it_looks_again_are_not_undone() -> None:
    source = Held()

    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        source.gate.clear()
        source.before = 10
        table.reload()
        await pilot.press("down", "down", "down")
        source.gate.set()
        await settled(pilot)
        assert (table.current, table.cursor) == ("hàng 3", 13)

    play(story, source)


def test_a_row_that_is_gone_leaves_the_cursor_at_its_height() -> None:
    class Shrunk(Numbered):
        def place_of(self, identity: Hashable) -> int | None:
            return None

    source = Shrunk()

    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        await press(pilot, "end")
        source.rows = 50
        table.reload()
        await settled(pilot)
        assert table.current == "hàng 49"
        source.rows = 0
        table.reload()
        await settled(pilot)
        assert table.current is None
        assert lines(pilot)[1] == " Không có hàng nào."
        await press(pilot, "down", "end", "enter", "pageup", "home")
        source.rows = 3
        table.reload()
        await settled(pilot)
        assert table.current == "hàng 0"

    play(story, source)


def test_of_several_lists_the_newest_is_shown() -> None:
    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        others = [Numbered(n) for n in (7, 8, 9)]
        for source in others:
            table.show(source)
        await settled(pilot)
        assert table.count == 9
        assert others[1].fetched == [], "what nobody waits for any more is not read"

    play(story, Numbered())


def test_what_cannot_be_read_is_told_and_the_old_rows_stay() -> None:
    source = Numbered()

    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        source.failing = OSError("khóa rồi")
        table.reload()
        await settled(pilot)
        await press(pilot, "end")
        assert pilot.app.said.count("khóa rồi") == 2  # type: ignore[attr-defined]
        assert table.count == MILLION
        source.failing = None
        table.reload()
        await settled(pilot)
        assert table.current == "hàng 999999"

    play(story, source)


def test_a_tail_stands_after_the_last_row() -> None:
    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        table.tail = "… và còn nữa"
        await press(pilot, "end")
        assert lines(pilot)[23] == " … và còn nữa"
        assert "999999" in lines(pilot)[22]

    play(story, Numbered())


def test_nothing_is_said_to_be_empty_before_it_was_counted() -> None:
    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        assert "Không có" not in text(pilot.app)
        table.show(Numbered(0))
        await until(pilot, lambda: "Không có hàng nào." in text(pilot.app))

    play(story)


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (140, 40), (12, 3), (3, 2)])
def test_it_fits_any_terminal(size: tuple[int, int]) -> None:
    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        await press(pilot, "end", "pageup")
        await pilot.resize_terminal(60, 20)
        await settled(pilot)
        assert table.current is not None
        assert str(table.cursor) in text(pilot.app)

    play(story, Numbered(), size)


def test_without_colour_the_cursor_has_a_mark_and_is_drawn_in_reverse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def story(pilot: Pilot[None], table: VirtualTable[str]) -> None:
        strip = table.render_line(1)
        assert strip.text.startswith("›")
        assert all(segment.style and segment.style.reverse for segment in strip)
        plain = table.render_line(2)
        assert plain.text.startswith(" ")

    play(story, Numbered())


@pytest.mark.parametrize("room", [0, 1, 5, 12, 40, 79, 99, 139, 300])
def test_columns_never_need_more_than_there_is_and_leave_nothing_over(room: int) -> None:
    columns = [
        Column[str]("a", lambda row, _: row, (10, 12, 26)),
        Column[str]("b", lambda row, _: row, (0, 8, 8)),
        Column[str]("c", lambda row, _: row, (12, 20, 30), share=2),
        Column[str]("d", lambda row, _: row, (12, 20, 30), share=1),
    ]
    given = widths(columns, room, room)
    shown = [width for width in given if width]
    assert sum(shown) + GAP * max(0, len(shown) - 1) <= room
    if room >= 79:
        assert sum(shown) + GAP * (len(shown) - 1) == room
    assert (given[1] > 0) == (room >= 100)


def test_only_so_many_pages_are_remembered() -> None:
    pages = Pages(Numbered(), MILLION)
    for number in range(100):
        pages.keep(number, pages.read(number))
    assert sum(pages.row(number * PAGE) is not None for number in range(100)) == KEPT
    assert pages.missing(99 * PAGE, 99 * PAGE + 50) is None
    assert pages.missing(0, 50) == 0
