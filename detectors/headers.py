"""What a header says about its column: a prior, never proof.

`headers.tsv` lists whole terms, Japanese and English. In both languages the head of a compound stands last, so
the longest listed term that *ends* the header decides: 届け先住所 is an address, 住所区分 a category,
`customer_email` an address, `email_verified` a flag. Numbering and remarks in brackets do not count, nor in which
letters or order of digits the values are written (会社名カナ, 生年月日_西暦). A term written with a leading ``=``
counts only when it is the whole header.

Systems abbreviate their headers and write them in Latin letters or half-width kana: KAIIN_NO, ｶｲｲﾝﾊﾞﾝｺﾞｳ and 会員№
are 会員番号, CUST_NM is a customer's name. `readings.tsv` lists the words with their readings.

>>> [announced(text) for text in ("お客様氏名", "電話有無", "email_verified", "homePhone", "住所(自宅)", "c_03")]
['PERSON', 'NONE', 'NONE', 'PHONE_NUMBER', 'JP_ADDRESS', None]
>>> [announced(text) for text in ("SEINEN_GAPPI", "ｶｲｲﾝNO", "SHOHIN_CD", "CUST_NM", "会社名カナ")]
['DATE_OF_BIRTH', 'PERSONAL_ID', 'NONE', 'PERSON', 'NONE']
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

import jaconv

from detectors.names.gazetteer import romaji_key
from detectors.text import condense, fold

#: What `announced` returns for a header that names something that is not personal data.
NONE = "NONE"

_BRACKETS = re.compile(r"[(\[【<《「].*?[)\]】>》」]")
_CAMEL = re.compile("(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[\s_\-.,/:;・|*※#]+")
_NUMBERING = re.compile(r"(?<=[^0-9])[0-9]{1,2}$")
_JAPANESE = re.compile("[ぁ-ヺー一-鿿々〒]")
_SCRIPTS = re.compile("[A-Za-z]+|[ぁ-ゖ]+|[ァ-ヺー]+|[^A-Za-zぁ-ゖァ-ヺー]+")

#: 会員№ and 会員No are 会員番号.
_NUMBER_SIGN = re.compile(r"(?:(?<=[ぁ-ヺー一-鿿々])(?:No|NO|no)|№)$")
_LATIN_SIGN = re.compile(r"(?<=[A-Za-z])[ _]?(?:#|№)")
#: English abbreviations; every way to say number is one word.
_SHORT = {
    "number": "no", "num": "no", "nbr": "no", "nm": "name", "cd": "code", "dt": "date", "ymd": "date",
    "adr": "addr", "cust": "customer", "acct": "account", "emp": "employee", "mbr": "member",
}  # fmt: skip
#: By code or ID, too, people are known by number; accounts and cards are not.
_HEADS = re.compile("(?:コード|ID|id|code)$")
#: How the values are written, behind what they are.
_WRITTEN = re.compile(
    "(?:西暦|和暦|元号|カナ|かな|フリガナ|ふりがな|漢字|英字|英語|ローマ字|全角|半角|必須|任意|(?i:y{2,4}m{1,2}d{0,2}|"
    "kana|furigana|kanji|romaji))$"
)


@lru_cache(maxsize=4096)
def announced(header: str) -> str | None:
    """Return the entity type `header` announces, `NONE` for one of something else, None when it says nothing.

    Whole terms only: 名 is a given name as a header, and nothing inside 会社名.
    """
    text = _LATIN_SIGN.sub(" no ", condense(fold(header))[0]).strip()
    outside = _BRACKETS.sub(" ", text)
    return _read(outside) or (_read(text) if outside != text else None)


def _read(text: str) -> str | None:
    words = _words(text)
    plain = _less_writing(words)
    return (_said(plain) if plain != words else None) or _said(words)


def _words(text: str) -> list[str]:
    words = [_NUMBERING.sub("", word) for word in _SEPARATORS.split(_CAMEL.sub(" ", text)) if word]
    words = [
        _NUMBER_SIGN.sub("番号", word) for word in words if word and not (len(words) > 1 and word.isdigit())
    ]
    return words


def _less_writing(words: list[str]) -> list[str]:
    """Return `words` without what says how the values are written, unless nothing else is left."""
    if not words:
        return words
    *before, last = words
    rest = _WRITTEN.sub("", last)
    return [*before, rest] if rest else (before or words)


def _said(words: list[str]) -> str | None:
    english = [_SHORT.get(word.lower(), word.lower()) for word in words]
    if whole := _terms().get("=" + " ".join(english)):
        return whole
    if whole := _known(" ".join(english)):
        return whole
    if (japanese := _in_japanese(words)) and (said := _known(japanese.lower()) or _compound(japanese)):
        return said
    for start in range(1, len(english)):
        if known := _known(" ".join(english[start:])):
            return known
    return _compound(words[-1]) if words and _JAPANESE.search(words[-1]) else None


def _known(term: str) -> str | None:
    if known := _terms().get(term):
        return known
    numbered = _HEADS.sub("番号" if _JAPANESE.search(term) else "no", term)
    return "PERSONAL_ID" if numbered != term and _terms().get(numbered) == "PERSONAL_ID" else None


def _compound(word: str) -> str | None:
    """Look for the longest term that ends a Japanese compound; one character ends too many words to count."""
    lower = word.lower()
    for start in range(1, len(word) - 1):
        if known := _known(lower[start:]):
            return known
    return NONE if word[-1] in "日数率額コ" and len(word) > 1 else None


def _in_japanese(words: list[str]) -> str | None:
    """Return the header in kanji where every word of it is Japanese, by its letters or by its reading."""
    if len(words) == 1 and not words[0].isascii() and not _KANA.search(words[0]):
        return None
    pieces = [piece for word in words for piece in _SCRIPTS.findall(word)]
    read = [_by_reading(piece) for piece in pieces]
    if None in read or read == pieces:
        return None if None in read or len(words) == 1 else "".join(pieces)
    return "".join(filter(None, read))


_KANA = re.compile("[ぁ-ヺー]|[A-Za-z]")


def _by_reading(piece: str) -> str | None:
    """Return `piece` in kanji; as it is when it is Japanese of no known reading, None for other Latin letters."""
    latin = piece.isascii() and piece.isalpha()
    key = romaji_key(piece) if latin else jaconv.kata2hira(piece)
    return _spelt(key) or (None if latin else piece)


@lru_cache(maxsize=4096)
def _spelt(key: str) -> str | None:
    """Return the words of known reading `key` consists of, the first as long as possible."""
    readings = _readings()
    if whole := readings.get(key):
        return whole
    for cut in range(len(key) - 1, 2, -1):
        if (first := readings.get(key[:cut])) and (rest := _spelt(key[cut:])):
            return first + rest
    return None


@cache
def _readings() -> dict[str, str]:
    """Hiragana, and the key of its Latin spellings, to the word as it is written."""
    pairs = [line.split("\t") for line in _lines("readings.tsv")]
    latin = {romaji_key(jaconv.kana2alphabet(reading)): word for reading, word in pairs}
    return latin | dict(pairs)


@cache
def _terms() -> dict[str, str]:
    pairs = (line.split("\t") for line in _lines("headers.tsv"))
    return {_term(term): kind for kind, term in pairs}


def _term(written: str) -> str:
    mark, plain = ("=", written[1:]) if written.startswith("=") else ("", written)
    words = [_NUMBER_SIGN.sub("番号", word) for word in _SEPARATORS.split(fold(plain)) if word]
    return mark + " ".join(_SHORT.get(word.lower(), word.lower()) for word in words)


def _lines(name: str) -> list[str]:
    lines = files("detectors").joinpath(name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
