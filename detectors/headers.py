"""What a header says about its column: a prior, never proof.

`headers.tsv` lists whole terms, Japanese and English. In both languages the head of a compound stands last, so
the longest listed term that *ends* the header decides: 届け先住所 is an address, 住所区分 a category,
`customer_email` an address, `email_verified` a flag. Numbering and remarks in brackets do not count. A term
written with a leading ``=`` counts only when it is the whole header.

>>> [announced(text) for text in ("お客様氏名", "電話有無", "email_verified", "homePhone", "住所(自宅)", "c_03")]
['PERSON', 'NONE', 'NONE', 'PHONE_NUMBER', 'JP_ADDRESS', None]
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

from detectors.text import fold

#: What `announced` returns for a header that names something that is not personal data.
NONE = "NONE"

_BRACKETS = re.compile(r"[(\[【<《「].*?[)\]】>》」]")
_CAMEL = re.compile("(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[\s_\-.,/:;・|*※#]+")
_NUMBERING = re.compile(r"(?<=[^0-9])[0-9]{1,2}$")
_JAPANESE = re.compile("[ぁ-ヺー一-鿿々〒]")


@lru_cache(maxsize=4096)
def announced(header: str) -> str | None:
    """Return the entity type `header` announces, `NONE` for one of something else, None when it says nothing.

    Whole terms only: 名 is a given name as a header, and nothing inside 会社名.
    """
    text = fold(header).strip()
    outside = _BRACKETS.sub(" ", text)
    return _read(outside) or (_read(text) if outside != text else None)


def _read(text: str) -> str | None:
    words = [_NUMBERING.sub("", word) for word in _SEPARATORS.split(_CAMEL.sub(" ", text)) if word]
    words = [word.lower() for word in words if word and not (len(words) > 1 and word.isdigit())]
    if whole := _terms().get("=" + " ".join(words)):
        return whole
    for start in range(len(words)):
        if known := _terms().get(" ".join(words[start:])):
            return known
    return _compound(words[-1]) if words and _JAPANESE.search(words[-1]) else None


def _compound(word: str) -> str | None:
    """Look for the longest term that ends a Japanese compound; one character ends too many words to count."""
    for start in range(1, len(word) - 1):
        if known := _terms().get(word[start:]):
            return known
    return NONE if word[-1] in "日数率額コ" and len(word) > 1 else None


@cache
def _terms() -> dict[str, str]:
    lines = files("detectors").joinpath("headers.tsv").read_text("utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {" ".join(_SEPARATORS.split(fold(term).lower())).strip(): kind for kind, term in pairs}
