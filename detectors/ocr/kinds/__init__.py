"""What document an image shows: one of `KINDS`, or something else.

Printed words, the forms of numbers and dates, and check digits each add evidence; a kind is named from
`NAMED` on, and only with an anchor that a page *about* the card lacks: a number or a birth date. The words
are those printed on the cards; long ones are found with one misread character in five. One module for each
family of documents; a new kind is an entry there, and words for it in `pipelines/reports/`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from detectors.ocr.kinds import (
    driving,
    insurance,
    membership,
    my_number,
    passport,
    payment,
    pension,
    residence,
    screens,
    travel,
)  # fmt: skip
from detectors.ocr.kinds.kind import Kind, evidence, nearly_in
from detectors.text import fold

__all__ = ["KINDS", "NAMED", "OTHER", "Judgement", "judge", "nearly_in", "of_name"]

#: Evidence from which a kind is named.
NAMED = 0.6

OTHER = "other"

KINDS: tuple[Kind, ...] = (
    *driving.KINDS,
    *my_number.KINDS,
    *insurance.KINDS,
    *residence.KINDS,
    *passport.KINDS,
    *pension.KINDS,
    *payment.KINDS,
    *travel.KINDS,
    *membership.KINDS,
    *screens.KINDS,
)
_BY_NAME = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Judgement:
    """`kind` with its evidence, 0–1; for ``other`` the evidence that it is none of the known kinds."""

    kind: str
    score: float


def judge(texts: Sequence[str]) -> Judgement:
    """Name the kind of the document whose lines are `texts`, in any order."""
    text = "\n".join(re.sub(r"\s", "", fold(line)) for line in texts)
    scores = {kind.name: evidence(kind, text) for kind in KINDS}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < NAMED:
        return Judgement(OTHER, round(1 - scores[best], 3))
    return Judgement(best, round(scores[best], 3))


def of_name(name: str) -> Kind | None:
    """Return the kind of a name, None for ``other``."""
    return _BY_NAME.get(name)
