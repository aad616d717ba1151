"""What can go wrong with a platform's figures: how it is brought about, and what must come of it.

Each case runs against a practice platform over HTTP: two posts, ten days old, one round of readings under the
trouble, a report, and a round after it. `docs/guide/so-lieu-nen-tang.md` shows the outcome as a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Update, select, update

from connectors.http import Http
from connectors.practice import PracticeServer
from connectors.practice.oddities import ABSENT, Oddities
from connectors.practice.youtube import PracticeYouTube
from connectors.practice.zalo import PracticeZalo
from connectors.practice.zalo.world import Article
from loa.reports import tables
from loa.services import report_periods, reporting
from loa.speech import metric_word, number
from scheduler.reach_round import ReachRounds
from scheduler.store.tables import channel, delivery, reading
from tests.connectors.facebook import harness as facebook
from tests.connectors.youtube import harness as youtube
from tests.connectors.zalo import harness as zalo
from tests.oracles import facebook as meta
from tests.oracles import google
from tests.oracles import zalo as zalos
from tests.support.office import Office
from tests.support.reached import out

ROUND = timedelta(hours=1)
MANY = 99
ODD_VALUES = ("nhiều", "-4", 3.5, {"tổng": 4}, [4], -4, 10**19, True, None)
"""None of them is a count."""

VALUE, NONE, NO_ROW, NOTHING = "value", "none", "no_row", "nothing"
"""Of the metric that is concerned: read; stored as not available; not stored, while others are; nothing at
all is stored of that post, which stays due."""


def _execute(statement: Update, connection: Connection) -> None:
    connection.execute(statement)


class Now:
    """The office's clock as the harnesses of the connectors want it."""

    def __init__(self, office: Office) -> None:
        self._clock = office.clock

    def __call__(self) -> datetime:
        return self._clock.now()

    def advance(self, **by: float) -> None:
        self._clock.forward(**by)


def as_clock(office: Office) -> Any:
    return Now(office)


class Stage:
    """A platform with the posts `mot` and `hai` on it, in an office that published them ten days ago."""

    def __init__(self, office: Office, harness: Any, objects: Sequence[str]) -> None:
        self.office, self.harness, self.objects = office, harness, list(objects)
        self.settings: dict[str, str] = {}
        for name, remote_id in zip(("mot", "hai"), objects, strict=True):
            out(office, name, 0, "fanpage")
            named = update(delivery).where(delivery.c.post_id == name).values(remote_id=remote_id)
            office.workspace.database.run(partial(_execute, named))
        database, zone = office.workspace.database, office.workspace.config.zone
        self.rounds = ReachRounds(
            database,
            database,
            lambda *_: harness.connector(**self.settings),
            office.clock,
            zone,
            ROUND,
        )

    @property
    def odd(self) -> Oddities:
        return self.harness.server.world.oddities  # type: ignore[no-any-return]

    def fault(self, kind: str, **where: Any) -> None:
        self.harness.server.fault(kind, times=MANY, **where)

    def recover(self) -> None:
        self.harness.server.world.oddities = Oddities()
        self.harness.server.app.faults.clear()

    def read(self, post: str) -> list[Any]:
        """Its readings so far, oldest first."""
        told = (
            select(reading)
            .join(delivery, delivery.c.seq == reading.c.delivery_seq)
            .where(delivery.c.post_id == post)
            .order_by(reading.c.id)
        )
        with self.office.workspace.database.read() as connection:
            return list(connection.execute(told))

    def channel(self) -> Any:
        with self.office.workspace.database.read() as connection:
            return connection.execute(select(channel).where(channel.c.id == "fanpage")).one()

    def report(self, metric: str) -> str:
        """What a report of the month says of the metric, or that nothing was read."""
        facts = reporting.facts(self.office.workspace, "periodic", report_periods.named("thang-11-2026"))
        one = facts.of("fanpage", metric)
        if one is None:
            return (
                f"{number(facts.unread)} lượt đăng chưa ai đọc số liệu." if facts.unread else "không nhắc đến"
            )
        return tables.sentence(facts, one)

    def why(self, metric: str) -> str:
        """What the report's table of single posts says beside `mot`."""
        facts = reporting.facts(self.office.workspace, "periodic", report_periods.named("thang-11-2026"))
        table = tables.names()["tung-bai"](facts, self.office.workspace.config.zone)
        found = [row[4] for row in table.rows if row[0] == "Bài mot" and row[2] == metric_word(metric)]
        return str(found[0]) if found else ""


Arrange = Callable[[Stage], None]


