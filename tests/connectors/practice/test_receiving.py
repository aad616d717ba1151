"""Half a request is no request: whoever is killed while sending has sent nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors.practice import PracticeServer
from connectors.practice.wordpress import PracticeWordPress
from connectors.practice.youtube import PracticeYouTube
from connectors.practice.zalo import PracticeZalo
from tests.oracles import google
from tests.oracles.facebook import audit

CALLS: dict[str, tuple[Callable[[], AbstractContextManager[Any]], str, str]] = {
    "facebook": (lambda: PracticeServer(audit=audit), "POST", "/v26.0/1001/feed"),
    "wordpress": (PracticeWordPress, "POST", "/wp-json/wp/v2/posts"),
    "youtube": (lambda: PracticeYouTube(audit=google.audit), "PUT", "/youtube/v3/videos?part=status"),
    "zalo": (PracticeZalo, "POST", "/v2.0/article/create"),
}


@pytest.mark.parametrize("platform", CALLS)
def test_a_sender_that_dies_before_its_body_is_through_is_not_heard(platform: str) -> None:
    made, method, path = CALLS[platform]
    with made() as server:
        at = urlsplit(server.url)
        with socket.create_connection((at.hostname, at.port)) as line:
            head = f"{method} {path} HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Length: 20\r\n\r\n"
            line.sendall(head.encode() + b'{"id"')
            line.shutdown(socket.SHUT_WR)
            assert line.recv(65536) == b"", "it was answered"
        assert getattr(server, "violations", []) == []
