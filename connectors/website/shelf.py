"""The articles on disk: staged (unseen), announced (about to be public) and live.

The one moment of publication is the swap of `current` (release.py). A live record is therefore written
in two halves: `announce` puts all its bytes on the disk before the swap, `settle` renames it after. What a
crash leaves between the two is decided by what is public (`heal`), so a delivery that never came out and is
then cancelled cannot slip out with the next article.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from connectors.contract import Job
from connectors.errors import NotSent
from connectors.website.article import Article, stem
from connectors.website.files import PUBLIC_FILE, beside, sha256_of, sweep, sync, sync_folder, write
from content.variant import MediaRef

_ANNOUNCED = ".json.next"
_LEAVING = ".json.gone"


class Shelf:
    """`folder/data`. Everything that writes is for the holder of the section's lock."""

    def __init__(self, folder: Path) -> None:
        self._staged = folder / "data" / "staged"
        self._live = folder / "data" / "live"
        self._media = folder / "data" / "media"

    def open(self) -> None:
        """Make the folders and remove what a killed process left half-written."""
        for room in (self._staged, self._live, self._media):
            room.mkdir(parents=True, exist_ok=True)
            sweep(room)

    def stage(self, job: Job, stored: Callable[[MediaRef], Path]) -> Article:
        """Keep a job's article and pictures, unseen; writes nothing that is already there intact."""
        article = Article.of(job)
        found = _read_if_sound(self._staged / f"{stem(job.marker)}.json")
        if found and found.marker == job.marker and found.variant == job.variant and self._whole(found):
            return found
        sizes: dict[str, tuple[int, int]] = {}
        for ref in job.variant.media:
            self._keep(ref, stored(ref))
            size = None if ref.width and ref.height else _measure(self.picture(ref))
            if size:
                sizes[ref.sha256] = size
        article = replace(article, sizes=sizes)
        write(self._staged / f"{stem(job.marker)}.json", article.to_json())
        return article

    def picture(self, ref: MediaRef) -> Path:
        """Where a staged or live article's picture is kept."""
        return self._media / ref.sha256

    def live(self) -> list[Article]:
        """All public articles; raises NotSent naming the file that cannot be read.

        NotSent, not Refused: the post is blameless, the section must be repaired, and going on without
        the unreadable article would take it off the web in silence.
        """
        return [_read(path) for path in sorted(self._live.glob("[!.]*.json"))]

    def known(self, marker: str) -> Article | None:
        """The public article of a marker, also in the instant before its record is settled."""
        for name in (f"{stem(marker)}.json", stem(marker) + _ANNOUNCED):
            if (path := self._live / name).exists():
                return _read(path)
        return None

    def announce(self, article: Article) -> None:
        """Put the live record's bytes on the disk under the name of something not yet public."""
        write(self._live / (stem(article.marker) + _ANNOUNCED), article.to_json())

    def settle(self, article: Article) -> None:
        """The article is public: its record becomes live, its staged form goes."""
        name = stem(article.marker)
        os.replace(self._live / (name + _ANNOUNCED), self._live / f"{name}.json")  # noqa: PTH105
        sync_folder(self._live)
        (self._staged / f"{name}.json").unlink(missing_ok=True)

    def part(self, article: Article) -> None:
        """The article is about to leave the site: its record is set aside until `forget`."""
        name = stem(article.marker)
        os.replace(self._live / f"{name}.json", self._live / (name + _LEAVING))  # noqa: PTH105
        sync_folder(self._live)

    def forget(self, marker: str) -> None:
        """The article is served no more: its record goes, and pictures that no other article has."""
        (self._live / (stem(marker) + _LEAVING)).unlink(missing_ok=True)
        self._sweep_pictures()

    def is_staged(self, marker: str) -> bool:
        return (self._staged / f"{stem(marker)}.json").is_file()

    def is_live(self, marker: str) -> bool:
        return (self._live / f"{stem(marker)}.json").is_file()

    def unstage(self, marker: str) -> None:
        """What was prepared and given up goes, with the pictures that no other article has."""
        (self._staged / f"{stem(marker)}.json").unlink(missing_ok=True)
        self._sweep_pictures()

    def _sweep_pictures(self) -> None:
        kept: set[str] = set()
        for path in [*self._live.glob("[!.]*.json*"), *self._staged.glob("[!.]*.json")]:
            try:
                kept |= {ref.sha256 for ref in Article.parse(path.read_bytes()).variant.media}
            except ValueError:
                return  # a record that nobody can read may need any of them
        for picture in self._media.glob("[!.]*"):
            if picture.name not in kept:
                picture.unlink(missing_ok=True)

    def heal(self, public: Mapping[str, str]) -> None:
        """Finish or undo what a crash interrupted. `public`: marker → digest of the record now served."""
        for path in sorted(self._live.glob(f"[!.]*{_LEAVING}")):
            article = _read(path)
            if article.marker in public:
                os.replace(path, self._live / f"{stem(article.marker)}.json")  # noqa: PTH105
            else:
                path.unlink()
        for path in sorted(self._live.glob(f"[!.]*{_ANNOUNCED}")):
            article = _read(path)
            if public.get(article.marker) == article.digest:
                self.settle(article)
            else:
                path.unlink()
        for path in self._staged.glob("[!.]*.json"):
            if (self._live / path.name).is_file():  # a reveal makes its own, should it come once more
                path.unlink()

    def _whole(self, article: Article) -> bool:
        pictures = ((self.picture(ref), ref) for ref in article.variant.media)
        return all(path.is_file() and path.stat().st_size == ref.size_bytes for path, ref in pictures)

    def _keep(self, ref: MediaRef, source: Path) -> None:
        target = self.picture(ref)
        if target.is_file() and target.stat().st_size == ref.size_bytes and sha256_of(target) == ref.sha256:
            return
        temporary = beside(target)
        shutil.copyfile(source, temporary)
        if sha256_of(temporary) != ref.sha256:
            temporary.unlink()
            raise NotSent("site:media-changed", f"{ref.name}: the stored file is not the approved one")
        temporary.chmod(PUBLIC_FILE)  # a release links to these very bytes
        sync(temporary)
        os.replace(temporary, target)  # noqa: PTH105
        sync_folder(target.parent)


def _read(path: Path) -> Article:
    try:
        return Article.parse(path.read_bytes())
    except ValueError as error:
        raise NotSent("site:damaged", f"{path.parent.name}/{path.name}: {error}") from error


def _read_if_sound(path: Path) -> Article | None:
    # A damaged staged record may be written anew: the job carries the approved text itself.
    try:
        return Article.parse(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _measure(picture: Path) -> tuple[int, int] | None:
    from PIL import Image, UnidentifiedImageError  # only where a reference does not tell its size

    try:
        with Image.open(picture) as image:
            return image.size
    except (UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError):
        return None
