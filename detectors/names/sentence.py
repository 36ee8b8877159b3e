"""What a sentence says by itself, remembered: notes and mails repeat their phrases.

Morphemes, what the rules make of them (`rules`) and what the tagger reads depend on the sentence and nothing
beside it, so each is worked out once for a sentence met again. What stands around it counts later (`beside`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from detectors.names.addressed import is_address
from detectors.names.candidate import Candidate
from detectors.names.glued import outset
from detectors.names.lexicon import HIRAGANA, KANJI, KATAKANA
from detectors.names.rules import native
from detectors.names.tagger.decode import Tagged, decoder
from detectors.names.tagger.doubt import doubtful
from detectors.names.tokens import Morpheme, tokenize

#: Sentences that are remembered, and the longest one, in bytes: longer ones do not come again.
_KEPT, _LONGEST = 8_192, 480

_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_EVIDENCE = re.compile(f"[{KANJI}]|[{KATAKANA}]{{2}}|[{HIRAGANA}]{{2}}")


class Sentence:
    """A sentence as it reads by itself; offsets count from its first character.

    `tokens`: none where no name in Japanese letters can stand. `names`: those the rules see in them.
    `addresses`: whether a word stands in it by which somebody is called (`addressed`). `doubtful`: where words
    stand that may be a name (`tagger.doubt`).
    """

    __slots__ = ("_doubtful", "addresses", "names", "tagged", "tokens")

    def __init__(self, text: str) -> None:
        self.tokens: list[Morpheme] = tokenize(text) if _EVIDENCE.search(text) else []
        self.names: list[Candidate] = [outset(text, each) for each in native(text, self.tokens)]
        self.addresses = bool(self.tokens) and is_address(text)
        self.tagged: dict[tuple[object, ...], tuple[Tagged, ...]] = {}
        self._doubtful: tuple[tuple[int, int], ...] | None = None

    @property
    def doubtful(self) -> tuple[tuple[int, int], ...]:
        """See the class; looked up when first asked for."""
        if self._doubtful is None:
            self._doubtful = doubtful(self.tokens)
        return self._doubtful


def read_sentence(text: str) -> Sentence:
    """Return `text` as it reads.

    Every digit reads as 0: numbers say nothing about names, and sentences with other numbers are the same again.
    """
    plain = text.encode(errors="surrogatepass").translate(_DIGITS)
    return _read(plain) if len(plain) <= _LONGEST else _read.__wrapped__(plain)


@lru_cache(maxsize=_KEPT)
def _read(plain: bytes) -> Sentence:
    return Sentence(plain.decode(errors="surrogatepass"))


def names_in(asked: Sequence[tuple[Sentence, Sequence[Candidate]]]) -> list[tuple[Tagged, ...]]:
    """Return what the tagger sees in sentences, given what the rules say in each once its context counts."""
    keys = [tuple((name.start, name.end, name.score, name.role) for name in said) for _, said in asked]
    new = [at for at, key in enumerate(keys) if key not in asked[at][0].tagged]
    if new:
        read = decoder().names_of([(asked[at][0].tokens, asked[at][1]) for at in new])
        for at, names in zip(new, read, strict=True):
            asked[at][0].tagged[keys[at]] = tuple(names)
    return [sentence.tagged[key] for (sentence, _), key in zip(asked, keys, strict=True)]
