"""What a sentence says by itself, remembered: notes and mails repeat their phrases.

Morphemes, what the rules make of them (`rules`) and what the tagger reads depend on the sentence and nothing
beside it, so each is worked out once for a sentence met again. What stands around it counts later (`beside`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from detectors.names.candidate import Candidate
from detectors.names.morphology import Morpheme, tokenize
from detectors.names.rules import native
from detectors.names.tagger.decode import Tagged, decoder

#: Sentences that are remembered, and the longest one, in code points: longer ones do not come again.
_KEPT, _LONGEST = 8_192, 160

_DIGITS = str.maketrans("123456789", "000000000")

Key = tuple[str, tuple[tuple[object, ...], ...]]


def read_sentence(sentence: str, start: int) -> tuple[list[Morpheme], list[Candidate]]:
    """Return the morphemes of a sentence and the names the rules see in it; offsets count from `start` on.

    Every digit reads as 0: numbers say nothing about names, and sentences with other numbers are the same again.
    """
    plain = sentence.translate(_DIGITS)
    tokens, names = _read(plain) if len(plain) <= _LONGEST else _read.__wrapped__(plain)
    if not start:
        return list(tokens), list(names)
    return [_moved(token, start) for token in tokens], [_shifted(name, start) for name in names]


@lru_cache(maxsize=_KEPT)
def _read(sentence: str) -> tuple[list[Morpheme], list[Candidate]]:
    tokens = tokenize(sentence)
    return tokens, list(native(sentence, tokens))


def _moved(token: Morpheme, start: int) -> Morpheme:
    return Morpheme(token.start + start, token.end + start, token.surface, token.tag)


def _shifted(name: Candidate, start: int) -> Candidate:
    return Candidate(name.start + start, name.end + start, name.score, name.role, name.checked, name.parts)


_tagged: dict[Key, tuple[Tagged, ...]] = {}


def names_in(asked: Sequence[tuple[str, Sequence[Morpheme], Sequence[Candidate]]]) -> list[list[Tagged]]:
    """Return what the tagger sees in sentences, each as text, its morphemes in the text, and the rules' names."""
    keys = [_key(*each) for each in asked]
    found = [_tagged.get(key) for key in keys]
    new = [at for at, names in enumerate(found) if names is None]
    if len(_tagged) > _KEPT:
        _tagged.clear()
    for at, names in zip(new, decoder().names_of([asked[at][1:] for at in new]) if new else (), strict=True):
        start = _start(asked[at][1])
        fresh = tuple(Tagged(each.start - start, each.end - start, each.sure) for each in names)
        found[at] = fresh
        if len(keys[at][0]) <= _LONGEST:
            _tagged[keys[at]] = fresh
    return [
        [Tagged(each.start + start, each.end + start, each.sure) for each in names or ()]
        for names, start in zip(found, (_start(tokens) for _, tokens, _ in asked), strict=True)
    ]


def _start(tokens: Sequence[Morpheme]) -> int:
    return tokens[0].start if tokens else 0


def _key(text: str, tokens: Sequence[Morpheme], said: Sequence[Candidate]) -> Key:
    if not tokens:
        return "", ()
    start, end = tokens[0].start, tokens[-1].end
    return text[start:end].translate(_DIGITS), tuple(
        (name.start - start, name.end - start, name.score, name.role) for name in said
    )
