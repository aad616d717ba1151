"""Pages that tell a counter that they are read: only articles, only where the unit has named one."""

from __future__ import annotations

import pytest

from content.wording import say

COUNTER = 'https://dem.example.gov.vn/c?"><script>alert(1)</script>'


def pages(place) -> dict[str, str]:
    root = place.current
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in root.rglob("*.html")}


def test_a_section_without_a_counter_holds_no_trace_of_one(place):
    place.publish(place.job())
    assert not [name for name, text in pages(place).items() if "counter" in text]
    assert not (place.current / "counter.js").exists()


def test_articles_tell_the_counter_and_nothing_else_does(place):
    place.serve()
    place.settings["counter"] = COUNTER
    place.publish(place.job())
    told = {name for name, text in pages(place).items() if "counter.js" in text}
    assert told == set(place.articles())
    script = (
        '<script src="../counter.js" data-counter="https://dem.example.gov.vn/c?&#34;&gt;&lt;script&gt;alert(1)'
        '&lt;/script&gt;" data-seconds="5" defer></script>'
    )
    assert script in place.article(), "no address becomes code"
    code = (place.current / "counter.js").read_text("utf-8")
    assert "cookie" not in code.replace("No cookie", "")
    assert "localStorage" not in code


def test_pages_are_made_anew_when_a_counter_is_named_or_given_up(place):
    place.serve()
    place.publish(place.job())
    place.settings["counter"] = "https://dem.example.gov.vn/c"
    place.website().rebuild()
    assert "counter.js" in place.article()
    place.settings["counter"] = ""
    place.website().rebuild()
    assert "counter.js" not in place.article()
    assert not (place.current / "counter.js").exists()


@pytest.mark.parametrize(
    "counter", ["http://dem.example.gov.vn/c", "dem.example.gov.vn/c", "javascript:x", "https://["]
)
def test_an_address_that_a_browser_would_not_send_to_is_left_out_and_told(place, counter: str):
    place.serve()
    place.publish(place.job())
    place.settings["counter"] = counter
    place.website().rebuild()
    assert "counter" not in "".join(pages(place).values())
    health = place.website().health()
    assert health.ok
    assert health.values["warning"] == "website.health.counter"
    assert counter in say("website.health.counter", **health.values)
