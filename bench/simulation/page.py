"""`bench/simulation.md` and the picture of the guide, written from the rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from bench.simulation import facts
from bench.simulation.figures import Row, table
from bench.simulation.plan import OF_A_PROVINCE

PICTURE = Path(__file__).parents[2] / "docs" / "guide" / "quy-mo.svg"
COMPARED = Path(__file__).with_name("compared.md")

TITLES = {
    "machines": "How many workers, every unit with API projects of its own",
    "projects": f"Who shares an API project, {facts.COMMUNES:,} communes, 8 workers",
    "relief": f"What helps without another machine, {facts.COMMUNES:,} communes, 4 workers",
    "videos": "Videos on the way up: 30 minutes before, 100 Mbit/s for each worker",
}
INTRODUCTION = f"""# Law Day at 08:00: a simulation

{facts.COMMUNES:,} communes × 4 channels (Facebook Page, YouTube, Zalo OA, website), one post each, all for
08:00:00 on 9 November. `python -m bench.simulate --write` wrote this; one scenario: `python -m
bench.simulate --communes 98 --workers 2`. For whoever plans for a province or the ministry, in Vietnamese:
`docs/guide/quy-mo.md`.

Late is counted from the due second to the instant at which the platform gets the call that shows the post;
for the website, until its pages are swapped. *Not out that day*: still waiting for the platform's allowance
twelve hours later (the kind `tin_hoat_dong`), which Loa then calls missed.

Every cell says *best – worst*: answers in 0.1 s – 1 s (an assumption: no platform publishes how fast it
answers), the larger – smaller allowance where sources leave it open, PgQueuer's CPU all with the workers –
all with the database. A worker is one core: its lanes are 64 threads of one Python process. One province is
{OF_A_PROVINCE} communes; every video has 20 MB and every worker a line of 100 Mbit/s, unless said.
"""
LEFT_OUT = """## What is not in it

