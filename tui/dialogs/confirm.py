"""Yes or no; with a reason where the audit wants one, with a typed word before the irreversible."""

from __future__ import annotations

from content.text import fold
from content.wording import say
from tui.dialogs.questions import Asking, Field


class Confirm(Asking[str]):
    """Answers the reason, or “yes” where none is asked for; None when it was closed.

    `word` must be typed, tone marks or not, before what cannot be undone.
    """

    def __init__(self, title: str, body: str = "", *, word: str = "", reason: bool = False) -> None:
        def typed(value: str) -> str:
            same = fold(value).split() == fold(word).split()
            return "" if same else say("tui.dialog.word", word=word)

        fields = []
        if reason:
            fields.append(Field("reason", say("tui.dialog.reason"), required=True))
        if word:
            fields.append(Field("word", say("tui.dialog.type_word", word=word), check=typed))
        super().__init__(title, body, fields)

    def on_mount(self) -> None:
        if not self._fields:
            self.set_focus(self.query_one("#confirm"))

    def answer(self, values: dict[str, str]) -> str:
        return values.get("reason", "").strip() or "yes"
