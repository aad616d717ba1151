"""What the simulation takes for a connector's calls is what the connector makes."""

from __future__ import annotations

import pytest

from bench.simulation import facts, measure

NAMES = {
    "photos": "photos",
    "feed": "feed",
    "article/create": "create",
    "article/update": "update",
    "article/verify": "verify",
    "article/getslice": "getslice",
    "article/getdetail": "getdetail",
}


def named(platform: str, method: str, edge: str) -> str:
    if platform == "facebook" and not edge:
        return "look" if method == "GET" else "publish"
    return NAMES.get(edge.removeprefix("/v2.0/"), edge)


@pytest.mark.parametrize("platform", ["facebook", "youtube", "zalo"])
@pytest.mark.parametrize("captions", [False, True])
def test_the_calls_of_each_step_are_those_of_the_connector(platform: str, captions: bool) -> None:
    pictures = 2 if captions and platform == "youtube" else 1  # YouTube's second one brings captions
    with measure._harnesses()[platform]() as harness:
        connector, job = harness.connector(), harness.job(pictures=pictures)
        arrivals = harness.server.world.arrivals

        def made() -> list[str]:
            found = [named(platform, *arrival[2:4]) for arrival in arrivals]
            arrivals.clear()
            return found

        handle = connector.prepare(job, {}, lambda _: None)
        told = {"prepare": made()}
        connector.reveal(job, handle)
        told["reveal"] = made()
        connector.find(job, handle)
        told["verify"] = made()
    for step, calls in told.items():
        assert calls == [call.name for call in facts.calls(platform, step, captions=captions)], step  # type: ignore[arg-type]


def test_youtubes_costs_are_those_of_the_quota_book() -> None:
    from connectors.youtube.quota import DAILY, cost_of

    for step in ("prepare", "reveal", "verify"):
        for call in facts.calls("youtube", step, captions=True):  # type: ignore[arg-type]
            cost = cost_of(f"youtube.{call.name}") if "." in call.name else None
            expected = {f"youtube_{cost[0]}": cost[1]} if cost else {}
            assert dict(call.spends) == expected, call.name
    for bucket in ("uploads", "units"):
        assert facts.limits()[f"youtube_{bucket}"].best == DAILY[bucket]  # type: ignore[index]
