"""The posts that every engine is given. Imported on both sides, so nothing but the standard library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

TEXT = "Nội dung phổ biến pháp luật cho người dân trong xã. " * 6
CONCURRENCY = 64
"""Calls at a time, everywhere: threads of the floor, lanes of Loa, workers of every peer."""
FAR_S = 30 * 24 * 3600.0
"""How far ahead the backlog lies: nothing of it comes due while anybody measures."""


@dataclass(frozen=True)
class Post:
    """`seq` is its place in the order of its lane (channel); `due` in wall-clock seconds."""

    key: str
    lane: str
    seq: int
    due: float

    def body(self) -> dict[str, Any]:
        """What is sent to the platform."""
        return {"key": self.key, "lane": self.lane, "seq": self.seq, "text": TEXT}


def herd(lanes: int, each: int, due: float, tag: str = "p") -> list[Post]:
    """`each` posts on every lane, all due at one instant, in the order in which a lane has to send them."""
    return [
        Post(f"{tag}{seq:04}@xa{lane}", f"xa{lane}", seq, due) for seq in range(each) for lane in range(lanes)
    ]


@dataclass
class Task:
    """What one process of an engine has to do; handed over as JSON."""

    folder: str
    sink: str
    dsn: str = ""
    broker: str = ""
    posts: list[Post] = field(default_factory=list)
    backlog: int = 0
    backlog_due: float = 0.0
    ordered: bool = False
    """Several posts to a lane: an engine that can keep their order has to."""
    lanes: int = 0
    recovers: bool = False
    """A worker will be killed: what the engine's manual tells to set for that is set."""
    index: int = 0
    """Which of several workers this is."""
    workers: int = 1
    setup: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, told: dict[str, Any]) -> Task:
        posts = [Post(**one) for one in told.pop("posts")]
        return cls(posts=posts, **told)


def lane_names(posts: Sequence[Post], count: int) -> list[str]:
    """Every lane that posts of a task can be on."""
    return sorted({post.lane for post in posts} | {f"xa{n}" for n in range(count)})


def share(task: Task) -> list[Post]:
    """The posts of every so many-th channel: what one of several processes without a queue would send."""
    lanes = set(sorted({post.lane for post in task.posts})[task.index :: task.workers])
    return [post for post in task.posts if post.lane in lanes]
