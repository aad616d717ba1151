"""Which fields of law posts belong to, and who divided the law so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from content.fields import FILE, parse, tags_and_citations
from content.wording import say
from loa.services import law
from loa.services.reach.samples import Sample, sources
from loa.services.reach.spans import Span
from loa.services.templates import template_file
from loa.services.workspace import Workspace

UNCLEAR = ""


@dataclass(frozen=True)
class Division:
    """Where the fields come from, how they are called, and of which each post is.

    A post may have several; UNCLEAR where nothing tells.
    """

    source: str
    checked_on: date
    labels: Mapping[str, str]
    of: Mapping[str, Sequence[str]] = field(repr=False)


def of_posts(workspace: Workspace, posts: Sequence[Sample], span: Span) -> Division:
    """Reads the posts' texts; raises UsageError for a unit's own file that cannot be read."""
    told = parse(*template_file(workspace.folder, FILE))
    registry = law.registry(workspace)

    def names(designation: str) -> list[str]:
        return [one.name or one.title for one in registry.bearing(designation)]

    texts = sources(workspace, {one.post for one in posts}, span.first, span.last)
    found = {
        post: told.of(*tags_and_citations(source), names) or (UNCLEAR,) for post, source in texts.items()
    }
    labels = {one.key: one.label for one in told.every} | {UNCLEAR: say("reach.field_unclear")}
    of = {one.post: found.get(one.post, (UNCLEAR,)) for one in posts}
    return Division(told.source, told.checked_on, labels, of)
