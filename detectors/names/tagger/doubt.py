"""Which sentences the tagger is asked about: those in which a word beside the rules' names may be a name, too.

Of most sentences that name a customer (担当の山田 太郎様より電話) every other word is an ordinary one, and of many
that name nobody every word is. The tagger would look for names in them in vain, and it costs as much as all rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from detectors.names.candidate import Candidate
from detectors.names.lexicon import KANJI, KATAKANA
from detectors.names.tagger.verdict import STRONG
from detectors.names.tokens import Morpheme

_LETTER = re.compile(f"[{KANJI}{KATAKANA}A-Za-z・]")


def doubtful(tokens: Iterable[Morpheme]) -> tuple[tuple[int, int], ...]:
    """Return where the words of a sentence stand that may be somebody's name, or are in no dictionary."""
    return tuple([(token.start, token.end) for token in tokens if not token.word.plain])


def is_settled(text: str, said: Sequence[Candidate], words: Iterable[tuple[int, int]], start: int) -> bool:
    """Whether the tagger could change nothing about what the rules `said` of the sentence of `text` at `start`.

    `words`: those of the sentence that are `doubtful`, counted from its start. They have to be inside of names the
    rules are believed in whatever it says, and these names must not go on to the left.
    """
    if any(found.score < STRONG or _is_glued(text, found.start) for found in said):
        return False
    return all(
        any(found.start <= start + first and start + last <= found.end for found in said)
        for first, last in words
    )


def _is_glued(text: str, start: int) -> bool:
    return start > 0 and _LETTER.match(text, start - 1) is not None
