"""What document an image shows: driver's licence, My Number card front or back, or something else.

Printed words, the forms of numbers and dates, and check digits each add evidence; a kind is named from
`NAMED` on, and only with an anchor that a page *about* the card lacks: a number or a birth date. The words
are those printed on the cards; long ones are found with one misread character in five.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stdnum.jp import in_ as my_number

from detectors.jp import driver_license
from detectors.text import fold

#: Evidence from which a kind is named.
NAMED = 0.6

OTHER = "other"
DRIVER_LICENSE = "driver_license"
MY_NUMBER_FRONT = "my_number_card_front"
MY_NUMBER_BACK = "my_number_card_back"

#: A birth date as cards print it: 昭和61年5月1日生.
BIRTH = re.compile(r"(?:明治|大正|昭和|平成|令和|[0-9]{4}年?)[0-9元年月日]{3,10}生")
TWELVE_DIGITS = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


@dataclass(frozen=True, slots=True)
class Judgement:
    """`kind` with its evidence, 0–1; for ``other`` the evidence that it is none of the known kinds."""

    kind: str
    score: float


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: words with weights, weighed patterns and checks, words that rule it out, and its anchor."""

    name: str
    words: tuple[tuple[float, tuple[str, ...]], ...]
    signs: tuple[tuple[float, Callable[[str], bool]], ...]
    vetoes: tuple[str, ...]
    anchor: Callable[[str], bool]


def judge(texts: Sequence[str]) -> Judgement:
    """Name the kind of the document whose lines are `texts`, in any order."""
    text = "\n".join(re.sub(r"\s", "", fold(line)) for line in texts)
    scores = {kind.name: _evidence(kind, text) for kind in KINDS}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < NAMED:
        return Judgement(OTHER, round(1 - scores[best], 3))
    return Judgement(best, round(scores[best], 3))


def _evidence(kind: Kind, text: str) -> float:
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


def _has_birth(text: str) -> bool:
    return BIRTH.search(text) is not None


def _has_twelve(text: str) -> bool:
    return TWELVE_DIGITS.search(text) is not None


def _has_license_number(text: str) -> bool:
    return any(driver_license.is_valid(match[0]) for match in TWELVE_DIGITS.finditer(text))


def _has_my_number(text: str) -> bool:
    return any(my_number.is_valid(match[0]) for match in TWELVE_DIGITS.finditer(text))


def _has_framed_number(text: str) -> bool:
    return re.search(r"第[0-9]{10,13}号?|[0-9]{12}号", text) is not None


def _has_own_number_label(text: str) -> bool:
    return re.search(r"個人番号(?!カ[ー一]ド)", text) is not None


def _has_mayor(text: str) -> bool:
    return re.search(r"[市区町村]長(?:$|\n)", text) is not None


_PAPERS = ("住民票", "世帯主", "源泉徴収", "申告書", "通知カード", "在留カード", "被保険者", "旅券")

KINDS = (
    Kind(
        DRIVER_LICENSE,
        words=(
            (0.3, ("運転免許証",)),
            (0.25, ("公安委員会",)),
            (0.15, ("条件等",)),
            (0.1, ("二・小・原", "二·小·原", "二種")),
            (0.1, ("準中型", "中型", "大特", "種類")),
            (0.1, ("交付",)),
            (0.1, ("まで有効",)),
        ),
        signs=((0.2, _has_framed_number), (0.2, _has_license_number), (0.1, _has_birth)),
        vetoes=_PAPERS,
        anchor=lambda text: _has_birth(text) or _has_framed_number(text) or _has_license_number(text),
    ),
    Kind(
        MY_NUMBER_FRONT,
        words=(
            (0.45, ("個人番号カード",)),
            (0.2, ("電子証明書",)),
            (0.2, ("臓器提供",)),
            (0.1, ("セキュリティコード",)),
            (0.1, ("性別",)),
            (0.1, ("まで有効",)),
        ),
        signs=((0.15, _has_birth), (0.1, _has_mayor)),
        vetoes=_PAPERS,
        anchor=_has_birth,
    ),
    Kind(
        MY_NUMBER_BACK,
        words=((0.1, ("氏名",)), (0.15, ("番号法", "コピー", "この面", "ICチップ"))),
        signs=(
            (0.35, _has_own_number_label),
            (0.15, _has_twelve),
            (0.2, _has_my_number),
            (0.1, _has_birth),
        ),
        vetoes=(*_PAPERS, "住所", "電子証明書", "公安委員会"),
        anchor=_has_twelve,
    ),
)
