"""`loa db`: where the database is, and moving it to a server or back."""

from __future__ import annotations

import click

from content.wording import say
from loa.cli.output import emit, json_option, speak
from loa.cli.session import Session, pass_session
from loa.speech import number, one_line


@click.group(help=say("cli.help.db"))
def db() -> None:
    pass


@db.command("show", help=say("store.help.show"))
@json_option
@pass_session
def show(session: Session, as_json: bool) -> None:
    from loa.services import moving

    where = moving.place(session.workspace)
    if as_json:
        emit({"place": where, "revision": session.workspace.database.revision()})
    else:
        speak(say("store.place", place=one_line(where)))


@db.command("move", help=say("store.help.move"))
@click.argument("to", metavar="ADDRESS|sqlite")
@json_option
@pass_session
def move(session: Session, to: str, as_json: bool) -> None:
    from loa.services import moving

    def progress(table: str, rows: int) -> None:
        if not as_json:
            click.echo(f"  {table}: {number(rows)}", err=True)

    moved = moving.move(session.workspace, session.officer, to, progress)
    if as_json:
        emit(moved)
        return
    speak(say("store.moved", rows=number(moved.rows), place=one_line(moved.place)))
    if moved.kept:
        speak(say("store.kept", file=moved.kept))
