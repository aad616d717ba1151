"""`loa image`: a post's words as a picture, in a file or as the post's first picture."""

from __future__ import annotations

from pathlib import Path

import click

from content.wording import say
from loa.cli.output import emit, json_option, speak, tell
from loa.cli.session import Session, pass_session

SIZES = ("share", "square", "story", "thumbnail", "leaflet")
TEMPLATES = ("xanh", "do", "sang")
"""As `content.cards` has them; that draws, and is loaded to draw only (a test compares)."""


@click.command(help=say("media.help.image"))
@click.argument("key", metavar="POST")
@click.option(
    "--size", type=click.Choice(SIZES), default="share", show_default=True, help=say("media.help.size")
)
@click.option(
    "--template",
    type=click.Choice(TEMPLATES),
    default="xanh",
    show_default=True,
    help=say("media.help.template"),
)
@click.option("--title", default="", metavar="TEXT", help=say("media.help.title"))
@click.option("--to", "file", type=click.Path(path_type=Path), metavar="FILE.png", help=say("media.help.to"))
@click.option("--add", is_flag=True, help=say("media.help.add"))
@json_option
@pass_session
def image(
    session: Session,
    key: str,
    size: str,
    template: str,
    title: str,
    file: Path | None,
    add: bool,
    as_json: bool,
) -> None:
    from content.cards import alt_text
    from loa.services import cards

    words, card = cards.card_of(session.workspace, key, size, template, title)
    if file is None and not add:
        file = Path(f"{key}-{size}.png")
    if file is not None:
        cards.write(card, file)
    done = cards.add(session.workspace, session.officer, key, size, template, title) if add else None
    if as_json:
        told = {"post": key, "size": size, "template": template, "width": card.width, "height": card.height}
        made = {"bytes": len(card.data), "alt": alt_text(words), "file": file}
        added = {"name": done[1].file, "outcome": done[0].outcome} if done else None
        emit({**told, **made, "added": added})
        return
    if file is not None:
        speak(say("media.card.made", file=file, width=card.width, height=card.height))
    if done:
        speak(say("media.card.added", post=key, file=done[1].file, alt=done[1].alt))
        tell(done[0].findings)
