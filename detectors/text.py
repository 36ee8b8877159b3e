"""Same-length folding: every recognizer reads folded text, every offset stays a code point of the original.

NFKC changes lengths (㈱ → (株)) and leaves alone what matters here (髙, 﨑, U+2010, U+2212, 〜; FACTS §0.5), so
folding is a table from one code point to one code point. What it folds: full-width ASCII, the ideographic
space, the hyphen family, Kangxi radicals and compatibility ideographs, name variants (髙 → 高).
Kanji numerals and ケ/ヶ are *not* folded here: whether 三 is a number depends on where it stands.

>>> fold("０９０‐１２３４−５６７８ 髙橋")
'090-1234-5678 高橋'
"""

from __future__ import annotations

import unicodedata

#: Hyphens, dashes and minus signs seen between digits in Japanese data (FACTS §1.4). The prolonged sound mark
#: ー and its half-width form are hyphens only next to digits, so they are not in the table.
HYPHENS = "‐‑‒–—―⁃−﹣﹘－⎯⏤─━"

#: Variant → ordinary form, for names. Comparison only: the register form stays on display (FACTS §2.1).
VARIANTS = {
    "髙": "高", "﨑": "崎", "嵜": "崎", "濵": "浜", "濱": "浜", "𠮷": "吉", "邊": "辺", "邉": "辺",
    "齋": "斎", "齊": "斉", "澤": "沢", "廣": "広", "國": "国", "嶋": "島", "嶌": "島", "冨": "富", "德": "徳",
    "櫻": "桜", "𣘺": "橋", "槗": "橋", "眞": "真", "惠": "恵", "榮": "栄", "龍": "竜", "瀨": "瀬", "渕": "淵",
    "曾": "曽", "壽": "寿", "條": "条", "圓": "円", "藏": "蔵", "邨": "村", "驒": "騨", "籔": "薮", "栁": "柳",
    "鄕": "郷", "賴": "頼", "鷗": "鴎", "萬": "万", "靜": "静", "關": "関", "豐": "豊", "學": "学",
    "會": "会", "實": "実", "緖": "緒", "凜": "凛", "敎": "教", "淸": "清",
}  # fmt: skip


def _table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table[0x3000] = " "
    table[0x00A0] = " "
    for hyphen in HYPHENS:
        table[ord(hyphen)] = "-"
    table[ord("〜")] = "~"
    # Kangxi radicals and CJK compatibility ideographs have a one-to-one NFKC form.
    for code in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFAFF)):
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and plain != chr(code):
            table[code] = plain
    table.update({ord(variant): plain for variant, plain in VARIANTS.items()})
    return table


_FOLD = _table()


def fold(text: str) -> str:
    """Return `text` folded code point by code point; ``len(fold(text)) == len(text)`` for every string."""
    return text.translate(_FOLD)
