"""Which sentences the tagger is asked about: those in which a word beside the rules' names may be a name, too.

Of most sentences that name a customer (担当の山田 太郎様より電話) every other word is an ordinary one, and of many
that name nobody every word is. The tagger would look for names in them in vain, and it costs as much as all rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import given_names, surname_count
from detectors.names.lexicon import KANJI, KATAKANA
from detectors.names.morphology import GRAMMAR, Morpheme, Tag, tags
from detectors.names.tagger.verdict import STRONG

_LETTER = re.compile(f"[{KANJI}{KATAKANA}A-Za-z・]")
_WORDS = frozenset({Tag.NOUN, Tag.SUFFIX, Tag.PREFIX})


def doubtful(tokens: Iterable[Morpheme]) -> tuple[tuple[int, int], ...]:
    """Return where the words of a sentence stand that may be somebody's name, or are in no dictionary."""
    return tuple([(start, end) for start, end, surface, tag in tokens if not _is_plain(surface, tag)])


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


@lru_cache(maxsize=65_536)
def _is_plain(surface: str, tag: Tag) -> bool:
    """Whether a word is read as an ordinary one that hardly anybody is called by: 件 is, 林 and 風香 are not."""
    if tag in GRAMMAR:
        return True
    known = tags(surface)
    called = surname_count(surface) or Tag.NAME in known or (len(surface) > 1 and surface in given_names())
    return tag in _WORDS and not called and not known.isdisjoint(_WORDS)