Unclear answers and their read-back, the breaker, other programs on the same API project, the network to the
database, reading of reach and comments (also units of YouTube's day), a website's growth (its reveal was
measured on a section of some 30 posts and becomes dearer with every post), YouTube's processing after the
upload, and every limit that the last table calls not published.
"""


def write(file: Path, rows: Sequence[Row]) -> None:
    """The page and the picture, whole or not at all."""
    parts = [INTRODUCTION]
    for group, title in TITLES.items():
        parts.append("\n".join([f"## {title}", "", *table([r for r in rows if r.group == group]), ""]))
    parts += [_needs(), _truth(), _costs(), _limits(), LEFT_OUT]
    file.write_text("\n".join(parts), "utf-8")
    PICTURE.write_text(picture([r for r in rows if r.group == "machines"]), "utf-8")


def _needs() -> str:
    plain, captioned = facts.videos_a_day(), facts.videos_a_day(captions=True)
    return f"""## What it comes to

- **Google projects are what a ministry runs out of first.** One project brings out {plain} videos with a
  thumbnail a day, {captioned} with captions: {-(-facts.COMMUNES // plain)} projects for the country,
  {-(-facts.COMMUNES // captioned)} with captions, or the audit form for more. One a province is enough up
  to {plain} communes and without captions; a larger province needs two. One a unit, as each channel's own
  settings have it today, never meets the limit.
- In a project that is too small nothing is kept back for showing what was prepared: uploads of the morning
  spend the units that the reveals of 08:00 need. That is why a project shared with captions shows nothing
  on time at all.
- One Zalo app serves a province many times over, not the country: a minute's allowance is spent in the
  first seconds and the rest waits for the next one. Meta's allowances are no matter for one post a Page.
- Within the allowances a worker's core decides, and four fifths of what it computes at 08:00 are the
  website's pages.
- Uploads hold lanes' threads. `loa run` keeps a fourth of them free for posts that are ready; workers on a
  server do not yet: where the line is too thin for half an hour, uploads hold all 64 of a worker, and posts
  that are ready wait behind videos. More line, an earlier beginning or fewer megabytes help.
- Minutes that differ between units are the cheapest help there is.
"""


def _truth() -> str:
    told = COMPARED.read_text("utf-8").strip()
    return "\n".join(
        [
            "## How true it is",
            "",
            "Loa's real publisher on the practice platform beside the simulation, "
            "`python -m bench.simulation.compare`. The seconds of CPU are those of the first row's herd; the "
            "other rows are foretold with them.",
            "",
            told,
            "",
        ]
    )


def _costs() -> str:
    given = facts.measured()
    lines = [
        "## What a step costs, milliseconds of one core",
        "",
        f"{given['machine']}, {given['checked_on']}, beside other work (`bench.simulation.measure`).",
        "",
        "| | prepare | reveal | read back |",
        "|---|---|---|---|",
    ]
    for name, cost in {**given["worker"], "database server": given["server"]}.items():
        cells = " | ".join(f"{1000 * cost[step]:.1f}" for step in ("prepare", "reveal", "verify"))
        lines.append(f"| {name} | {cells} |")
    return "\n".join([*lines, ""])


def _limits() -> str:
    lines = [
        "## Allowances that platforms publish",
        "",
        "| | of a | best | worst | in | confidence | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for limit in facts.limits().values():
        window = "a day (midnight in California)" if limit.window_s is None else f"{limit.window_s:,} s"
        each = " for each unit" if limit.each_unit else ""
        amounts = [f"{n:,}{each}" if n is not None else "no limit" for n in (limit.best, limit.worst)]
        cells = (limit.name, limit.per, *amounts, window, limit.confidence, limit.source)
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "Not published:", ""]
    lines += [f"- {name}: {what}" for name, what in facts.not_published().items()]
    return "\n".join([*lines, ""])


def picture(rows: Sequence[Row]) -> str:
    """How late the last post of the country is, by workers: a bar from best to worst for each platform."""
    shown = [r for r in rows if r.scenario.units == facts.COMMUNES]
    workers = sorted({r.scenario.workers for r in shown})
    platforms = list(dict.fromkeys(r.platform for r in shown))
    names = {"facebook": "Facebook", "youtube": "YouTube", "zalo": "Zalo OA", "website": "trang tin"}
    colours = dict(zip(platforms, ("#1b4f9c", "#b3261e", "#0a7d56", "#8a5a00"), strict=True))
    left, top, width, row_height = 130, 60, 560, 74

    def x(seconds: float) -> float:
        return left + width * min(1.0, math.log10(max(seconds, 1.0)) / 4)

    height = top + row_height * len(workers) + 40
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 40} {height}" '
        'font-family="sans-serif" font-size="13" role="img">',
        "<title>Bài cuối cùng của cả nước muộn bao lâu</title>",
        f'<rect width="100%" height="{height}" fill="white"/>',
        f'<text x="{left}" y="22" font-size="15">Bài cuối cùng của 3.321 xã ra muộn bao lâu sau 08:00</text>',
    ]
    for seconds, label in ((1, "1 giây"), (10, "10 giây"), (60, "1 phút"), (600, "10 phút"), (3600, "1 giờ")):
        at = f"{x(seconds):.0f}"
        out.append(f'<line x1="{at}" x2="{at}" y1="{top - 8}" y2="{height - 36}" stroke="#ccc"/>')
        out.append(f'<text x="{at}" y="{top - 14}" text-anchor="middle" fill="#555">{label}</text>')
    for n, count in enumerate(workers):
        y = top + n * row_height
        out.append(f'<text x="{left - 12}" y="{y + 34}" text-anchor="end">{count} máy gửi</text>')
        for m, name in enumerate(platforms):
            row = next(r for r in shown if (r.scenario.workers, r.platform) == (count, name))
            ends = [one.last if one.last is not None else 1e4 for one in (row.best, row.worst)]
            begin, end = x(min(ends)), x(max(ends))
            out.append(
                f'<rect x="{begin:.0f}" y="{y + 6 + 14 * m}" width="{max(3.0, end - begin):.0f}" height="10" '
                f'fill="{colours[name]}"/>'
            )
    for m, name in enumerate(platforms):
        out.append(
            f'<rect x="{left + 120 * m}" y="{height - 24}" width="12" height="12" fill="{colours[name]}"/>'
        )
        out.append(f'<text x="{left + 18 + 120 * m}" y="{height - 13}">{names[name]}</text>')
    return "\n".join([*out, "</svg>", ""])
