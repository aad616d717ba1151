"""Crashes that the fuzzing found in the connectors, each with its input: mended, and to stay so."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from connectors.errors import ConnectorError
from connectors.facebook import errors as facebook_errors
from connectors.facebook import usage
from connectors.wordpress.views import figures
from connectors.youtube import errors as youtube_errors
from connectors.youtube import reach, readback, upload
from tests.fuzz import answers
from tests.fuzz.answers import NOWHERE, Reply, Scene, Wire, http_on

ENDLESS = "9" * 5000
"""Python refuses to read it as a number (ValueError)."""
SQUARED = "²"
"""A digit for `isdigit`, none for `int`; one byte in a header."""


def answered(*replies: Reply) -> Wire:
    wire = Wire({})
    wire.play(Scene("", replies, polite=False))
    return wire


def redirected() -> object:
    moved = Reply(301, {"Location": "http://["}, b"")
    return http_on(answered(moved)).call("GET", NOWHERE, creates=False)


def chunks_without_end(folder: Path) -> object:
    """308 again and again, never with a Range: the same chunk is sent for ever."""
    stays = Reply(308, {}, b"")
    return _youtube(folder, stays, stays, act="prepare 1")


def _youtube(folder: Path, *replies: Reply, act: str, polite: bool = True) -> object:
    """What the stage of `answers` does, without its passing over of known crashes."""
    known, answers.KNOWN = answers.KNOWN, ()
    try:
        return answers.youtube(folder).feed(Scene(act, replies, polite))
    finally:
        answers.KNOWN = known


def token_for_no_time(folder: Path) -> object:
    token = Reply(200, {}, b'{"access_token": "ya29.abcdefgh", "expires_in": NaN}')
    return _youtube(folder, token, act="health", polite=False)


def strange_session(folder: Path) -> object:
    return _youtube(folder, Reply(200, {}, b"{}"), act="find 3")


def counted_for_ever(_: Path) -> object:
    class Rest:
        def read(self, path: str, **__: str) -> object:
            return ENDLESS if path else {"namespaces": ["post-views-counter"]}

    return figures(Rest(), "12")  # type: ignore[arg-type]


CASES: dict[str, Callable[[Path], object]] = {
    "http: Location http://[": lambda _: redirected(),
    "facebook: a usage header of brackets": lambda _: usage.highest_per_cent({"X-App-Usage": "[" * 60_000}),
    "facebook: an endless error code": lambda _: facebook_errors._number(ENDLESS),
    "youtube: Retry-After ²": lambda _: youtube_errors._retry_after({"retry-after": SQUARED}),
    "youtube: Range bytes=0-²": lambda _: upload._stored(f"bytes=0-{SQUARED}", 10),
    "youtube: fileSize ²": lambda _: readback.told_size({"fileDetails": {"fileSize": SQUARED}}),
    "youtube: timeLeftMs ²": lambda _: readback.wait_of(
        {"processingDetails": {"processingProgress": {"timeLeftMs": SQUARED}}}
    ),
    "youtube: columnHeaders 5": lambda _: reach._rows({"rows": [[1]], "columnHeaders": 5}),
    "youtube: expires_in NaN": token_for_no_time,
    "youtube: a session at http://[": strange_session,
    "youtube: 308 without end": chunks_without_end,
    "wordpress: an endless count of views": counted_for_ever,
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_connector_answers_or_raises_one_of_its_five_errors(
    case: Callable[[Path], object], tmp_path: Path
):
    with suppress(ConnectorError):
        case(tmp_path)
