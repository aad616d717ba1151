"""The search box: filters what is loaded as it is typed."""

from __future__ import annotations

from textual.message import Message

from tui import keymap
from tui.widgets.vinput import VInput

LONGEST = 100


class SearchBox(VInput):
    """Finds by post, channel, status, address and reason, tone marks and đ aside."""

    BINDINGS = keymap.bindings("search")

    class Left(Message):
        """The officer is done typing."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:  # noqa: A002 Textual's name
        super().__init__(placeholder=placeholder, max_length=LONGEST, compact=True, id=id)
        self.cursor_blink = False

    def action_leave(self, clear: bool) -> None:
        if clear:
            self.value = ""
        self.post_message(self.Left())
