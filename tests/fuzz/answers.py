"""Targets: what a platform, or whoever stands in its place, may answer. Each connector whole, on the real
HTTP layer, with made-up answers where the socket would be."""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from connectors.contract import Job, Pending, Published
from connectors.errors import ConnectorError
from connectors.http import Http
from tests.connectors.facebook.harness import PAGE, PageHarness
from tests.connectors.facebook.harness import Clock as FacebookClock
from tests.connectors.wordpress.harness import Clock as WordPressClock
from tests.connectors.wordpress.harness import Desk
from tests.connectors.youtube.harness import CHANNEL, QUANTUM, ChannelHarness
from tests.connectors.youtube.harness import Clock as YouTubeClock
from tests.connectors.zalo.harness import OA, OaHarness
from tests.connectors.zalo.harness import Clock as ZaloClock
from tests.fuzz.engine import Target
from tests.fuzz.inputs import NASTY, json_texts

CALLS_MOST = 500
"""The longest listing that a connector reads to its end takes some 110."""
NOWHERE = "http://127.0.0.1:9"
SAVED: Callable[[Any], None] = lambda _: None  # noqa: E731


@dataclass(frozen=True)
class Reply:
    """One answer. Its headers are Latin-1 on the wire, like everybody's."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Scene:
    """Which act of the connector meets which answers; the last one is given again and again.

    `known` are answers to calls before the one that matters (a login), by the end of their path.
    """

    act: str
    replies: tuple[Reply, ...]
    polite: bool


class Endless(BaseException):
    """One act of a connector asked and asked and asked."""


class Wire(HTTPAdapter):
    """Stands where the socket would be; all of `requests` and of Loa's own layer above it is real."""

    def __init__(self, polite: dict[str, Reply]) -> None:
        super().__init__()
        self._polite = polite
        self.scene = Scene("", (), True)
        self._given = self._calls = 0

    def play(self, scene: Scene) -> None:
        self.scene, self._given, self._calls = scene, 0, 0

    def send(self, request: PreparedRequest, **_: Any) -> Response:  # type: ignore[override]
        self._calls += 1
        if self._calls > CALLS_MOST:
            raise Endless(f"more than {CALLS_MOST} calls in one act")
        path = str(request.path_url).partition("?")[0]
        known = next((r for end, r in self._polite.items() if path.endswith(end)), None)
        if known is None or not self.scene.polite:
            known = self.scene.replies[min(self._given, len(self.scene.replies) - 1)]
            self._given += 1
        headers = {name: _on_the_wire(value) for name, value in known.headers.items()}
        raw = HTTPResponse(
            io.BytesIO(known.body), headers=headers, status=known.status, preload_content=False
        )
        return self.build_response(request, raw)  # type: ignore[no-untyped-call]


def _on_the_wire(value: str) -> str:
    """As Python's HTTP client hands it on: byte for letter."""
    return value if all(ord(letter) < 256 for letter in value) else value.encode().decode("latin-1")


def http_on(wire: Wire) -> Http:
    http = Http(proxies={})
    http.session.mount("http://", wire)
    http.session.mount("https://", wire)
    return http


_DATES = (
    "Sun, 22 Nov 2026 01:00:00 GMT",
    "Sun, 99 Foo 99999 99:99:99 +9999",
    "Mon, 01 Jan 0001 00:00:00 +2359",
)
_USAGE = (
    "17%",
    '{"call_count": 99}',
    "[" * 3000,
    '{"1": [{"estimated_time_to_regain_access": 1e30}]}',
    "9" * 5000,
)
_ADDRESSES = (
    f"{NOWHERE}/upload/1",
    "http://[",
    "//[",
    "?",
    "/",
    "http://",
    f"{NOWHERE}:99999/",
    "http://x@[::1]:a/",
)
HEADERS = {
    "Retry-After": ("0", "5", "²", "-1", "1" * 4999, "1e9", *_DATES),
    "Date": _DATES,
    "Location": _ADDRESSES,
    "Link": tuple(
        f'<{address}>; rel="https://api.w.org/"' for address in (*_ADDRESSES, f"{NOWHERE}/wp-json/")
    ),
    "Range": (
        "bytes=0-²",
        "bytes=0-262143",
        "bytes=0-99999999999",
        "0",
        "bytes=0--1",
        "bytes=0-" + "9" * 5000,
    ),
    "X-App-Usage": _USAGE,
    "X-Business-Use-Case-Usage": _USAGE,
    "Content-Type": ("application/json", "text/html; charset=utf-9", "image/png", ";"),
    "Content-Encoding": ("gzip", "br", "deflate", "identity", "x"),
    "facebook-api-version": ("v26.0", "v1.0"),
}
_SENDABLE = tuple(value for value in NASTY if not set(value) & set("\r\n\x00"))
_header = st.sampled_from(tuple(HEADERS)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(HEADERS[name]) | st.sampled_from(_SENDABLE))
)


