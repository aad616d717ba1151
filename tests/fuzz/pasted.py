"""Targets: what officers paste and what pages answer; and the text of a post where each channel shapes it."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from connectors import registry
from connectors.assisted import rules as assisted_rules
from connectors.assisted.page import look
from connectors.assisted.portal import Portal
from connectors.assisted.settings import Settings as PortalSettings
from connectors.contract import Account, Job, Unit
from connectors.errors import ConnectorError, NotSent
from connectors.facebook import message
from connectors.http import Http
from connectors.skew import least_skew_s
from connectors.website import body as website_body
from connectors.website import rules as website_rules
from connectors.wordpress import body as wordpress_body
from connectors.wordpress import rules as wordpress_rules
from connectors.wordpress.settings import Settings as SiteSettings
from connectors.youtube.oauth import redirected
from connectors.zalo import article as zalo_article
from connectors.zalo.settings import Settings as OaSettings
from connectors.zalo.signing import read_callback
from content.errors import UsageError
from content.mp4 import shape_of
from content.variant import MediaRef
from loa.services.enrolling import spelled
from loa.services.landing import Landing
from tests.fuzz.engine import Target
from tests.fuzz.inputs import NASTY, mutated, text
from tests.fuzz.pictures import MP4
from tests.fuzz.posts import MARKDOWN, WHOLE
from tests.fuzz.records import DUE, VARIANT

_FOLDER = Path(tempfile.gettempdir()) / "loa-fuzz-nowhere"
NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
_JOB = Job("bai-1@cong", "7f3a", VARIANT, DUE, DUE)
_TWO = (
    MediaRef("ab" * 32, "image/png", 5, "a.png", "Ảnh", 64, 36),
    MediaRef("cd" * 32, "image/png", 5, "ảnh 1.jpg", "", None, None),
)


def _context(settings: dict[str, str]) -> Any:
    return SimpleNamespace(
        account=Account("k", "1", "K", settings, settings),
        unit=Unit(name="Xã"),
        http=SimpleNamespace(session=None),
        media=lambda _: _FOLDER / "x",
        now=lambda: NOW,
        workspace=_FOLDER,
        secrets=None,
    )


_OA = OaSettings.of(_context({"images_from": "https://xa.gov.vn/anh/"}))


def address(given: bytes) -> None:
    """Every place where a person may paste one: a posted page, a sign-in's end, a site, a channel's name."""
    pasted = given.decode("utf-8", "replace")
    for settings in ({}, {"portal": "cong.example.vn"}, {"portal": pasted}):
        portal = Portal(None, PortalSettings.of(Account("cong", "", "", settings, {})))  # type: ignore[arg-type]
        for ask in (portal.whole, partial(portal._next, "https://cong.example.vn/a")):
            try:
                taken = ask(pasted)
            except NotSent:
                continue
            else:
                assert taken.lower().startswith(("http://", "https://"))
                assert not set(taken) & set(" \t\r\n\"'<>\0")
    assert isinstance(redirected(pasted), dict)
    code, problem = read_callback(pasted, oa_id="1", state="s")
    assert bool(code) != bool(problem)
    spelled(pasted)
    assert SiteSettings.of(
        Account("w", "", "", {"base_url": pasted}, {"user": "a", "app_password": "b"})
    ).valid in (
        True,
        False,
    )
    landing = Landing("http://127.0.0.1:5000/xong")
    landing.take(pasted)


def portal_page(data: bytes) -> None:
    for kind in ("text/html; charset=utf-8", "text/html; charset=utf-9", "text/html", ""):
        sight = look(data, kind, VARIANT, "7f3a")
        assert 0 <= sight.share <= 1.0001
        assert sight.published_at is None or sight.published_at.tzinfo


def shaped(data: bytes) -> None:
    """A text as import lets it through, with pictures, in each channel's own check and in its own form."""
    written = data.decode("utf-8", "replace")
    variant = replace(
        VARIANT, text=written, link=written[max(written.find("http"), 0) :][:80], media=_TWO, summary=""
    )
    for check in (website_rules.check, wordpress_rules.check, assisted_rules.check, message.findings):
        assert all(finding.line() for finding in check(variant))
    website_body.render(written, [website_body.Picture("a.png", "media/a.png", "Ảnh", (64, 36))], "../")
    html = wordpress_body.content_of(
        variant, [wordpress_body.Picture("a.png", 7, "/a.png", "Ảnh")], "<!--x-->", "vi"
    )
    assert html.count("<!--x-->") == 1 or "<!--x-->" in written
    for block in zalo_article.blocks_of(variant, _OA):
        assert block["type"] in ("text", "image")
    zalo_article.description_of(variant)
    zalo_article.tracking_link(Job("a", "7f3a", variant, DUE, DUE), _OA)


