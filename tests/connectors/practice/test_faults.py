"""Bad days on request: what is done, and what is answered."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from connectors.practice import PracticeServer
from tests.connectors.practice.conftest import Caller

LOST = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def creates(server: PracticeServer) -> int:
    return server.ledger(arrivals=False)["total"]["creates_feed"]


@pytest.mark.parametrize(
    ("kind", "status", "done"),
    [
        ("500_after_accept", 500, 1),
        ("500", 500, 0),
        ("html_502", 502, 0),
        ("html_502_after_accept", 502, 1),
        ("empty_200_after_accept", 200, 1),
        ("truncated_200_after_accept", 200, 1),
        ("list_200", 200, 0),
        ("wrong_types_200_after_accept", 200, 1),
        ("error_200", 200, 0),
        ("code_4", 400, 0),
        ("code_32", 400, 0),
        ("code_190", 400, 0),
        ("code_368", 400, 0),
        ("code_200", 403, 0),
        ("code_2_after_accept", 500, 1),
        ("text_javascript", 200, 1),
        ("twice", 200, 2),
    ],
)
def test_a_fault_answers_so_and_does_the_work_or_not(
    call: Caller, server: PracticeServer, kind: str, status: int, done: int
):
    server.fault(kind, method="POST", edge="feed")
    answer = call("POST", "1/feed", data={"message": "x"})
    assert answer.status_code == status
    assert creates(server) == done
    assert call("POST", "1/feed", data={"message": "y"}).status_code == 200, "used up"


@pytest.mark.parametrize(("kind", "done"), [("cut_after_accept", 1), ("cut_before", 0), ("cut", 0)])
def test_a_cut_ends_the_connection_without_an_answer(
    call: Caller, server: PracticeServer, kind: str, done: int
):
    server.fault(kind, method="POST", edge="feed")
    with pytest.raises(LOST):
        call("POST", "1/feed", data={"message": "x"})
    assert creates(server) == done


def test_slow_does_the_work_first_and_slow_before_at_last(call: Caller, server: PracticeServer):
    for kind, done_meanwhile in (("slow", 1), ("slow_before", 0)):
        server.reset()
        server.fault(kind, edge="feed", seconds=0.15)
        with pytest.raises(requests.ReadTimeout):
            call.session.post(
                f"{server.url}/v26.0/1/feed",
                data={"message": "x"},
                headers={"Authorization": "Bearer t-1"},
                timeout=0.04,
            )
        assert creates(server) == done_meanwhile


def test_a_code_has_its_usual_subcode_or_the_one_asked_for(call: Caller, server: PracticeServer):
    server.fault("code_190")
    server.fault("code_190_463")
    server.fault("code_368")
    assert [call.error("GET", "1")["error_subcode"] for _ in range(3)] == [460, 463, 1390008]


def test_a_fault_strikes_only_what_it_matches_and_as_often_as_told(call: Caller, server: PracticeServer):
    server.add_page("2", "B", "t-2")
    post = call.post(message="x", published="false")
    server.fault("html_502", method="POST", edge="", object=post, times=2)
    assert call("GET", post).status_code == 200
    assert call("POST", "1/feed", data={"message": "y"}).status_code == 200
    statuses = [call("POST", post, data={"is_published": "true"}).status_code for _ in range(3)]
    assert statuses == [502, 502, 200]


def control(call: Caller, what: str, **more: Any) -> requests.Response:
    return call.session.post(f"{call.server.url}/practice/{what}", timeout=5, **more)


def test_everything_can_be_steered_over_http(call: Caller):
    assert control(call, "pages", json={"id": "9", "name": "Trang 9", "token": "t-9"}).json()["id"] == "9"
    order = {"match": {"method": "POST", "edge": "feed"}, "kind": "html_502", "times": 2}
    assert control(call, "faults", json=order).json() == {"kind": "html_502", "times": 2}
    call.token = "t-9"
    assert call("POST", "9/feed", data={"message": "x"}).status_code == 502
    assert control(call, "reset").json() == {"pages": 2}
    assert call("POST", "9/feed", data={"message": "x"}).status_code == 200
    assert control(call, "reset", json={"pages": True}).json() == {"pages": 0}


@pytest.mark.parametrize(
    ("what", "order"),
    [
        ("faults", {"kind": "explode"}),
        ("faults", {"kind": "slow", "match": {"colour": "red"}}),
        ("faults", ["slow"]),
        ("pages", {"id": "9"}),
        ("pages", {"id": "a_b", "name": "x", "token": "t"}),
        ("pages", {"id": "9", "name": "x", "token": "t", "posts": []}),
    ],
)
def test_an_order_nobody_understands_is_refused(call: Caller, what: str, order: Any):
    answer = control(call, what, json=order)
    assert answer.status_code == 400
    assert answer.json()["problem"]


def test_a_website_in_the_same_browser_cannot_steer_it(call: Caller, server: PracticeServer):
    assert control(call, "reset", headers={"Origin": "https://evil.example"}).status_code == 403
    assert control(call, "reset", headers={"Origin": server.url}).status_code == 200


def test_the_ledger_keeps_the_order_of_arrival(call: Caller):
    post = call.post(message="x", published="false")
    call("POST", post, data={"is_published": "true"})
    arrivals = call.browse("/practice/ledger").json()["arrivals"]
    assert [(a["method"], a["edge"], a["object"]) for a in arrivals] == [
        ("POST", "feed", "1"),
        ("POST", "", post),
    ]
    assert arrivals[0]["monotonic"] <= arrivals[1]["monotonic"]
    assert "arrivals" not in call.browse("/practice/ledger?arrivals=0").json()


def test_an_outage_keeps_the_address_and_the_world(call: Caller, server: PracticeServer):
    post, address = call.post(message="x"), server.url
    server.stop()
    with pytest.raises(requests.ConnectionError):
        call("GET", post)
    server.start()
    assert server.url == address
    assert call("GET", post).status_code == 200


def test_the_audit_hook_sees_every_request_and_its_remarks_are_kept():
    seen: list[tuple[Any, ...]] = []

    def audit(*request: Any) -> list[str]:
        seen.append(request)
        return ["too red"]

    with PracticeServer(audit=audit) as server, requests.Session() as session:
        session.trust_env = False
        server.add_page("1", "A", "t")
        session.post(f"{server.url}/v26.0/1/feed", data={"message": "x", "access_token": "t"}, timeout=5)
        assert seen == [("POST", "feed", "Page", {"message": "x"}, {})]
        assert server.violations == ["POST 1/feed: too red"]
        server.reset()
        assert server.violations == []
