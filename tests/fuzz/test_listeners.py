"""Nothing of Loa listens beyond this machine unless somebody says so."""

from __future__ import annotations

import ast
import inspect
import ipaddress
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.practice import PracticeServer
from connectors.practice.server import serve
from connectors.practice.wordpress import PracticeWordPress
from connectors.practice.youtube import PracticeYouTube
from connectors.practice.zalo import PracticeZalo

ROOT = Path(__file__).parents[2]
ROOMS = ("content", "connectors", "scheduler", "loa", "tui")
OPENS = {
    "bind",
    "create_server",
    "start_server",
    "HTTPServer",
    "ThreadingHTTPServer",
    "TCPServer",
    "run_simple",
}
_bound: list[object] = []
_listening = False


def _hook(event: str, args: tuple[object, ...]) -> None:
    if _listening and event == "socket.bind":
        _bound.append(args[1])


sys.addaudithook(_hook)  # for good: an audit hook cannot be taken away


@pytest.fixture
def bound() -> Iterator[list[object]]:
    """Every address that this process binds, as the operating system is asked for it."""
    global _listening
    _bound.clear()
    _listening = True
    yield _bound
    _listening = False


@pytest.mark.parametrize("server", [PracticeServer, PracticeWordPress, PracticeYouTube, PracticeZalo])
def test_a_practice_platform_listens_on_loopback(server: type, bound: list[object]):
    with server():
        pass
    hosts = [address[0] for address in bound if isinstance(address, tuple)]
    assert hosts, "no address was seen"
    assert all(ipaddress.ip_address(host).is_loopback for host in hosts)


def test_the_command_serves_on_loopback():
    assert ipaddress.ip_address(inspect.signature(serve).parameters["host"].default).is_loopback


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def _strings(node: ast.AST) -> list[str]:
    return [
        one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]


def test_no_call_that_opens_a_port_names_another_host():
    opening = {
        place: _strings(call)
        for place, call in _calls()
        if getattr(call.func, "attr", getattr(call.func, "id", "")) in OPENS
    }
    assert any(place.startswith("connectors/practice/running.py") for place in opening), "the search is blind"
    named = {
        place: [host for host in hosts if host not in ("127.0.0.1", "::1", "localhost")]
        for place, hosts in opening.items()
    }
    assert not {place: hosts for place, hosts in named.items() if hosts}


@pytest.mark.parametrize("everywhere", ["0.0.0.0", "::"])
def test_the_address_of_all_networks_stands_nowhere_in_the_code(everywhere: str):
    places = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value == everywhere
    ]
    assert places == []