@dataclass(frozen=True)
class Case:
    """`metric` is the one concerned. `others`: what becomes of the post's other metrics, `other_post` of the
    same metric of the post beside it."""

    platform: str
    trouble: str
    arrange: Arrange = field(compare=False)
    metric: str
    stored: str
    others: str = VALUE
    other_post: str = VALUE
    waits: timedelta = ROUND
    """Until it is read again once the trouble is over: the next round, or the time the platform named."""

    def __str__(self) -> str:
        return f"{self.platform}: {self.trouble}"


def _tell(name: str, value: Any) -> Arrange:
    return lambda stage: stage.odd.told.update({(stage.objects[0], name): value})


def _rename(old: str, new: str) -> Arrange:
    return lambda stage: stage.odd.renamed.update({old: new})


def _retire(name: str) -> Arrange:
    return lambda stage: stage.odd.retired.add(name)


def _silent(stage: Stage) -> None:
    stage.odd.silent = True


def _fault(kind: str, **where: Any) -> Arrange:
    return lambda stage: stage.fault(kind, **where)


def _one_post(kind: str) -> Arrange:
    return lambda stage: stage.fault(kind, edge="insights", object=stage.objects[0])


def _gone(stage: Stage) -> None:
    world = stage.harness.server.world
    world.remove(world.posts[stage.objects[0]])


def _young(stage: Stage) -> None:
    """Published two days ago, not ten."""
    stage.office.clock.forward(days=-8)


def _all(platform: str, metric: str, cases: Sequence[tuple[Any, ...]]) -> list[Case]:
    return [Case(platform, trouble, arrange, metric, *more) for trouble, arrange, *more in cases]


_LOST = (NOTHING, NOTHING, NOTHING)
_STATS, _REPORT = {"operation": "videos.batchGetStats"}, {"operation": "reports.query"}
NOON = timedelta(hours=24)

FACEBOOK = _all(
    "Facebook",
    "views",
    [
        ("chỉ số bị bỏ", _retire("post_media_view"), NONE, VALUE, NONE),
        ("chỉ số đổi tên", _rename("post_media_view", "post_media_view_v2"), NONE, VALUE, NONE),
        ("danh sách rỗng, số đến muộn", _silent, NONE, NONE, NONE),
        ("thiếu một chỉ số ở một bài", _tell("post_media_view", ABSENT), NONE),
        ("giới hạn lượt gọi của Trang", _fault("code_80001", edge="insights"), *_LOST, timedelta(hours=1)),
        ("hết lượt gọi của ứng dụng", _fault("code_4", edge="insights"), *_LOST, timedelta(hours=1)),
        ("mất quyền đọc số liệu", _fault("code_200", edge="insights"), NONE, NONE, NONE),
        ("mã truy cập hết hiệu lực", _fault("code_190", edge="insights"), *_LOST),
        ("lỗi 5xx ở mọi lượt gọi", _fault("500"), *_LOST),
        ("lỗi 5xx ở một bài", _one_post("500"), NOTHING, NOTHING, VALUE),
        ("đứt mạng", _fault("cut"), *_LOST),
        ("trả lời không phải JSON", _fault("html_502"), *_LOST),
        ("bài không còn", _gone, NO_ROW, NONE, VALUE),
    ],
) + [
    Case("Facebook", f"sai kiểu: {value!r}", _tell("post_media_view", value), "views", NONE)
    for value in ODD_VALUES
]
YOUTUBE = (
    _all(
        "YouTube",
        "views",
        [
            ("bộ đếm bị bỏ hoặc ẩn", _tell("viewCount", ABSENT), NONE),
            ("bộ đếm đổi tên", _rename("viewCount", "viewsCount"), NONE, VALUE, NONE),
            ("danh sách rỗng", _silent, NONE, NONE, NONE),
            ("gọi quá nhanh", _fault("reason_rateLimitExceeded", **_STATS), *_LOST, timedelta(hours=1)),
            ("hết hạn mức ngày", _fault("reason_quotaExceeded", **_STATS), *_LOST, NOON),
            ("mất quyền", _fault("reason_forbidden", **_STATS), *_LOST),
            ("lỗi 5xx", _fault("503", **_STATS), *_LOST),
            ("đứt mạng", _fault("cut", **_STATS), *_LOST),
        ],
    )
    + [
        Case("YouTube", f"sai kiểu: {value!r}", _tell("viewCount", value), "views", NONE)
        for value in ODD_VALUES
    ]
    + _all(
        "YouTube Analytics",
        "engaged_views",
        [
            ("chỉ số bị bỏ", _retire("engagedViews"), NONE, VALUE, NONE),
            ("chỉ số đổi tên", _rename("engagedViews", "engagedViewsV2"), NONE, VALUE, NONE),
            ("số đến muộn 2–3 ngày", _young, NONE, VALUE, NONE),
            ("gọi quá nhanh", _fault("reason_rateLimitExceeded", **_REPORT), NO_ROW, VALUE, NO_ROW),
            ("hết hạn mức ngày", _fault("reason_quotaExceeded", **_REPORT), NO_ROW, VALUE, NO_ROW),
            ("mất quyền", _fault("reason_insufficientPermissions", **_REPORT), NONE, VALUE, NONE),
            ("lỗi 5xx", _fault("503", **_REPORT), *_LOST),
            ("đứt mạng", _fault("cut", **_REPORT), *_LOST),
        ],
    )
    + [
        Case("YouTube Analytics", f"sai kiểu: {value!r}", _tell("engagedViews", value), "engaged_views", NONE)
        for value in ODD_VALUES
    ]
)
ZALO = _all(
    "Zalo",
    "views",
    [
        ("số bị bỏ", _tell("total_view", ABSENT), NONE),
        ("số đổi tên", _rename("total_view", "view_total"), NONE, VALUE, NONE),
        ("danh sách rỗng", _silent, NONE, NONE, NONE),
        ("quá lượt gọi", _fault("code_-32", path="getslice"), *_LOST, timedelta(hours=1)),
        ("mất quyền", _fault("code_-223", path="getslice"), *_LOST),
        ("lỗi 5xx", _fault("500", path="getslice"), *_LOST),
        ("đứt mạng", _fault("cut", path="getslice"), *_LOST),
    ],
) + [Case("Zalo", f"sai kiểu: {value!r}", _tell("total_view", value), "views", NONE) for value in ODD_VALUES]
CASES = [*FACEBOOK, *YOUTUBE, *ZALO]


