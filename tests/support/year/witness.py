"""Stands before a practice platform and writes down what it answered about reach: the raw JSON, and when."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qs

Scope, Receive, Send = dict[str, Any], Callable[..., Any], Callable[..., Any]
Said = dict[str, int | None]


@dataclass
class Witness:
    """By platform and its own id of an object: every answer, oldest first."""

    now: Callable[[], datetime]
    answers: defaultdict[tuple[str, str], list[tuple[datetime, Said]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    listings: list[tuple[datetime, dict[str, tuple[int, int]]]] = field(default_factory=list)
    """Zalo's: the list of articles as it stood at an instant, the newest first, as far as it was read."""
    followers: list[tuple[datetime, int]] = field(default_factory=list)
    calls: int = 0

    def before(self, platform: str, app: Any) -> Any:
        async def heard(scope: Scope, receive: Receive, send: Send) -> None:
            self.calls += scope["type"] == "http"
            batch = platform == "facebook" and scope.get("method") == "POST" and scope["path"].count("/") == 2
            if scope["type"] != "http" or not (
                scope["method"] == "GET" or (batch and scope["path"][-1] == "/")
            ):
                await app(scope, receive, send)
                return
            asked: list[bytes] = []
            parts: list[bytes] = []
            held: list[dict[str, Any]] = []
            status = 0

            async def question() -> dict[str, Any]:
                message: dict[str, Any] = await receive()
                asked.append(message.get("body", b""))
                return message

            async def note(message: dict[str, Any]) -> None:
                nonlocal status
                status = message.get("status", status)
                parts.append(message.get("body", b""))
                held.append(message)

            await app(scope, question, note)
            said = b"".join(parts)
            if batch:
                self._facebook_batch(_fields(b"".join(asked)), status, said)
            else:
                getattr(self, f"_{platform}")(scope["path"], _fields(scope["query_string"]), status, said)
            for message in held:  # only now: whoever has the answer may move the clock
                await send(message)

        return heard

    def _say(self, platform: str, name: str, said: Said) -> None:
        told = self.answers[platform, name]
        if told and told[-1][0] == self.now():
            told[-1][1].update({key: value for key, value in said.items() if told[-1][1].get(key) is None})
        else:
            told.append((self.now(), said))

    def _facebook_batch(self, fields: dict[str, str], status: int, body: bytes) -> None:
        """Many questions in one request: every part is heard as if it had come alone."""
        if status != 200:  # nobody was answered
            return
        answers = json.loads(body)
        for part, answer in zip(json.loads(fields["batch"]), answers, strict=True):
            path, _, query = part["relative_url"].partition("?")
            if answer is not None:  # one that took too long
                told = answer["body"].encode()
                self._facebook(f"/v/{path}", _fields(query.encode()), answer["code"], told)

    def _facebook(self, path: str, query: dict[str, str], status: int, body: bytes) -> None:
        name = path.split("/")[2] if path.count("/") > 1 else ""
        if path.endswith(("/insights", "/video_insights")):
            told = json.loads(body)
            if status != 200:  # the object is gone
                self._say("facebook", name, {"gone": 1})
                return
            values = {one["name"]: one["values"][-1]["value"] for one in told["data"]}
            said: Said = {}
            for metric in query["metric"].split(","):
                value = values.get(metric)
                if metric == "post_activity_by_action_type":
                    said |= {f"{metric}.{part}": (value or {}).get(part) for part in ("comment", "share")}
                elif isinstance(value, dict):
                    said[metric] = sum(value.values()) if value else None
                else:
                    said[metric] = value
            self._say("facebook", name, said)
        elif "summary" in query.get("fields", "") and status == 200:
            told = json.loads(body)
            self._say(
                "facebook",
                name,
                {f"fields.{k}": told[k]["summary"]["total_count"] for k in ("comments", "likes")},
            )

    def _youtube(self, path: str, query: dict[str, str], status: int, body: bytes) -> None:
        """Of every video that was asked about: one that the answer leaves out has no counts."""
        if path.endswith("videos:batchGetStats") and status == 200:
            items = {one["id"]: one["statistics"] for one in json.loads(body).get("items", [])}
            for video in query["id"].split(","):
                counts = items.get(video, {})
                names = ("viewCount", "likeCount", "commentCount")
                told = {name: int(counts[name]) if name in counts else None for name in names}
                self._say("youtube", video, told)
        elif path.endswith("/reports") and status == 200:
            answer = json.loads(body)
            names = [one["name"] for one in answer["columnHeaders"]]
            rows = [dict(zip(names, row, strict=True)) for row in answer.get("rows", [])]
            by_video = {row["video"]: row for row in rows}
            end = date.fromisoformat(query["endDate"]).toordinal()
            for video in query["filters"].removeprefix("video==").split(","):
                row = by_video.get(video, {})
                told = {f"analytics.{name}": row.get(name) for name in names if name != "video"}
                self._say("youtube", video, told | {"analytics.until": end})

    def _zalo(self, path: str, query: dict[str, str], _status: int, body: bytes) -> None:
        if path.endswith("/article/getslice"):
            if not self.listings or self.listings[-1][0] != self.now():
                self.listings.append((self.now(), {}))
            for one in json.loads(body)["data"]["medias"]:
                self.listings[-1][1][sys.intern(one["id"])] = (one["total_view"], one["total_share"])
        elif path.endswith("/oa/getoa"):
            self.followers.append((self.now(), json.loads(body)["data"]["num_follower"]))

    def _wordpress(self, path: str, _query: dict[str, str], status: int, body: bytes) -> None:
        found = re.search(r"/get-post-views/(\d+)$", path)
        if found and status == 200:
            self._say("wordpress", found[1], {"count": json.loads(body)})


def _fields(form: bytes) -> dict[str, str]:
    return {key: values[-1] for key, values in parse_qs(form.decode()).items()}
