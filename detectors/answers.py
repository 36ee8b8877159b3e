"""What a recognizer says of cells that are like others, asked once and remembered as a number.

Where a recognizer cannot tell by a piece of a cell what it would say, it may still know cells to which it says the
same: addresses whose numbers only differ. One of them is read; a batch later its like is not read again.

>>> def first(texts, folded):
...     return [[text[0]] for text in texts]
>>> answers = Answers(first, like=lambda text: text.rstrip("123456789") or None)
>>> answers.of(["a1", "b2", "a3", "5"]), answers.of(["b6", "c4", "a7"])
([1, 2, 1, -1], [2, 3, 1])
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

#: Kinds of cell that are remembered.
_REMEMBERED = 65_536


@dataclass(frozen=True)
class Answers:
    """The answers of a recognizer's `find_all` to folded texts.

    Of texts that `like` makes equal it says the same; None stands for a text like no other.
    """

    find_all: Callable[[Sequence[str], Sequence[str]], Sequence[Sequence[Hashable]]]
    like: Callable[[str], Hashable]
    _known: dict[Hashable, int] = field(default_factory=dict)
    _numbers: dict[Hashable, int] = field(default_factory=dict)

    def of(self, texts: Sequence[str]) -> list[int]:
        """Return a number from 1 on for every text, equal ones for equal answers; -1 for one like no other."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
            self._numbers.clear()
        kinds = [self.like(text) for text in texts]
        new = {kind: text for kind, text in zip(kinds, texts, strict=True) if kind not in self._known}
        new.pop(None, None)
        if new:
            asked = list(new.values())
            for kind, found in zip(new, self.find_all(asked, asked), strict=True):
                self._known[kind] = self._numbers.setdefault(tuple(found), len(self._numbers) + 1)
        return [-1 if kind is None else self._known[kind] for kind in kinds]
