"""Nguồn tin: feeds of upper units, looked at when somebody asks, whose items become drafts to adapt.

What is taken carries its source and a slot that only a person fills, so nothing copied goes out by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from connectors.http import Http
from content.approval import Role
from content.errors import NotFound, PlatformTrouble, RefusedByRule, UsageError
from content.finding import Finding
from content.incoming.feed import FeedError, FeedItem, read_feed
from content.incoming.prose import link_to
from content.kinds import KINDS, kind_code
from content.post import Post
from content.postwriter import write_post
from content.text import normalise, slug
from content.wording import say
from loa.services import channels, drafts, feedbook
from loa.services.feedbook import Feed, Known, Taken
from loa.services.fetching import Fetched, checked_url, fetch
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit

LONGEST_REUSE = 300
LONGEST_BODY = 150 * 1024
"""Bytes of one item's Markdown; a draft may be longer, by what the officer adds."""
MOST_AT_ONCE = 20


@dataclass(frozen=True)
class FeedView:
    """A feed in a list: `items` known, `new` ones nobody was shown yet, `taken` ones in all."""

    name: str
    title: str
    url: str
    reuse: str
    items: int
    new: int
    taken: int
    looked_at: datetime | None


@dataclass(frozen=True)
class ItemView:
    """An item as it can be chosen. `taken` names its draft and who took it, None when nobody has."""

    number: int
    title: str
    published: datetime | None
    link: str
    is_new: bool
    taken: Taken | None
    summary: str
    body: str
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """What a look at a feed came to; `trouble` is why it could not be read just now, empty when it could."""

    feed: FeedView
    items: list[ItemView]
    trouble: str
    remarks: list[Finding]


@dataclass(frozen=True)
class Outcome:
    """What became of one item: `draft` (new), or `already` with the draft that it became before."""

    number: int
    title: str
    outcome: str
    draft: str
    officer: str
    at: datetime
    remarks: tuple[str, ...]


def add(workspace: Workspace, actor: Person, name: str, url: str, *, reuse: str = "") -> Look:
    """Remember a feed, once it could be read. Only an operator may name an address in the house.

    Raises FeedError, PlatformTrouble or UsageError with what is wrong with the address or what is there.
    """
    actor.must_be(Role.DRAFTER, Role.OPERATOR)
    feedbook.checked_name(name)
    now = workspace.now()
    feed = Feed(name, checked_url(url), _one_line(reuse), Role.OPERATOR in actor.roles, actor.name, now)
    _must_be_new(workspace, feed)
    looked, remarks = _with_news(workspace, feed)
    with feedbook.alone(workspace):
        _must_be_new(workspace, feed)
        feedbook.write(workspace, looked)
    _record(workspace, actor, "feed_added", name, url=feed.url)
    return _look(looked, remarks=remarks)


def listing(workspace: Workspace) -> list[FeedView]:
    """Every feed as it was at its last look; one that cannot be read is left to `look`."""
    views = []
    for name in feedbook.names(workspace):
        try:
            views.append(_view(feedbook.read(workspace, name)))
        except RefusedByRule:
            views.append(FeedView(name, say("feeds.damaged_here"), "", "", 0, 0, 0, None))
    return views


def look(workspace: Workspace, name: str, *, shown: bool = True) -> Look:
    """Read the feed now; when that fails, what is known of it, and why it failed.

    Raises the trouble itself when nothing is known yet. `shown`: whoever asks is shown the items, so that
    they are not new the next time.
    """
    before = feedbook.read(workspace, name)
    trouble, remarks = "", list[Finding]()
    after = before
    try:
        after, remarks = _with_news(workspace, before)
    except (PlatformTrouble, FeedError) as error:
        if not before.items:
            raise
        trouble = str(error)
        remarks = list(getattr(error, "findings", ()))
    with feedbook.alone(workspace):
        there = feedbook.read(workspace, name)  # somebody may have taken an item meanwhile, or looked as well
        if there.url == before.url and there.last == before.last and after is not before:
            there = replace(after, taken=there.taken, shown=there.shown)
        there = _healed(workspace, there)
        feedbook.write(workspace, replace(there, shown=there.last) if shown else there)
    return _look(there, trouble=trouble, remarks=remarks)


