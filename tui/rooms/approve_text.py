"""What an approval would cover, as it is read before signing: everything, and in words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

from rich.text import Text

from content.changes import Changes, Line
from content.clips import CAPTION_SUFFIXES
from content.finding import Finding
from content.post import MediaItem
from content.variant import MediaRef, Variant
from content.wording import say
from loa.services import guests
from loa.services.reviewing import Given, Part, Review
from loa.speech import moment, number, one_line, reason, worded

_JOINER = "\u200d"
"""Holds emoji together; every other mark that nobody sees is shown by its number."""
_PLAIN, _BOLD = "not bold", "bold"


def head(review: Review) -> Text:
    """The post, who has to say yes, what there is to say against it."""
    post = review.post
    sealed = [name for part in review.parts for name in part.variant.contributors]
    wrote = dict.fromkeys([*post.contributors, *sealed])
    whole = Text(one_line(post.title), style=_BOLD)
    about = say(
        "tui_approve.about", post=post.id, kind=worded("content.kinds", post.kind), number=post.revision
    )
    lines = [about, say("tui_approve.written_by", names=", ".join(map(guests.in_words, wrote)))]
    if len(review.required) > 1:
        levels = ", ".join(worded("cli.role", role) for role in review.required)
        lines.append(say("tui_approve.levels", levels=levels))
    whole.append("\n" + "\n".join(lines), style=_PLAIN)
    if post.hindrance:
        whole.append(f"\n{say(f'tui_approve.cannot.{post.hindrance}')}", style=_BOLD)
    whole.append(f"\n\n{findings_heading(review)}", style=_BOLD)
    for finding in in_order(review.findings):
        whole.append(f"\n• {say(f'cli.severity.{finding.weight}')} {one_line(finding.line())}", style=_PLAIN)
    if review.trouble:
        whole.append(f"\n• {one_line(review.trouble)}", style=_PLAIN)
    for line in _rights(review.media):
        whole.append(f"\n{line}", style=_PLAIN)
    return whole


def _rights(items: Sequence[MediaItem]) -> Iterator[str]:
    """Whose each picture is and who is in it, which no channel shows."""
    for item in items:
        if not item.file.lower().endswith(tuple(CAPTION_SUFFIXES)):
            rights, people = (visible(one_line(words)) or "–" for words in (item.rights, item.people))
            yield say("media.rights", file=one_line(item.file), rights=rights, people=people)


def findings_heading(review: Review) -> str:
    if review.trouble:
        return say("tui_approve.findings.unchecked")
    if not review.findings:
        return say("tui_approve.findings.none")
    counted = [(kind, sum(one.severity == kind for one in review.findings)) for kind in _SEVERITIES]
    told = [say(f"tui_approve.findings.{kind}", count=count) for kind, count in counted if count]
    return say("tui_approve.findings.some", told=", ".join(told))


_SEVERITIES = ("block", "warn", "hint")


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity))


def part(one: Part, zone: ZoneInfo) -> Text:
    """One channel: what changed, then all that will be sent there."""
    shown = one.variant
    title = say("tui_approve.channel", channel=shown.channel, platform=shown.platform, account=shown.account)
    whole = Text(f"── {one_line(title)} ──", style=_BOLD)
    for yes in one.given:
        whole.append(f"\n{_given('tui_approve.given', yes, zone)}", style=_PLAIN)
    _changed(whole, one, zone)
    whole.append(f"\n\n{say('tui_approve.sent')}", style=_BOLD)
    for line in _fields(shown, one.due_at, zone):
        whole.append(f"\n{line}", style=_PLAIN)
    whole.append(f"\n\n{visible(shown.text) or say('tui_approve.no_text')}\n", style=_PLAIN)
    for place, ref in enumerate(shown.media, 1):
        whole.append(f"\n{place}. {media(ref)}", style=_PLAIN)
    if not shown.media:
        whole.append(f"\n{say('tui_approve.no_media')}", style=_PLAIN)
    whole.append(f"\n{say('tui_approve.seal', seal=one.seal[:16])}", style=_PLAIN)
    return whole


def _fields(shown: Variant, due: datetime | None, zone: ZoneInfo) -> Iterator[str]:
    yield say("tui_approve.window", due=moment(shown.not_before, zone), deadline=moment(shown.deadline, zone))
    if due != shown.not_before:
        yield f"{say('cli.column.due')}: {moment(due, zone)}"
    for name, value in (
        ("post_title", shown.title),
        ("summary", shown.summary),
        ("author", shown.author),
        ("link", shown.link),
        ("citations", "; ".join(shown.citations)),
        ("tags", ", ".join(shown.tags)),
    ):
        if value:
            yield f"{say(f'cli.column.{name}')}: {visible(one_line(value))}"


def media(ref: MediaRef) -> str:
    """`anh.jpg · ảnh 1200×800 · 340 KB · mô tả: …`."""
    kind = ref.mime.partition("/")[0]
    known = kind if kind in ("image", "video") else "captions"
    words = [ref.name, say(f"tui_approve.media.{known}")]
    if ref.width and ref.height:
        words[-1] += f" {ref.width}×{ref.height}"
    words.append(f"{number(max(1, ref.size_bytes // 1024))} KB")
    if known != "captions":
        words.append(
            say("tui_approve.media.alt", alt=ref.alt) if ref.alt else say("tui_approve.media.no_alt")
        )
    return visible(one_line(" · ".join(words)))


# ---- what changed


def _changed(whole: Text, one: Part, zone: ZoneInfo) -> None:
    if one.last is None:
        whole.append(f"\n\n{say('tui_approve.never')}", style=_BOLD)
        return
    heading = "since" if one.changes else "unproved" if one.changes is None else "same"
    whole.append(f"\n\n{_given(f'tui_approve.{heading}', one.last, zone)}", style=_BOLD)
    if one.last.void_reason:
        why = one_line(reason(one.last.void_reason))
        whole.append(f"\n{say('tui_approve.void', reason=why)}", style=_PLAIN)
    if one.changes:
        for line in _short_changes(one.changes, zone):
            whole.append(f"\n• {line}", style=_PLAIN)
        if one.changes.lines:
            whole.append(f"\n• {say('tui_approve.text_changed')}", style=_PLAIN)
        for changed in one.changes.lines:
            whole.append("\n")
            whole.append_text(_line(changed))


def _given(key: str, yes: Given, zone: ZoneInfo) -> str:
    role = worded("cli.role", yes.role)
    return say(key, officer=one_line(yes.officer), role=role, moment=moment(yes.at, zone))


def _short_changes(all_: Changes, zone: ZoneInfo) -> Iterator[str]:
    def turned(name: str, before: str, now: str) -> str:
        words = {"before": visible(one_line(before)) or "–", "now": visible(one_line(now)) or "–"}
        return say("tui_approve.turned", what=say(f"tui_approve.field.{name}"), **words)

    for time, was, becomes in all_.times:
        yield turned(time, moment(was, zone), moment(becomes, zone))
    for name, before, now in all_.fields:
        yield turned(name, before, now)
    yield from (say("tui_approve.media.added", media=media(ref)) for ref in all_.media_added)
    yield from (say("tui_approve.media.gone", media=media(ref)) for ref in all_.media_gone)
    for old, new in all_.media_altered:
        yield say("tui_approve.media.altered", before=media(old), now=media(new))
    if all_.media_reordered:
        yield say("tui_approve.media.reordered")


def _line(line: Line) -> Text:
    """The sign says what it is; the words that differ are underlined."""
    told = Text(f"  {line.sign} ", style=_PLAIN)
    ends = [0, *chain.from_iterable(line.marks), len(line.text)]
    for place, (start, end) in enumerate(pairwise(ends)):
        told.append(visible(line.text[start:end]), style="bold underline" if place % 2 else _PLAIN)
    return told


def visible(text: str) -> str:
    """What nobody would see, by its number: an approver must be shown everything that is sent."""
    return "".join(
        f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c) in ("Cc", "Cf") and c not in ("\n", _JOINER) else c
        for c in text
    )
