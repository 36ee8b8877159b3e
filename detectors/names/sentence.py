"""What a sentence says by itself, remembered: notes and mails repeat their phrases.

Morphemes, what the rules make of them (`rules`) and where the tagger may be needed depend on the sentence and
nothing beside it, so each is worked out once for a sentence met again. What stands around it counts later
(`passage`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from detectors.names.addressed import is_address
from detectors.names.candidate import Candidate
from detectors.names.glued import outset
from detectors.names.lexicon import HIRAGANA, KANJI, KATAKANA
from detectors.names.rules import native
from detectors.names.tagger.doubt import doubtful
from detectors.names.tokens import Morpheme, tokenize
from detectors.names.windows import forget_runs, windows
from detectors.recent import Recent

#: Sentences of each generation that are remembered, and the longest, in code points: few longer ones return.
_KEPT, LONGEST = 4_096, 160

_EVIDENCE = re.compile(f"[{KANJI}]|[{KATAKANA}]{{2}}|[{HIRAGANA}]{{2}}")


class Sentence:
    """A sentence as it reads by itself; offsets count from its first character.

    `tokens`: none where no name in Japanese letters can stand, or where the rules see none (`windows`).
    `names`: those the rules see in them. `addresses`: whether a word stands in it by which somebody is called
    (`addressed`). `doubtful`: where words stand among them that may be a name (`tagger.doubt`).
    """

    __slots__ = ("addresses", "doubtful", "names", "tokens")

    def __init__(self, text: str, tokens: list[Morpheme]) -> None:
        self.tokens = tokens
        self.names: list[Candidate] = [outset(text, each) for each in native(text, tokens)]
        self.addresses = is_address(text) and _may_name(text)
        self.doubtful = doubtful(tokens)

    @property
    def is_unnamed(self) -> bool:
        """Whether the rules see no name in it whatever stands around it."""
        return not (self.names or self.addresses)


#: By whether they were tokenized as a whole.
_read: dict[bool, Recent[str, Sentence]] = {True: Recent(_KEPT), False: Recent(_KEPT)}


def read_sentences(texts: Sequence[str], *, whole: bool = True) -> list[Sentence]:
    """Return every text as it reads, tokenized as a `whole` or only where the rules may see a name (`windows`).

    All are tokenized before the rules look at any: Sudachi is twice as fast while its dictionary is at hand.
    """
    read = _read[whole]
    known = [read.get(text) for text in texts]
    new = list(dict.fromkeys([text for text, sentence in zip(texts, known, strict=True) if not sentence]))
    tokens = [_tokens(text, whole) for text in new]
    made = {text: Sentence(text, each) for text, each in zip(new, tokens, strict=True)}
    for text, sentence in made.items():
        if len(text) <= LONGEST:
            read.keep(text, sentence)
    return [sentence or made[text] for text, sentence in zip(texts, known, strict=True)]


def forget_sentences() -> None:
    """Forget every sentence."""
    forget_runs()
    for read in _read.values():
        read.clear()


def _tokens(text: str, whole: bool) -> list[Morpheme]:
    if not _may_name(text):
        return []
    if whole:
        return tokenize(text)
    return [token for start, end in windows(text) for token in tokenize(text, start, end)]


def _may_name(text: str) -> bool:
    """Whether a name in Japanese letters can stand in a sentence."""
    return _EVIDENCE.search(text) is not None
