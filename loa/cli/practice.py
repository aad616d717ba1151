"""`loa practice`: the practice platform, for training and for trying things out."""

from __future__ import annotations

from pathlib import Path

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import speak

DEFAULT_PORT = 8765


@click.group(help=say("cli.help.practice"), invoke_without_command=True)
@click.option("--port", default=DEFAULT_PORT, show_default=True)
@click.option("--page", "pages", multiple=True, metavar="ID:TOKEN:NAME", help=say("cli.help.practice_page"))
@click.option("--site", type=click.Path(path_type=Path), help=say("cli.help.practice_site"))
@click.pass_context
def practice(ctx: click.Context, port: int, pages: tuple[str, ...], site: Path | None) -> None:
    if ctx.invoked_subcommand is None:
        from connectors.practice.server import serve
        from connectors.practice.world import Page

        made = [Page(*_page(text)) for text in pages or ("1001:practice-token:Trang tập huấn",)]
        speak(say("cli.practice.stop_with"))
        serve(
            port=port,
            pages=made,
            static={"/site": site} if site else None,
            ready=lambda url: click.echo(url),
        )


@practice.command("fault", help=say("cli.help.practice_fault"))
@click.argument("kind")
@click.option("--method", default=None)
@click.option("--edge", default=None)
@click.option("--times", default=1, show_default=True)
@click.option("--seconds", default=0.0, show_default=True)
@click.option("--url", default=f"http://127.0.0.1:{DEFAULT_PORT}", show_default=True)
def fault(kind: str, method: str | None, edge: str | None, times: int, seconds: float, url: str) -> None:
    from loa.services.training import arm_fault

    arm_fault(url, kind, method=method, edge=edge, times=times, seconds=seconds)
    speak(say("cli.practice.armed", kind=kind, times=times))


def _page(text: str) -> tuple[str, str, str]:
    parts = text.split(":", 2)
    if len(parts) != 3 or not parts[0].isdigit():
        raise UsageError("cli.practice.bad_page", text=text)
    return parts[0], parts[2], parts[1]
