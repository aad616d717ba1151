"""A page with one widget, run as a process of its own: `python -m tests.tui.typing.page VInput 5`.

It tells on the file descriptor that it stands ready, and after F12 what stands in the widget, which is
empty then. F12 takes the way of every key that a widget leaves alone, so it comes after what was typed.
"""

from __future__ import annotations

import json
import os
import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Input, TextArea

from tui.widgets.vinput import VInput
from tui.widgets.vtextarea import VTextArea

WIDGETS: dict[str, type[Input] | type[TextArea]] = {
    kind.__name__: kind for kind in (VInput, VTextArea, Input, TextArea)
}


class Page(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [("f12", "take")]

    def __init__(self, kind: type[Input] | type[TextArea], told: int) -> None:
        super().__init__()
        self.box = kind()
        self.told = told

    def compose(self) -> ComposeResult:
        yield self.box

    def on_mount(self) -> None:
        self.box.focus()
        self.call_after_refresh(self.tell, "ready")

    def action_take(self) -> None:
        if isinstance(self.box, Input):
            self.tell(self.box.value)
            self.box.value = ""
        else:
            self.tell(self.box.text)
            self.box.text = ""

    def tell(self, text: str) -> None:
        os.write(self.told, (json.dumps(text) + "\n").encode())


if __name__ == "__main__":
    Page(WIDGETS[sys.argv[1]], int(sys.argv[2])).run()
