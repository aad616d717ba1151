"""SMS (tin nhắn): one text for the operator's sending program, without any telephone number."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from connectors.contract import Capabilities, Field, Job
from connectors.outlets.outlet import Outlet, common
from content.finding import Finding
from content.sms import Message, fitted, measured, without_marks
from content.text import normalise
from content.variant import Variant

PARTS_MOST = 10
"""More than any operator joins reliably, and than anybody reads."""


class Sms(Outlet):
    """Summary first, else the text; the link is never cut."""

    capabilities: Capabilities = common(
        "sms",
        Field("marks", default="no", choices=("no", "yes"), public=True),
        Field("parts", default="2", public=True),
        Field("sender", public=True),
    )
    metric = "messages"

    def files(self, job: Job) -> Iterator[tuple[str, bytes]]:
        message = self.message(job.variant)
        yield "tin-nhan.txt", f"{message.text}\n".encode()
        table = io.StringIO()
        rows = csv.writer(table, lineterminator="\r\n")
        rows.writerow(["ma", "gio_gui", "noi_dung", "bang_ma", "do_dai", "so_tin"])
        alphabet = "GSM-7" if message.gsm else "UCS-2"
        rows.writerow([job.delivery, self.due(job), message.text, alphabet, message.units, message.parts])
        yield "tin-nhan.csv", b"\xef\xbb\xbf" + table.getvalue().encode()  # Excel wants the mark in front

    def remarks(self, variant: Variant) -> Iterator[Finding]:
        where = variant.channel
        if self._parts is None:
            yield Finding(
                "sms.parts_wrong", "block", where, {"written": self.setting("parts"), "most": PARTS_MOST}
            )
            return
        message = self.message(variant)
        values = {"text": message.text, "parts": message.parts, "units": message.units, "most": self._parts}
        if message.parts > self._parts:  # the link alone
            yield Finding("sms.link_long", "warn", where, values)
        elif message.cut:
            yield Finding("sms.cut", "warn", where, values)
        else:
            yield Finding("sms.shown", "hint", where, values)
        if not message.gsm and self.setting("marks") == "no":
            odd = "".join(dict.fromkeys(one for one in message.text if not measured(one).gsm))
            yield Finding("sms.odd_letters", "warn", where, {"letters": odd})

    def message(self, variant: Variant) -> Message:
        """The text as it goes out: who speaks, the title, the summary or the text, the link."""
        sender = self.setting("sender") or self._context.unit.name
        said = " ".join((variant.summary.strip() or self.plain(variant)).split())
        title = " ".join(variant.title.split())
        text = normalise(f"{sender}: {title}{'' if title[-1:] in '.!?' else '.'} {said}")
        if self.setting("marks") == "no":
            text = without_marks(text)
        return fitted(text, variant.link, parts=self._parts or 1)

    @property
    def _parts(self) -> int | None:
        written = self.setting("parts")
        number = int(written) if written.isascii() and written.isdigit() and len(written) < 3 else 0
        return number if 1 <= number <= PARTS_MOST else None