@dataclass
class Halls:
    """The three practice platforms, each started once."""

    facebook: PracticeServer
    youtube: PracticeYouTube
    zalo: PracticeZalo
    http: Http

    def stage(self, platform: str, office: Office, folder: Path) -> Stage:
        """The platform, emptied, with two posts of now."""
        make = {"Facebook": self._facebook, "Zalo": self._zalo}.get(platform, self._youtube)
        stage = make(office, folder)
        office.clock.forward(days=10)
        return stage

    def _facebook(self, office: Office, folder: Path) -> Stage:
        server = self.facebook
        server.reset(pages=True)
        server.world.now = office.clock.now
        server.add_page(facebook.PAGE, "Trang", facebook.TOKEN, app_secret=facebook.APP_SECRET)
        page = server.world.pages[facebook.PAGE]
        posts = [server.world.add_post(page, f"Bài {n}", "", [], published=True).id for n in range(2)]
        return Stage(office, facebook.PageHarness(server, self.http, as_clock(office), folder), posts)

    def _youtube(self, office: Office, folder: Path) -> Stage:
        server = self.youtube
        server.reset(channels=True)
        server.world.now = office.clock.now
        server.world.processing_s = server.world.listing_delay_s = server.world.details_delay_s = 0
        client = {"client_id": youtube.CLIENT_ID, "client_secret": youtube.CLIENT_SECRET}
        server.add_channel(youtube.CHANNEL, "Kênh", youtube.REFRESH_TOKEN, **client)
        harness = youtube.ChannelHarness(server, self.http, as_clock(office), folder)
        return Stage(office, harness, [harness.publish(harness.job())[1].remote_id for _ in range(2)])

    def _zalo(self, office: Office, folder: Path) -> Stage:
        server, now = self.zalo, as_clock(office)
        server.reset(oas=True)
        server.world.now = now
        oa = server.add_oa(zalo.OA, "OA", app_id=zalo.APP_ID, app_secret=zalo.APP_SECRET)
        for place, name in enumerate(("a-mot", "a-hai")):
            fields = {"type": "normal", "title": name, "status": "show", "body": []}
            article = Article(name, zalo.OA, 9000 + place, fields, now(), now())
            server.world.articles[name] = article
            oa.articles.append(article)
        return Stage(office, zalo.OaHarness(server, self.http, now, folder), ["a-mot", "a-hai"])


@contextmanager
def halls() -> Iterator[Halls]:
    http = Http(proxies={})
    with (
        PracticeServer(audit=meta.audit) as one,
        PracticeYouTube(audit=google.audit, processing_s=0) as two,
        PracticeZalo(audit=zalos.audit) as three,
    ):
        yield Halls(one, two, three, http)
    http.close()
