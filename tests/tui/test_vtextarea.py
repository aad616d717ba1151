"""VTextArea: every way to change a text, keys in one burst, as a terminal would send them."""

from __future__ import annotations

import asyncio
import random
import unicodedata
from collections.abc import Callable

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input, TextArea

from content.wording import say
from tests.tui.test_vinput import STREAMS
from tests.tui.window import burst, text
from tui.widgets.typing import many_lines
from tui.widgets.vtextarea import VTextArea

LEFT, RIGHT, UP, HOME, END = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[H", "\x1b[F"
UNDO, REDO = "\x1a", "\x19"


class Editor(App[None]):
    def __init__(self, box: TextArea) -> None:
        super().__init__()
        self.box = box
        self.refused: list[int] = []

    def compose(self) -> ComposeResult:
        yield self.box
        yield Input()

    def on_vtext_area_too_long(self, event: VTextArea.TooLong) -> None:
        self.refused.append(event.size_bytes)


def after(box: TextArea, *streams: str, columns: int = 80) -> Editor:
    """The application after bursts of keys, each acted upon before the next one."""
    app = Editor(box)

    async def type_in() -> None:
        async with app.run_test(size=(columns, 24), notifications=True) as pilot:
            box.focus()
            await pilot.pause()
            for stream in streams:
                burst(app, stream)
                await pilot.pause()
            app.seen = text(app)  # type: ignore[attr-defined]

    asyncio.run(type_in())
    return app


def typed(*streams: str, start: str = "") -> str:
    box = VTextArea(start)
    after(box, *streams)
    return box.text


def pasted(words: str) -> str:
    return f"\x1b[200~{words}\x1b[201~"


@pytest.mark.parametrize("name", STREAMS)
def test_what_the_officer_meant_is_what_stands_there(name: str) -> None:
    box = VTextArea()
    after(box, STREAMS[name])
    assert (box.text, box.cursor_location) == ("tiếng Việt", (0, 10))


def test_textuals_own_text_area_needs_this_widget() -> None:
    """When this fails, Textual has mended its TextArea, and VTextArea may become smaller."""
    box = TextArea()
    after(box, STREAMS["unikey_telex"])
    assert box.text != "tiếng Việt"


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_undo_takes_words_back_however_often_they_were_corrected(steps: int) -> None:
    left = ["luật đất ", "luật ", "", ""][steps - 1]
    stream = "lua\x7f\x7fuâ\x7fât\x7f\x7fật d\x7fđa\x7fât\x7f\x7fất đai"
    assert typed(stream) == "luật đất đai"
    assert typed(stream, UNDO * steps) == left
    assert typed(stream, UNDO * steps, REDO * steps) == "luật đất đai"


@pytest.mark.parametrize("name", STREAMS)
def test_undo_takes_words_back_in_every_style(name: str) -> None:
    assert typed(STREAMS[name], UNDO) == "tiếng "


def test_what_was_erased_by_mistake_comes_back_first() -> None:
    assert typed("hòa giải", "\x7f" * 6, UNDO) == "hòa giải"
    assert typed("hòa giải", "\x7f" * 6 + "n hòa", UNDO + UNDO) == "hò"
    assert typed("hòa giải", "\x7f" * 6 + "n hòa", UNDO + UNDO + UNDO) == "hòa giải"


def test_a_step_is_no_more_than_was_done_at_once() -> None:
    over_two_words = "\x1b[1;2D" * 4 + "n"
    assert typed("một hai ba", over_two_words) == "một han"
    assert typed("một hai ba", over_two_words, UNDO) == "một hai ba"
    delete = "\x1b[3~"
    assert typed(f"{delete}x{delete}", start="abc") == "xc"
    assert typed(f"{delete}x{delete}", UNDO, start="abc") == "xbc"
    assert typed(f"một hai{UNDO}ba{REDO}") == "một ba"


def test_an_input_method_may_also_correct_in_the_middle_of_a_line() -> None:
    assert typed(HOME + RIGHT * 3 + "tie\x7fêng\x7f\x7f\x7fếng", start="bài Việt\ndòng hai") == (
        "bàitiếng Việt\ndòng hai"
    )


def test_a_tone_mark_joins_the_letter_that_was_there_before() -> None:
    assert typed(RIGHT * 3 + "\u0301", start="tiêng") == "tiếng"
    assert typed(RIGHT * 3 + "\u0301\x7f", start="tiêng") == "tiêng"


def test_backspace_after_a_break_takes_a_whole_letter() -> None:
    assert typed("tie\u0302\u0301", LEFT + RIGHT + "\x7f") == "ti"
    assert typed(RIGHT + "\x7fx", start="q\u0323\u0301a") == "xa"
    assert typed(RIGHT * 2 + "\x7f", start="🇻🇳🇻🇳!") == "🇻🇳!"
    assert typed("\x1b[3~", start="👨\u200d👩\u200d👧 nhà") == " nhà"


def test_keys_of_the_editor_keep_their_place_in_a_burst() -> None:
    assert typed(f"sai hết\x15đúng{HOME}rất {END}rồi") == "rất đúngrồi"
    assert typed(f"một\rhai{UP}{END} rưỡi\x1b[1;5Hđầu ") == "đầu một rưỡi\nhai"
    assert typed(f"một hai ba\x17bốn{HOME}\x0bhết") == "hết"
    assert typed("một hai\x1b[1;6D\x1b[1;2D\x1b[1;2Dn", start="") == "mộn"
    assert typed(f"một hai{UNDO}{REDO}{UNDO}ba") == "một ba"


def test_enter_makes_a_line_and_backspace_joins_it_again() -> None:
    assert typed("Kính gửi:\r\rBà con\x1b[H\x7f\x7f ") == "Kính gửi: Bà con"


def test_tab_leaves_the_editor_unless_it_is_set() -> None:
    async def leaving(box: TextArea, *keys: str) -> str:
        async with Editor(box).run_test() as pilot:
            box.focus()
            await pilot.press(*keys)
            return f"{box.text}|{pilot.app.query_one(Input).value}"

    assert asyncio.run(leaving(VTextArea(), "a", "tab", "b")) == "a|b"
    assert asyncio.run(leaving(VTextArea(tab_behavior="indent"), "a", "tab", "b", "escape", "c")) == "a   b|c"


def test_alt_is_for_what_terminals_keep_of_ctrl() -> None:
    async def struck(*keys: str) -> str:
        box = VTextArea()
        async with Editor(box).run_test() as pilot:
            box.focus()
            await pilot.press(*"an cư", *keys)
            return box.text

    assert asyncio.run(struck("alt+a", "x")) == "x"
    assert asyncio.run(struck("alt+z")) == "an "
    assert asyncio.run(struck("alt+z", "alt+z", "alt+y")) == "an "


@pytest.mark.parametrize(
    ("words", "stands"),
    [
        (unicodedata.normalize("NFD", "Hội đồng"), "Hội đồng"),
        ("một\r\nhai\rba\n\nbốn", "một\nhai\nba\n\nbốn"),
        ("\u200bbộ\ufeff\x07 lu\u202eật \u2066(sửa)\u2069\x0b\x85cuối", "bộ luật (sửa)\ncuối"),
        ("Ðất\tðai", "Đất\tđai"),
        ("👨\u200d👩\u200d👧 bộ\u200d luật", "👨\u200d👩\u200d👧 bộ luật"),
    ],
)
def test_what_is_pasted_is_clean_and_keeps_its_lines(words: str, stands: str) -> None:
    box = VTextArea()
    after(box, pasted(words))
    assert box.text == stands
    assert (box.line, box.column) == (stands.count("\n") + 1, len(stands.rpartition("\n")[2]) + 1)
    assert VTextArea(words).text == stands


def test_what_is_pasted_is_composed_across_both_joints() -> None:
    box = VTextArea("te\u0323n")  # the mark stands with the e
    after(box, END + LEFT + pasted("\u0302"))
    assert (box.text, box.cursor_location) == ("tện", (0, 2))
    box = VTextArea("q\u0323")
    after(box, pasted("e"))
    assert box.text == "eq\u0323"
    box = VTextArea("\u0302 mũ")
    after(box, pasted("tê\na"))
    assert (box.text, box.cursor_location) == ("tê\nâ mũ", (1, 1))


def test_what_is_pasted_takes_the_place_of_what_is_selected_and_is_undone_at_once() -> None:
    select = "\x1b[1;6D"
    assert typed(f"văn cũ{select}" + pasted("bản\nmới")) == "văn bản\nmới"
    assert typed(f"văn cũ{select}" + pasted("bản\nmới"), UNDO) == "văn cũ"


def test_a_full_text_takes_no_more_and_says_so_once() -> None:
    box = VTextArea("đầy", longest_bytes=1024)
    app = after(box, END + pasted("ư" * 600), "!" + pasted("ư" * 600) + pasted("a" * 1019))
    assert (box.text, app.refused) == ("đầy!", [1206, 1207, 1026])
    told = say("tui.editor.too_long", most=1)
    assert app.seen.count(told[:20]) == 2  # type: ignore[attr-defined]


def test_a_text_that_was_too_long_before_may_only_shrink() -> None:
    box = VTextArea("ơ" * 600, longest_bytes=1024)
    after(box, "\x1b[1;5Fa\x7f" + "\x1b[1;2D" * 2 + "x")
    assert box.text == "ơ" * 597 + "x"
    assert (box.characters, box.size_bytes) == (598, 1195)


def test_a_reader_cannot_write() -> None:
    box = VTextArea("bài đã duyệt", read_only=True)
    after(box, f"x\x7f\x1b[3~\x17\x15\x0b\r{END}" + pasted("y"))
    assert (box.text, box.column) == ("bài đã duyệt", 13)


def test_the_status_line_has_its_figures() -> None:
    box = VTextArea()
    after(box, "Thông báo\rvề đất đai", LEFT)
    assert (box.line, box.column, box.line_count) == (2, 10, 2)
    assert (box.characters, box.size_bytes) == (20, len("Thông báo\nvề đất đai".encode()))


def test_long_lines_wrap_at_words_on_the_screen_only() -> None:
    box = VTextArea()
    app = after(box, "phổ biến giáo dục pháp luật cho bà con", columns=24)
    assert "\n" not in box.text
    assert "phổ biến giáo dục" in app.seen  # type: ignore[attr-defined]
    assert "pháp luật cho bà" in app.seen  # type: ignore[attr-defined]


def test_whatever_was_done_can_be_undone_and_done_again_and_the_text_is_always_clean() -> None:
    rng = random.Random(20261122)
    letters = [*"aeou đêơ  tn", "\u0301", "\u0323", "\u0302", "\u202f", "\u200c", "👍", "\u200d", "🇻", "🇳"]
    moves = [LEFT, RIGHT, UP, "\x1b[B", HOME, END, "\x1b[1;2D", "\x1b[1;2C", "\x1b[1;5D", "\x1b[1;6C"]
    others = ["\x7f", "\x7f", "\x7f", "\x1b[3~", "\r", "\x17", "\x15", "\x0b", UNDO, REDO]
    pastes = [pasted("một\r\nhai"), pasted("\u0302\u200b"), pasted("e\u0301 x")]
    start = "Điều 1\ntiếng q\u0323\n\n\u0301 cuối"

    async def type_in() -> None:
        box = VTextArea(start)
        async with Editor(box).run_test() as pilot:
            box.focus()
            for _ in range(40):
                box.text = start
                await pilot.pause()
                stream = "".join(rng.choices(letters * 2 + moves + others * 2 + pastes, k=60))
                burst(pilot.app, stream)
                await pilot.pause()
                stands = box.text
                assert stands == many_lines(stands), ascii(stream)
                assert _steps(box, box.undo) == start, ascii(stream)
                redone = _steps(box, box.redo)
                if REDO not in stream and UNDO not in stream:  # else more may be done again than stood there
                    assert redone == stands, ascii(stream)

    asyncio.run(type_in())


def _steps(box: VTextArea, step: Callable[[], None]) -> str:
    for _ in range(200):
        step()
    return box.text