@st.composite
def scenes(
    draw: DrawFn, acts: Sequence[str], bodies: SearchStrategy[bytes], samples: Sequence[bytes]
) -> Scene:
    replies = []
    for _ in range(draw(st.integers(1, 4))):
        status = draw(
            st.sampled_from((200, 200, 200, 200, 201, 204, 301, 308, 400, 401, 403, 404, 429, 500, 503))
        )
        headers = {"Content-Type": "application/json"}
        headers |= dict(draw(st.lists(_header, max_size=2)))
        replies.append(Reply(status, headers, draw(st.sampled_from(samples) | bodies)))
    return Scene(draw(st.sampled_from(list(acts))), tuple(replies), draw(st.booleans()))


KNOWN: tuple[tuple[str, str, type[BaseException]], ...] = ()
"""Found here and not mended yet (file, function, crash): passed over, so that the rest is still searched.
Each has its input in test_known.py."""


def is_known(crash: BaseException) -> bool:
    """Whether a crash is one of those."""
    calls = {(Path(call.filename).name, call.name) for call in traceback.extract_tb(crash.__traceback__)}
    return any((file, name) in calls and isinstance(crash, kind) for file, name, kind in KNOWN)


class Stage:
    """A connector with one delivery of every age, made once; the answers change with every input."""

    def __init__(
        self, wire: Wire, make: Callable[[], Any], job: Job, handles: Sequence[dict[str, Any]]
    ) -> None:
        self._wire, self._make = wire, make
        self.acts: dict[str, Callable[[Any], object]] = {
            "health": lambda c: c.health(),
            "measure": lambda c: c.measure(Published("1_2")),
            "poll": lambda c: c.poll(job, Pending("1_2", job.due_at - job.due_at)),
        }
        for number, handle in enumerate(handles):
            self.acts[f"prepare {number}"] = lambda c, h=handle: c.prepare(job, dict(h), SAVED)
            self.acts[f"reveal {number}"] = lambda c, h=handle: c.reveal(job, dict(h))
            self.acts[f"find {number}"] = lambda c, h=handle: c.find(job, dict(h))

    def play(self, scene: Scene) -> None:
        self._wire.play(scene)
        try:
            outcome = self.acts[scene.act](self._make())
        except (Exception, Endless) as crash:
            if is_known(crash):
                return
            raise
        for one in outcome if isinstance(outcome, list) else [outcome]:
            if isinstance(one, Published):
                assert isinstance(one.remote_id, str)
                assert one.remote_id


def _target(name: str, stage: Stage, samples: Sequence[Any], names: str, *leaves: Any) -> Target:
    bodies = json_texts(samples, names.split(), *leaves)
    encoded = [dumps(sample) for sample in samples]
    return Target(
        f"{name} answers", scenes(tuple(stage.acts), bodies, encoded), stage.play, (ConnectorError,)
    )


def dumps(value: Any) -> bytes:
    import json

    return json.dumps(value, ensure_ascii=False).encode()


