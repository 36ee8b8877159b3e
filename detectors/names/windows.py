"""Where in a sentence a name of the rules may begin: all of it that is tokenized when the tagger is not asked.

A name begins with a word that is somebody's by its surface and its part of speech (`words.Word`), and what stands
around a run of kanji or katakana hardly ever changes how a tokenizer cuts it. So every run is tokenized once, by
itself, and remembered; of a sentence only the clauses are tokenized that hold a run with such a word. In public
prose that is a third of the letters. What is missed there are bare names of the lowest scores in other words
(one in sixty: 大西|洋, 唐 in 隋唐), which nobody is told of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.names.lexicon import HIRAGANA, KANJI, KATAKANA
from detectors.names.tokens import words_of
from detectors.recent import Recent

#: Runs of each generation that are remembered, and the longest, in code points: longer ones are always tokenized.
_KEPT, _LONGEST = 65_536, 32

#: A run; of one letter with the one behind it, by which a verb is told (行|う, 関|する).
_RUN = re.compile(f"[{KANJI}{KATAKANA}]{{2,}}|[{KANJI}{KATAKANA}][{HIRAGANA}]?")
_CLAUSE = re.compile("[^、。,!?]+[、。,!?]*|[、。,!?]+")


def windows(sentence: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches of folded `sentence` in which a name may begin; they end where clauses do."""
    first = last = 0
    for clause in _CLAUSE.finditer(sentence):
        start, end = clause.span()
        if any(map(_names, _RUN.findall(sentence, start, end))):
            if start > last:
                if last:
                    yield first, last
                first = start
            last = end
    if last:
        yield first, last


def forget_runs() -> None:
    """Forget every run."""
    _known.clear()


_known: Recent[str, bool] = Recent(_KEPT)


def _names(run: str) -> bool:
    """Whether a name may begin in a run; behind its last word none of it goes on."""
    if len(run) > _LONGEST:
        return True
    named = _known.get(run)
    if named is None:
        words = words_of(run)
        named = any(word.alone or word.tagged for word in words) or any(word.trust for word in words[:-1])
        _known.keep(run, named)
    return named