def index(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mp4"
        path.write_bytes(data)
        shape = shape_of(path)
        assert shape is None or (shape.width > 0 and shape.seconds > 0)


def dated(given: tuple[str, str]) -> None:
    stamp, age = given
    skew = least_skew_s({"Date": stamp, "Age": age}, NOW, NOW + timedelta(seconds=1))
    assert skew is None or isinstance(skew, float)


def channel_settings(given: dict[str, str]) -> None:
    """Whatever was set for a channel: made, and asked for a remark."""
    for platform in registry.platforms():
        known = registry.capabilities(platform)
        names = {field.name for field in (*known.settings, *known.secrets)}
        chosen = {name: value for name, value in given.items() if name in names}
        try:
            connector = registry.connect(platform, _context(chosen))
            found = connector.check(replace(VARIANT, platform=platform))
        except ConnectorError:
            continue
        assert all(finding.line() for finding in found)


def environment(given: dict[str, str]) -> None:
    """Proxies as the environment has them: no call may end in anything else than an answer or NotSent."""
    http = Http(proxies={"http": given["proxy"], "https": given["proxy"]})
    try:
        http.call("GET", "http://nowhere.invalid/", creates=False, total_timeout_s=0.5)
    finally:
        http.close()


_ADDRESSES = (
    "https://cong.example.vn/bai/1?x=1#y", "http://127.0.0.1:80/", "http://[::1]/", "//a", "https://a@b/",
    "http://169.254.169.254/latest", "https://oauth.zaloapp.com/?code=c&oa_id=1&state=s",
    "http://127.0.0.1:5000/xong?code=4/0A&state=s&scope=x", "https://xa.gov.vn/wp-admin/", "https://xã.vn/",
    "http://0x7f000001/", "http://a:99999/", "file:///etc/passwd", "http://[fe80::1%25eth0]/",
)  # fmt: skip
_PAGE = """<html><head><meta charset="utf-8">
<meta property="article:published_time" content="2026-11-22T08:00:00+07:00"></head>
<body><h1>Vì sao?</h1><p>Một</p><p>hai</p><!-- loa:7f3a --><script>x</script></body></html>""".encode()
_MOOV = (
    b"\x00\x00\x00\xa8moov\x00\x00\x00\x20mvhd" + bytes(12) + b"\x00\x00\x03\xe8\x00\x00\x27\x10" + bytes(4)
    + b"\x00\x00\x00\x64trak\x00\x00\x00\x5ctkhd" + bytes(76) + b"\x02\x80\x00\x00\x01\x68\x00\x00"
)  # fmt: skip
_HTML = (*NASTY, "<meta charset=utf-8>", "<script", "<!--", "<![CDATA[", "<!DOCTYPE [", "&#x110000;",
         "<p " * 300, "article:published_time", "0001-01-01T00:00:00+14:00", "charset=idna",
         "charset=base64")  # fmt: skip
_SETTINGS = (
    *("base_url", "portal", "folder", "categories", "editor", "picture_width", "images_from", "cover_url"),
    *("author", "made_for_kids", "category", "privacy", "video_as", "page_token", "user", "app_password"),
    *("token_url", "upload_url", "oauth_url", "language", "title", "tags", "comment", "cover", "text_format"),
    *("daily_quota", "playlist", "license", "app_id", "client_id", "client_secret", "refresh_token"),
)

TARGETS = (
    Target(
        "pasted address",
        mutated([one.encode() for one in _ADDRESSES], (*NASTY, *_ADDRESSES, "@", ":", "//", "%00", "?", "[")),
        address,
    ),
    Target("portal page", mutated([_PAGE], _HTML), portal_page),
    Target(
        "channel text",
        mutated([WHOLE.encode(), b"![a](a.png)\n\n<pre>"], (*NASTY, *MARKDOWN)),
        shaped,
        (),
        4.0,
    ),
    Target(
        "video index", mutated([_MOOV, MP4 + _MOOV], (b"moov", b"trak", b"tkhd", b"mvhd", b"\0\0\0\1")), index
    ),
    Target(
        "answer's date",
        st.tuples(mutated([b"Sun, 22 Nov 2026 01:00:00 GMT"]).map(lambda b: b.decode("latin-1")), text),
        dated,
    ),
    Target(
        "channel settings",
        st.dictionaries(st.sampled_from(_SETTINGS), st.one_of(text, st.sampled_from(_ADDRESSES))),
        channel_settings,
        (UsageError,),
    ),
    Target(
        "proxy address",
        st.fixed_dictionaries(
            {"proxy": st.one_of(text, st.sampled_from(("http://[", "http://127.0.0.1:9", "socks9://x")))}
        ),
        environment,
        (ConnectorError,),
    ),
)
