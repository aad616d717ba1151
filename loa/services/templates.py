"""Files that a unit may replace: its own in the workspace's `templates/`, else the one that Loa brings."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from content.errors import UsageError
from content.text import normalise
from content.wording import say

FOLDER = "templates"
LARGEST_BYTES = 256 * 1024


def template_file(folder: Path, name: str) -> tuple[str, str]:
    """(text, place) of the unit's own file, else of the shipped one; raises UsageError for one of no use."""
    own = folder / FOLDER / name
    if not own.is_file():
        return resources.files("content").joinpath("templates", name).read_text("utf-8"), name
    place = f"{FOLDER}/{name}"
    with own.open("rb") as file:
        data = file.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise UsageError("report.template_large", file=place, kib=LARGEST_BYTES // 1024)
    try:
        return normalise(data.decode("utf-8-sig")), place
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError("report.template_wrong", file=place, line=line, why=say("report.not_utf8")) from None
