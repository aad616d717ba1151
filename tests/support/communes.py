"""A province and its communes: workspaces with keys and posts of their own. All units are made up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from content.approval import Role
from loa.reports import rollup_make
from loa.services import people, report_periods, rollup_keys, rollup_units, trusting
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler.store.tables import channel, delivery, post
from tests.support.clock import TestClock
from tests.support.office import PASSPHRASE

PROVINCE = "tinh:99"
HEAD = "cap,ma,ten,cap_tren,tu_ngay,den_ngay,ke_thua\n"


@dataclass
class Commune:
    """One unit's workspace. `ky` may do everything but approve their own posts."""

    workspace: Workspace
    ky: Person
    unit: str

    @property
    def folder(self) -> Path:
        return self.workspace.folder

    def publish(self, count: int, at: datetime, tag: str = "bai") -> None:
        """So many posts that went public at an instant, straight into the tables."""

        def work(connection: Any) -> None:
            for number in range(count):
                key = f"{tag}-{number:03}"
                about = {"title": f"Bài {key}", "kind": "hoi_dap", "contributors": "soan"}
                connection.execute(insert(post).values(id=key, created_at=at, updated_at=at, **about))
                connection.execute(
                    insert(delivery).values(
                        id=f"{key}@zalo", marker=key, post_id=key, channel_id="zalo", status="published",
                        due_at=at, published_at=at, payload=key, url=f"https://vidu.test/{key}",
                        last_error="", created_at=at, updated_at=at,
                    )
                )  # fmt: skip

        self.workspace.database.run(work)

    def report(self, period: str = "2026", **more: Any) -> rollup_make.Made:
        return rollup_make.make(self.workspace, self.ky, report_periods.named(period), **more)


@contextmanager
def commune(folder: Path, unit: str, name: str, clock: TestClock) -> Iterator[Commune]:
    """A workspace of that unit with one officer and one channel."""
    workspace = Workspace.create(folder, clock, unit=name)
    level, code = unit.split(":")
    file = folder / "config.toml"
    text = file.read_text("utf-8").replace('level = ""', f'level = "{level}"', 1)
    file.write_text(text.replace('code = "" ', f'code = "{code}" ', 1), "utf-8")
    workspace.close()
    workspace = Workspace.open(folder, clock)
    roles = [Role.OPERATOR, Role.APPROVER]
    ky = people.add(workspace, None, "ky", full_name=f"Cán bộ {code}", roles=roles, passphrase=PASSPHRASE)
    now = clock.now() - timedelta(days=365)
    about = {"id": "zalo", "platform": "zalo", "account": f"oa-{code}", "name": "OA"}
    workspace.database.run(
        lambda c: c.execute(insert(channel).values(**about, created_at=now, updated_at=now))
    )
    try:
        yield Commune(workspace, ky, unit)
    finally:
        workspace.close()


def list_units(parent: Commune, rows: Sequence[str]) -> None:
    """`rows` as in `don-vi.csv`, under the headings of `HEAD`."""
    file = parent.folder.parent / f"danh-sach-{parent.folder.name}.csv"
    file.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    rollup_units.take(parent.workspace, parent.ky, file)


def trust(parent: Commune, child: Commune) -> None:
    """As after a telephone call."""
    assert child.ky.signer is not None
    level, _, code = child.unit.partition(":")
    key = child.ky.signer.public
    rollup_keys.add(parent.workspace, parent.ky, (level, code), key, trusting.fingerprint(key))


def edited(data: bytes, **report: Any) -> bytes:
    """A report file with some of its entries other ones, the signature left as it is."""
    told = json.loads(data)
    told["report"] |= report
    return json.dumps(told, ensure_ascii=False).encode()


def resigned(data: bytes, commune: Commune, **report: Any) -> bytes:
    """The same, and signed by this commune's officer, whoever that is."""
    from content.rollup.report import canonical

    told = json.loads(edited(data, **report))
    signer = commune.ky.signer
    assert signer is not None
    told |= {"key": signer.public, "signature": signer.sign(canonical(told["report"]))}
    return json.dumps(told, ensure_ascii=False).encode()
