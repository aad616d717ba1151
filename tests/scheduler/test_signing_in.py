"""Why a PostgreSQL server lets nobody in, told apart on a real one that asks for passwords."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from content.errors import LoaError, UsageError
from content.wording import use_language
from loa.config import parse
from scheduler.store.database import Database
from scheduler.trouble import Kind, MachineTrouble, trouble
from tests.support.postgres import Server, running

DOORS = "local all postgres trust\nlocal noi_khac all reject\nlocal all all scram-sha-256\n"
SHAPE = "TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"


@pytest.fixture(scope="module")
def locked() -> Iterator[Server]:
    """A server of its own, since its doors are others; `xa` may sign in with the password `mot`."""
    with running() as server:
        with psycopg.connect(server.uri, autocommit=True) as keeper:
            for statement in (
                "CREATE ROLE xa LOGIN PASSWORD 'mot'",
                "CREATE ROLE xong NOLOGIN PASSWORD 'mot'",
                "CREATE ROLE cu LOGIN PASSWORD 'mot' VALID UNTIL '2020-01-01'",
                "CREATE DATABASE kin",
                "REVOKE CONNECT ON DATABASE kin FROM public",
                "CREATE DATABASE noi_khac",
                f"CREATE DATABASE ascii ENCODING 'SQL_ASCII' {SHAPE}",
                f"CREATE DATABASE latin ENCODING 'LATIN1' {SHAPE}",
            ):
                keeper.execute(statement)
            ((doors,),) = keeper.execute("SHOW hba_file").fetchall()
        Path(doors).write_text(DOORS, "utf-8")
        server.restart()
        yield server


@pytest.fixture(autouse=True)
def _no_password_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))


def address(server: Server, user: str, password: str | None, database: str = "postgres") -> str:
    url = make_url(server.uri).set(username=user, password=password, database=database)
    return url.render_as_string(hide_password=False)


def refused(server: Server, user: str, password: str | None, database: str = "postgres") -> MachineTrouble:
    one = Database(address(server, user, password, database))
    try:
        with pytest.raises(OperationalError) as met, one.read():
            pass
    finally:
        one.close()
    said = trouble(met.value, Path())
    assert said is not None, str(met.value)
    return said


def test_the_right_password_opens(locked: Server):
    one = Database(address(locked, "xa", "mot"))
    with one.read():
        pass
    one.close()


@pytest.mark.parametrize(
    ("user", "password", "database", "kind", "remedy"),
    [
        ("xa", None, "postgres", Kind.NO_PASSWORD, "chmod 600 ~/.pgpass"),
        ("xong", None, "postgres", Kind.NO_PASSWORD, "chmod 600 ~/.pgpass"),
        ("xa", "sai", "postgres", Kind.WRONG_PASSWORD, "loa unit login"),
        ("cu", "mot", "postgres", Kind.WRONG_PASSWORD, "hết hạn"),
        ("khong-co", "mot", "postgres", Kind.WRONG_PASSWORD, "sửa dòng mật khẩu"),
        ("xong", "mot", "postgres", Kind.NO_LOGIN, "đơn vị có thể đã kết thúc"),
        ("xa", "mot", "kin", Kind.NO_LOGIN, "CONNECT"),
        ("xa", "mot", "noi_khac", Kind.NO_LOGIN, "pg_hba.conf"),
        ("xa", "mot", "loaa", Kind.NO_DATABASE, "createdb -O loa -E UTF8 --template template0 loa"),
    ],
)
def test_each_reason_has_its_own_sentence_and_remedy(
    locked: Server, user: str, password: str | None, database: str, kind: Kind, remedy: str
):
    met = refused(locked, user, password, database)
    assert met.kind is kind, str(met)
    assert remedy in str(met)
    assert met.passes, "a worker that runs waits until somebody has mended it"
    assert met.kind.is_an_answer
    use_language("en")
    assert f"machine.{kind}" not in str(met)


def test_a_server_that_says_it_in_another_language_is_not_taken_for_a_silent_one(locked: Server):
    """Only the words tell a wrong password from an unknown database, and they are the server's own."""
    one = Database(address(locked, "xa", "sai"))
    with pytest.raises(OperationalError) as met, one.read():
        pass
    one.close()
    driver = met.value.orig
    assert driver is not None
    driver.args = ("FATAL:  authentification par mot de passe échouée pour l'utilisateur « xa »",)
    said = trouble(met.value, Path())
    assert said is not None
    assert said.kind is Kind.NO_RIGHT_THERE


def test_codes_count_where_a_server_hands_them_on():
    kinds = {
        psycopg.errors.InvalidPassword: Kind.WRONG_PASSWORD,
        psycopg.errors.InvalidAuthorizationSpecification: Kind.NO_LOGIN,
        psycopg.errors.InvalidCatalogName: Kind.NO_DATABASE,
        psycopg.errors.InsufficientPrivilege: Kind.NO_RIGHT_THERE,
    }
    for error, kind in kinds.items():
        said = trouble(error("…"), Path())
        assert said is not None
        assert said.kind is kind


def test_an_account_that_may_create_nothing_is_told_the_grant(locked: Server):
    one = Database(address(locked, "xa", "mot"))
    try:
        with pytest.raises(DBAPIError) as met:
            one.migrate()
        said = trouble(met.value, Path())
        assert said is not None
        assert said.kind is Kind.NO_CREATE, str(said)
        assert "GRANT CREATE ON DATABASE" in str(said)
        with pytest.raises(DBAPIError) as met, one.engine.begin() as connection:
            connection.exec_driver_sql("CREATE SCHEMA loa_jobs")
        said = trouble(met.value, Path())
        assert said is not None
        assert said.kind is Kind.NO_CREATE, str(said)
    finally:
        one.close()


@pytest.mark.parametrize(("database", "encoding"), [("ascii", "SQL_ASCII"), ("latin", "LATIN1")])
def test_a_database_that_cannot_hold_vietnamese_is_refused_before_anything_is_asked_of_it(
    locked: Server, database: str, encoding: str
):
    one = Database(address(locked, "xa", "mot", database))
    try:
        for use in (one.revision, one.migrate):
            with pytest.raises(LoaError) as met:
                use()
            assert met.value.key == "store.not_utf8"
            assert encoding in str(met.value)
            assert "createdb -O loa -E UTF8 --template template0 loa" in str(met.value)
            assert "mot" not in str(met.value).partition("không")[0], "no password"
    finally:
        one.close()


@pytest.mark.parametrize(
    "told",
    [
        "postgresql://loa@may/loa",
        "postgresql+psycopg://loa@[::1]:5432/loa",
        "postgresql:///loa?host=/run/postgresql",
        "postgresql://loa@may/?dbname=loa",
        "postgresql://?service=loa",
        "sqlite:////srv/loa.db",
    ],
)
def test_an_address_that_names_its_database_is_taken(told: str):
    assert parse(f'database = "{told}"').database == told


def test_an_address_without_a_database_names_what_is_missing():
    with pytest.raises(UsageError, match="thiếu tên cơ sở dữ liệu") as met:
        parse('database = "postgresql://loa@may/"')
    assert "postgresql://loa@may-chu/loa" in str(met.value)
