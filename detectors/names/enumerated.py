"""Names told by their neighbours in an enumeration: 羽根孜・船山元・岡部克也, where two are known as persons.

What fills the place between two separators beside a person in full is one more, if it is built like a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from detectors.names.candidate import Candidate, Role
from detectors.names.gazetteer import is_common_word, is_given, is_place, only_words
from detectors.names.lexicon import KANJI, NOT_A_PERSON, TITLE
from detectors.names.parts import parted

#: Score of a name known by its neighbour.
BESIDE = 0.6
_SEPARATORS = "・、"
_REPORTED = 0.4
_AFTER = re.compile(
    f"([{_SEPARATORS}])([{KANJI}ヶケ]{{2,5}})(?=[{_SEPARATORS}はがのをにと。)」]|ら|など|及び|および|$)"
)
_BEFORE = re.compile(f"(?:^|(?<=[{_SEPARATORS}は。(「]))([{KANJI}ヶケ]{{2,5}})([{_SEPARATORS}])$")
_KANJI_NAME = re.compile(f"[{KANJI}ヶケ]{{3,6}}")


def enumerated(text: str, found: Sequence[Candidate]) -> list[Candidate]:
    """Return the names of `text` that stand beside one of those `found` (sorted), not overlapping any of them."""
    known = [each for each in found if each.score >= _REPORTED]
    made: list[Candidate] = []
    for each in known:
        if _is_full(text, each):
            made += _onwards(text, each, known)
            made += _backwards(text, each, known)
    return _once(made)


def _is_full(text: str, each: Candidate) -> bool:
    return bool(_KANJI_NAME.fullmatch(text, each.start, each.end)) and (
        text[each.end : each.end + 1] in _SEPARATORS or text[each.start - 1 : each.start] in _SEPARATORS
    )


def _onwards(text: str, each: Candidate, known: Sequence[Candidate]) -> list[Candidate]:
    made = []
    end = each.end
    while (item := _AFTER.match(text, end)) and _apart(item.start(2), item.end(2), known):
        parts = _parts(item[2], item[1])
        if not parts:
            break
        made.append(_named(item.start(2), item.end(2), parts))
        end = item.end(2)
    return made


def _backwards(text: str, each: Candidate, known: Sequence[Candidate]) -> list[Candidate]:
    made = []
    start = each.start
    while (item := _BEFORE.search(text, max(0, start - 8), start)) and _apart(
        item.start(1), item.end(1), known
    ):
        parts = _parts(item[1], item[2])
        if not parts:
            break
        made.append(_named(item.start(1), item.end(1), parts))
        start = item.start(1)
    return made


def _named(start: int, end: int, parts: tuple[str, ...]) -> Candidate:
    role: Role = "full" if len(parts) > 1 else "surname"
    return Candidate(start, end, BESIDE, role, len(parts) > 1, parts)


def _apart(start: int, end: int, others: Iterable[Candidate]) -> bool:
    return all(end <= each.start or each.end <= start for each in others)


def _parts(name: str, separator: str) -> tuple[str, ...]:
    """Surname and given name of `name`; it alone where only ・, which joins like with like, vouches for it."""
    if is_place(name) or TITLE.search(name) or NOT_A_PERSON.match(name, len(name) - 1):
        return ()
    if (parts := parted(name)) and not is_common_word(name):
        return parts
    if separator == "・" and not only_words(name) and is_given(name):
        return (name,)
    return ()


def _once(made: Iterable[Candidate]) -> list[Candidate]:
    return list({(each.start, each.end): each for each in made}.values())
