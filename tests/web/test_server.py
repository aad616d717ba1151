"""The door of `loa web`: who is let in, from which page, how many; nothing is fetched from elsewhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import aiohttp
import pytest
from click.testing import CliRunner

from content.errors import UsageError
from loa.services import people
from tests.support.office import PASSPHRASE, Office
from tests.web.conftest import Visitor
from tui.web.entry import TRIES
from tui.web.server import COOKIE, Settings, is_loopback, origin_of

Visit = Callable[..., None]


async def heard(socket: aiohttp.ClientWebSocketResponse) -> bytes:
    message = await socket.receive(timeout=20)
    assert message.type == aiohttp.WSMsgType.BINARY, message
    return bytes(message.data)


# ---- the login


def test_without_a_login_there_is_only_the_login_page(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        async with visitor.client.get(visitor.url + "/", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/login")
        status, page = await visitor.page("/login")
        assert status == 200
        assert "Cụm mật khẩu" in page
        assert "UBND xã Thử Nghiệm" in page
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await visitor.window()
        assert refused.value.status == 401

    visit(story)


def test_the_right_passphrase_opens_a_window_of_that_officer(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        assert await visitor.log_in() == (303, "")
        status, page = await visitor.page()
        assert status == 200
        assert 'id="terminal"' in page
        async with await visitor.window() as socket:
            told = (await heard(socket)).decode()
            assert told.startswith("--as duyet window 80x24")

    visit(story)


@pytest.mark.parametrize(
    ("name", "passphrase"), [("duyet", "sai"), ("khong-co", PASSPHRASE), ("", ""), ("duyet", "")]
)
def test_wrong_names_and_passphrases_are_refused_in_the_same_words(
    visit: Visit, name: str, passphrase: str
) -> None:
    async def story(visitor: Visitor) -> None:
        status, page = await visitor.log_in(name, passphrase)
        assert status == 403
        assert "Tên hoặc cụm mật khẩu không đúng" in page
        assert not passphrase or passphrase not in page
        assert (await visitor.page())[0] == 303

    visit(story)


def test_what_was_typed_is_shown_as_text_and_never_as_html(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        _, page = await visitor.log_in('"><script>alert(1)</script>', "x")
        assert "<script>alert" not in page

    visit(story)


def test_an_officer_who_left_does_not_come_in(visit: Visit, office: Office) -> None:
    people.retire(office.workspace, office.people["ky"], "soan")

    async def story(visitor: Visitor) -> None:
        assert (await visitor.log_in("soan"))[0] == 403

    visit(story)


def test_an_officer_who_leaves_opens_no_further_window(visit: Visit, office: Office) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.log_in("soan")
        await asyncio.to_thread(people.retire, office.workspace, office.people["ky"], "soan")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await visitor.window()
        assert refused.value.status == 401

    visit(story)


def test_after_some_wrong_ones_even_the_right_one_has_to_wait(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        tries = [visitor.log_in("duyet", "sai") for _ in range(TRIES + 4)]
        told = [status for status, _ in await asyncio.gather(*tries)]
        assert sorted(told) == [403] * TRIES + [429] * 4, "side by side does not get around it"
        status, page = await visitor.log_in()
        assert status == 429
        assert "Xin chờ" in page

    visit(story)


def test_behind_a_proxy_the_address_is_the_one_that_it_tells(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        for number in range(TRIES):
            await visitor.log_in(f"ai-do-{number}", "sai", **{"X-Forwarded-For": "10.9.9.9, 203.0.113.7"})
        assert (await visitor.log_in(**{"X-Forwarded-For": "203.0.113.7"}))[0] == 429
        assert (await visitor.log_in(**{"X-Forwarded-For": "203.0.113.8"}))[0] == 303

    visit(story, origins=("https://loa.xa.example.vn",))


def test_without_a_proxy_nobody_chooses_an_address(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        for number in range(TRIES):
            await visitor.log_in(f"ai-do-{number}", "sai", **{"X-Forwarded-For": f"203.0.113.{number}"})
        assert (await visitor.log_in(**{"X-Forwarded-For": "203.0.113.99"}))[0] == 429

    visit(story)


def test_the_cookie_is_for_this_site_and_no_script(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        form = {"name": "duyet", "passphrase": PASSPHRASE}
        sent = {"data": form, "headers": {"Origin": visitor.url}, "allow_redirects": False}
        async with visitor.client.post(visitor.url + "/login", **sent) as answer:
            cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert "Secure" not in cookie, "plain HTTP on this machine"

    visit(story)


def test_behind_https_the_cookie_never_travels_in_clear(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        origin = "https://loa.xa.example.vn"
        headers = {"Origin": origin, "Host": "loa.xa.example.vn"}
        form = {"name": "duyet", "passphrase": PASSPHRASE}
        sent = {"data": form, "headers": headers, "allow_redirects": False}
        async with visitor.client.post(visitor.url + "/login", **sent) as answer:
            assert answer.status == 303
            assert "Secure" in answer.headers["Set-Cookie"]
            assert "wss://loa.xa.example.vn" in answer.headers["Content-Security-Policy"]

    visit(story, origins=("https://loa.xa.example.vn",))


def test_signing_out_ends_the_login(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.log_in()
        [kept] = [c.value for c in visitor.client.cookie_jar if c.key == COOKIE]
        async with visitor.client.post(visitor.url + "/logout", headers={"Origin": visitor.url}) as answer:
            assert answer.url.path == "/login"
        assert (await visitor.page(headers={"Cookie": f"{COOKIE}={kept}"}))[0] == 303

    visit(story)


# ---- from which page


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", "http://127.0.0.1:1"])
def test_no_other_site_may_log_anybody_in(visit: Visit, origin: str | None) -> None:
    async def story(visitor: Visitor) -> None:
        status, page = await visitor.log_in(origin=origin)
        assert status == 403
        assert "trang web khác" in page

    visit(story)


def test_no_other_site_may_open_a_window_with_our_cookie(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.log_in()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await visitor.window(origin="http://evil.example")
        assert refused.value.status == 403

    visit(story)


def test_a_foreign_name_that_leads_here_finds_nothing(visit: Visit) -> None:
    """DNS rebinding: a page of somebody else's whose name suddenly means 127.0.0.1."""

    async def story(visitor: Visitor) -> None:
        status, page = await visitor.page("/login", headers={"Host": "evil.example"})
        assert status == 421
        assert "Cụm mật khẩu" not in page

    visit(story)


