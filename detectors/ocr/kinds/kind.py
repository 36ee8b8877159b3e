"""What a kind of document is: words, signs, vetoes, an anchor; and the fields it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from detectors.ocr.sheet import Finder

#: A day as papers print it: 昭和61年5月1日, 1985年12月31日, spaces and zeros as they come.
DAY = (
    r"(?:(?:明治|大正|昭和|平成|令和)\s*(?:[0-9]{1,2}|元)|[0-9]{4})\s*年\s*[0-9]{1,2}\s*月\s*[0-9]{1,2}\s*日"
)
#: A birth date as cards print it: 昭和61年5月1日生.
BIRTH = re.compile(r"(?:明治|大正|昭和|平成|令和|[0-9]{4}年?)[0-9元年月日]{3,10}生")
#: Words of papers that are about a card, ask for it or quote it.
ABOUT = (
    "見本",
    "サンプル",
    "記入例",
    "申請書",
    "申込書",
    "届出書",
    "請求書",
    "よくある質問",
    "お知らせ",
    "ご案内",
    "履歴書",
)


@dataclass(frozen=True, slots=True)
class Form:
    """A field of a card: how it is found, what its value looks like, and how it is written for the recognizers.

    `label` stands in front of the value on the page of fields; `score` is what the place alone is worth.
    """

    entity_type: str
    label: str
    score: float
    shape: re.Pattern[str]
    find: Finder


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: words with weights, weighed patterns and checks, words that rule it out, its anchor, its fields.

    `portrait`: whether it shows its holder's face.
    """

    name: str
    words: tuple[tuple[float, tuple[str, ...]], ...]
    signs: tuple[tuple[float, Callable[[str], bool]], ...]
    vetoes: tuple[str, ...]
    anchor: Callable[[str], bool]
    forms: tuple[Form, ...] = ()
    portrait: bool = False


def evidence(kind: Kind, text: str) -> float:
    """Return the evidence for `kind`, 0–1, in the folded lines of a document without blanks."""
    if not kind.anchor(text) or any(nearly_in(word, text) for word in kind.vetoes):
        return 0.0
    words = sum(weight for weight, forms in kind.words if any(nearly_in(form, text) for form in forms))
    return min(1.0, words + sum(weight for weight, holds in kind.signs if holds(text)))


def nearly_in(word: str, text: str) -> bool:
    """Say whether `word` stands in `text` with at most one in five characters misread, none of them dropped.

    >>> nearly_in("東京都公安委員会", "束京都公安委員会")
    True
    """
    if word in text:
        return True
    allowed = len(word) // 5
    if not allowed:
        return False
    return any(
        sum(a != b for a, b in zip(word, text[at : at + len(word)], strict=True)) <= allowed
        for at in range(len(text) - len(word) + 1)
    )


def holds(pattern: str, times: int = 1) -> Callable[[str], bool]:
    """Return the sign that `pattern` occurs at least so many times.

    >>> holds("[0-9]{4}年", 2)("1985年2026年"), holds("[0-9]{4}年", 2)("1985年")
    (True, False)
    """
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda text: sum(1 for _ in zip(range(times), compiled.finditer(text), strict=False)) == times


def printed(*words: str) -> Callable[[str], bool]:
    """Return the sign that one of `words` stands there, nearly."""
    return lambda text: any(nearly_in(word, text) for word in words)


def every(*signs: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return the sign that all of `signs` hold."""
    return lambda text: all(sign(text) for sign in signs)


def either(*signs: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return the sign that one of `signs` holds."""
    return lambda text: any(sign(text) for sign in signs)


#: A birth date.
has_birth = holds(BIRTH.pattern)
