"""`loa web`. The server is imported only when it starts."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import TYPE_CHECKING, Protocol

import click

from content.errors import UsageError
from content.wording import say

if TYPE_CHECKING:
    from loa.services.workspace import Workspace
    from tui.web.server import Settings

DEFAULT_PORT = 8780


class Session(Protocol):
    """What the door hands to its commands, as far as the browser's window needs it."""

    @property
    def workspace(self) -> Workspace: ...


@click.command(help=say("cli.help.web"))
@click.option("--port", default=DEFAULT_PORT, show_default=True, help=say("web.help.port"))
@click.option("--host", default="127.0.0.1", show_default=True, help=say("web.help.host"))
@click.option("--origin", "origins", multiple=True, metavar="URL", help=say("web.help.origin"))
@click.option("--most", default=8, show_default=True, type=click.IntRange(1, 200), help=say("web.help.most"))
@click.pass_obj
def web(session: Session, port: int, host: str, origins: tuple[str, ...], most: int) -> None:
    from tui.web.server import Settings, origin_of

    known = []
    for written in origins:
        try:
            known.append(origin_of(written))
        except ValueError:
            raise UsageError("web.bad_origin", origin=written) from None
    settings = Settings(host, port, tuple(known), most)
    if not settings.is_here and not known:
        raise UsageError("web.needs_origin", host=host)
    workspace = session.workspace
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    logging.getLogger("loa.web").setLevel(logging.INFO)
    if not settings.is_here:
        click.echo(say("web.exposed", host=host), err=True)
    asyncio.run(_serve(workspace, settings))


async def _serve(workspace: Workspace, settings: Settings) -> None:
    from tui.web.server import WebServer

    server, ended = WebServer(workspace, settings), asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, ended.set)
    try:
        address = await server.start()
    except OSError as error:
        detail = error.strerror or str(error)
        raise UsageError("web.port_taken", host=settings.host, port=settings.port, detail=detail) from None
    try:
        click.echo(address)
        click.echo(say("web.open", address=", ".join(settings.origins) or address), err=True)
        await ended.wait()
    finally:
        await server.stop()
    click.echo(say("web.ended"), err=True)
