"""A ledger full of all that can happen, written straight into the tables."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select

from content.approval import Approval
from content.variant import seal
from loa.keys import Signer
from loa.services import trusting
from scheduler.store.tables import approval, audit_event, channel, delivery, post, reading
from tests.support.office import Office

KINDS = ("hoi_dap", "thong_bao", "video")
METRICS = ("views", "reach", "shares", "followers")
STATES = ("published",) * 6 + ("removed", "removing", "missed", "failed", "cancelled", "draft", "queued")
YEAR = datetime(2025, 12, 31, 17, tzinfo=UTC)
"""The first instant of 2026 in Vietnam."""


def fill(office: Office, seed: int, posts: int = 60) -> None:
    """Posts over two years on three channels in every state, with readings early, late, missing and typed.

    The yeses of `duyet` are signed, those of `tham` are written in by nobody; some are taken back.
    """
    chance = random.Random(seed)
    signer = trusting.signer_of(office.workspace, office.people["duyet"])

    def work(connection: Connection) -> None:
        connection.execute(
            insert(channel).values(
                id="zalo", platform="zalo", account="z1", name="OA xã", created_at=YEAR, updated_at=YEAR
            )
        )
        for number in range(posts):
            key, made = f"bai-{number:03}", YEAR - timedelta(days=400)
            connection.execute(
                insert(post).values(
                    id=key,
                    title=f"Bài số {number}",
                    kind=chance.choice(KINDS),
                    contributors="soan",
                    created_at=made,
                    updated_at=made,
                )
            )
            for name in chance.sample(("website", "fanpage", "zalo"), chance.randint(1, 3)):
                _deliver(connection, chance, signer, key, name)

    office.workspace.database.run(work)


def _deliver(connection: Connection, chance: random.Random, signer: Signer, key: str, name: str) -> None:
    status = chance.choice(STATES)
    # some exactly at midnight of the year's first day, where periods meet
    due = YEAR + timedelta(hours=chance.choice((0, -1, chance.randint(-9000, 9000))))
    public = status in ("published", "removed", "removing")
    went = due + timedelta(minutes=chance.choice((0, 1, 600))) if public else None
    connection.execute(
        insert(delivery).values(
            id=f"{key}@{name}",
            marker=f"{key}-{name}",
            post_id=key,
            channel_id=name,
            status=status,
            due_at=due,
            published_at=went,
            payload=key,
            url=f"https://vidu.test/{key}" if public else "",
            last_error="missed" if status == "missed" else "fb:100: sai" if status == "failed" else "",
            created_at=due,
            updated_at=due,
        )
    )
    seq = connection.execute(select(delivery.c.seq).where(delivery.c.id == f"{key}@{name}")).scalar_one()
    if status == "removed":
        told = json.dumps({"reason": f"sai tên {key}"}, ensure_ascii=False)
        connection.execute(
            insert(audit_event).values(
                at=due,
                actor="duyet",
                action="removed",
                subject=f"{key}@{name}",
                detail=told,
                previous="",
                hash="",
            )
        )
    if went is None:
        return
    for hours, officer in ((30, "duyet"), (5, "tham"))[: chance.randint(0, 2)]:
        yes = Approval(officer, "approver", seal(key), went - timedelta(hours=hours), went)
        words = signer.sign(yes.statement()) if officer == "duyet" else ""
        told = {name: getattr(yes, name) for name in ("seal", "officer", "role", "at", "expires_at")}
        gone = chance.choice((None, None, went - timedelta(hours=1), went + timedelta(days=1)))
        connection.execute(insert(approval).values(delivery_seq=seq, signature=words, voided_at=gone, **told))
    for metric in METRICS:
        for _ in range(chance.randint(0, 3)):
            value = chance.choice((None, 0, chance.randint(1, 5000)))
            connection.execute(
                insert(reading).values(
                    delivery_seq=seq,
                    metric=metric,
                    value=value,
                    definition=chance.choice(("Lượt xem 3 giây", "Lượt xem"))
                    if metric == "views"
                    else metric,
                    source=chance.choice(("graph", "typed:soan")) if value is not None else "",
                    note="",
                    taken_at=went + timedelta(hours=chance.randint(1, 20_000)),
                )
            )
