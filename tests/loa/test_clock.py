"""The machine's clock against the platforms': seen in any answer, said in a sentence with the remedy."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.http import Http
from connectors.skew import least_skew_s
from content.wording import use_language
from loa.services import care, channels, clockcare
from loa.services.connecting import Connectors
from tests.loa.conftest import Loa
from tests.support.clock import TestClock
from tests.support.office import PAGE, Office

NOON = datetime(2026, 11, 9, 5, 0, tzinfo=UTC)


@dataclass
class Elsewhere:
    """A proxy of an office: whatever host is asked for, it answers as a Page with a clock of its own."""

    clock: TestClock
    off_s: float = 0.0
    url: str = ""
    silent: bool = False


@pytest.fixture
def elsewhere(clock: TestClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    there = Elsewhere(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"id": PAGE, "name": "Xã Thử Nghiệm"}).encode()
            self.send_response_only(200)
            if not there.silent:
                stamp = clock.now() + timedelta(seconds=there.off_s)
                self.send_header("Date", format_datetime(stamp, usegmt=True))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    there.url = f"http://127.0.0.1:{server.server_address[1]}"
    for name in (
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "no_proxy",
        "NO_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", there.url)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield there
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def far(desk: Office, elsewhere: Elsewhere) -> Office:
    """The office with its Page on another host, reached through the proxy."""
    channels.change(
        desk.workspace,
        desk.people["ky"],
        "fanpage",
        settings={"base_url": "http://graph.example.vn"},
        secrets={"page_token": "practice-token"},
    )
    return desk


# ---- what one answer tells -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "sent_s", "got_s", "skew"),
    [
        ("Mon, 09 Nov 2026 05:00:00 GMT", 0.0, 0.2, 0.0),
        ("Mon, 09 Nov 2026 05:00:00 GMT", 0.9, 0.95, 0.0),  # the header knows whole seconds only
        ("Mon, 09 Nov 2026 05:00:10 GMT", 0.0, 15.0, 0.0),  # it took 15 s: nothing is certain
        ("Mon, 09 Nov 2026 04:50:00 GMT", 0.0, 0.5, 599.0),
        ("Mon, 09 Nov 2026 05:10:00 GMT", 0.0, 0.5, -599.5),
        ("Mon, 09 Nov 2026 12:10:00 +0700", 0.0, 0.5, -599.5),
        ("Mon, 09 Nov 2026 05:10:00 -0000", 0.0, 0.5, -599.5),  # no zone: UTC
        ("", 0.0, 0.5, None),
        ("yesterday", 0.0, 0.5, None),
        ("Mon, 99 Nov 2026 05:00:00 GMT", 0.0, 0.5, None),
        ("Mon, 09 Nov 99999 05:00:00 GMT", 0.0, 0.5, None),
    ],
)
def test_the_least_that_an_answer_proves(date: str, sent_s: float, got_s: float, skew: float | None):
    sent, got = (NOON + timedelta(seconds=s) for s in (sent_s, got_s))
    assert least_skew_s({"Date": date} if date else {}, sent, got) == skew


def test_a_cached_answer_proves_nothing():
    headers = {"Date": "Mon, 09 Nov 2026 04:00:00 GMT", "Age": "3600"}
    assert least_skew_s(headers, NOON, NOON) is None
    assert least_skew_s({**headers, "Age": "0"}, NOON, NOON) == 3599.0


def test_the_last_answer_of_each_host_counts_and_this_machine_does_not(
    elsewhere: Elsewhere, clock: TestClock
):
    http = Http(now=clock.now)
    try:
        elsewhere.off_s = 600
        http.call("GET", f"{elsewhere.url}/", creates=False)
        assert http.skews == {"127.0.0.1": -600.0}
        assert http.skew_s() is None, "its clock is ours"
        http.call("GET", "http://one.example.vn/", creates=False)
        assert http.skew_s() == -600.0
        elsewhere.off_s = -5
        http.call("GET", "http://two.example.vn/", creates=False)
        assert http.skew_s() == 4.0, "the one that agrees most is believed"
        elsewhere.off_s = 0
        http.call("GET", "http://one.example.vn/", creates=False)
        elsewhere.silent = True
        http.call("GET", "http://one.example.vn/", creates=False)
        assert http.skews == {"127.0.0.1": -600.0, "one.example.vn": 0.0, "two.example.vn": 4.0}
    finally:
        http.close()


# ---- what is said of it --------------------------------------------------------------------------


@pytest.mark.parametrize(("off_s", "words"), [(600, "chạy chậm 10 phút"), (-601, "chạy nhanh 10 phút")])
def test_check_and_doctor_say_it_with_the_remedy(
    far: Office, elsewhere: Elsewhere, at_desk: Loa, off_s: float, words: str
):
    elsewhere.off_s = off_s
    answer = at_desk("channel", "check")
    assert answer.code == 0, "the channel itself works"
    assert words not in answer.out
    assert answer.err.count(words) == 1
    assert "Ubuntu: sudo timedatectl set-ntp true" in answer.err
    assert "Windows: Cài đặt" in answer.err
    assert words in at_desk("channel", "check", "fanpage").err
    assert words in at_desk("channel", "check", "fanpage", "--json").json["clock"]
    told = at_desk("doctor")
    assert told.code == 1
    assert f"LỖI   Đồng hồ của máy: Đồng hồ máy này {words}" in told.out


@pytest.mark.parametrize("off_s", [0, 119, -119])
def test_two_minutes_are_nobodys_trouble(far: Office, elsewhere: Elsewhere, at_desk: Loa, off_s: float):
    elsewhere.off_s = off_s
    assert at_desk("channel", "check").err == ""
    assert "tốt   Đồng hồ của máy: 06:00" in at_desk("doctor").out


def test_the_round_of_care_says_it_once_and_stops_when_the_clock_was_set(
    far: Office, elsewhere: Elsewhere, caplog: pytest.LogCaptureFixture
):
    connectors = Connectors(far.workspace)
    elsewhere.off_s = 900
    care.look_after(far.workspace, far.workspace.database, connectors)
    assert [r.getMessage()[:45] for r in caplog.records if "Đồng hồ" in r.getMessage()] == [
        "Đồng hồ máy này chạy chậm 15 phút, bài sẽ lên"
    ]
    caplog.clear()
    elsewhere.silent = True  # what was said an hour ago is not said again
    care.look_after(far.workspace, far.workspace.database, connectors)
    assert "Đồng hồ" not in caplog.text
    connectors.close()


@pytest.mark.parametrize(
    ("skew_s", "vi", "en"),
    [
        (121.0, "2 phút", "2 minutes"),
        (-7140.0, "119 phút", "119 minutes"),
        (-9000, "2 giờ", "2 hours"),
        (1e6, "11 ngày", "11 days"),
    ],
)
def test_how_much_is_said_as_a_person_would(skew_s: float, vi: str, en: str):
    assert clockcare.amount(skew_s) == vi
    use_language("en")
    assert clockcare.amount(skew_s) == en
