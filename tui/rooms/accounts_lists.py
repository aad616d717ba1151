"""The two lists of the room Tài khoản, and what is told beside them of the row under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich.text import Text

from content.wording import say
from loa.services import standing
from loa.services.accounts import Account, Accounts, Officer
from loa.speech import freeze_scope, moment, one_line, worded
from tui.widgets.columns import Column
from tui.words import in_short


def channel_columns(zone: ZoneInfo, now: Callable[[], datetime]) -> list[Column[Account]]:
    def state(one: Account, _: int) -> str:
        return in_one_word(one, now())

    def left(one: Account, _: int) -> str:
        return standing.in_short(one.view.expires_at, now())

    def asked(one: Account, _: int) -> str:
        return in_short(one.standing.checked_at if one.standing else None, zone, now())

    def style(one: Account) -> str:
        return "bad" if not one.well else "care" if needs_care(one, now()) else "plain"

    return [
        Column(say("cli.column.channel"), lambda one, _: one_line(one.id), (14, 16, 18), style=style),
        Column(say("tui_accounts.column.health"), state, (20, 22, 26), style=style),
        Column(say("tui_accounts.column.left"), left, (12, 13, 14), style=style),
        Column(
            say("cli.column.name"), lambda one, _: one_line(one.view.name), (20, 24, 28), share=1, style=style
        ),
        Column(say("cli.column.platform"), lambda one, _: platform(one.view.platform), (0, 14, 16)),
        Column(say("tui_accounts.column.asked"), asked, (0, 0, 18)),
    ]


def officer_columns(me: Callable[[], str]) -> list[Column[Officer]]:
    def name(one: Officer, _: int) -> str:
        shown = one_line(one.person.full_name or one.person.name)
        return say("tui_accounts.officer.me", name=shown) if one.person.name == me() else shown

    return [
        Column(say("cli.column.full_name"), name, (24, 28, 34), share=1),
        Column(say("cli.column.name"), lambda one, _: one.person.name, (10, 12, 16)),
        Column(say("cli.column.roles"), lambda one, _: roles(one), (18, 22, 28), share=1),
        Column(
            say("tui_accounts.column.key"),
            lambda one, _: key_in_short(one),
            (18, 20, 24),
            style=lambda one: "plain" if believed(one) else "care",
        ),
    ]


def in_one_word(one: Account, now: datetime) -> str:
    """The worst of what is known: stopped, frozen, not well, never asked, ends soon, well."""
    if one.stopped:
        return say("tui_accounts.health.stopped")
    if one.freezes:
        return say("tui_accounts.health.frozen")
    if one.standing is None:
        return say("tui_accounts.health.never_asked")
    if not one.standing.ok:
        return say("tui_accounts.health.unwell")
    if standing.is_soon(one.view.expires_at, now):
        return say("tui_accounts.health.ends")
    return say("tui_accounts.health.well")


def needs_care(one: Account, now: datetime) -> bool:
    return bool(one.freezes) or one.standing is None or standing.is_soon(one.view.expires_at, now)


def platform(name: str) -> str:
    """A platform as people call it."""
    return worded("tui_accounts.platform", name)


def roles(one: Officer) -> str:
    return ", ".join(say(f"cli.role.{role}") for role in one.person.roles)


def believed(one: Officer) -> bool:
    return one.trust is not None and one.trust.sound and one.trust.until is None


def key_in_short(one: Officer) -> str:
    if one.trust is None:
        return say("tui_accounts.trust.none")
    if not one.trust.sound:
        return say("tui_accounts.trust.other")
    return say("tui_accounts.trust.until_short" if one.trust.until else "tui_accounts.trust.good")


def account_text(one: Account, zone: ZoneInfo, now: datetime) -> Text:
    """All of a channel: health with why and what to do first."""
    view = one.view
    whole = Text(f"{one_line(view.name)} · {in_one_word(one, now)}", style="bold")
    whole.append("\n" + "\n".join(_about(one, zone, now)), style="not bold")
    return whole


def _about(one: Account, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    view = one.view
    if trouble := one.trouble():
        yield say("tui_accounts.told.why", reason=trouble)
    if one.stopped:
        yield say("tui_accounts.told.reopen" if not one.logs_in else "tui_accounts.told.sign_in_again")
    for freeze in one.freezes:
        yield say(
            "tui.frozen",
            id=freeze.id,
            scope=freeze_scope(freeze.scope, freeze.target, freeze.unit),
            reason=one_line(freeze.reason),
        )
    yield say(
        "tui_accounts.told.platform", platform=platform(view.platform), account=one_line(view.account) or "–"
    )
    if view.expires_at is not None:
        left = standing.in_short(view.expires_at, now)
        yield say("tui_accounts.told.ends", date=moment(view.expires_at, zone), left=left)
    elif one.standing is not None:
        yield say("tui_accounts.told.no_end")
    if one.standing is None:
        yield say("tui_accounts.told.never_asked")
    else:
        yield say("tui_accounts.told.asked", date=moment(one.standing.checked_at, zone))
    if one.hold is None:
        yield say("tui_accounts.told.cannot_hold")
    else:
        yield say("tui_accounts.told.holds", least=_span(one.hold.at_least), most=_span(one.hold.at_most))


def officer_text(one: Officer, zone: ZoneInfo, me: str) -> Text:
    person = one.person
    title = f"{one_line(person.full_name or person.name)} ({person.name})"
    whole = Text(title, style="bold")
    lines = [say("tui_accounts.officer.signed_in")] if person.name == me else []
    if person.title:
        lines.append(one_line(person.title))
    lines.append(say("tui_accounts.officer.roles", roles=roles(one)))
    if one.trust is None:
        lines.append(say("tui_accounts.trust.none_long", name=person.name))
    elif not one.trust.sound:
        lines.append(say("tui_accounts.trust.other_long", name=person.name))
    else:
        lines.append(
            say(
                "tui_accounts.trust.good_long",
                fingerprint=one.trust.fingerprint,
                by=one.trust.added_by,
                date=moment(one.trust.added_at, zone),
            )
        )
        if one.trust.until:
            lines.append(say("tui_accounts.trust.until", date=moment(one.trust.until, zone)))
    whole.append("\n" + "\n".join(lines), style="not bold")
    return whole


def care_line(seen: Accounts, zone: ZoneInfo) -> str:
    """Who is told of trouble, and when the last backup was made."""
    failing = [one.name for one in seen.targets if one.failures]
    if not seen.targets:
        told = say("tui_accounts.care.nobody")
    elif failing:
        told = say("tui_accounts.care.failing", names=", ".join(failing))
    else:
        told = say("tui_accounts.care.told", names=", ".join(one.name for one in seen.targets))
    if seen.backup_at is None:
        return f"{told} · {say('tui_accounts.care.no_backup')}"
    return f"{told} · {say('tui_accounts.care.backup', date=moment(seen.backup_at, zone))}"


def _span(length: timedelta) -> str:
    days, minutes = length.days, length.seconds // 60
    if days:
        return say("login.clock.days", count=days)
    return (
        say("login.clock.hours", count=minutes // 60)
        if minutes >= 60 and not minutes % 60
        else say("login.clock.minutes", count=minutes)
    )
