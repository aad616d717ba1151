"""An editor of many lines that survives Vietnamese input methods (how and why: `tui.widgets.typing`)."""

from __future__ import annotations

import dataclasses
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.document._document import EditResult, Location
from textual.document._edit import Edit
from textual.message import Message
from textual.widgets import TextArea

from content.text import count
from content.wording import say
from tui.widgets.typing import Typing, alike, first_letter, last_letter, many_lines
from tui.widgets.undo import Letter, TakenBack, Words

LONGEST_KIB = 256
"""Far beyond what any channel takes; every key of a longer text would be felt."""

UNDONE_MOST = 1000


class VTextArea(TextArea, inherit_bindings=False):
    """`text` is always NFC with LF line ends, without control characters or anything invisible.

    Undo takes words back, however many corrections of an input method a word was made of. Tab leaves the
    editor (unless `tab_behavior="indent"`; then Escape does).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, show=False)
        for keys, action in {
            "up": "cursor_up",
            "down": "cursor_down",
            "left": "cursor_left",
            "right": "cursor_right",
            "ctrl+left": "cursor_word_left",
            "ctrl+right": "cursor_word_right",
            "home": "cursor_line_start",
            "end,ctrl+e": "cursor_line_end",
            "ctrl+home": "cursor_text_start",
            "ctrl+end": "cursor_text_end",
            "pageup": "cursor_page_up",
            "pagedown": "cursor_page_down",
            "shift+up": "cursor_up(True)",
            "shift+down": "cursor_down(True)",
            "shift+left": "cursor_left(True)",
            "shift+right": "cursor_right(True)",
            "ctrl+shift+left": "cursor_word_left(True)",
            "ctrl+shift+right": "cursor_word_right(True)",
            "shift+home": "cursor_line_start(True)",
            "shift+end": "cursor_line_end(True)",
            "ctrl+shift+home": "cursor_text_start(True)",
            "ctrl+shift+end": "cursor_text_end(True)",
            "alt+a": "select_all",  # tmux and screen keep Ctrl+A
            "backspace": "delete_left",
            "delete,ctrl+d": "delete_right",
            "ctrl+w,ctrl+backspace,alt+backspace": "delete_word_left",
            "ctrl+delete,alt+delete": "delete_word_right",
            "ctrl+u": "delete_to_start_of_line",
            "ctrl+k": "delete_to_end_of_line_or_delete_line",
            "ctrl+x,super+x": "cut",
            "ctrl+c,super+c": "copy",
            "ctrl+v": "paste",
            "alt+z,ctrl+z,super+z": "undo",  # Ctrl+Z as well, where it comes through
            "alt+y,ctrl+y,super+y": "redo",
        }.items()
    ]

    @dataclass
    class TooLong(Message):
        """An edit was refused because the text would have grown beyond `longest_bytes`."""

        text_area: VTextArea
        size_bytes: int
        """What the text would have had."""

        @property
        def control(self) -> VTextArea:
            return self.text_area

    def __init__(self, text: str = "", *, longest_bytes: int = LONGEST_KIB * 1024, **options: Any) -> None:
        """`options` are those of `TextArea`. A text that is longer from the start may only shrink."""
        super().__init__(many_lines(text), **options)
        self.longest_bytes = longest_bytes
        self.history = Words(UNDONE_MOST, checkpoint_timer=2.0, checkpoint_max_characters=100)

    @cached_property
    def _typing(self) -> Typing:
        return Typing(many_lines)

    @property
    def line(self) -> int:
        """The line of the cursor, from 1."""
        return self.cursor_location[0] + 1

    @property
    def column(self) -> int:
        """The column of the cursor in code points, from 1."""
        return self.cursor_location[1] + 1

    @property
    def line_count(self) -> int:
        return self.document.line_count

    @property
    def characters(self) -> int:
        """Length of the text in code points."""
        return sum(map(len, self.document.lines)) + self.document.line_count - 1

    @property
    def size_bytes(self) -> int:
        """Length of the text in UTF-8."""
        return count(self.text, "bytes")

    def load_text(self, text: str) -> None:
        self._typing.stop()
        super().load_text(many_lines(text))

    # ---- keys, in the order of their arrival

    async def _on_key(self, event: events.Key) -> None:
        if self.tab_behavior == "indent" and event.key in ("tab", "escape"):
            self._typing.stop()
            return  # TextArea's own handler goes on
        event.prevent_default()
        self._restart_blink()
        character = "\n" if event.key in ("enter", "ctrl+j") else event.character
        if character == "\n" or (
            character is not None and len(character) == 1 and unicodedata.category(character) != "Cc"
        ):
            if not self.read_only:
                event.stop()
                self._type(character)
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                if binding.action != "delete_left":
                    self._typing.stop()
                return

    def _type(self, character: str) -> None:
        start, end = sorted(self.selection)
        if start != end or character == "\n":
            self._typing.stop()
        if character == "\n":
            self._replace_via_keyboard(character, start, end)
            return
        before = self.document.get_line(start[0])[: start[1]]
        replacement = self._typing.letter(character, self._at(), before)
        opens = before[-1:] in ("", " ") and character != " "
        self._put(Letter(replacement.text, (start[0], start[1] - replacement.back), end, False, opens=opens))

    def action_delete_left(self) -> None:
        """Take back the last code point typed, as the input method counts them; else a whole letter."""
        if self.read_only:
            return
        taken = self._typing.backspace(self._at()) if self.selection.is_empty else None
        if taken is None:
            super().action_delete_left()
        else:
            row, column = self.cursor_location
            self._put(TakenBack(taken.text, (row, column - taken.back), (row, column), False))

    def _put(self, edit: Edit) -> None:
        self.edit(edit)
        row, column = self.cursor_location
        self._typing.rests(self._at(), self.document.get_line(row)[:column])

    def _at(self) -> tuple[int, int, str]:
        row, column = self.cursor_location
        return row, column, self.document.get_line(row)

    # ---- what every edit goes through, whoever makes it

    def edit(self, edit: Edit) -> EditResult:
        """As `TextArea` does, with the result in NFC across both joints; nothing happens when too long."""
        edit = self._cleaned(edit)
        if edit.text:
            before = self.size_bytes
            gone = count(self.get_text_range(edit.top, edit.bottom), "bytes")
            after = before - gone + count(edit.text, "bytes")
            if after > max(before, self.longest_bytes):
                self._refuse(after)
                return EditResult(self.cursor_location, "")
        self._told = False
        return super().edit(edit)

    _told = False
    """Whether the officer was told already that the text is full; reset by the next edit that succeeds."""

    def _refuse(self, size_bytes: int) -> None:
        self.post_message(self.TooLong(self, size_bytes))
        if not self._told:
            self.notify(say("tui.editor.too_long", most=self.longest_bytes // 1024), severity="warning")
        self._told = True

    def _cleaned(self, edit: Edit) -> Edit:
        """The same edit in clean text, widened by the letters beside it as far as they change."""
        left = last_letter(self._line(edit.top)[: edit.top[1]])
        right = first_letter(self._line(edit.bottom)[edit.bottom[1] :])
        text = many_lines(left + edit.text + right)
        same = alike(left, text)
        start = (edit.top[0], edit.top[1] - len(left) + same)
        text = text[same:]
        same = alike(right[::-1], text[::-1])
        end = (edit.bottom[0], edit.bottom[1] + len(right) - same)
        return dataclasses.replace(edit, text=text[: len(text) - same], from_location=start, to_location=end)

    def _line(self, location: Location) -> str:
        """TextArea deletes a last line up to the start of the one after it, which is not there."""
        row = location[0]
        return self.document.get_line(row) if row < self.document.line_count else ""

    # ---- moving by what a reader calls a letter

    def get_cursor_left_location(self) -> Location:
        row, column = self.cursor_location
        if not column:
            return super().get_cursor_left_location()
        return row, column - len(last_letter(self.document.get_line(row)[:column]))

    def get_cursor_right_location(self) -> Location:
        row, column = self.cursor_location
        rest = self.document.get_line(row)[column:]
        return (row, column + len(first_letter(rest))) if rest else super().get_cursor_right_location()

    def action_cursor_text_start(self, select: bool = False) -> None:
        self.move_cursor((0, 0), select=select)

    def action_cursor_text_end(self, select: bool = False) -> None:
        self.move_cursor(self.document.end, select=select)
