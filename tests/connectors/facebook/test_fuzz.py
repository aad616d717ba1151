"""Whatever JSON comes back, only the five errors leave the connector, and silence is never a yes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Published
from connectors.errors import ConnectorError
from connectors.http import Answer
from tests.connectors.facebook.harness import PAGE, Clock, PageHarness

WORDS = """id data error code error_subcode message created_time is_published permalink_url success
attachments target subattachments paging cursors after next name values value is_valid scopes
granular_scopes target_ids type expires_at profile_id"""
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


class Puppet:
    """Stands for the HTTP layer: gives the answers in turn, then the last one again."""

    session = None

    def __init__(self, bodies: list[Any], status: int = 200):
        self.bodies, self.status = list(bodies), status

    def call(self, *_: Any, **__: Any) -> Answer:
        body = self.bodies.pop(0) if len(self.bodies) > 1 else self.bodies[0]
        return Answer(self.status, {}, json.dumps(body).encode())


@pytest.mark.parametrize("mode", ["two_step", "direct"])
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=answers, status=st.sampled_from([200, 200, 200, 400, 500]))
def test_only_the_five_errors_leave(tmp_path: Path, mode: str, bodies: list[Any], status: int):
    server = SimpleNamespace(url="http://127.0.0.1:1")
    page = PageHarness(server, Puppet(bodies, status), Clock(), tmp_path, reveal_mode=mode)  # type: ignore[arg-type]
    job, handle = page.job(pictures=1, text=TEXT), {"photos": [], "post": "1_2"}
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