def test_every_answer_forbids_what_comes_from_elsewhere(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.log_in()
        for path in ("/", "/login", "/static/js/textual.js", "/own/page.css", "/nothing"):
            async with visitor.client.get(visitor.url + path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "frame-ancestors 'none'" in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                if "static" not in path and "own" not in path:
                    assert answer.headers["Cache-Control"] == "no-store"
        _, page = await visitor.page()
        assert not re.search(r"(src|href|action)=\"(https?:)?//", page)
        assert not re.search(r"<script>|\son[a-z]+=", page), "no script in the page: the policy forbids it"

    visit(story)


def test_what_the_page_needs_is_there_and_folders_are_not_listed(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.log_in()
        _, page = await visitor.page()
        wanted = re.findall(r"\"(/(?:static|own)/[^\"]+)\"", page)
        assert len(wanted) >= 4
        for path in wanted:
            async with visitor.client.get(visitor.url + path) as answer:
                assert answer.status == 200, path
        for path in ("/static/", "/own/", "/own/../server.py", "/own/..%2fserver.py"):
            assert (await visitor.page(path))[0] in (403, 404), path

    visit(story)


# ---- windows


def test_keys_sizes_and_nonsense(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.log_in()
        async with await visitor.window("?width=99999&height=x") as socket:
            assert "500x24" in (await heard(socket)).decode()
            await socket.send_json(["stdin", "tiếng Việt"])
            assert (await heard(socket)).decode() == "Dtiếng Việt"
            await socket.send_json(["resize", {"width": 100000, "height": 3}])
            assert b'"width": 500, "height": 10' in await heard(socket)
            await socket.send_json(["ping", "1"])
            assert await socket.receive_json(timeout=20) == ["pong", "1"]
            await socket.send_str("{không phải JSON")
            closed = await socket.receive(timeout=20)
            assert closed.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)

    visit(story)


def test_our_secrets_are_not_the_windows(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("LOA_SECRET_PAGE_TOKEN", "x")

    async def story(visitor: Visitor) -> None:
        await visitor.log_in()
        async with await visitor.window() as socket:
            assert (await heard(socket)).decode().endswith("secrets=0")

    visit(story)


def test_a_window_that_ends_closes_its_socket_and_a_socket_its_window(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.log_in()
        async with await visitor.window() as socket:
            await heard(socket)
            await socket.send_json(["stdin", "die"])
            closed = await socket.receive(timeout=20)
            assert closed.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        async with await visitor.window() as socket:
            await heard(socket)
            assert visitor.server.logins.windows == 1
        for _ in range(2000):
            if visitor.server.logins.windows == 0:
                break
            await asyncio.sleep(0.01)
        assert visitor.server.logins.windows == 0

    visit(story)


def test_no_more_windows_than_allowed(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.log_in()
        async with await visitor.window() as socket:
            await heard(socket)
            status, page = await visitor.page()
            assert status == 503
            assert "đủ 1 cửa sổ" in page
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await visitor.window()
            assert refused.value.status == 503

    visit(story, most=1)


def test_the_end_of_the_server_closes_every_window(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.log_in()
        async with await visitor.window() as socket:
            await heard(socket)
            await visitor.server.stop()
            closed = await socket.receive(timeout=20)
            assert closed.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)

    visit(story)


# ---- settings


def test_only_this_machine_is_this_machine() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "192.168.1.5", "loa.xa.vn", "")))
    assert Settings("0.0.0.0", 1, ("https://loa.xa.vn",)).allowed(1) == {"https://loa.xa.vn"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://Loa.Xa.Example.vn/", "https://loa.xa.example.vn"),
        ("https://loa.xa.example.vn:443", "https://loa.xa.example.vn"),
        ("http://10.0.0.5:8780", "http://10.0.0.5:8780"),
    ],
)
def test_an_origin_is_known_in_its_one_spelling(written: str, meant: str) -> None:
    assert origin_of(written) == meant


@pytest.mark.parametrize("written", ["loa.xa.vn", "ftp://loa.xa.vn", "https://loa.xa.vn/loa", "https://", ""])
def test_what_is_no_origin_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        origin_of(written)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "0.0.0.0"], "--origin https://"),
        (["--origin", "loa.xa.vn"], "“loa.xa.vn” không phải địa chỉ gốc"),
    ],
)
def test_the_command_refuses_what_would_be_open_to_all(office: Office, options: list[str], said: str) -> None:
    from loa.cli.main import cli

    result = CliRunner().invoke(cli, ["-w", str(office.folder), "web", *options])
    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)
