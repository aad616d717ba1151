"""VInput under the byte streams of Vietnamese input methods, each arriving in one burst."""

from __future__ import annotations

import asyncio
import random
import unicodedata

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input

from content.text import normalise
from tests.tui.window import burst
from tui.widgets.vinput import VInput

# What a terminal receives while an officer types; the keys that are struck stand beside it.
STREAMS = {
    # UniKey, EVKey on Windows; Telex: tieengs Vieetj
    "unikey_telex": "tie\x7fêng\x7f\x7f\x7fếng Vie\x7fêt\x7f\x7fệt",
    # the same with VNI: tie61ng Vie6t5, and tones struck at the end of the word
    "unikey_vni": "tie\x7fê\x7fếng Vie\x7fêt\x7f\x7fệt",
    # a terminal that sends Backspace as ^H (PuTTY's other setting)
    "backspace_is_control_h": "tie\x08êng\x08\x08\x08ếng Vie\x08êt\x08\x08ệt",
    # OpenKey with “Sửa lỗi gợi ý”: an empty character U+202F first, and one Backspace more
    "openkey_empty_character": (
        "tie\u202f\x7f\x7fêng\u202f\x7f\x7f\x7f\x7fếng Vie\u202f\x7f\x7fêt\u202f\x7f\x7f\x7fệt"
    ),
    "openkey_zero_width": (
        "tie\u200c\x7f\x7fêng\u200c\x7f\x7f\x7f\x7fếng Vie\u200c\x7f\x7fêt\u200c\x7f\x7f\x7fệt"
    ),
    # OpenKey's way for browsers: the last letters are selected (Shift+Left) and typed over
    "openkey_selects": "tie\x1b[1;2Dêng\x1b[1;2D\x1b[1;2D\x1b[1;2Dếng Vie\x1b[1;2Dêt\x1b[1;2D\x1b[1;2Dệt",
    # “Unicode tổ hợp”: tones as marks of their own; two Backspaces for a letter with a tone.
    # The tone is first struck wrong (tieengf) and then right (s).
    "compound": "tie\x7fêng\x7f\x7f\x7fê\u0300ng\x7f\x7f\x7f\x7fê\u0301ng Vie\x7fêt\x7f\x7fê\u0323t",
    # ibus and macOS commit whole words
    "committed": "tiếng Việt",
    "committed_decomposed": unicodedata.normalize("NFD", "tiếng Việt"),
}


class Form(App[None]):
    def __init__(self, box: Input) -> None:
        super().__init__()
        self.box = box

    def compose(self) -> ComposeResult:
        yield self.box


def value_after(box: Input, *streams: str, start: str = "") -> tuple[str, int]:
    async def type_in() -> None:
        async with Form(box).run_test() as pilot:
            box.focus()
            box.value = start
            await pilot.pause()
            for stream in streams:
                burst(pilot.app, stream)
                await pilot.pause()

    asyncio.run(type_in())
    return box.value, box.cursor_position


@pytest.mark.parametrize("name", STREAMS)
def test_what_the_officer_meant_is_what_stands_there(name: str) -> None:
    assert value_after(VInput(), STREAMS[name]) == ("tiếng Việt", 10)


@pytest.mark.parametrize("name", STREAMS)
def test_letters_may_also_come_one_by_one(name: str) -> None:
    stream = STREAMS[name]
    pieces = [stream] if "\x1b" in stream else list(stream)
    assert value_after(VInput(), *pieces) == ("tiếng Việt", 10)


def test_textuals_own_input_needs_this_widget() -> None:
    """When this fails, Textual has mended its Input, and VInput may become smaller."""
    assert value_after(Input(), STREAMS["unikey_telex"])[0] != "tiếng Việt"


def test_an_input_method_may_also_correct_in_the_middle_of_a_line() -> None:
    left = "\x1b[D" * 5
    assert value_after(VInput(), "bài Việt" + left, "tie\x7fêng\x7f\x7f\x7fếng") == ("bàitiếng Việt", 8)


def test_a_tone_mark_joins_the_letter_that_was_there_before() -> None:
    assert value_after(VInput(), "\x1b[D\x1b[D\u0301", start="tiêng")[0] == "tiếng"


def test_a_letter_before_a_lone_mark_takes_it_and_the_cursor_stays_there() -> None:
    assert value_after(VInput(), "\x1b[Ha", "x", start="\u0302 mũ") == ("âx mũ", 2)
    assert value_after(VInput(max_length=2), "\x1b[Hq", start="\u0302u") == ("\u0302u", 0)


def test_backspace_after_a_break_takes_a_whole_letter() -> None:
    assert value_after(VInput(), "tie\u0302\u0301", "\x1b[D\x1b[C\x7f")[0] == "ti"


def test_a_selection_is_typed_over() -> None:
    assert value_after(VInput(), "\x1b[H\x1b[1;2Fmới", start="cũ") == ("mới", 3)


def test_a_full_line_takes_no_more_and_loses_nothing() -> None:
    assert value_after(VInput(max_length=4), "tiếng", "\x7f\x7f")[0] == "ti"


def test_other_keys_of_the_widget_keep_their_place_in_a_burst() -> None:
    assert value_after(VInput(), "sai hết\x15đúng\x1b[Hrất \x1b[Frồi") == ("rất đúngrồi", 11)


@pytest.mark.parametrize(
    ("pasted", "value"),
    [
        (unicodedata.normalize("NFD", "Hội đồng"), "Hội đồng"),
        ("dòng một\r\ndòng\thai", "dòng một dòng hai"),
        ("\u200bbộ\ufeff luật\x1b", "bộ luật"),
        ("Ðất ðai", "Đất đai"),  # Icelandic eth, as in some official texts
    ],
)
def test_what_is_pasted_is_one_clean_line(pasted: str, value: str) -> None:
    async def paste() -> None:
        box = VInput()
        async with Form(box).run_test() as pilot:
            box.focus()
            await pilot.pause()
            burst(pilot.app, f"\x1b[200~{pasted}\x1b[201~")
            await pilot.pause()
        assert (box.value, box.cursor_position) == (value, len(value))

    asyncio.run(paste())


def test_any_mixture_of_letters_and_backspaces_ends_as_in_an_editor_of_code_points() -> None:
    rng = random.Random(20261109)
    letters = [*"aeoudđăâêôơư tngs", "\u0301", "\u0300", "\u0323", "\u0302", "\u202f"]

    async def type_in() -> None:
        box = VInput()
        async with Form(box).run_test() as pilot:
            box.focus()
            await pilot.pause()
            for _ in range(60):
                stream, model = "", [rng.choice("aeiou")]
                for step in model + rng.choices([*letters, "\x7f", "\x7f", "\x7f"], k=30):
                    if step == "\x7f" and len(model) == 1:
                        continue  # never back to nothing: a mark would then stand alone
                    if step == "\x7f":
                        model.pop()
                    elif stream:
                        model.append(step)
                    stream += step
                box.value = ""
                burst(pilot.app, stream)
                await pilot.pause()
                meant = normalise("".join(model))
                assert (box.value, box.cursor_position) == (meant, len(meant)), ascii(stream)

    asyncio.run(type_in())
