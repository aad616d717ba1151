"""How often a post was opened: core does not count, so only a plug-in that the site itself names is asked."""

from __future__ import annotations

from connectors.contract import Figure
from connectors.counts import whole
from connectors.errors import AuthLost, NotSent, Refused
from connectors.wordpress.rest import Rest
from content.wording import say

COUNTER = "post-views-counter"
"""Plug-in "Post Views Counter", `GET /post-views-counter/get-post-views/<id>` (its documentation, read
2026-11-21, not run: facts §1.6)."""


def figures(rest: Rest, post: str) -> list[Figure]:
    """One figure, `views`; without a known plug-in it is None, never 0."""
    index = rest.read("", _fields="namespaces")
    named = index.get("namespaces") if isinstance(index, dict) else None
    if not isinstance(named, list):
        raise NotSent("wp:unreadable", "an index without namespaces")
    if COUNTER not in named or not post.isdigit():
        return [_figure(None, "wordpress", "no_counter")]
    try:
        told = rest.read(f"{COUNTER}/get-post-views/{post}")
    except (AuthLost, Refused):  # a plug-in that keeps its figures to itself must not stop the channel
        return [_figure(None, COUNTER, "not_told")]
    number = whole(told)
    return [_figure(number, COUNTER, "" if number is not None else "not_told")]


def _figure(value: int | None, source: str, note: str) -> Figure:
    definition = say("wordpress.metrics.views", source=source)
    return Figure("views", value, definition, source, say(f"wordpress.notes.{note}") if note else "")
