"""The table style × widget × gap: how many of the phrases arrived; on the screen and in the docs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.tui.typing.streams import PHRASES, STYLES

PAGE = Path(__file__).parents[3] / "docs/guide/go-tieng-viet.md"
WIDGETS = ("VInput", "VTextArea")
CONTROLS = ("Input", "TextArea")
GAPS_MS = (0, 1, 5, 20)
CONTROL_GAPS_MS = (0, 20)
_BEGIN, _END = "<!-- bảng: do kiểm thử ghi -->\n", "<!-- hết bảng -->\n"


@dataclass(frozen=True)
class Row:
    style: str
    right: dict[str, dict[int, int]]
    """Widget → gap in ms → phrases that arrived."""

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(told: str) -> Row:
        row = json.loads(told)
        gaps = {widget: {int(gap): n for gap, n in by.items()} for widget, by in row["right"].items()}
        return Row(row["style"], gaps)


def markdown(rows: Iterable[Row]) -> str:
    """The table as it stands in the docs; a cell lists the gaps."""
    found = {row.style: row for row in rows}
    gaps = " / ".join(map(str, GAPS_MS))
    lines = [
        f"| Bộ gõ | Kiểu gõ | Cách sửa chữ | VInput ({gaps} ms) | VTextArea ({gaps} ms) "
        "| Input gốc (0 / 20 ms) | TextArea gốc (0 / 20 ms) |",
        "|---|---|---|---|---|---|---|",
    ]
    for style in STYLES:
        if row := found.get(style.id):
            figures = [
                " / ".join(str(row.right[widget][gap]) for gap in GAPS_MS if gap in row.right[widget])
                for widget in (*WIDGETS, *CONTROLS)
            ]
            lines.append(" | ".join((f"| {style.program}", style.method, style.how, *figures)) + " |")
    return "\n".join(lines) + "\n"


def plain(rows: Iterable[Row]) -> str:
    """The same for the end of a test run."""
    return f"right out of {len(PHRASES)}:\n" + markdown(rows)


def write(rows: Iterable[Row]) -> None:
    """Put the table into the docs."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    PAGE.write_text(f"{before}{_BEGIN}{markdown(rows)}{_END}{after}", "utf-8")
