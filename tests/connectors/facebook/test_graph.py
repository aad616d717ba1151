"""How a call travels: header, proof, wire values, versions; against a server that shows what it got."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.errors import AuthLost, NotSent, Refused, Unknown
from connectors.facebook.graph import VERSION, PageGraph
from connectors.facebook.streams import FilePart
from connectors.http import Http
from tests.connectors.facebook.harness import Clock

TOKEN, SECRET = "EAAtoken123456789", "app-secret-1"


class Echo(BaseHTTPRequestHandler):
    """Keeps the request, answers what the test put into `answer`."""

    seen: dict[str, Any]
    answer: tuple[int, dict[str, str], bytes] = (200, {}, b"{}")

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode("utf-8", "replace")
        Echo.seen = {"method": self.command, "path": self.path, "headers": self.headers, "body": body}
        status, headers, content = Echo.answer
        self.send_response_only(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_DELETE = do_GET  # noqa: N815  # names fixed by http.server

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def graph(address: str, http: Http) -> PageGraph:
    Echo.answer = (200, {}, b'{"id":"1","success":true}')
    return PageGraph(TOKEN, http=http, now=Clock(), base_url=address, app_secret=SECRET)


def sent() -> dict[str, str]:
    text = Echo.seen["body"] or urlsplit(Echo.seen["path"]).query
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


def test_the_token_travels_in_the_header_and_never_in_the_address(graph: PageGraph):
    for call in (
        lambda: graph.get_object("1", fields="id"),
        lambda: graph.put_object("1", "feed", message="x"),
        lambda: graph.delete_object("1_2"),
        lambda: graph.update_object("1_2", is_published=True),
    ):
        call()
        assert Echo.seen["headers"]["Authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in Echo.seen["path"] + Echo.seen["body"]
        assert SECRET not in Echo.seen["path"] + Echo.seen["body"]
        assert Echo.seen["path"].startswith(f"/{VERSION}/1")


def test_every_call_carries_the_proof_and_the_language(graph: PageGraph):
    proof = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
    graph.get_object("1")
    assert sent() == {"locale": "vi_VN", "appsecret_proof": proof}
    graph.update_object("1", is_hidden=False)
    assert sent() == {"is_hidden": "false", "locale": "vi_VN", "appsecret_proof": proof}


def test_values_are_written_as_facebook_reads_them(graph: PageGraph):
    graph.put_object(
        "1", "feed", published=False, attached_media=[{"media_fbid": "7"}], message="Đủ dấu", n=3
    )
    fields = sent()
    assert fields["published"] == "false"
    assert json.loads(fields["attached_media"]) == [{"media_fbid": "7"}]
    assert fields["message"] == "Đủ dấu"
    assert fields["n"] == "3"


def test_the_packages_own_photo_upload_works_too(graph: PageGraph):
    graph.put_photo(("a.png", b"png", "image/png"), album_path="1/photos", published=False)
    assert 'name="source"; filename="a.png"' in Echo.seen["body"]
    assert 'name="published"\r\n\r\nfalse' in Echo.seen["body"]


@pytest.mark.parametrize("content_type", ["text/javascript; charset=UTF-8", "text/html", None])
def test_json_is_read_whatever_the_content_type(graph: PageGraph, content_type: str | None):
    headers = {"Content-Type": content_type} if content_type else {}
    error = {"error": {"message": "m", "code": 190, "error_subcode": 460}}
    Echo.answer = (400, headers, json.dumps(error).encode())
    with pytest.raises(AuthLost, match="fb:190/460"):
        graph.get_object("1")
    Echo.answer = (200, headers, b'{"id":"1"}')
    assert graph.get_object("1") == {"id": "1"}


def test_an_html_page_after_a_write_is_unknown(graph: PageGraph):
    Echo.answer = (502, {"Content-Type": "text/html"}, b"<html>Bad Gateway</html>")
    with pytest.raises(Unknown, match="fb:http-502"):
        graph.put_object("1", "feed", message="x")
    with pytest.raises(NotSent, match="fb:http-502"):
        graph.get_object("1")


def test_brackets_nested_by_the_thousand_are_no_answer(graph: PageGraph):
    Echo.answer = (200, {}, b"[" * 100_000)
    with pytest.raises(Unknown, match="fb:unreadable"):
        graph.put_object("1", "feed", message="x")


def test_a_redirect_is_not_followed_with_the_token(graph: PageGraph, address: str):
    Echo.answer = (302, {"Location": address + "/elsewhere"}, b"")
    with pytest.raises(NotSent, match="fb:http-302"):
        graph.get_object("1")
    assert "elsewhere" not in Echo.seen["path"]


def test_another_version_answering_raises_the_alarm(graph: PageGraph):
    Echo.answer = (200, {"facebook-api-version": VERSION}, b"{}")
    graph.get_object("1")
    assert graph.version_alarm == ""
    Echo.answer = (200, {"Facebook-API-Version": "v27.0"}, b"{}")
    graph.get_object("1")
    assert graph.version_alarm == "v27.0"


def test_usage_is_kept_from_the_latest_answer(graph: PageGraph):
    Echo.answer = (200, {"x-app-usage": '{"call_count":28}'}, b"{}")
    graph.get_object("1")
    assert graph.used_per_cent == 28


@pytest.mark.parametrize("token", ["", "EAA mã truy cập", "EAAabc\nX-Evil: 1", "EAA abc"])
def test_a_malformed_token_is_lost_before_anything_is_sent(address: str, http: Http, token: str):
    graph = PageGraph(token, http=http, now=Clock(), base_url=address)
    Echo.seen = {}
    with pytest.raises(AuthLost, match="fb:malformed-token") as caught:
        graph.get_object("1")
    assert Echo.seen == {}
    assert not token or token not in str(caught.value)


def test_an_address_without_a_scheme_is_not_sent(http: Http):
    graph = PageGraph(TOKEN, http=http, now=Clock(), base_url="graph.facebook.com")
    with pytest.raises(NotSent, match="fb:base-url"):
        graph.put_object("1", "feed", message="x")


def test_the_one_call_with_a_token_in_its_query_keeps_it_out_of_errors(graph: PageGraph, http: Http):
    graph.debug_token()
    assert "debug_token?input_token=" in Echo.seen["path"]
    deaf = PageGraph(TOKEN, http=http, now=Clock(), base_url="http://127.0.0.1:9", app_secret=SECRET)
    with pytest.raises(NotSent) as caught:
        deaf.debug_token()
    assert TOKEN not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


def test_a_refusal_is_a_refusal(graph: PageGraph):
    Echo.answer = (400, {}, b'{"error":{"message":"(#100) bad","code":100}}')
    with pytest.raises(Refused, match="fb:100"):
        graph.put_object("1", "feed", message="x")


def test_a_piece_of_a_file_is_streamed_inside_a_form(graph: PageGraph, tmp_path: Path):
    (tmp_path / "a.mp4").write_bytes(b"0123456789" * 20_000)
    fields = {"upload_phase": "transfer", "start_offset": 5}
    graph.send_part("v26.0/1/videos", fields, "video_file_chunk", FilePart(tmp_path / "a.mp4", 5, 150_005))
    body, headers = Echo.seen["body"], Echo.seen["headers"]
    assert int(headers["Content-Length"]) == len(body)
    assert 'name="video_file_chunk"; filename="part"' in body
    assert 'name="start_offset"\r\n\r\n5\r\n' in body
    assert 'name="appsecret_proof"' in body
    assert "567890123" in body
    assert TOKEN not in body
    assert body.count("0123456789") >= 14_999


def test_the_token_and_the_bytes_go_to_facebook_or_the_practice_host_only(
    graph: PageGraph, http: Http, address: str, tmp_path: Path
):
    (tmp_path / "a.mp4").write_bytes(b"x" * 10)
    part = FilePart(tmp_path / "a.mp4", 0, 10)
    graph.send_bytes(f"{address}/video-upload/v26.0/5", part, size=10)
    assert Echo.seen["headers"]["Authorization"] == f"OAuth {TOKEN}"
    assert (Echo.seen["headers"]["offset"], Echo.seen["headers"]["file_size"]) == ("0", "10")
    Echo.seen = {}
    for elsewhere in (
        "http://127.0.0.1:9/x",
        "https://facebook.com.evil.example/x",
        "http://rupload.facebook.com/x",
    ):
        with pytest.raises(NotSent, match="fb:upload-host"):
            graph.send_bytes(elsewhere, part, size=10)
    assert Echo.seen == {}


def test_a_file_that_ends_early_or_is_gone_is_not_sent(graph: PageGraph, tmp_path: Path):
    (tmp_path / "a.mp4").write_bytes(b"x" * 10)
    with pytest.raises(NotSent, match="fb:media-shrunk"):
        graph.send_part("v26.0/1/videos", {}, "video_file_chunk", FilePart(tmp_path / "a.mp4", 5, 20))
    with pytest.raises(NotSent, match="fb:media-unreadable"):
        graph.send_part("v26.0/1/videos", {}, "video_file_chunk", FilePart(tmp_path / "b.mp4", 0, 20))