def facebook(folder: Path) -> Target:
    text = "Bài số 1\nĐiều 1"
    post = {
        "id": "1_2",
        "is_published": True,
        "message": text,
        "created_time": "2026-11-22T01:00:00+0000",
        "permalink_url": "https://www.facebook.com/1_2",
        "attachments": {"data": [{"target": {"id": "77"}, "subattachments": {"data": []}}]},
    }
    samples = [
        post,
        {**post, "is_published": False},
        {"id": PAGE, "name": "Sở Tư pháp", "success": True},
        {"data": [post], "paging": {"next": "x", "cursors": {"after": "b"}}},
        {"data": [{"name": "post_media_view", "values": [{"value": 5}]}, {"name": "post_clicks",
        "values": []}]},
        {"data": {"is_valid": True, "type": "PAGE", "profile_id": PAGE, "scopes": ["pages_manage_posts"],
                  "expires_at": 1, "granular_scopes": [{"scope": "x", "target_ids": ["1"]}]}},
        {"error": {"message": "x", "code": 190, "error_subcode": 460, "is_transient": False,
        "fbtrace_id": "A"}},
    ]  # fmt: skip
    wire = Wire({})
    harness = PageHarness(SimpleNamespace(url=NOWHERE), http_on(wire), FacebookClock(), folder)  # type: ignore[arg-type]
    job = harness.job(pictures=1, text=text)
    from content.variant import seal

    at, sealed = harness.clock().isoformat(), seal(job.variant.canonical())
    photos = [{"sha256": job.variant.media[0].sha256, "id": "77", "at": at}]
    handles = [
        {},
        {"seal": sealed, "photos": photos, "creating": at},
        {"seal": sealed, "photos": photos, "post": "1_2"},
    ]
    names = """id data error code error_subcode message created_time is_published permalink_url success
        attachments target subattachments paging cursors after next name values value is_valid scopes
        granular_scopes target_ids type expires_at profile_id comment share is_transient
        error_user_msg"""
    stage = Stage(wire, harness.connector, job, handles)
    return _target("facebook", stage, samples, names, PAGE, "1_2", text, "PAGE", 190, "190")


def youtube(folder: Path) -> Target:
    video = {
        "id": "1_2",
        "snippet": {"title": "Luật Đất đai, bài số 1", "publishedAt": "2026-11-22T01:00:00Z"},
        "status": {"privacyStatus": "public", "uploadStatus": "processed"},
        "fileDetails": {"fileName": "loa-1-7f3a.mp4", "fileSize": "263144"},
        "statistics": {"viewCount": "5", "likeCount": "1"},
        "processingDetails": {"processingProgress": {"timeLeftMs": "5000"}},
    }
    token = {
        "access_token": "ya29.abcdefgh",
        "expires_in": 3600,
        "scope": "https://www.googleapis.com/auth/youtube.force-ssl",
    }
    samples = [
        token,
        video,
        {"items": [video], "pageInfo": {"totalResults": 1}, "nextPageToken": "x"},
        {"items": [{**video, "status": {"privacyStatus": "private", "uploadStatus": "uploaded"}}]},
        {"items": [{"id": CHANNEL, "snippet": {"title": "Sở"}, "status": {"longUploadsStatus": "eligible"},
                    "contentDetails": {"relatedPlaylists": {"uploads": "UU1"}, "videoId": "1_2"}}]},
        {"columnHeaders": [{"name": "views"}], "rows": [[5, 6]]},
        {"error": {"code": 403, "message": "x", "errors": [{"reason": "quotaExceeded"}],
        "status": "UNAUTHENTICATED"}},
        {"error": "invalid_grant"},
    ]  # fmt: skip
    wire = Wire({"/token": Reply(200, {"Content-Type": "application/json"}, dumps(token))})
    harness = ChannelHarness(SimpleNamespace(url=NOWHERE), http_on(wire), YouTubeClock(), folder)  # type: ignore[arg-type]
    job = harness.job(pictures=2, size=QUANTUM + 1000)
    first = job.variant.media[0]
    session = {"uri": f"{NOWHERE}/upload/1", "size": first.size_bytes, "sha256": first.sha256, "sent": 0}
    handles = [{}, {"session": session}, {"video": "1_2"}, {"session": {**session, "uri": "http://["}}]
    names = """id items pageInfo totalResults nextPageToken snippet title publishedAt status privacyStatus
        uploadStatus failureReason rejectionReason fileDetails fileName fileSize statistics
        viewCount likeCount contentDetails relatedPlaylists uploads videoId columnHeaders rows name
        error errors details reason message code access_token refresh_token expires_in scope
        processingDetails processingProgress timeLeftMs longUploadsStatus"""
    stage = Stage(wire, harness.connector, job, handles)
    leaves = ("1_2", CHANNEL, "public", "private", "processed", "failed", "²", float("nan"))
    return _target("youtube", stage, samples, names, *leaves)


