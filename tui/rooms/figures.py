"""The room Số liệu: how far posts reached, channel by channel, beside the period before; or by groups."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.widgets import Static

from content.wording import say
from loa.services import byhand
from loa.services import reach as service
from loa.services.reach import Period, Reach, ages, groups, hours, samples
from loa.services.reach.groups import Comparison
from loa.services.reach.hours import Hours
from loa.services.workspace import Workspace
from loa.speech import metric_word, number, one_line, spark
from tui.details import Details
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Field, Form
from tui.dialogs.told import Trouble
from tui.frame.footer import Footer
from tui.frame.room import Room
from tui.rooms import figures_views as views
from tui.rooms import figures_words as words
from tui.widgets.columns import Column
from tui.widgets.pages import Listed
from tui.widgets.table import VirtualTable
from tui.words import in_short

STEPS = {7: 1, 30: 1, 90: 7, 365: 30}
"""Periods in days, and how many days make one point of the plot."""
MOST_CHANGES = 3
AGES = ("1d", "3d", "7d", "14d", "30d", "90d")
"""At which posts are compared here; the commands know them all."""


@dataclass(frozen=True)
class Figures:
    """What was read."""

    days: int
    now: Period
    before: Period
    view: Comparison | Hours | None = None
    """What is shown in place of the trend."""


class Stopped(Exception):
    """The officer has had enough of waiting; what has been read is kept."""


class Chart(Static):
    """The place of the plot, which is drawn to fit: it tells when it has become another size."""

    class Resized(Message):
        """There is more room, or less."""

    def on_resize(self) -> None:
        self.post_message(self.Resized())


class FiguresRoom(Room):
    """F3 another view, F2 another period, F6 another metric, F8 asks the platforms now, F4 takes a figure by
    hand, F12 makes a report."""

    PLACE = "figures"
    PLACES = ("table", "details")
    DEFAULT_CSS = """
    FiguresRoom #about { height: auto; padding: 0 1; text-style: bold; }
    FiguresRoom #chart { height: 8; padding: 0 1; }
    FiguresRoom.-tall #chart { height: 12; }
    FiguresRoom.-broad.-tall #chart { height: 15; }
    FiguresRoom #changes { height: auto; padding: 0 1; }
    FiguresRoom.-tall #changes { margin-bottom: 1; }
    FiguresRoom #split { height: 1fr; }
    FiguresRoom #details { display: none; height: 1fr; padding: 0 1; border-top: solid $primary;
                           scrollbar-size-vertical: 1; }
    FiguresRoom #details:focus { border-top: heavy $primary; }
    FiguresRoom.-open #details { display: block; }
    FiguresRoom.-open.-narrow #chart, FiguresRoom.-open.-narrow #changes { display: none; }
    FiguresRoom #view { display: none; height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    FiguresRoom.-view #view { display: block; }
    FiguresRoom.-view #chart, FiguresRoom.-view #changes, FiguresRoom.-view #split { display: none; }
    FiguresRoom.-wide #split, FiguresRoom.-broad #split { layout: horizontal; }
    FiguresRoom.-wide #details, FiguresRoom.-broad #details { width: 45%; border-top: none;
                                                              border-left: solid $primary; }
    """

    class Progress(Message):
        """One more delivery has been asked for."""

        def __init__(self, name: str, done: int, of: int) -> None:
            super().__init__()
            self.name, self.done, self.of = name, done, of

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._days = 30
        self._metric = ""
        self._view = views.TREND
        self._age = ages.USUAL
        self._figures: Figures | None = None
        self._stop: threading.Event | None = None
        """There while the platforms are being asked; set: stop asking."""

    def compose_body(self) -> ComposeResult:
        yield Static(id="about", markup=False)
        yield Chart(id="chart", markup=False)
        yield Static(id="changes", markup=False)
        with Container(id="split"):
            yield VirtualTable[Reach](self._columns(), empty=say("tui_figures.empty"), id="table")
            yield Details(id="details")
        yield Details(id="view")

    def _columns(self) -> list[Column[Reach]]:
        def taken(post: Reach, width: int) -> str:
            found = post.newest(self._metric)
            return in_short(found.taken_at if found else None, self.zone, self.now(), width)

        return [
            Column(say("cli.column.post"), lambda post, _: one_line(post.title), (14, 20, 30), share=1),
            Column(say("cli.column.channel"), lambda post, _: one_line(post.channel), (9, 14, 18)),
            Column(say("cli.column.value"), lambda post, _: words.value(post, self._metric), (16, 16, 16)),
            Column(
                say("tui_figures.grown"),
                lambda post, width: spark(post.trail(self._metric), width),
                (8, 10, 16),
            ),
            Column(
                say("tui_figures.published"),
                lambda post, width: in_short(post.published_at, self.zone, self.now(), width),
                (0, 14, 17),
            ),
            Column(say("cli.column.taken_at"), taken, (14, 17, 17)),
        ]

    def on_mount(self) -> None:
        self._table = cast("VirtualTable[Reach]", self.query_one(VirtualTable))
        self._details = self.query_one("#details", Details)
        self._page = self.query_one("#view", Details)
        self.set_focus(self._table)

    def on_unmount(self) -> None:
        if self._stop is not None:
            self._stop.set()

    # Reading and showing

    def read(self) -> Figures:
        days, view, age = self._days, self._view, self._age
        now, before = service.periods(self.workspace, days)
        if view == views.TREND:
            return Figures(days, now, before)
        known = samples.metrics(self.workspace, now.since, now.until)
        metric = self._metric if self._metric in known else ""
        period = f"{days}d"
        told: Comparison | Hours
        if view == views.HOURS:
            told = hours.best_hours(self.workspace, metric=metric, age=age, period=period)
        else:
            told = groups.compared(self.workspace, view, metric=metric, age=age, period=period)
        return Figures(days, now, before, told)

    def show(self, data: Figures) -> None:
        self._figures = data
        if self._metric not in words.metrics(data.now, data.before):
            self._metric = words.best([data.now, data.before])
        self._tell()

    def _tell(self) -> None:
        data = self._figures
        if data is None:
            return
        self.set_class(data.view is not None, "-view")
        self.query_one("#about", Static).update(views.title(data.view) if data.view else self._about(data))
        if data.view is not None:
            self._page.say(views.told(data.view, max(40, self.size.width - 5)))
        self._draw()
        posts = sorted(data.now.posts, key=self._rank)
        self._table.show(Listed(posts, lambda post: post.delivery))
        self._follow()

    def _rank(self, post: Reach) -> tuple[bool, int]:
        """The farthest first; what has no figure stands last, it is not the least."""
        value = post.value(self._metric)
        return value is None, -(value or 0)

    def _about(self, data: Figures) -> str:
        now = data.now
        known = sum(one.value(self._metric) is not None for one in now.posts)
        told = say(
            "tui_figures.about",
            days=number(data.days),
            first=f"{now.since.astimezone(self.zone):%d/%m/%Y}",
            last=f"{now.until.astimezone(self.zone):%d/%m/%Y}",
            metric=metric_word(self._metric),
            known=number(known),
            posts=number(len(now.posts)),
        )
        if now.cut or data.before.cut:
            told += "\n" + say("tui_figures.cut", count=number(service.MOST_POSTS))
        return told

    def _draw(self) -> None:
        data = self._figures
        if data is None:
            return
        place = self.query_one(Chart)
        width, height = place.content_size.width, place.content_size.height
        width = width or self.size.width - 2
        changes = service.compare(data.now, data.before, self._metric)
        points = service.points(data.now, self._metric, self.zone, STEPS[data.days])
        period = (data.now.since.astimezone(self.zone).date(), data.now.until.astimezone(self.zone).date())
        title = say("tui_figures.chart", metric=metric_word(self._metric))
        drawn = words.chart(points, period, width, height - 1) or words.bars(changes, width, height - 1)
        place.update(f"{title}\n{drawn}" if changes else "")
        lines = [service.in_words(one) for one in changes[:MOST_CHANGES]]
        if len(changes) > MOST_CHANGES:
            lines.append(say("tui_figures.more_channels", count=number(len(changes) - MOST_CHANGES)))
        if self.has_class("-tall") and any(one.difference is not None for one in changes):
            lines.append(say("tui_figures.as_then"))
        self.query_one("#changes", Static).update("\n".join(lines))

    def on_resize(self) -> None:
        super().on_resize()
        if self._figures is not None and self._figures.view is not None:
            self._tell()

    @on(Chart.Resized)
    def _fit(self) -> None:
        """Not when the screen is resized: its parts have their new size only later."""
        self._draw()

    def _follow(self) -> None:
        post = self._table.current
        self._details.say(
            words.details(post, self.zone, self.now()) if post else say("tui_figures.none_here")
        )

    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        self._details.scroll_home(animate=False)
        self._follow()

    @on(VirtualTable.Opened)
    def _opened(self) -> None:
        self.add_class("-open")
        self._details.scroll_home(animate=False)
        self._follow()

    @on(VirtualTable.Trouble)
    def _not_read(self, message: VirtualTable.Trouble) -> None:
        self._say_trouble(message.error)

    # What keys do

    def at_hand(self) -> dict[str, str]:
        post = self._table.current
        return {"post": post.post, "channel": post.channel} if post else {}

    def action_back(self) -> None:
        """Esc: close the details, else stop asking the platforms, else back to the trend."""
        if self.has_class("-open"):
            self.remove_class("-open")
            self.set_focus(self._table)
        elif self._stop is not None:
            self._stop.set()
        elif self._view != views.TREND:
            self._look_by(views.TREND)

    def _look_by(self, view: str) -> None:
        self._view = view
        self.remove_class("-open")
        self.set_class(view != views.TREND, "-view")
        self._page.scroll_home(animate=False)
        self.set_focus(self._table if view == views.TREND else self._page)
        self.want()

    @work(exclusive=True, group="dialog")
    async def action_choose_view(self) -> None:
        """The trend, groups of posts at the same age, or the best hours."""
        chosen = await self.ask(
            Pick(say("reach.view.title"), views.options(), say("reach.view.which"), at=self._view)
        )
        if chosen:
            self._look_by(chosen)

    def action_next_age(self) -> None:
        """At which age posts are compared; the trend has no such thing."""
        if self._view == views.TREND:
            self.notify(say("reach.view.no_age"))
            return
        self._age = AGES[(AGES.index(self._age) + 1) % len(AGES)]
        self.want()

    @work(exclusive=True, group="dialog")
    async def action_report(self) -> None:
        from tui.rooms.figures_report import make_report

        await make_report(self)

    def action_period(self, days: int) -> None:
        self._days = days
        self.want()

    def action_next_period(self, by: int) -> None:
        every = list(STEPS)
        self.action_period(every[(every.index(self._days) + by) % len(every)])

    def action_next_metric(self) -> None:
        if self._figures is None:
            return
        every = words.metrics(self._figures.now, self._figures.before)
        place = every.index(self._metric) if self._metric in every else -1
        self._metric = every[(place + 1) % len(every)]
        if self._view == views.TREND:
            self._tell()
        else:
            self.want()

    @work(exclusive=True, group="dialog")
    async def action_type_in(self) -> None:
        """A figure that somebody has read off a page."""
        post = self._table.current
        if post is None:
            self.notify(say("tui_figures.none_here"))
            return
        title = say("tui_figures.type_in.title", delivery=post.delivery)
        options = [(one, metric_word(one), "") for one in byhand.METRICS]
        metric = await self.ask(Pick(title, options, say("tui_figures.type_in.which"), at=self._metric))
        if not metric:
            return
        fields = [
            Field("value", metric_word(metric), required=True, check=_whole),
            Field("at", say("tui_figures.type_in.at"), hint=say("tui_figures.type_in.at_hint")),
            Field("note", say("tui_figures.type_in.note")),
        ]
        told = await self.ask(Form(title, say("tui_figures.type_in.body"), fields))
        if told is None:
            return
        figure = int(_digits(told["value"]))
        await self.act(
            lambda person: byhand.add_figure(
                self.workspace,
                person,
                post.delivery,
                metric,
                figure,
                at=told["at"].strip(),
                note=told["note"].strip(),
            ),
            done=say("tui_figures.type_in.done", value=number(figure), metric=metric_word(metric)),
        )

    @work(group="pull")
    async def action_pull(self) -> None:
        """Ask the platforms for everything published in the period; Esc stops it, nothing read is lost."""
        if self._stop is not None:
            self.notify(say("tui_figures.pulling_already"))
            return
        stop = self._stop = threading.Event()
        since = self.now() - timedelta(days=self._days)
        footer = self.query_one(Footer)
        footer.say_busy(say("tui_figures.pulling_begins"))
        try:
            pulled = await asyncio.to_thread(self._pull, stop, since)
        except Stopped:
            self.notify(say("tui_figures.pull_stopped"))
        except Exception as error:
            self._tell_trouble(error)
        else:
            self.notify(say("cli.reach.pulled", count=number(pulled.stored)))
            if pulled.unread:
                words = {"count": number(len(pulled.unread)), "deliveries": pulled.unread[0]}
                self.notify(say("counter.unread", **words), severity="warning")
        finally:
            self._stop = None
            footer.say_busy("")
            self.want()

    def _pull(self, stop: threading.Event, since: datetime) -> service.Pulled:
        def progress(name: str, done: int, of: int) -> None:
            self.post_message(self.Progress(name, done, of))
            if stop.is_set() and done < of:
                raise Stopped

        return service.pull(self.workspace, progress, since=since)

    @on(Progress)
    def _progress(self, message: Progress) -> None:
        if self._stop is not None:
            told = {"done": number(message.done), "of": number(message.of)}
            self.query_one(Footer).say_busy(
                say("tui_figures.pulling", delivery=one_line(message.name), **told)
            )

    @work(exclusive=True, group="dialog")
    async def _tell_trouble(self, error: Exception) -> None:
        await self.ask(Trouble(error))


def _digits(written: str) -> str:
    """Thousands as people group them are taken out."""
    return "".join(written.replace(".", "").replace(",", "").split())


def _whole(written: str) -> str:
    digits = _digits(written)
    fine = digits.isascii() and digits.isdigit() and len(digits) <= 15
    return "" if fine else say("tui_figures.type_in.not_a_number")
