"""Training on the practice platforms that `loa practice` runs: their accounts as channels, and trouble."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connectors.errors import ConnectorError
from connectors.http import Http
from connectors.practice.places import CALL_FIELD, PLACES, SITE, Place
from content.approval import Role
from content.errors import NotFound, PlatformTrouble, RefusedByRule, UsageError
from content.text import nearest
from content.wording import say
from loa.services import channels
from loa.services.channels import ChannelView
from loa.services.people import Person
from loa.services.workspace import Workspace

_AFTER = "_after_accept"
HERE = ("127.0.0.1", "localhost", "::1")


def practises(workspace: Workspace) -> bool:
    """Whether whatever is posted from here goes to practice platforms on this machine, and there is one."""
    listed = channels.listing(workspace)
    return all(map(_trains, listed)) and any(view.settings.get("base_url") for view in listed)


def real_channels(workspace: Workspace) -> list[str]:
    """Channels that lead elsewhere than to this machine."""
    return [view.id for view in channels.listing(workspace) if not _trains(view)]


def open_places(url: str) -> list[Place]:
    """What the start page at `url` has open. Raises PlatformTrouble when nobody answers there."""
    found = _call("GET", url.rstrip("/") + PLACES, told=url)
    if not isinstance(found, list):
        raise PlatformTrouble("cli.practice.not_running", url=url)
    return [Place(**place) for place in found]


def ask(url: str) -> Any:
    """What a practice platform answers as JSON. Raises PlatformTrouble when nobody does."""
    return _call("GET", url, told=url)


def arm_fault(
    url: str,
    kind: str,
    *,
    platform: str,
    when: str = "",
    call: str | None = None,
    method: str | None = None,
    times: int = 1,
    seconds: float = 0.0,
) -> Place:
    """Make one platform misbehave on the next `times` matching calls.

    `when` names a call by its meaning (`publish`, `prepare`, `read`), `call` by the platform's own name.
    Raises UsageError for a kind that the platform does not know.
    """
    place = _place(open_places(url), platform)
    match: dict[str, str] = dict(place.moments[when]) if when else {}
    match |= {"method": method} if method else {}
    match |= {CALL_FIELD[platform]: call} if call is not None else {}
    order = {"kind": kind, "times": times, "seconds": seconds, **match}
    told = _call("POST", f"{place.url}/practice/faults", order, told=place.url)
    if "problem" in told:
        if "unknown kind" not in str(told["problem"]):
            raise UsageError("cli.practice.bad_fault", detail=told["problem"])
        near = nearest(kind, place.faults) or ", ".join(k for k in place.faults if _AFTER not in k)
        raise UsageError("cli.practice.unknown_fault", kind=kind, platform=platform, nearest=near)
    return place


def kinds(url: str, platform: str) -> list[tuple[str, str]]:
    """The kinds of trouble a platform knows, each with what it means."""
    return [(kind, meaning(kind)) for kind in _place(open_places(url), platform).faults]


def meaning(kind: str) -> str:
    """What a kind of trouble is, in words; empty where the catalogue has none."""
    told = say(key := f"practice.faults.{kind}")
    if told != key:
        return told
    if kind.endswith(_AFTER) and (what := meaning(kind.removesuffix(_AFTER))):
        return say("practice.faults.after_accept", what=what)
    return ""


def add_channels(workspace: Workspace, actor: Person, places: Iterable[Place], site_url: str) -> None:
    """Every open practice platform as a channel, and the website if there is none.

    May be repeated: a channel that is there gets the tokens of now and is opened again. Raises RefusedByRule
    in a workspace that publishes for real.
    """
    actor.must_be(Role.OPERATOR)
    listed = channels.listing(workspace)
    if real := real_channels(workspace):
        raise RefusedByRule("cli.practice.real_channels", channels=", ".join(real))
    known = {view.platform: view for view in listed}
    if "website" not in known:
        settings = {"base_url": site_url}
        channels.add(workspace, actor, "website", platform="website", settings=settings, secrets={})
    for place in places:
        if view := known.get(place.platform):
            _renew(workspace, actor, view, place)
            continue
        channels.add(
            workspace,
            actor,
            place.channel,
            platform=place.platform,
            account=place.account,
            name=place.name,
            settings=place.settings,
            secrets=place.secrets,
        )


def site_url(url: str) -> str:
    """Where the start page at `url` shows the workspace's website section."""
    return url.rstrip("/") + SITE


def site_of(folder: Path) -> Path:
    """Where a workspace's website section stands as the public sees it."""
    return folder / "site" / "current"


def _renew(workspace: Workspace, actor: Person, view: ChannelView, place: Place) -> None:
    """A practice platform that was started anew has forgotten the tokens it gave out before."""
    same = (view.account, view.settings.get("base_url"))
    if place.platform == "wordpress" and same[1] != place.url:
        raise RefusedByRule("cli.practice.moved", id=view.id, old=same[1], new=place.url)
    if place.account and same[0] != place.account:
        raise RefusedByRule("cli.practice.moved", id=view.id, old=same[0], new=place.account)
    settings = {k: v for k, v in place.settings.items() if place.platform != "wordpress"}
    channels.change(workspace, actor, view.id, settings=settings, secrets=place.secrets)
    channels.check(workspace, actor, view.id)


def _trains(view: ChannelView) -> bool:
    """Whether a channel leads nowhere but to this machine. A website without address is files on its disk."""
    address = view.settings.get("base_url", "")
    if view.platform == "website" and not address:
        return True
    return urlsplit(address).hostname in HERE


def _place(open_now: list[Place], platform: str) -> Place:
    for place in open_now:
        if place.platform == platform:
            return place
    names = [place.platform for place in open_now]
    raise NotFound("cli.practice.not_open", platform=platform, nearest=", ".join(names) or "–")


def _call(method: str, url: str, order: Mapping[str, object] | None = None, *, told: str) -> Any:
    http = Http()
    try:
        data = json.dumps(order) if order is not None else None
        headers = {"Content-Type": "application/json"} if order is not None else {}
        answer = http.call(method, url, creates=False, data=data, headers=headers)
        return json.loads(answer.body)
    except (ConnectorError, ValueError):
        raise PlatformTrouble("cli.practice.not_running", url=told) from None
    finally:
        http.close()