def zalo(folder: Path) -> Target:
    clock = ZaloClock()
    oa = SimpleNamespace(access_token="access-abcdefgh", refresh_token="refresh-abcdefgh")
    server = SimpleNamespace(url=NOWHERE, token_url=f"{NOWHERE}/token", world=SimpleNamespace(oas={OA: oa}))
    pair = {"access_token": "a2-abcdefgh", "refresh_token": "r2-abcdefgh", "expires_in": "90000"}
    media = {"id": "1_2", "title": "Luật Đất đai, bài số 1", "create_date": 1_795_000_000_000,
    "total_view": 5,
             "total_share": "2", "link_view": "https://post.oa.zalo.me/d/1"}  # fmt: skip
    link = f"{NOWHERE}/?loa=loa-1"
    samples = [
        {"error": 0, "message": "Success", "data": {"token": "t1"}},
        {"error": 0, "data": {"id": "1_2"}},
        {"error": 0, "data": {"id": "1_2", "status": "show", "tracking_link": link}},
        {"error": 0, "data": {"id": "1_2", "status": "hide", "tracking_link": link}},
        {"error": 0, "data": {"total": 1, "medias": [media]}},
        {"error": 0, "data": {"oaid": OA, "name": "Sở", "package_name": "Nâng cao", "num_follower": 5}},
        {"error": -214, "message": "being processed"},
        {"error": "-216", "message": "token"},
        {"error": -14014, "error_name": "Invalid refresh token."},
        pair,
    ]  # fmt: skip
    wire = Wire({"/media/cover.png": Reply(200, {"Content-Type": "image/png"}, b"")})

    def make() -> Any:  # tokens are renewed for good, so every input begins with the first pair
        return OaHarness(server, http_on(wire), clock, folder).connector()  # type: ignore[arg-type]

    job = OaHarness(server, http_on(wire), clock, folder).job()  # type: ignore[arg-type]
    handles = [{}, {"asked_at": clock().isoformat()}, {"token": "t1"}, {"id": "1_2"}]
    names = """error message error_name data token id status tracking_link total medias title create_date
        update_date total_view total_share link_view oaid oa_id name package_name
        package_valid_through_date num_follower oa_type is_verified access_token refresh_token
        expires_in"""
    return _target(
        "zalo", Stage(wire, make, job, handles), samples, names, "1_2", OA, 0, "0", -214, "show", link
    )


def wordpress(folder: Path) -> Target:
    wire = Wire({})
    desk = Desk(folder, http_on(wire), WordPressClock(), {"base_url": NOWHERE, "categories": "Tin tức"})
    job = desk.job(pictures=1)
    from connectors.wordpress.posts import comment_of, slug_of
    from content.variant import seal

    post = {"id": 12, "status": "publish", "link": f"{NOWHERE}/?p=12", "slug": slug_of(job),
            "date_gmt": "2026-11-22T01:00:00", "content": {"raw": comment_of(job)}}  # fmt: skip
    samples = [
        {"namespaces": ["wp/v2", "post-views-counter"], "authentication": {"application-passwords": {}},
         "name": "Xã &amp; phường", "home": NOWHERE},
        post,
        [post],
        [{**post, "status": "draft"}],
        [],
        [{"id": 7, "name": "Tin tức", "slug": "tin-tuc", "source_url": f"{NOWHERE}/a.png", "alt_text": ""}],
        {"id": 7, "source_url": f"{NOWHERE}/a.png", "term_id": 7},
        {"id": 1, "roles": ["author"], "capabilities": {"edit_posts": True, "publish_posts": True,
        "upload_files": 1}},
        {"code": "term_exists", "message": "x", "data": {"status": 400, "term_id": 7}},
        {"code": "rest_invalid_param", "message": "x",
        "data": {"details": {"a": {"code": "rest_forbidden_status"}}}},
        5,
        "9" * 4400,
    ]  # fmt: skip
    handles = [
        {},
        {"post": 12, "seal": seal(job.variant.canonical()), "media": [], "tags": [7], "categories": [7]},
    ]
    names = """id status link slug date_gmt content raw code message data details namespaces authentication
        application-passwords name home roles capabilities edit_posts publish_posts upload_files
        source_url alt_text term_id"""
    stage = Stage(wire, desk.connector, job, handles)
    return _target(
        "wordpress", stage, samples, names, 12, "publish", "draft", "trash", slug_of(job), comment_of(job)
    )


_FOLDER = Path(tempfile.mkdtemp(prefix="loa-fuzz-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
TARGETS = tuple(make(_FOLDER) for make in (facebook, youtube, zalo, wordpress))
