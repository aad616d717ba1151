"""Whatever JSON comes back, only the five errors leave the connector, and silence is never a yes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Pending, Published
from connectors.errors import ConnectorError
from connectors.extras import Orphan
from connectors.facebook.footage import said
from connectors.http import Answer
from content.variant import seal
from tests.connectors.facebook.harness import PAGE, Clock, PageHarness

WORDS = """id data error code error_subcode message created_time is_published permalink_url success
attachments target subattachments paging cursors after next name values value is_valid scopes
granular_scopes target_ids type expires_at profile_id published status video_status uploading_phase
processing_phase publishing_phase publish_status bytes_transfered errors title description custom_labels
video_id upload_session_id upload_url start_offset end_offset scheduled_publish_time summary total_count
comments likes debug_info error_data media_type"""
NAMES = WORDS.split()
TEXT = "Bài số 1\nĐiều 1. Phạm vi điều chỉnh"
leaf = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([PAGE, "1_2", TEXT, "", "PAGE"])
)
anything = st.recursive(
    leaf,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=12,
)
answers = st.lists(st.dictionaries(st.sampled_from(NAMES), anything), min_size=1, max_size=4)


def no_save(_: Any) -> None:
    """Kept by nobody."""


class Puppet:
    """Stands for the HTTP layer: gives the answers in turn, then the last one again."""

    session = None

    def __init__(self, bodies: list[Any], status: int = 200):
        self.bodies, self.status = list(bodies), status

    def call(self, *_: Any, **__: Any) -> Answer:
        body = self.bodies.pop(0) if len(self.bodies) > 1 else self.bodies[0]
        return Answer(self.status, {}, json.dumps(body).encode())


HIDDEN = {"photos": [], "post": "1_2"}
SESSION = {"video": "5", "session": "6", "next": [0, 5], "way": "feed", "begun": "2026-11-22T01:00:00+00:00"}
RUPLOAD = {"video": "5", "address": "http://127.0.0.1:1/x", "way": "reel", "begun": SESSION["begun"]}
DONE = {"whole": True, "finished": SESSION["begun"], "finishing": SESSION["begun"]}


@pytest.mark.parametrize(
    ("kind", "handle"),
    [
        ({"reveal_mode": "two_step"}, HIDDEN),
        ({"reveal_mode": "direct"}, HIDDEN),
        ({"footage": True}, SESSION),
        ({"footage": True}, {**SESSION, **DONE}),
        ({"footage": True, "reveal_mode": "direct"}, {**SESSION, "whole": True}),
        ({"footage": True, "video_as": "reel"}, {**RUPLOAD, "sending": True}),
        ({"footage": True, "video_as": "reel"}, {**RUPLOAD, **DONE}),
    ],
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=answers, status=st.sampled_from([200, 200, 200, 400, 500]))
def test_only_the_five_errors_leave(
    tmp_path: Path, kind: dict[str, Any], handle: dict[str, Any], bodies: list[Any], status: int
):
    server = SimpleNamespace(url="http://127.0.0.1:1")
    page = PageHarness(server, Puppet(bodies, status), Clock(), tmp_path, **kind)  # type: ignore[arg-type]
    job = page.job(pictures=1, text=TEXT, size=500)
    if "video" in handle:
        handle = {**handle, "file": job.variant.media[0].sha256, "said": said(job.variant)}
    elif handle:
        handle = {**handle, "seal": seal(job.variant.canonical())}
    connector = page.connector()
    acts = (
        lambda: connector.prepare(job, {}, lambda _: None),
        lambda: connector.prepare(job, handle, lambda _: None),
        lambda: connector.reveal(job, handle),
        lambda: connector.reveal(job, {}),
        lambda: connector.find(job, handle),
        lambda: connector.find(job, {}),
        lambda: connector.health(),
        lambda: connector.measure(Published("1_2")),
        lambda: connector.measure(Published("5")),
        lambda: connector.poll(job, Pending("5", timedelta(0))),
        lambda: connector.hand_over(replace(job, due_at=page.clock() + timedelta(hours=1)), handle, no_save),
        lambda: connector.recall(job, handle, no_save),
        lambda: connector.recall(job, {}, no_save),
        lambda: connector.orphans(job, handle),
        lambda: connector.discard(Orphan("5", "video")),
        lambda: connector.discard(Orphan("1_2", "post")),
        lambda: connector.remove(Published("5")),
    )
    for act in acts:
        page.http.bodies = list(bodies)
        try:
            outcome = act()
        except ConnectorError:
            continue
        if isinstance(outcome, Published):
            assert isinstance(outcome.remote_id, str)
            assert outcome.remote_id
