"""A made-up access log of 25 lines whose truth is known: 11 views of two articles, line by line why."""

from __future__ import annotations

from pathlib import Path

MOT, HAI = "/pbgdpl/bai/vi-sao-9-11-1a2b3c4d.html", "/pbgdpl/bai/hoi-dap-ho-tich-5e6f7a8b.html"
HOST = "https://xa.example.gov.vn"
OWN = "203.0.113.0/28"

_ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko)"
ANDROID = f"{_ANDROID} Chrome/141.0.0.0 Mobile Safari/537.36"
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"{_WINDOWS} Chrome/141.0.0.0 Safari/537.36"


def line(
    address: str,
    time: str,
    request: str,
    status: int = 200,
    agent: str | None = CHROME,
    *,
    day: str = "09/Nov/2026",
    offset: str = "+0700",
) -> str:
    """One line in the combined format; without an agent in the common one."""
    begin = f'{address} - - [{day}:{time} {offset}] "{request}" {status} 5120'
    return begin if agent is None else f'{begin} "-" "{agent}"'


def get(path: str) -> str:
    return f"GET {path} HTTP/1.1"


def _truth() -> list[tuple[str, str, str]]:
    lines = Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines()
    told = [comment.removeprefix("# ").split(": ", 1) for comment in lines[::2]]
    return [(line, verdict, why) for line, (verdict, why) in zip(lines[1::2], told, strict=True)]


TRUTH = _truth()
"""Each line, the rule it falls to, and why."""
VIEWS = {MOT: 7, HAI: 4}
VISITORS = {MOT: 5, HAI: 4}
