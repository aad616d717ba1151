"""Columns as all tables have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, Text, TypeDecorator
from sqlmodel import Field

LARGEST = 2**31 - 1
"""Of what an integer column takes, on PostgreSQL as well."""
NO_TIME = datetime(1900, 1, 1, tzinfo=UTC)
"""What stands for a time that cannot be read: SQLite stores whatever somebody writes into a column."""


class UtcTime(TypeDecorator[datetime]):
    """Aware datetimes only. SQLite keeps no zone: UTC is stripped going in and put back coming out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: Loa stores aware times in UTC")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        read = super().result_processor(dialect, coltype)
        if read is None or dialect.name != "sqlite":
            return read

        def reading(value: Any) -> datetime | None:
            try:
                return read(value)
            except (ValueError, TypeError):  # one damaged row must not take all others along
                return NO_TIME

        return reading


def utc_time(*, nullable: bool = False) -> Any:
    """A column of such times."""
    return (
        Field(default=None, sa_column=Column(UtcTime, nullable=nullable))
        if nullable
        else Field(sa_column=Column(UtcTime, nullable=False))
    )


def of_unit(*, key: bool = False) -> Any:
    """A column that says whose a row is: a unit's code, empty for the installation's own unit.

    On a server its default is the session's unit (`scheduler.store.row_security`), so no insert names it.
    """
    column = Column(Text, nullable=False, server_default="", primary_key=key)
    return Field(default="", sa_column=column)


def long_text(default: str = "") -> Any:
    """A column of text of any length."""
    return Field(default=default, sa_column=Column(Text, nullable=False, server_default=default))
