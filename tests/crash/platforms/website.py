"""The unit's own website: a folder."""

from __future__ import annotations

from pathlib import Path

from tests.crash.platforms.platform import Seen


class Website:
    """The folder that a web server shows. What a crash may leave there are temporary names."""

    liar = None  # a folder answers always

    def reset(self) -> None:
        """Each workspace has its own folder."""

    def public(self, folder: Path) -> list[Seen]:
        current = folder / "site" / "current"
        pages = sorted(current.glob("bai/*.html"))
        front = (current / "index.html").read_text("utf-8") if pages else ""
        return [
            (
                page.name,
                f"{page.read_text('utf-8').count('<img')} pictures",
                f"{front.count(page.name)} in the list",
            )
            for page in pages
        ]

    def hidden(self, folder: Path) -> set[str]:
        site = folder / "site"  # an announced record is settled when the section is opened next
        return {str(path.relative_to(site)) for path in site.rglob("*.tmp")}

    def loose(self) -> set[str]:
        return set()

    def violations(self) -> list[str]:
        return []
