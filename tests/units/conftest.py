"""A province and two communes on one server, each at its own connection: the owner's is no superuser's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from connectors.practice import PracticeServer
from content.approval import Role
from loa.services import approving, channels, confirming, people, trusting, units
from loa.services.importing import import_files
from loa.services.moving import settings_with
from loa.services.people import Person
from loa.services.workspace import DATABASE_FILE, Workspace
from scheduler.store.database import Database
from scheduler.store.postgres import address_of
from tests.support.clock import TestClock
from tests.support.office import PASSPHRASE, Office, write_post

OWNER, TEMPLATE = "loa_house", "units_template"
ROLES = {"ky": [Role.OPERATOR], "soan": [Role.DRAFTER], "duyet": [Role.APPROVER], "tham": [Role.REVIEWER]}
_numbers = itertools.count(1)


@dataclass
class Desk:
    """One unit's PC: its folder, its officers by what they do, and what they call their channel."""

    workspace: Workspace
    code: str
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def channel(self) -> str:
        return f"web{self.code.lower()}"

    def staff(self, folder: str = "site") -> None:
        """Officers and a website, added as a commune adds them."""
        for name, roles in ROLES.items():
            login = f"{name}{self.code.lower()}"
            operator = self.people.get("ky")
            self.people[name] = people.add(
                self.workspace, operator, login, full_name=login, roles=roles, passphrase=PASSPHRASE
            )
        where = {"folder": f"{folder}-{self.code.lower()}"}
        add = channels.add
        add(self.workspace, self.people["ky"], self.channel, platform="website", settings=where, secrets={})

    def draft(self, name: str = "hoi-dap.md", **keys: str) -> str:
        path = write_post(self.workspace.folder / "posts", name, **{"channels": f"[{self.channel}]", **keys})
        return import_files(self.workspace, self.people["soan"], [path])[0].post

    def submitted(self, name: str = "hoi-dap.md", **keys: str) -> str:
        post = self.draft(name, **keys)
        approving.submit(self.workspace, self.people["soan"], post)
        return post

    def approved(self, name: str = "hoi-dap.md", **keys: str) -> str:
        post = self.submitted(name, **keys)
        approving.approve(self.workspace, self.people["duyet"], post)
        return post


@dataclass
class Province:
    """The house: the owner's connection with its publisher, and two communes."""

    house: Desk
    a: Desk
    b: Desk
    clock: TestClock
    own: Callable[[], Workspace]
    """Another PC of the province's own officers, not the owner's connection."""

    def pin(self, *desks: Desk) -> None:
        """The operator of the publisher's machine pins the officers of these."""
        ky = self.house.people["ky"]
        for desk in desks:
            for one in desk.people.values():
                trusting.add(self.house.workspace, ky, one, unit=desk.code)
            confirming.confirm(self.house.workspace, ky, desk.channel, desk.code)

    @property
    def office(self) -> Office:
        """To drive the publisher by hand."""
        return Office(self.house.workspace, None, self.clock, self.house.people)  # type: ignore[arg-type]

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Whoever writes to the database behind everybody's back."""
        url = self.house.workspace.database.url.set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
            found = connection.execute(statement, values)  # type: ignore[call-overload]
            return found.fetchall() if found.description else []


@pytest.fixture(scope="session")
def template(server: Any) -> Any:
    """An owner who is no superuser, and a database that it migrated."""
    with psycopg.connect(server.uri, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE")
        connection.execute(f"CREATE DATABASE {TEMPLATE} OWNER {OWNER}")
    made = Database(as_user(server.address(TEMPLATE), OWNER))
    made.migrate()
    made.close()
    return server


def as_user(address: str, user: str) -> str:
    return address_of(make_url(address), user)


def opened(folder: Path, address: str, clock: TestClock, unit: str) -> Workspace:
    """A workspace whose settings name the server."""
    Workspace.create(folder, clock, unit=unit).close()
    for left in folder.glob(f"{DATABASE_FILE}*"):
        left.unlink()
    settings = folder / "config.toml"
    settings.write_text(settings_with(settings.read_text("utf-8"), address), "utf-8")
    return Workspace.open(folder, clock)


@pytest.fixture
def province(template: Any, tmp_path: Path, clock: TestClock) -> Iterator[Province]:
    name = f"tinh{next(_numbers)}"
    with psycopg.connect(template.uri, autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY")
        connection.execute(create.format(*map(sql.Identifier, (name, TEMPLATE, OWNER))))
    address = as_user(template.address(name), OWNER)
    house = Desk(opened(tmp_path / "tinh", address, clock, "Tỉnh Thử"), "")
    made = [house]
    try:
        yield _furnished(house, made, tmp_path, clock)
    finally:
        for desk in made:
            desk.workspace.close()


def _furnished(house: Desk, made: list[Desk], tmp_path: Path, clock: TestClock) -> Province:
    numbers = itertools.count(1)
    house.staff()
    ky = house.people["ky"]
    for code, called in (("00001", "Xã Một"), ("00002", "Xã Hai")):
        units.add(house.workspace, ky, code, name=called, kind="ubnd")
        login = units.login(house.workspace, ky, code)
        desk = Desk(opened(tmp_path / code, login.address, clock, called), code)
        desk.workspace.vault.publisher_key = login.publisher_key
        made.append(desk)
        desk.staff()
    for desk in made:
        desk.workspace.new_marker = lambda: f"{next(numbers):020x}"

    def own() -> Workspace:
        login = units.login(house.workspace, ky)
        workspace = opened(tmp_path / "tinh-can-bo", login.address, clock, "Tỉnh Thử")
        made.append(Desk(workspace, ""))
        return workspace

    return Province(*made[:3], clock, own)


@pytest.fixture
def pages(clock: TestClock) -> Iterator[PracticeServer]:
    with PracticeServer(clock=clock.now) as server:
        server.add_page("11", "Xã Một")
        server.add_page("22", "Xã Hai")
        yield server


@pytest.fixture
def keyed(province: Province) -> Province:
    """The publishing machine knows the officers of both communes."""
    province.pin(province.a, province.b)
    return province
