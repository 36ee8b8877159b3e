"""The surname of a full name, where it can be told: what people of one household share.

>>> family_keys("山田　太郎"), family_keys("ヤマダ タロウ")
(('山田', 'ヤマダ'), ('ヤマダ', 'ヤマダ'))
>>> family_keys("佐藤健")[0], family_keys("John Smith")
('佐藤', (None, None))
"""

from __future__ import annotations

import re

from detectors.names import gazetteer
from detectors.names.lexicon import KANA_RUN
from detectors.text import condense, fold

_FOREIGN = re.compile("[・=]")


def family_keys(name: str) -> tuple[str | None, str | None]:
    """Return (folded surname, its reading in katakana where it is certain) of a full name.

    Both are written as `PersonRecognizer.keys` writes a surname alone. A name of one piece is cut where both
    sides are in the dictionaries, at the more frequent surname. (None, None) where there is no telling: Latin
    and ・ names do not say which of their parts is the surname.
    """
    dense = condense(fold(name))[0].strip()
    if dense.isascii() or _FOREIGN.search(dense):
        return None, None
    pieces = dense.split()
    first = pieces[0] if len(pieces) == 2 else _before_given(dense) if len(pieces) == 1 else None
    if first is None:
        return None, None
    if KANA_RUN.fullmatch(first):
        reading = gazetteer.katakana(first)
        return reading, reading
    readings = gazetteer.readings(first)
    return first, next(iter(readings)) if len(readings) == 1 else None


def _before_given(name: str) -> str | None:
    cuts = (name[:cut] for cut in range(1, len(name)) if gazetteer.is_given(name[cut:]))
    return max(filter(gazetteer.is_surname, cuts), key=gazetteer.surname_count, default=None)
