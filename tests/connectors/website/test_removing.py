"""Taking an article down: gone from everything readers see in one step, whatever is interrupted."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

import pytest

from connectors import website
from connectors.contract import Published
from connectors.errors import NotSent, Refused
from connectors.website import files, release, shelf
from content.wording import catalogue
from loa.speech import code_sentence
from tests.connectors.website.conftest import keep


def _words_served(place) -> str:
    texts = [path for path in place.current.rglob("*") if path.suffix in (".html", ".xml", ".json")]
    return "\n".join(path.read_text("utf-8") for path in texts)


def test_it_is_gone_from_pages_feeds_search_and_the_disk(place):
    job = place.job(1, title="Bài phải gỡ", media=(place.picture("an-danh.jpg", colour="#123"),))
    kept = place.job(2, title="Bài ở lại", media=(place.picture("o-lai.jpg", colour="#456"),))
    published = place.publish(job)
    place.publish(kept)
    assert "Bài phải gỡ" in _words_served(place)
    place.website().remove(published)
    assert "Bài phải gỡ" not in _words_served(place)
    assert "Bài ở lại" in _words_served(place)
    assert len(place.articles()) == 1
    digest = job.variant.media[0].sha256
    leftovers = [
        path
        for path in place.folder.rglob("*")
        if path.is_file() and (digest[:16] in path.name or "Bài phải gỡ" in _text(path))
    ]
    assert leftovers == [], "no older release and no record keeps it"
    assert (place.folder / "data" / "media" / kept.variant.media[0].sha256).is_file()


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def test_what_another_article_shows_as_well_stays(place):
    shared = place.picture("chung.jpg")
    published = place.publish(place.job(1, media=(shared,)))
    place.publish(place.job(2, media=(shared,)))
    place.website().remove(published)
    place.publish(place.job(3))
    assert list(place.current.glob("media/*.jpg"))


def test_the_last_article_leaves_a_site_without_articles(place):
    published = place.publish(place.job())
    place.website().remove(published)
    assert place.articles() == []
    assert "Chưa có bài nào" in place.page()


def test_an_article_that_never_was_is_gone_already(place):
    place.publish(place.job())
    place.website().remove(Published("khong-co", ""))
    assert len(place.articles()) == 1


def test_its_address_answers_404(place):
    job = place.job()
    place.serve()
    published = place.publish(job)
    place.website().remove(published)
    assert place.http.call("GET", published.url, creates=False).status == 404
    assert place.website().find(job, {}) == []


def test_a_kill_at_any_step_leaves_it_wholly_there_or_wholly_gone_and_the_rest_untouched(place, monkeypatch):
    real = os.replace
    for die_at in range(1, 8):
        job = place.job(die_at, title=f"Bài gỡ {die_at}", marker=f"go-{die_at}")
        published = place.publish(job)
        steps = iter(range(1, 100))

        def dying(source, target, steps=steps, die_at=die_at):
            if next(steps) == die_at:
                raise KeyboardInterrupt
            real(source, target)

        for module in (files, release, shelf):
            monkeypatch.setattr(module.os, "replace", dying)
        with contextlib.suppress(KeyboardInterrupt):
            place.website().remove(published)
        for module in (files, release, shelf):
            monkeypatch.setattr(module.os, "replace", real)
        served = _words_served(place).count(f"Bài gỡ {die_at}")
        other = place.publish(place.job(50 + die_at, title=f"Bài khác {die_at}"))
        assert (f"Bài gỡ {die_at}" in _words_served(place)) == bool(served), f"killed at {die_at}: came back"
        place.website().remove(published)
        assert f"Bài gỡ {die_at}" not in _words_served(place)
        assert place.website().find(place.job(50 + die_at, title=f"Bài khác {die_at}"), {})
        assert other.url


def test_a_full_disk_takes_nothing_down_half(place, monkeypatch):
    published = place.publish(place.job(title="Bài gỡ"))

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(release.Releases, "build", full)
    with pytest.raises(NotSent, match="site:no-space"):
        place.website().remove(published)
    monkeypatch.undo()
    assert "Bài gỡ" in _words_served(place)
    place.website().rebuild()
    assert "Bài gỡ" in _words_served(place)


def test_what_was_prepared_and_given_up_can_be_discarded_with_its_pictures(place):
    job = place.job(media=(place.picture(),))
    handle = place.website().prepare(job, {}, keep)
    assert place.website().orphans(job, handle) == []
    (orphan,) = place.website().orphans(job, {})
    place.website().discard(orphan)
    assert list((place.folder / "data" / "staged").glob("*.json")) == []
    assert list((place.folder / "data" / "media").iterdir()) == []
    place.publish(job)
    with pytest.raises(Refused, match="site:public"):
        place.website().discard(orphan)
    assert len(place.articles()) == 1


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_code_has_a_sentence_and_every_sentence_a_code(language):
    text = "".join(path.read_text("utf-8") for path in Path(website.__file__).parent.glob("*.py"))
    codes = set(re.findall(r'"site:([a-z-]+)(?=["/])', text))
    found = {k for k in catalogue(language) if k.startswith("website.codes.")}
    assert found == {f"website.codes.{code}" for code in codes}
    assert code_sentence("site:http/503", channel="web")
    for key in found:
        assert catalogue(language)[key].format(channel="web", detail="x").endswith(".")