def known(workspace: Workspace, name: str) -> Look:
    """What the last look saw; the network is not asked."""
    return _look(_healed(workspace, feedbook.read(workspace, name)))


def take(
    workspace: Workspace,
    actor: Person,
    name: str,
    numbers: Sequence[int],
    *,
    kind: str = "",
    channel_ids: Sequence[str] = (),
    again: bool = False,
) -> list[Outcome]:
    """Drafts of items, by the numbers that `look` tells; one that was taken before is only told of.

    `again` takes it once more. Raises NotFound for a number that is not known.
    """
    actor.must_be(Role.DRAFTER)
    if len(numbers) > MOST_AT_ONCE:
        raise UsageError("feeds.many_at_once", most=MOST_AT_ONCE)
    chosen = kind_code(kind) or next(iter(KINDS))
    there = {view.id for view in channels.listing(workspace)}
    if strange := [one for one in channel_ids if one not in there]:
        raise NotFound("feeds.no_channel", channel=strange[0], known=", ".join(sorted(there)) or "–")
    with feedbook.alone(workspace):
        feed = _healed(workspace, feedbook.read(workspace, name))
        by_number = {one.number: one for one in feed.items}
        if gone := [number for number in numbers if number not in by_number]:
            raise NotFound("feeds.no_item", feed=name, number=gone[0])
        outcomes = []
        for number in dict.fromkeys(numbers):
            one = by_number[number]
            if (before := feed.taken.get(one.item.id)) and not again:
                outcomes.append(_outcome(one, "already", before))
                continue
            taken = _drafted(workspace, actor, feed, one, chosen, tuple(dict.fromkeys(channel_ids)))
            feed = feed.with_taken({one.item.id: taken})
            feedbook.write(workspace, feed)  # after each: killed here, `_healed` finds the draft
            outcomes.append(_outcome(one, "draft", taken))
    for told in outcomes:
        if told.outcome == "draft":
            link = by_number[told.number].item.link
            _record(workspace, actor, "feed_taken", told.draft, feed=name, title=told.title, link=link)
    return outcomes


def remove(workspace: Workspace, actor: Person, name: str) -> None:
    """Forget a feed; drafts and posts made of it stay."""
    actor.must_be(Role.DRAFTER, Role.OPERATOR)
    with feedbook.alone(workspace):
        if name not in feedbook.names(workspace):
            feedbook.read(workspace, name)  # raises NotFound with the nearest
        feedbook.forget(workspace, name)
    _record(workspace, actor, "feed_removed", name)


def _with_news(workspace: Workspace, feed: Feed) -> tuple[Feed, list[Finding]]:
    http = Http(pool=2)
    try:
        told = fetch(http, feed.url, inside=feed.inside, etag=feed.etag, modified=feed.modified)
    finally:
        http.close()
    remarks = [Finding("feeds.moved", "hint", feed.name, {"url": told.moved_to})] if told.moved_to else []
    if told.body is None:
        return replace(feed, looked_at=workspace.now()), remarks
    return _read(workspace, feed, told, told.body, remarks)


def _read(
    workspace: Workspace, feed: Feed, told: Fetched, body: bytes, remarks: list[Finding]
) -> tuple[Feed, list[Finding]]:
    text = read_feed(
        body,
        place=feed.name,
        address=told.url,
        content_type=told.content_type,
        zone=workspace.config.zone,
    )
    now = workspace.now()
    after = feed.with_text(text, looked_at=now, etag=told.etag, modified=told.modified)
    return after, [*remarks, *text.remarks]


