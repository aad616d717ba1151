"""A pasted address opens nothing inside the office: not this machine, not its neighbours."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.errors import NotSent
from connectors.http import Http
from connectors.outside import is_outside
from tests.connectors.assisted.harness import AssistedHarness, Page, Portal


def refused(harness: AssistedHarness, address: str, **settings: str) -> str:
    with pytest.raises(NotSent) as trouble:
        harness.alone(**{"portal": "", **settings}).look(harness.job(), address)
    return trouble.value.code


@pytest.fixture
def neighbour() -> Iterator[Portal]:
    """Another service of this machine, on its own port."""
    opened = Portal()
    opened.show("/a", "Tin", "<p>bí mật</p>")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::1]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127.0.0.1.",
        "①②⑦.0.0.1",
    ],
)  # fmt: skip
def test_this_machine_is_not_opened_under_any_of_its_names(harness, neighbour, host):
    port = neighbour.url.rpartition(":")[2]
    assert refused(harness, f"http://{host}:{port}/a") in ("hand:inside", "net:unreachable")
    assert neighbour.arrivals == []
    assert refused(harness, f"http://127.0.0.1:{port}/a") == "hand:inside"


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]",
     "224.0.0.1", "255.255.255.255", "[fd00:ec2::254]"],
)  # fmt: skip
def test_neighbours_and_the_data_of_a_cloud_are_refused_without_being_asked(harness, monkeypatch, address):
    asked: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, place: asked.append(place))
    assert refused(harness, f"http://{address}/latest/meta-data/") == "hand:inside"
    assert asked == []


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """What a name leads to, look-up by look-up; the last answer stays."""
    told: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **how: Any) -> Any:
        if host not in told:
            return real(host, port, *args, **how)
        now = told[host].pop(0) if len(told[host]) > 1 else told[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in now]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return told


def test_a_name_is_looked_up_once_and_what_was_judged_is_what_is_connected_to(
    harness, neighbour, dns, monkeypatch
):
    """DNS rebinding: public when it is judged, this machine a moment later."""
    dns["doi.example.vn"] = [["93.184.215.14"], ["127.0.0.1"]]
    places: list[Any] = []

    def connect(_: socket.socket, place: Any) -> None:
        places.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    port = int(neighbour.url.rpartition(":")[2])
    assert refused(harness, f"http://doi.example.vn:{port}/a") == "net:unreachable"
    assert places == [("93.184.215.14", port)]
    assert refused(harness, f"http://doi.example.vn:{port}/a") == "hand:inside", "judged anew each time"
    assert len(places) == 1


def test_a_name_with_one_inner_address_among_others_is_refused(harness, dns):
    dns["hai.example.vn"] = [["93.184.215.14", "10.0.0.7"]]
    assert refused(harness, "https://hai.example.vn/a") == "hand:inside"


def test_the_units_portal_inside_is_opened_because_its_settings_name_it(harness):
    job = harness.job()
    address = harness.portal.show("/a", job.variant.title, job.variant.text)
    assert harness.alone(portal=harness.portal.url).look(job, address).url == address
    assert harness.alone(portal="", editor=f"{harness.portal.url}/soan").look(job, address).url == address


def test_of_a_named_machine_only_the_named_port_is_opened(harness, neighbour):
    assert refused(harness, f"{neighbour.url}/a", portal=harness.portal.url) == "hand:inside"
    assert neighbour.arrivals == []


def test_a_redirect_inside_is_judged_like_an_address(harness, neighbour):
    harness.portal.pages["/a"] = Page(302, b"", {"Location": f"{neighbour.url}/a"})
    assert refused(harness, f"{harness.portal.url}/a", portal=harness.portal.url) == "hand:inside"
    harness.portal.pages["/a"] = Page(302, b"", {"Location": "http://169.254.169.254/latest"})
    assert refused(harness, f"{harness.portal.url}/a", portal=harness.portal.url) == "hand:moved"
    harness.portal.pages["/a"] = Page(302, b"", {"Location": "http://[;:1]/"})
    assert refused(harness, f"{harness.portal.url}/a", portal=harness.portal.url) == "net:unreachable"
    assert neighbour.arrivals == []


def test_a_page_without_end_is_given_up(harness, monkeypatch):
    monkeypatch.setattr("connectors.http.ANSWER_MAX_BYTES", 100_000)
    harness.portal.pages["/a"] = Page(200, b"<p>" * 100_000)
    assert refused(harness, f"{harness.portal.url}/a", portal=harness.portal.url) == "net:unreachable"


def test_through_a_proxy_what_is_known_to_be_inside_is_not_asked_for(neighbour):
    http = Http(proxies={"http": neighbour.url})
    try:
        with pytest.raises(NotSent, match="net:inside"):
            http.call("GET", "http://10.0.0.1/a", creates=False, outside=True)
        assert neighbour.arrivals == []
        answer = http.call("GET", "http://khong-co.invalid/a", creates=False, outside=True)
        assert answer.status == 404, "what only the proxy can look up is left to it"
        assert neighbour.arrivals == ["http://khong-co.invalid/a"]
    finally:
        http.close()


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),
        ("198.51.100.7", False), ("::ffff:10.0.0.1", False), ("fe80::1%eth0", False), ("ff02::1", False),
        ("2002:0a00:0001::", False), ("::", False), ("tên", False),
    ],
)  # fmt: skip
def test_an_address_is_outside_or_not(address: str, outside: bool):
    assert is_outside(address) is outside
