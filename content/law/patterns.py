"""What references look like, as bounded patterns: none takes more than a few steps at any letter.

Those written without marks are for the folded text of a page, the others for its clean text.
"""

from __future__ import annotations

import re

from content.law.symbols import kind_words

GROUP = r"[A-Za-zĐđƯưƠơÔôÊêÂâĂă][A-Za-zĐđƯưƠơÔôÊêÂâĂă&]{0,23}\d{0,2}"
SYMBOL = rf"{GROUP}(?:\s?-\s?{GROUP})?(?:[-/]{GROUP}){{0,7}}"
YEAR = r"(?:19|20)\d\d"
STATE = re.compile(
    rf"(?:(?<![\w/.,])|(?<!\w\w\w)(?<=TT|NĐ|QĐ|NQ))(?<!\d-)(?P<number>\d{{1,5}}[a-zđ]?)\s?/\s?"
    rf"(?:(?P<year>{YEAR})\s?/\s?)?(?P<symbol>{SYMBOL})(?!\w)"
)
PARTY = re.compile(
    rf"(?<![\w/.,])(?P<number>\d{{1,4}})\s?-\s?(?P<symbol>{GROUP}\s?/\s?{GROUP}(?:-{GROUP}){{0,2}})(?!\w)"
)
OLD = re.compile(r"(?<![\w/.,])(?P<number>\d{1,4})-(?P<symbol>CP|TTg|HĐBT)(?!\w)")
BLANK = re.compile(
    rf"(?<!\w)[sS][ốỐ]\s{{0,3}}:?\s{{0,60}}(?:[.…_]{{1,80}}\s{{0,3}})?"
    rf"(?:/\s?(?P<year>{YEAR})?/?\s?(?P<symbol>{SYMBOL})|-\s?(?P<party>{GROUP}/{GROUP}))(?!\w)"
)

# Before a number: what it is a number of.
KIND_NEAR = 72
WORDS = "|".join(sorted(map(re.escape, kind_words()), key=len, reverse=True))
BEFORE = re.compile(
    rf"(?<!\w)(?P<kind>{WORDS})(?:\s{{1,3}}cua(?:\s[a-z]{{2,12}}){{2,6}})?"
    r"[\s,]{0,3}(?:\(\s?)?(?:so\s{0,3}:?)?\s{0,3}$"
)
ONLY_SO = re.compile(r"(?<!\w)so\s{0,3}:?\s{0,3}$")
LONE_KINDS = ("Nghị định", "Nghị quyết", "Quyết định", "Chỉ thị")

# Behind it: date and issuer, in either order.
DATE = (
    r"(?P<d>\d{1,2})\s?[/.-]\s?(?P<m>\d{1,2})\s?[/.-]\s?(?P<y>\d{4})(?!\d)"
    r"|(?P<d2>\d{1,2})\s{1,2}tháng\s{1,2}(?P<m2>\d{1,2})\s{1,2}năm\s{1,2}(?P<y2>\d{4})(?!\d)"
)
DATE_BEHIND = re.compile(rf"\s{{0,3}},?\s{{0,3}}\(?ngày\s{{1,2}}(?:{DATE})", re.IGNORECASE)
DATE_AHEAD = re.compile(rf"ngày\s{{1,2}}(?:{DATE})[^.;\n]{{0,110}}\sban hành\s{{1,2}}$", re.IGNORECASE)
DATE_NEAR = 160
BY = re.compile(r"\s{1,3}của\s{1,2}(?P<by>[^,.;:()\n]{2,80})")
BY_ENDS = re.compile(
    r"\s(?:ngày|về|quy định|quy ?chế|ban hành|hướng dẫn|sửa đổi|có hiệu lực"
    r"|đã|là|và|theo|trong|để|nêu|thì|được|do)\s"
)
YEAR_BEHIND = re.compile(rf"\s{{1,3}}(?:năm\s{{1,2}})?(?P<year>{YEAR})(?![\w/]|[-.]\d)")
OF_YEAR = re.compile(rf"\s{{1,3}}năm\s{{1,2}}(?P<year>{YEAR})(?![\w/-])", re.IGNORECASE)
NUMBER_BEHIND = re.compile(
    r"\s{0,3}(?:,?\s{0,2}so\s{0,3}:?\s{0,3}"
    r"|\(\s?(?:(?:bo )?luat\s{1,2}|phap lenh\s{1,2})?(?:so\s{0,3}:?\s{0,3})?|)"
)

