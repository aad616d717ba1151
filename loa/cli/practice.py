"""`loa practice`: the practice platforms, for training and for trying things out."""

from __future__ import annotations

from pathlib import Path

import click

from content.errors import UsageError
from content.wording import say
from loa.cli.output import json_option, speak, table
from loa.cli.session import Session, pass_session

DEFAULT_PORT = 8765
PLATFORMS = ("facebook", "youtube", "zalo", "wordpress")
_URL = f"http://127.0.0.1:{DEFAULT_PORT}"

url_option = click.option("--url", default=_URL, show_default=True, help=say("cli.help.practice_url"))


@click.group(help=say("cli.help.practice"), invoke_without_command=True)
@click.option("--port", default=DEFAULT_PORT, show_default=True, help=say("cli.help.practice_port"))
@click.option("--only", multiple=True, type=click.Choice(PLATFORMS), help=say("cli.help.practice_only"))
@click.option("--page", "pages", multiple=True, metavar="ID:TOKEN:NAME", help=say("cli.help.practice_page"))
@click.option("--units", default=0, type=click.IntRange(0, 3_400), help=say("load.help_units"))
@click.option("--site", type=click.Path(path_type=Path), help=say("cli.help.practice_site"))
@click.pass_context
def practice(
    ctx: click.Context,
    port: int,
    only: tuple[str, ...],
    pages: tuple[str, ...],
    units: int,
    site: Path | None,
) -> None:
    if ctx.invoked_subcommand is not None:
        return
    named = [_page(text) for text in pages]
    from connectors.practice.hall import PracticeHall
    from connectors.practice.world import Page
    from loa.services.training import site_of

    session = ctx.find_object(Session)
    shown = site or (site_of(session.folder) if session else None)
    made = [Page(*page) for page in named]
    hall = PracticeHall(port=port, only=only or PLATFORMS, pages=made, site=shown, units=units)

    def ready(url: str) -> None:
        click.echo(url)
        for place in hall.places():
            speak(say("cli.practice.open", name=place.name, url=place.url))
        speak(say("cli.practice.stop_with"))

    try:
        hall.serve(ready)
    except OSError as error:
        raise UsageError("cli.practice.port_taken", port=port, detail=error.strerror or error) from None


@practice.command("channels", help=say("cli.help.practice_channels"))
@url_option
@pass_session
def add_channels(session: Session, url: str) -> None:
    from loa.services import channels, training

    places = training.open_places(url)
    training.add_channels(session.workspace, session.officer, places, training.site_url(url))
    table(
        [say(f"cli.column.{c}") for c in ("channel", "platform", "name")],
        [(v.id, v.platform, v.name) for v in channels.listing(session.workspace)],
    )
    speak(say("cli.practice.channels_ready", folder=session.folder))


@practice.command("fault", help=say("cli.help.practice_fault"))
@click.argument("kind", required=False)
@click.option("--platform", "-p", type=click.Choice(PLATFORMS), default="facebook", show_default=True)
@click.option(
    "--when", type=click.Choice(["publish", "prepare", "read"]), default=None, help=say("cli.help.fault_when")
)
@click.option("--call", "--edge", "call", default=None, help=say("cli.help.fault_call"))
@click.option("--method", default=None, help=say("cli.help.fault_method"))
@click.option("--times", default=1, show_default=True, help=say("cli.help.fault_times"))
@click.option("--seconds", default=0.0, show_default=True, help=say("cli.help.fault_seconds"))
@url_option
def fault(
    kind: str | None,
    platform: str,
    when: str | None,
    call: str | None,
    method: str | None,
    times: int,
    seconds: float,
    url: str,
) -> None:
    from loa.services import training

    if kind is None:
        rows = training.kinds(url, platform)
        table([say("cli.column.fault"), say("cli.column.meaning")], rows)
        speak(say(f"practice.more.{platform}"))
        return
    training.arm_fault(
        url,
        kind,
        platform=platform,
        when=when or "",
        call=call,
        method=method,
        times=times,
        seconds=seconds,
    )
    speak(say("cli.practice.armed", kind=kind, times=times, platform=platform))


@practice.command("load", help=say("load.help"))
@click.option("--folder", default="tai-tap", type=click.Path(path_type=Path), show_default=True)
@click.option("--units", type=click.IntRange(1, 3_400), help=say("load.help_units_used"))
@click.option(
    "--posts", default=1, show_default=True, type=click.IntRange(1, 50), help=say("load.help_posts")
)
@click.option("--at", metavar="HH:MM", help=say("load.help_at"))
@click.option("--run", "publish", is_flag=True, help=say("load.help_run"))
@url_option
@json_option
def load(
    folder: Path, units: int | None, posts: int, at: str | None, publish: bool, url: str, as_json: bool
) -> None:
    from loa.cli.load import make_load

    make_load(folder, url, units=units, posts=posts, at=at, publish=publish, as_json=as_json)


@practice.command("result", help=say("load.help_result"))
@click.option("--folder", default="tai-tap", type=click.Path(path_type=Path), show_default=True)
@url_option
@json_option
def result(folder: Path, url: str, as_json: bool) -> None:
    from loa.cli.load import show_result

    show_result(folder, url, as_json=as_json)


def _page(text: str) -> tuple[str, str, str]:
    parts = text.split(":", 2)
    if len(parts) != 3 or not parts[0].isdigit():
        raise UsageError("cli.practice.bad_page", text=text)
    return parts[0], parts[2], parts[1]
