"""Lines of access logs, one by one: what counts as somebody reading an article."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.counting.logline import Judge, path_of
from content.counting.readers import Readers
from tests.support.access_log import ANDROID, CHROME, HAI, HOST, MOT, OWN, TRUTH, VIEWS, VISITORS, get, line

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
JUDGE = Judge({path_of(HOST + MOT): "mot", path_of(HOST + HAI): "hai"}, Readers([OWN]), ZONE)


@pytest.mark.parametrize(("written", "verdict", "why"), TRUTH, ids=[why for _, _, why in TRUTH])
def test_each_line_of_the_truth_set_falls_to_its_rule(written: str, verdict: str, why: str) -> None:
    assert JUDGE.read(written.encode()).verdict == verdict, why


def test_the_truth_set_holds_eleven_views_by_nine_pairs_of_address_and_browser() -> None:
    lines = [JUDGE.read(written.encode()) for written, _, _ in TRUTH]
    views = [line for line in lines if line.verdict == "view"]
    assert (len(TRUTH), len(views), sum(VIEWS.values())) == (25, 11, 11)
    assert {line.day for line in views} == {date(2026, 11, 9)}
    assert len({(line.page, line.reader) for line in views}) == sum(VISITORS.values()) == 9
    assert sorted(line.origin for line in views if line.origin) == ["n:to-roi", "utm_source:zalo"]


@pytest.mark.parametrize(
    "written",
    [
        "xa.example.gov.vn:443 " + line("192.0.2.1", "07:00:00", get(MOT)),
        line("192.0.2.1", "07:00:00", get(MOT)) + ' "198.51.100.3"',
        line("192.0.2.1", "07:00:00", get(MOT)) + " 0.003 xa.example.gov.vn\r",
        line("192.0.2.1", "07:00:00", f"GET {HOST}{MOT} HTTP/1.1"),
        line("192.0.2.1", "07:00:00", get(MOT), agent=CHROME + r" \"trong ngoac\" \x22"),
        line("192.0.2.1", "07:00:00", get(MOT)).replace(" - - ", " - can bo xa "),
        line("mang.example.vn", "07:00:00", get(MOT)),
        line("192.0.2.1", "07:00:60", get(MOT)),
        line("fe80::1%eth0", "07:00:00", get(MOT + "?utm_source=")),
    ],
    ids=["vhost", "forwarded", "more", "proxy", "quotes", "user", "name", "leap", "link-local"],
)
def test_odd_but_whole_lines_of_apache_and_nginx_are_understood(written: str) -> None:
    assert JUDGE.read(written.encode()).verdict == "view"


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        (line("192.0.2.1", "07:00:00", get(MOT), agent=None), "no_agent"),
        (line("192.0.2.1", "07:00:00", get(MOT), agent=""), "no_agent"),
        (line("192.0.2.1", "07:00:00", r"\x16\x03\x01\x02"), "method"),
        (line("192.0.2.1", "07:00:00", "-"), "method"),
        (line("192.0.2.1", "07:00:00", "GET /" + "a" * 5000 + " HTTP/1.1"), "page"),
        (line("192.0.2.1", "07:00:00", get("/pbgdpl/bai/../bai/vi-sao.html")), "page"),
        (line("192.0.2.1", "07:00:00", get(MOT), 206), "status"),
        (line("192.0.2.1", "07:00:00", get(MOT), agent=CHROME * 10), "robot"),
        (line("192.0.2.1", "07:00:00", get(MOT), agent="Expanse, a Palo Alto Networks company"), "robot"),
        (line("192.0.2.1", "07:00:00", get(MOT), agent="zgrab/0.x"), "robot"),
        (
            line("192.0.2.1", "07:00:00", get(MOT), agent="Mozilla/5.0 (compatible; AhrefsSiteAudit/6.1)"),
            "robot",
        ),
        (line("192.0.2.1", "07:00:00", get(MOT), agent="Mozilla/5.0 (compatible; Xyz/1.0)"), "robot"),
        (line("192.0.2.1", "07:00:00", get(MOT), agent="Mozilla/5.0 CensysInspect/1.1"), "robot"),
        (line("192.0.2.1", "07:00:00", get(MOT), agent="Mozilla/5.0 (X11) +https://x.example"), "robot"),
        (line("a" * 300, "07:00:00", get(MOT)), "broken"),
        (line("192.0.2.1", "07:00:00", get(MOT))[:-20], "broken"),
        (line("192.0.2.1", "25:00:00", get(MOT)), "broken"),
        (line("192.0.2.1", "07:00:99", get(MOT)), "broken"),
        (line("192.0.2.1", "07:00:00", get(MOT), day="31/Feb/2026"), "broken"),
        (line("192.0.2.1", "07:00:00", get(MOT), day="09/Tha/2026"), "broken"),
        (line("192.0.2.1", "07:00:00", get(MOT), offset="+9900"), "broken"),
        ("", "broken"),
        ("\x00" * 40, "broken"),
    ],
)
def test_what_is_no_reading_or_cut_off_is_not_counted(written: str, verdict: str) -> None:
    assert JUDGE.read(written.encode()).verdict == verdict


@pytest.mark.parametrize(
    "agent",
    [
        f"{ANDROID} Zalo android/12100754 ZaloTheme/light ZaloLanguage/vi",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 [FBAN/FBIOS;FBAV/480.0]",
        "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; Trident/6.0)",
        "Opera/9.80 (Android; Opera Mini/36.2/119.132; U; vi) Presto/2.12.423 Version/12.16",
    ],
    ids=["zalo", "facebook", "explorer", "opera-mini"],
)
def test_browsers_within_apps_and_old_ones_are_people(agent: str) -> None:
    assert JUDGE.read(line("192.0.2.1", "07:00:00", get(MOT), agent=agent).encode()).verdict == "view"


@given(st.binary(max_size=400))
def test_no_bytes_at_all_can_break_it_or_make_a_view_of_themselves(written: bytes) -> None:
    assert JUDGE.read(written).verdict in ("broken", "method", "page")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters='"\\\n\r'), min_size=2, max_size=80))
def test_any_agent_is_a_person_a_program_or_nobody(agent: str) -> None:
    read = JUDGE.read(line("192.0.2.1", "07:00:00", get(MOT), agent=agent).encode())
    assert read.verdict in ("view", "robot", "no_agent")


def test_a_day_is_the_units_day_wherever_the_server_stands() -> None:
    late = line("192.0.2.1", "17:30:00", get(MOT), offset="+0000")
    assert JUDGE.read(late.encode()).day == date(2026, 11, 10)


def test_a_unit_adds_its_own_words_and_addresses() -> None:
    readers = Readers(["198.51.100.0/24", "2001:db8::/32"], ["Quet-Tin"])
    assert readers.is_own("198.51.100.77")
    assert readers.is_own("::ffff:198.51.100.77")
    assert readers.is_own("2001:db8::9")
    assert not readers.is_own("192.0.2.1")
    assert not readers.is_own("may.example.vn")
    assert readers.is_robot("quet-tin/1.0")
    assert not readers.is_robot(ANDROID)
    with pytest.raises(ValueError):
        Readers(["xa"])


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://xa.example.gov.vn/bai/a.html", b"/bai/a.html"),
        ("https://xa.example.gov.vn/tin/l%E1%BB%87nh/", "/tin/lệnh/".encode()),
        ("https://xa.example.gov.vn/?p=12", b""),
        ("https://xa.example.gov.vn/", b""),
        ("file:///srv/site/current/bai/a.html", b""),
        ("", b""),
        ("https://[", b""),
    ],
)
def test_a_page_is_known_by_its_path_where_a_log_would_show_it(address: str, path: bytes) -> None:
    assert path_of(address) == path
