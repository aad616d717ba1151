"""The figures of many posts in one request.

One dead metric name fails every part of a batch, and each part is counted as a call: so a first post is asked
alone, and the others only for the names that it was answered for. One that refuses every name may be an odd
post: that no name lives is believed when a second one says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract import Figure
from connectors.errors import AuthLost, ConnectorError, NotSent, Refused
from connectors.facebook import insights
from connectors.facebook.graph import PageGraph

Answers = dict[str, list[Figure] | ConnectorError]
ENOUGH = 2
"""So many posts without an answer, or without one living name: it is not the posts."""


def figures(graph: PageGraph, posts: Sequence[str], metrics: str) -> Answers:
    """By post, at most `BATCH_MOST`: its figures, or why there are none. Raises what concerns all of them."""
    names = insights.names_of(metrics)
    waiting, found, silent, refusing = list(posts), Answers(), 0, 0
    dead = frozenset[str]()
    while waiting and names:
        post = waiting.pop(0)
        try:
            first = insights.told(graph, post, names)
        except Refused as error:
            found[post] = error
        except NotSent as error:
            silent += 1
            if silent >= ENOUGH or not (waiting or found):
                raise
            found[post] = error
        else:
            found[post], dead = first.figures(), first.dead
            refusing += len(dead) == len(names)
            if len(dead) < len(names) or refusing >= ENOUGH:
                break
    living = [name for name in names if name not in dead]
    if not living or not waiting:
        return found | {post: insights.Told(names, dead=dead).figures() for post in waiting}
    answers = graph.read_many([insights.relative(post, living) for post in waiting])
    for post, answer in zip(waiting, answers, strict=True):
        if isinstance(answer, dict) and insights.tells_of_another(answer, post, posts):
            answer = NotSent("fb:unreadable", "a part of a batch told of another post")
        found[post] = _read(answer, names, dead)
    return found


def _read(
    answer: dict[str, object] | ConnectorError, names: Sequence[str], dead: frozenset[str]
) -> list[Figure] | ConnectorError:
    if isinstance(answer, AuthLost):
        try:
            return insights.without_right(answer, names).figures()
        except AuthLost as error:
            return error
    if isinstance(answer, ConnectorError):
        if answer.code == insights.INVALID_METRIC:  # it was living a moment ago: ask this one alone
            return NotSent(answer.code, answer.detail)
        return answer
    return insights.Told(names, insights.values_of(answer), dead).figures()
