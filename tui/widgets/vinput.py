"""A one-line input that survives Vietnamese input methods (how and why: `tui.widgets.typing`)."""

from __future__ import annotations

import unicodedata
from functools import cached_property

from textual import events
from textual.widgets import Input

from tui.widgets.typing import Replacement, Typing, last_letter, one_line


class VInput(Input):
    """`value` is always NFC, one line, without anything invisible."""

    @cached_property
    def _typing(self) -> Typing:
        return Typing(one_line)

    async def _on_key(self, event: events.Key) -> None:
        event.prevent_default()  # instead of Input's own handler, which lets bindings come later
        character = event.character
        if character is not None and len(character) == 1 and unicodedata.category(character) != "Cc":
            event.stop()
            self._type(character)
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                if binding.action != "delete_left":
                    self._typing.stop()
                return

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(event.text, *self.selection)

    def replace(self, text: str, start: int, end: int) -> None:
        """As `Input` does, with the result in NFC across both joints."""
        start, end = sorted((max(0, start), min(len(self.value), end)))
        before, after = one_line(self.value[:start] + text), self.value[end:]
        whole = one_line(before + after)
        if whole == before + after:
            super().replace(before, 0, end)
        else:
            super().replace(whole, 0, len(self.value))
            if self.value == whole:  # not refused
                self.cursor_position = min(len(before), len(whole))

    def action_delete_left(self) -> None:
        """Take back the last code point typed, as the input method counts them; else a whole letter."""
        if not self.selection.is_empty:
            self.delete_selection()
        elif taken := self._typing.backspace(self._at()):
            self._put(taken)
        else:
            letter = last_letter(self.value[: self.cursor_position])
            self.delete(self.cursor_position - len(letter), self.cursor_position)

    def _type(self, character: str) -> None:
        if not self.selection.is_empty:
            self.delete_selection()
        self._put(self._typing.letter(character, self._at(), self.value[: self.cursor_position]))

    def _put(self, replacement: Replacement) -> None:
        end = self.cursor_position
        self.replace(replacement.text, end - replacement.back, end)
        self._typing.rests(self._at(), self.value[: self.cursor_position])

    def _at(self) -> tuple[str, int]:
        return self.value, self.cursor_position
