"""Undo by words, however many corrections of an input method a word was made of."""

from __future__ import annotations

from dataclasses import dataclass

from textual.document._edit import Edit
from textual.document._history import EditHistory


@dataclass
class Letter(Edit):
    """A code point was typed."""

    opens: bool = False
    """Whether a word begins with it."""


@dataclass
class TakenBack(Edit):
    """Backspace, by the input method or the officer."""


class Words(EditHistory):
    """One step is a word with the blank after it, and all that an input method corrected in it.

    Whether a Backspace is a correction is known by the letter that follows it: then it becomes part of
    the word. Until then, and when it took more than the word, it is a step of its own, so that what was
    erased by mistake comes back.
    """

    def record(self, edit: Edit) -> None:
        assert edit._edit_result is not None
        replaced = edit._edit_result.replaced_text
        if not isinstance(edit, Letter | TakenBack):
            super().record(edit)
        elif edit.text or replaced:
            steps = self._undo_stack
            if isinstance(edit, TakenBack):
                goes_on = self._follows(TakenBack, edit)
            elif self._follows(TakenBack, edit) and not any(map(_blank, steps[-1])):
                corrections = steps.pop()
                if self._follows(Letter, corrections[0]):
                    steps[-1].extend(corrections)
                else:
                    steps.append(corrections)
                goes_on = True
            else:
                goes_on = self._follows(Letter, edit) and not edit.opens and not _blank(edit)
            if goes_on:
                steps[-1].append(edit)
            else:
                steps.append([edit])
            self._redo_stack.clear()
            self.checkpoint()  # what is not typed begins a step of its own

    def _follows(self, kind: type[Edit], edit: Edit) -> bool:
        """Whether the last step ends with such an edit, where this one begins."""
        last = self._undo_stack[-1][-1] if self._undo_stack else None
        result = last._edit_result if isinstance(last, kind) else None
        return result is not None and result.end_location == edit.bottom


def _blank(edit: Edit) -> bool:
    """Whether more than (a part of) a word made way."""
    return edit._edit_result is not None and not {" ", "\n"}.isdisjoint(edit._edit_result.replaced_text)
