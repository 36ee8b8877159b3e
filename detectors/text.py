"""Same-length folding: every recognizer reads folded text, every offset stays a code point of the original.

NFKC changes lengths (㈱ → (株)) and leaves alone what matters here (髙, 﨑, U+2010, U+2212, 〜):
folding is a table from one code point to one code point. What it folds: full-width ASCII, the ideographic
space, the hyphen family, Kangxi radicals and compatibility ideographs, name variants (髙 → 高).
Kanji numerals and ケ/ヶ are *not* folded here: whether 三 is a number depends on where it stands.

>>> fold("０９０‐１２３４−５６７８ 髙橋")
'090-1234-5678 高橋'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: Hyphens, dashes and minus signs seen between digits in Japanese data. The prolonged sound mark
#: ー and its half-width form are hyphens only next to digits, so they are not in the table.
HYPHENS = "‐‑‒–—―⁃−﹣﹘－⎯⏤─━"

_PAIRS = """
髙高 﨑崎 嵜崎 㟢崎 𥔎崎 濵浜 濱浜 𠮷吉 邊辺 邉辺 齋斎 齊斉 澤沢 廣広 國国 嶋島 嶌島 冨富
德徳 櫻桜 𣘺橋 槗橋 眞真 惠恵 榮栄 龍竜 瀨瀬 渕淵 渊淵 曾曽 壽寿 條条 圓円 藏蔵 邨村 驒騨
籔薮 藪薮 栁柳 桺柳 鄕郷 賴頼 鷗鴎 萬万 靜静 關関 豐豊 學学 會会 實実 緖緒 凜凛 敎教 淸清
彥彦 彌弥 澁渋 澀渋 瀧滝 禮礼 戶戸 户戸 黑黒 增増 寬寛 祿禄 綠緑 黃黄 吳呉 巢巣 步歩 每毎
靑青 兒児 產産 薰薫 卷巻 縣県 與与 應応 覺覚 樂楽 氣気 經経 藝芸 顯顕 劍剣 權権 嚴厳 恆恒
絲糸 壯壮 莊荘 乘乗 愼慎 晉晋 數数 淺浅 雙双 臺台 鐵鉄 傳伝 燈灯 當当 讀読 發発 寶宝 譽誉
樣様 來来 龜亀 勵励 戀恋 聰聡 巖巌 遙遥 堯尭 槇槙 鹽塩 蘆芦 麥麦 佛仏 變変 繩縄 總総 逹達
埜野 桒桑 𡈽土 嶽岳 禱祷 檜桧 輛両 處処 黨党 舊旧 團団 圖図 區区 號号 醫医 辯弁 晝昼 穗穂
稻稲 兩両 奧奥 橫横 鎭鎮 瑤瑶 曆暦
"""
#: Variant and ordinary form, for names. Comparison only: the register form stays on display.
#: Old forms (旧字体) of kanji met in names, and the handful of 異体字 that registers are full of. Kanji that
#: are names of their own beside their look-alike stay (斎/斉, 峯/峰, 舘/館, 嵯/嵳).
VARIANTS: dict[str, str] = {pair[0]: pair[1] for pair in _PAIRS.split()}

#: Radicals that PDF text extraction leaves where the kanji stood; NFKC knows only some of them.
_RADICALS = dict(zip("⺟⺠⻁⻄⻆⻑⻘⻝⻣⻤⻨⻩⻫⻭⻯⻲", "母民虎西角長青食骨鬼麦黄斉歯竜亀", strict=True))


def _table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table[0x3000] = " "
    table[0x00A0] = " "
    for hyphen in HYPHENS:
        table[ord(hyphen)] = "-"
    table[ord("〜")] = "~"
    # Kangxi radicals and CJK compatibility ideographs have a one-to-one NFKC form.
    for code in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFAFF), *range(0x2F800, 0x2FA1E)):
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and plain != chr(code):
            table[code] = VARIANTS.get(plain, plain)
    table.update({ord(variant): plain for variant, plain in (_RADICALS | VARIANTS).items()})
    return table


_FOLD = _table()

#: Every character `fold` changes.
FOLDED = frozenset(map(chr, _FOLD))


def changing(letters: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds one of `letters`, and perhaps others beyond the basic plane.

    Most texts hold none, which `re` tells ten times as fast as a table makes the same text again: if it need
    not look up rare letters one by one.
    """
    plain = "".join(re.escape(letter) for letter in sorted(letters) if letter < _RARE)
    return re.compile(f"[{plain}{_RARE}-\U0010ffff]")


_RARE = "\U00010000"
_MAY_FOLD = changing(FOLDED)

#: Lone surrogates have no UTF-8 form, which Arrow, Sudachi and RE2 read.
SURROGATE = re.compile("[\ud800-\udfff]")


def fold(text: str) -> str:
    """Return `text` folded code point by code point; ``len(fold(text)) == len(text)`` for every string."""
    return text.translate(_FOLD) if not text.isascii() and _MAY_FOLD.search(text) else text


_ZERO_WIDTH = "\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
#: Signs that are not seen: of no width, or of the direction of writing, as address books put them round numbers.
INVISIBLE = re.compile(f"[{_ZERO_WIDTH}]")
#: What has no one-to-one form: half-width kana, combining voice marks, variation selectors, invisible signs.
LOOSE = re.compile(f"[\uff61-\uff9f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef{_ZERO_WIDTH}]")
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")
_VOICE_MARKS = {"\uff9e": "\u3099", "\uff9f": "\u309a", "\u3099": "\u3099", "\u309a": "\u309a"}


def condense(folded: str) -> tuple[str, list[int] | None]:
    """Return `folded` with kana composed and invisible marks dropped, and where each character came from.

    Half-width kana become full-width (ﾀﾞ → ダ), combining voice marks join their kana, selectors of variants
    and zero-width signs go. The second value maps an offset of the result to an offset of `folded` and has one
    entry more than the result has characters; None when nothing changed.

    >>> condense("ﾔﾏﾀﾞ")
    ('ヤマダ', [0, 1, 2, 4])
    """
    if not LOOSE.search(folded):
        return folded, None
    made: list[str] = []
    offsets: list[int] = []
    for offset, char in enumerate(folded):
        mark = _VOICE_MARKS.get(char)
        if mark and made and len(joined := unicodedata.normalize("NFC", made[-1] + mark)) == 1:
            made[-1] = joined
        elif mark or not LOOSE.match(char) or _HALF_WIDTH.match(char):
            made.append(unicodedata.normalize("NFKC", char) if _HALF_WIDTH.match(char) else char)
            offsets.append(offset)
    offsets.append(len(folded))
    return "".join(made), offsets