def _healed(workspace: Workspace, feed: Feed) -> Feed:
    """With the items whose drafts lie about though nobody lived to write that down."""
    found = {
        one.origin["item"]: Taken(one.id, one.officer, one.begun_at)
        for one in drafts.listing(workspace)
        if one.origin.get("feed") == feed.name and one.origin.get("item", "") not in {"", *feed.taken}
    }
    return feed.with_taken(found) if found else feed


def _drafted(
    workspace: Workspace, actor: Person, feed: Feed, one: Known, kind: str, channel_ids: tuple[str, ...]
) -> Taken:
    item = one.item
    post = Post(
        key=slug(item.title),
        title=item.title,
        kind=kind,
        body=_body(workspace, feed, item),
        summary=item.summary,
        channels=channel_ids,
        link=item.link,
    )
    origin = {"feed": feed.name, "item": item.id, "link": item.link or feed.url, "officer": actor.name}
    source = write_post(post, workspace.config.zone)
    draft = drafts.begin_with(workspace, actor.name, source, {}, name=item.title, origin=origin)
    return Taken(draft.id, actor.name, workspace.now())


def _body(workspace: Workspace, feed: Feed, item: FeedItem) -> str:
    words = item.body
    while len(words.encode()) > LONGEST_BODY:
        words = words[: len(words) * 3 // 4].rpartition("\n\n")[0] or words[: len(words) * 3 // 4]
    day = f"{item.published.astimezone(workspace.config.zone):%d/%m/%Y}" if item.published else ""
    source = link_to(feed.title or feed.name, item.link or feed.url)
    credit = say("feeds.credit_dated" if day else "feeds.credit", source=source, day=day)
    note = say("feeds.reuse", reuse=feed.reuse) if feed.reuse else ""
    parts = ["{{" + say("feeds.slot") + "}}", words, f"{credit} {note}".strip()]
    return "\n\n".join(part for part in parts if part.strip())


def _must_be_new(workspace: Workspace, feed: Feed) -> None:
    there = feedbook.names(workspace)
    if feed.name in there:
        raise RefusedByRule("feeds.exists", feed=feed.name)
    if len(there) >= feedbook.MOST_FEEDS:
        raise RefusedByRule("feeds.too_many", most=feedbook.MOST_FEEDS)
    for view in listing(workspace):
        if view.url == feed.url:
            raise RefusedByRule("feeds.same_url", feed=view.name)


def _one_line(written: str) -> str:
    """Braces would make a slot of it, that nobody could fill."""
    line = " ".join(normalise(written).split())
    if len(line) > LONGEST_REUSE or "{" in line or "}" in line:
        raise UsageError("feeds.bad_reuse", most=LONGEST_REUSE)
    return line


def _look(feed: Feed, *, trouble: str = "", remarks: Sequence[Finding] = ()) -> Look:
    items = [
        ItemView(
            one.number,
            one.item.title,
            one.item.published,
            one.item.link,
            one.number > feed.shown,
            feed.taken.get(one.item.id),
            one.item.summary,
            one.item.body,
            one.item.remarks,
        )
        for one in feed.items
    ]
    return Look(_view(feed), items, trouble, list(remarks))


def _view(feed: Feed) -> FeedView:
    new = sum(one.number > feed.shown for one in feed.items)
    return FeedView(
        feed.name, feed.title, feed.url, feed.reuse, len(feed.items), new, len(feed.taken), feed.looked_at
    )


def _outcome(one: Known, outcome: str, taken: Taken) -> Outcome:
    return Outcome(
        one.number, one.item.title, outcome, taken.draft, taken.officer, taken.at, one.item.remarks
    )


def _record(workspace: Workspace, actor: Person, action: str, subject: str, **detail: object) -> None:
    now = workspace.now()

    def work(connection: Connection) -> None:
        audit.record(connection, at=now, actor=actor.name, action=action, subject=subject, **detail)

    workspace.database.run(work)
