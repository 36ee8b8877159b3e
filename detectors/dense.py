"""Texts as recognizers read them: folded, and condensed where signs have no form of one letter (ｶｰﾄﾞ, 葛󠄀飾区).

Labels in half-width kana, kanji with a selector of their variant, an invisible sign inside a number: recognizers
read texts without them and need not know. What is found is put back to where it stands in the original. A cell of
nothing but half-width kana is a name or nothing (`PersonRecognizer` reads it as it is): there are whole columns of
them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from detectors.letters import Letters
from detectors.text import INVISIBLE, LOOSE, condense, fold

if TYPE_CHECKING:
    from detectors.recognizer import Match

_ONLY_KANA = "[\uff61-\uff9f ]*"
_NAME = re.compile(_ONLY_KANA)
#: What texts that are condensed hold, and those are that hold it and are not: RE2.
LOOSE_SIGN, NAME_IN_KANA = LOOSE.pattern, f"^{_ONLY_KANA}$"

Spanned = TypeVar("Spanned", bound="Match")


def dense(folded: str) -> tuple[str, list[int] | None]:
    """Return the text to read, and where each of its letters stands in `folded`; None where it is `folded`.

    >>> dense("ﾊﾟｽﾎﾟｰﾄ番号")[0], dense("ﾔﾏﾀﾞ ﾀﾛｳ")[0]
    ('パスポート番号', 'ﾔﾏﾀﾞ ﾀﾛｳ')
    """
    if folded.isascii() or not LOOSE.search(folded) or _NAME.fullmatch(folded):
        return folded, None
    return condense(folded)


def any_loose(letters: Letters) -> bool:
    """Whether a column of these letters may hold texts that are condensed."""
    return any(LOOSE.match(chr(code)) for code in letters.codes if code > 127)


@dataclass(frozen=True)
class Reading:
    """Texts to read: dense ones where they are to be condensed, else folded.

    `values`: the originals. `offsets`: of those that were condensed, by their place, where each letter stands.
    """

    values: Sequence[str]
    folded: Sequence[str]
    texts: Sequence[str]
    offsets: Mapping[int, list[int]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, values: Sequence[str], folded: Sequence[str] | None = None, letters: Letters | None = None
    ) -> Reading:
        """Read `values`; `folded`: the same folded, `letters`: theirs, where they are known."""
        folded = list(map(fold, values)) if folded is None else folded
        if letters is not None and not any_loose(letters):
            return cls(values, folded, folded)
        read = list(map(dense, folded))
        offsets = {place: moved for place, (_, moved) in enumerate(read) if moved is not None}
        return cls(values, folded, [text for text, _ in read] if offsets else folded, offsets)

    def of_places(self, places: Sequence[int]) -> tuple[list[str], list[str]]:
        """Return originals and texts to read; of texts that are condensed the dense one twice."""
        texts = [self.texts[at] for at in places]
        if not self.offsets:
            return [self.values[at] for at in places], texts
        return [(self.texts if at in self.offsets else self.values)[at] for at in places], texts

    def put_back(self, place: int, found: list[Spanned]) -> list[Spanned]:
        """Return what was found in one text where it stands in the original, without invisible signs behind."""
        offsets = self.offsets.get(place)
        return found if offsets is None else [_put_back(each, offsets, self.folded[place]) for each in found]


def _put_back(found: Spanned, offsets: list[int], folded: str) -> Spanned:
    start, end = offsets[found.start], offsets[found.end]
    while end > start and INVISIBLE.match(folded, end - 1):
        end -= 1
    return replace(found, start=start, end=end)
