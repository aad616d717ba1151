"""Property tests without a clock: a busy machine must not turn a law into a failure."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("content", deadline=None)
settings.load_profile("content")
