"""A variant for tests that need no platform."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from content.variant import Variant
from tests.connectors.zalo.harness import OA, START


def variant(**change: Any) -> Variant:
    given: dict[str, Any] = {
        "post": "bai",
        "revision": 1,
        "source_sha256": "0" * 64,
        "channel": "zalo-stp",
        "platform": "zalo",
        "account": OA,
        "kind": "news",
        "title": "Luật Đất đai",
        "summary": "Tóm tắt",
        "text": "Chữ",
        "link": "",
        "media": (),
        "citations": (),
        "tags": (),
        "author": "",
        "not_before": START,
        "deadline": START + timedelta(hours=6),
    }
    return Variant(**{**given, **change})