NAMED = re.compile(r"(?<!\w)(?:bo luat|luat|phap lenh|bl[a-z]{2,4})(?!\w)")
NO_LAW = re.compile(
    r"(?:phap|ky|khoa|nganh|mon|hoc|truong|cong ty|van phong|bao|si|hoi|bo|quy|tap chi|cu nhan)\s{1,2}$"
)
UNKNOWN = re.compile(
    r"(?<!\w)(?P<name>(?:Luật|Pháp lệnh)\s[^\W\d_a-z][^\W\d_]{0,8}(?:,?\s[^\W\d_]{1,8}){0,16}?)"
    r"\s(?:năm\s)?(?P<year>(?:19|20)\d\d)(?!\w|/)"
)
EVIDENCE = re.compile(r"(?:theo|quy định (?:của|tại)|căn cứ|thi hành|tại)\s{1,2}$", re.IGNORECASE)

CONSTITUTION = re.compile(
    r"(?<!\w)hien phap(?: nuoc[^,.;\n]{0,50}?viet nam)?"
    r"(?:\s(?:nam\s)?(?P<year>1946|1959|1980|1992|2013)(?!\w))?(?!\w)"
)
SHORT = re.compile(
    r"(?<!\w)(?P<kind>nghi dinh|thong tu lien tich|thong tu|quyet dinh|chi thi|ket luan|nghi quyet"
    r"|cong van|cong dien|ke hoach|thong bao|huong dan|luat|nd|tt|nq)"
    rf"\s{{1,3}}(?P<so>so\s{{1,3}})?(?P<number>\d{{1,4}})(?:/(?P<year>{YEAR})(?![/\w])"
    rf"|\s{{1,2}}nam\s{{1,2}}(?P<of>{YEAR})(?!\w)|(?![\w/]|-\w|[.,]\d))"
)
PAPERS = ("Công văn", "Công điện", "Kế hoạch", "Thông báo", "Hướng dẫn", "Quyết định")
"""Kinds whose bare number is one only behind the word "số"."""
SHORT_KINDS = ("NĐ", "TT", "NQ")
"""Letters that stand for a kind only in capitals."""
COUNTED = re.compile(
    r"\s{1,2}(?:diem|noi dung|nhom|van de|nhiem vu|chuong|dieu|nam|nguoi|ho|ngay|thang|trieu|ty|viec|loai|muc"
    r"|don vi|to chuc)(?!\w)|\s?%"
)
BACK = re.compile(
    r"(?<!\w)(?P<kind>hiến pháp|bộ luật|luật|pháp lệnh|nghị quyết liên tịch|nghị quyết|nghị định"
    r"|thông tư liên tịch|thông tư|quyết định|chỉ thị|kết luận)"
    r"\s{1,2}(?P<how>này|nói trên|nêu trên|kể trên|vừa nêu|đã nêu)(?!\w)",
    re.IGNORECASE,
)
PLAIN_WORDS = ("quyết định", "chỉ thị", "kết luận")
"""Words of everyday speech too: with `này` they need something around that speaks of a document."""
OF_DOCUMENT = re.compile(r"(?:kèm theo|thi hành|quy định tại|theo|căn cứ)\s$", re.IGNORECASE)
DOCUMENT_DOES = re.compile(r"\s(?:có hiệu lực|quy định|được ban hành|thay thế|bãi bỏ)(?!\w)")
TO_DOCUMENT = re.compile(r"[\s,-]{0,3}(?:(?:của|tại|thuộc|trong)\s{1,2})?(?:các\s{1,2})?", re.IGNORECASE)
FROM_DOCUMENT = re.compile(r"[\s,(-]{0,3}(?:(?:tại|theo)\s{1,2})?", re.IGNORECASE)
LIST = re.compile(r"\s{0,3}(?:,|;|và|hoặc)\s{1,3}(?:số\s{1,2})?", re.IGNORECASE)
