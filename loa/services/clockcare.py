"""Whether this machine's clock is right, by the platforms' own: a clock that is off posts early or late."""

from __future__ import annotations

from content.wording import say

SLACK_S = 120
"""Less than this is nobody's trouble; the same as WordPress's health allows."""


def is_off(skew_s: float | None) -> bool:
    return skew_s is not None and abs(skew_s) > SLACK_S


def in_words(skew_s: float) -> str:
    """What is wrong, what comes of it, and how to set the clock. Positive: our clock is fast."""
    return say(f"login.clock.{'fast' if skew_s > 0 else 'slow'}", by=amount(skew_s))


def amount(skew_s: float) -> str:
    """How much, in the unit a person would use."""
    minutes = round(abs(skew_s) / 60)
    if minutes < 120:
        return say("login.clock.minutes", count=minutes)
    hours = round(minutes / 60)
    return say("login.clock.hours", count=hours) if hours < 48 else say("login.clock.days", count=hours // 24)
