"""The keys of a post's front matter, and every spelling under which an officer may write them."""

from __future__ import annotations

from content.text import fold, nearest

POST = (
    "id", "title", "kind", "summary", "channels", "due", "deadline", "media", "link", "citations", "tags",
    "audience", "overrides",
)  # fmt: skip
"""Top-level keys, in the order in which they are written."""
SCALARS = ("id", "title", "kind", "summary", "due", "deadline", "link", "audience")
"""Top-level keys that hold one text."""
MEDIA = ("file", "alt", "rights", "people")
OVERRIDE = ("title", "summary", "text", "link")

# Tone marks, capitals, `_` and `-` do not matter: `Giờ đăng`, `gio_dang` and `due` are the same key.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "id": ("mã", "mã bài", "mã số"),
    "title": ("tiêu đề", "tên bài", "tít"),
    "kind": ("loại", "loại tin", "loại bài", "thể loại"),
    "summary": ("tóm tắt", "trích yếu", "sapo"),
    "channels": ("kênh", "kênh đăng", "channel"),
    "due": ("giờ đăng", "thời gian đăng", "đăng lúc", "lịch đăng"),
    "deadline": ("hạn chót", "hạn đăng", "hạn cuối"),
    "media": ("ảnh", "hình ảnh", "hình", "images"),
    "file": ("tệp", "tập tin", "tên tệp"),
    "alt": ("chữ thay thế", "văn bản thay thế", "mô tả ảnh"),
    "rights": ("bản quyền", "nguồn ảnh", "tác giả"),
    "people": ("người trong ảnh", "người trong phim", "nhân vật"),
    "link": ("liên kết", "đường dẫn", "url"),
    "citations": ("căn cứ", "căn cứ pháp lý", "viện dẫn"),
    "tags": ("thẻ", "nhãn", "từ khóa"),
    "audience": ("đối tượng", "người đọc"),
    "overrides": ("riêng", "riêng từng kênh", "theo kênh"),
    "text": ("nội dung", "lời"),
}


def canonical(written: str, allowed: tuple[str, ...]) -> str | None:
    """The key that `written` means among those allowed there, or None."""
    key = _CANONICAL.get(_words(written))
    return key if key in allowed else None


def nearest_spelling(written: str, allowed: tuple[str, ...]) -> str | None:
    """The allowed spelling that a slip most likely meant: Vietnamese or English, as it came closest."""
    return nearest(written, [word for key in allowed for word in (*_SPELLINGS[key], key)])


def _words(text: str) -> str:
    return " ".join(fold(text).replace("_", " ").replace("-", " ").split())


_CANONICAL = {_words(word): key for key, words in _SPELLINGS.items() for word in (key, *words)}
