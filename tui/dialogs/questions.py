"""A few lines to fill in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from textual.events import Key
from textual.widget import Widget
from textual.widgets import Label

from content.wording import say
from tui.dialogs.dialog import Dialog, T
from tui.widgets.vinput import VInput


@dataclass(frozen=True)
class Field:
    """One line. `check` says what is wrong with a value, or nothing."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    required: bool = False
    secret: bool = False
    check: Callable[[str], str] = lambda _value: ""


class Asking(Dialog[T]):
    """Asks for some fields; Enter goes to the next one that is empty, and answers from the last."""

    DEFAULT_CSS = "Asking VInput { margin-bottom: 0; }"

    def __init__(self, title: str, body: str, fields: Sequence[Field]) -> None:
        super().__init__(title, body)
        self._fields = fields

    def answer(self, values: dict[str, str]) -> T:
        """What the dialog returns for these values."""
        raise NotImplementedError

    def compose_fields(self) -> Iterator[Widget]:
        for field in self._fields:
            yield Label(field.label, classes="label", markup=False)
            box = VInput(
                field.value,
                placeholder=field.hint,
                password=field.secret,
                id=f"field-{field.name}",
                compact=True,
            )
            box.cursor_blink = False
            yield box

    def on_key(self, event: Key) -> None:
        """↓ and ↑ go from line to line, as in any form; in a single line they mean nothing else."""
        step = {"down": 1, "up": -1}.get(event.key)
        boxes = [self.field(field.name) for field in self._fields]
        if step and self.focused in boxes:
            event.stop()
            self.set_focus(boxes[max(0, min(boxes.index(self.focused) + step, len(boxes) - 1))])

    def field(self, name: str) -> VInput:
        return self.query_one(f"#field-{name}", VInput)

    def confirm(self) -> None:
        values = {field.name: self.field(field.name).value for field in self._fields}
        for field in self._fields:
            value = values[field.name]
            lacking = field.required and not value.strip()
            wrong = say("tui.dialog.required", field=field.label) if lacking else field.check(value)
            if wrong:
                box = self.field(field.name)
                # Enter in an earlier field is “next”; only whoever stands in it is told.
                self.say_wrong("" if lacking and not box.has_focus and self._earlier(box) else wrong)
                self.set_focus(box)
                return
        self.filled(values)

    def filled(self, values: dict[str, str]) -> None:
        """Every field is as it must be."""
        self.dismiss(self.answer(values))

    def _earlier(self, box: VInput) -> bool:
        boxes = [self.field(field.name) for field in self._fields]
        return self.focused in boxes and boxes.index(self.focused) < boxes.index(box)


class Form(Asking[dict[str, str]]):
    """The fields' values by name, None when it was closed."""

    def answer(self, values: dict[str, str]) -> dict[str, str]:
        return values
