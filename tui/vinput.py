"""A one-line input that survives Vietnamese input methods.

An input method (UniKey, OpenKey, EVKey) on Telex or VNI lets letters through and then corrects them:
for `tieen` a terminal receives `tie`, `\\x7f`, `ê`, `n`, often in one burst. Two traps, both seen with
Textual 8.2.8 (2026-11):

* `Input` inserts letters in its own handler but leaves Backspace to a binding, which runs only after
  the key has travelled back to the application: in a burst the letter overtakes the Backspace. Here
  every key of the widget is acted upon in `_on_key`, in the order of arrival.
* An input method counts Backspaces in what *it* sent: combining marks one by one (“Unicode tổ hợp”),
  and OpenKey's “empty character” U+202F or U+200C, which it sends and takes back. So Backspace takes
  back the last code point that was typed, while the value stays NFC.
"""

from __future__ import annotations

import unicodedata

from textual import events
from textual.widgets import Input

from content.text import normalise


class VInput(Input):
    """`value` is always NFC, one line, without anything invisible."""

    _typed = ""
    """What was typed without a break up to the cursor, code point by code point as it came."""
    _left = ("", 0)
    """Value and cursor as typing left them; anything else there now means that there was a break."""

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
                    self._typed = ""
                return

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(event.text, *self.selection)

    def replace(self, text: str, start: int, end: int) -> None:
        """As `Input` does, with the result in NFC across both joints."""
        start, end = sorted((max(0, start), min(len(self.value), end)))
        before, after = _shown(self.value[:start] + text), self.value[end:]
        whole = _shown(before + after)
        if whole == before + after:
            super().replace(before, 0, end)
        else:
            super().replace(whole, 0, len(self.value))
            self.cursor_position = min(len(before), len(whole))

    def action_delete_left(self) -> None:
        """Take back the last code point typed, as the input method counts them."""
        if self._unbroken() and self._typed:
            self._retype(self._typed[:-1])
        else:
            super().action_delete_left()

    def _type(self, character: str) -> None:
        if not self._unbroken():
            if not self.selection.is_empty:
                self.delete_selection()
            self._typed = ""
        if not self._typed and unicodedata.combining(character) and self.cursor_position:
            # A mark on a letter that stood here before: they are typed as one from now on.
            self._typed = self.value[self.cursor_position - 1]
        self._retype(self._typed + character)

    def _retype(self, typed: str) -> None:
        end = self.cursor_position
        start = end - len(_shown(self._typed))
        self.replace(_shown(typed), start, end)
        refused = not self.value[: self.cursor_position].endswith(_shown(typed))  # by `max_length`
        self._typed, self._left = "" if refused else typed, (self.value, self.cursor_position)

    def _unbroken(self) -> bool:
        return self.selection.is_empty and self._left == (self.value, self.cursor_position)


def _shown(text: str) -> str:
    """What of a text stands in the line; idempotent."""
    lines = normalise(text).replace("\n", " ").replace("\t", " ")
    return normalise("".join(c for c in lines if unicodedata.category(c) not in ("Cc", "Cf")))
