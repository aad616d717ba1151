"""A post's dossier as one HTML file that opens and prints anywhere."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from content.kinds import kind
from content.moment import show
from content.wording import say
from loa import speech
from loa.services import guests
from loa.services.dossier import PostDossier


def as_html(dossier: PostDossier, zone: ZoneInfo) -> str:
    """One self-contained page: no script, no address outside but those of the post itself."""

    def when(moment: datetime | None) -> str:
        return show(moment, zone) if moment else "–"

    pages = Environment(
        loader=PackageLoader("loa.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals.update(say=say, when=when, speech=speech, kind_name=kind(dossier.kind).label)
    pages.filters["who"] = guests.in_words
    return pages.get_template("dossier.html").render(d=dossier)
