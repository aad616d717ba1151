"""Gói minh chứng: everything that shows what was published in a period, in one zip that opens anywhere.

For every delivery its text exactly as approved, its pictures, address, approvals and figures; an index;
and a manifest with the SHA-256 of every file. Written whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from content.variant import MediaRef
from content.whole import whole
from content.wording import say
from loa import speech
from loa.reports import forms, plainfiles, tables
from loa.services import dossier
from loa.services.dossier import DeliveryDossier
from loa.services.report_facts import Facts, Newest
from loa.services.workspace import Workspace

MANIFEST, INDEX, FIGURES = "manifest.json", "index.html", "so-lieu.json"
CHECKLIST = "minh-chung-so"
LARGEST_PICTURE = 50 * 1024 * 1024
"""Films stay where they are; the page tells their SHA-256 and where they can be seen."""
_PICTURES = {"image/jpeg": ".jpg", "image/png": ".png"}
_UNSAFE = re.compile(r"[^a-z0-9@._-]+")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Packed:
    """What a pack came to. `without_picture`: a picture is not in the store (any more)."""

    items: int
    files: int
    without_text: list[str]
    without_picture: list[str]


def check_target(target: Path, *, replace: bool) -> None:
    """Raises UsageError before anything is read."""
    from loa.reports import writing

    writing.check_target(target, replace=replace, endings=(".zip",))


def pack(workspace: Workspace, facts: Facts, target: Path, progress: Progress) -> Packed:
    """Write the pack of all deliveries of the facts; `progress` is told how many of how many."""
    with whole(target) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        return _Pack(workspace, facts, zipped).fill(progress)


class _Pack:
    def __init__(self, workspace: Workspace, facts: Facts, zipped: zipfile.ZipFile) -> None:
        from jinja2 import Environment, PackageLoader, StrictUndefined

        self._workspace, self._facts, self._zip = workspace, facts, zipped
        self._zone = workspace.config.zone
        self._told: dict[str, dict[str, object]] = {}
        self._without_text: list[str] = []
        self._without_picture: list[str] = []
        self._pages = Environment(
            loader=PackageLoader("loa.reports", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.globals.update(
            say=say,
            speech=speech,
            when=self._when,
            metric_word=speech.metric_word,
            figure=speech.figure_words,
            label=self._label,
        )

    def fill(self, progress: Progress) -> Packed:
        items = self._facts.items
        figures: dict[str, list[Newest]] = {}
        for figure in self._facts.readings:
            figures.setdefault(figure.delivery, []).append(figure)
        pages = []
        for place, part in enumerate(
            dossier.parts(self._workspace, [one.delivery for one in items]), start=1
        ):
            name = f"bai/{place:04d}-{_UNSAFE.sub('-', part.delivery.id.lower())[:80]}"
            pictures = [one for ref in part.media if (one := self._picture(name, ref, part))[0]]
            if not part.text and not part.title:
                self._without_text.append(part.delivery.id)
            page = self._pages.get_template("evidence_item.html").render(
                part=part,
                item=items[place - 1],
                figures=figures.get(part.delivery.id, []),
                pictures=pictures,
                unit=self._facts.unit,
            )
            self._add(f"{name}/bai.html", page.encode())
            went = items[place - 1].published_at
            yeses = sum(dossier.rests_on(one, part.seal, went) for one in part.approvals)
            pages.append((items[place - 1], f"{name}/bai.html", yeses))
            progress(place, len(items))
        self._add(FIGURES, plainfiles.as_json(self._facts))
        form = forms.get(self._workspace.folder, CHECKLIST)
        checklist = forms.table(form, forms.fill(form, self._facts))
        index = self._pages.get_template("evidence.html").render(
            f=self._facts,
            pages=pages,
            checklist=checklist,
            form=form,
            words=lambda c: tables.in_words(c, self._zone),
        )
        self._add(INDEX, index.encode())
        manifest = {
            "format": 1,
            "unit": self._facts.unit,
            "first": self._facts.first.isoformat(),
            "last": self._facts.last.isoformat(),
            "made_at": self._facts.made_at.astimezone(UTC).isoformat(timespec="seconds"),
            "files": self._told,
        }
        self._add(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        return Packed(len(pages), len(self._told), self._without_text, self._without_picture)

    def _picture(self, room: str, ref: MediaRef, part: DeliveryDossier) -> tuple[str, str]:
        """(its name in the pack, what it shows); no name for a film, nor for what is not as approved."""
        ending = _PICTURES.get(ref.mime)
        if ending is None or ref.size_bytes > LARGEST_PICTURE:
            return "", ref.alt
        try:
            data = self._workspace.media.path(ref).read_bytes()
        except FileNotFoundError:
            data = b""
        if hashlib.sha256(data).hexdigest() != ref.sha256:
            self._without_picture.append(f"{part.delivery.id}: {ref.name}")
            return "", ref.alt
        name = f"{ref.sha256[:16]}{ending}"
        if f"{room}/{name}" not in self._told:
            self._add(f"{room}/{name}", data)
        return name, ref.alt

    def _add(self, name: str, data: bytes) -> None:
        local = self._facts.made_at.astimezone(self._zone)
        about = zipfile.ZipInfo(name, local.timetuple()[:6])
        about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        self._zip.writestr(about, data)
        if name != MANIFEST:
            self._told[name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def _when(self, moment: datetime | None) -> str:
        return tables.in_words(moment, self._zone) if moment else "–"

    def _label(self, channel: str) -> str:
        return tables.channel_name(self._facts, channel)
