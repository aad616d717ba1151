"""Who may see a video: the public, nobody, or nobody until its minute. Each is a `videos.update`.

What is shown is sent along in the same call, so that nothing but the approved words can become visible,
whatever somebody wrote into the hidden video in YouTube Studio meanwhile.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.contract import Handle
from connectors.errors import NotSent, Refused, Unknown
from connectors.youtube import readback
from connectors.youtube.errors import is_gone
from connectors.youtube.settings import Settings
from connectors.youtube.words import resource_of, status_of
from content.variant import Variant

if TYPE_CHECKING:
    from connectors.youtube.transport import Api

LANDS_WITHIN = timedelta(minutes=2)
"""Ours: a call whose answer was not waited for any longer may still be carried out as much later."""


def show(api: Api, settings: Settings, video: str, variant: Variant) -> dict[str, Any]:
    """Public from here on, in these words. Raises Refused when there is no such video."""
    snippet = resource_of(variant, settings)["snippet"]
    return _update(api, {"id": video, "snippet": snippet, "status": status_of("public", settings)})


def hold(api: Api, settings: Settings, video: str, variant: Variant, at: datetime) -> dict[str, Any]:
    """Private until `at`, then shown by YouTube itself, in these words.

    YouTube takes this only for a video that was never public; a time that is past shows it at once.
    """
    status = {**status_of("private", settings), "publishAt": stamp(at)}
    snippet = resource_of(variant, settings)["snippet"]
    return _update(api, {"id": video, "snippet": snippet, "status": status})


def hide(api: Api, settings: Settings, video: str) -> None:
    """Private from here on, with no time set; gone is hidden too. May be repeated.

    Raises Unknown when the answer does not say that it is so, Refused for a video that is still to be seen.
    """
    try:
        seen = _update(api, {"id": video, "status": status_of("private", settings)})
    except Refused as error:
        if not is_gone(error):
            raise
        require_gone(api, video)
        return
    status = seen.get("status")
    if not isinstance(status, dict) or status.get("privacyStatus") != "private" or status.get("publishAt"):
        raise Unknown("yt:not-hidden", f"{video}: asked for private")


def take_back(api: Api, settings: Settings, handle: Handle, now: datetime) -> None:
    """Away from YouTube's clock: hidden by an update even when no time seems to be set, since reads may lag.

    Raises Refused for what is public by now: taking that down is a person's decision. Raises NotSent, hidden
    as it is, while a `hold` without an answer may still be carried out: then it must be taken back again.
    """
    video = str(handle["video"])
    seen = readback.by_id(api, video)
    if seen and readback.is_public(seen):
        raise Refused("yt:public-already", video)
    hide(api, settings, video)
    asked_at = readback.moment(handle.get("holding_at"))
    if asked_at and now < asked_at + LANDS_WITHIN:
        raise NotSent("yt:hold-under-way", f"{video}: asked for a time at {asked_at:%F %T}Z, not answered")


def require_gone(api: Api, video: str) -> None:
    """A login that may not change a video is told "not found" as well: one that can be seen is not gone."""
    if readback.by_id(api, video) is not None:
        raise Refused("yt:still-there", video)


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC, never earlier than `at`: whole seconds only."""
    at = at.astimezone(UTC)
    if at.microsecond:
        at = at.replace(microsecond=0) + timedelta(seconds=1)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _update(api: Api, body: dict[str, Any]) -> dict[str, Any]:
    part = ",".join(name for name in body if name != "id")
    seen = api.run(api.data.videos().update(part=part, body=body))
    if seen.get("id") != body["id"]:
        raise Unknown("yt:unreadable", "the answer is about another video, or about none")
    return seen
