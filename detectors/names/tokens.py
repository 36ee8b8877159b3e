"""Sudachi over folded text: its morphemes, with what is known of each word.

Mode C (longest units), part of speech only (``fields={"pos"}``), one tokenizer per thread. Sudachi refuses more
than 49,149 bytes a call, so text is cut into chunks at sentence ends; offsets are code points of the folded text.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from detectors.names.morphology import NAME_TAGS, Tag, dictionary, tag_of
from detectors.names.words import KEPT, Word, word
from detectors.text import SURROGATE

#: Longest chunk handed to Sudachi, in code points: four bytes each stay below its limit of 49,149 bytes.
CHUNK = 12_000
_SENTENCE_END = re.compile("[。．！？!?\n\r]")


class Morpheme(NamedTuple):
    """One morpheme: code points `start` to `end` (exclusive), its `surface` and `tag`, and its `word`."""

    start: int
    end: int
    surface: str
    tag: Tag
    word: Word


#: `Morpheme._make` without its check of the length: a text has as many morphemes as words.
_morpheme: Callable[[tuple[int, int, str, Tag, Word]], Morpheme] = partial(tuple.__new__, Morpheme)


def tokenize(folded: str, start: int = 0, end: int | None = None) -> list[Morpheme]:
    """Return the morphemes of ``folded[start:end]``; offsets count from the start of `folded`."""
    made: list[Morpheme] = []
    for left, right in _chunks(folded, start, len(folded) if end is None else end):
        made += _morphemes(folded[left:right], left)
    return made


def words_of(run: str) -> list[Word]:
    """Return the words of a short run of folded letters, read by itself."""
    return [_read[each.surface(), each.part_of_speech_id()] for each in _tokenizer()(run)]


def _morphemes(chunk: str, start: int) -> list[Morpheme]:
    if not chunk.isascii():
        chunk = SURROGATE.sub("\ufffd", chunk)
    made: list[Morpheme] = []
    for each in _tokenizer()(chunk):
        surface = each.surface()
        known = _read[surface, each.part_of_speech_id()]
        # Morphemes follow each other without a gap: their surfaces tell the offsets.
        end = start + len(surface)
        made.append(_morpheme((start, end, surface, known.tag, known)))
        start = end
    return made if _SWALLOWED.search(chunk) is None else _released(made)


class _Read(dict[tuple[str, int], Word]):
    """Words by what Sudachi says of them: surface and part of speech."""

    def __missing__(self, key: tuple[str, int]) -> Word:
        if len(self) >= KEPT:
            self.clear()
        surface, part_of_speech_id = key
        made = self[key] = word(surface, tag_of(part_of_speech_id))
        return made


_read = _Read()


#: Words that end in 様. Behind a name their first letter belongs to it: 田中信貴様, 石井 大様.
_SWALLOWING = frozenset(("貴様", "大様", "和様", "一様"))
_SWALLOWED = re.compile("|".join(sorted(_SWALLOWING)))


def _released(tokens: list[Morpheme]) -> list[Morpheme]:
    made: list[Morpheme] = []
    for token in tokens:
        if token.surface in _SWALLOWING and _follows_name(made):
            made.extend(_told_apart(made, token.start, token.surface))
        else:
            made.append(token)
    return made


def _follows_name(made: list[Morpheme]) -> bool:
    before = made[-2:-1] if made and made[-1].tag is Tag.SPACE else made[-1:]
    return bool(before) and before[0].tag in NAME_TAGS


def _told_apart(made: list[Morpheme], start: int, surface: str) -> Iterator[Morpheme]:
    """Give the letter that belongs to the name, with the given name it ends where there is one, and 様."""
    first, name = start, surface[:-1]
    if made[-1].tag is Tag.GIVEN:
        before = made.pop()
        first, name = before.start, before.surface + name
    yield Morpheme(first, start + 1, name, Tag.GIVEN, word(name, Tag.GIVEN))
    yield Morpheme(start + 1, start + 2, surface[-1], Tag.SUFFIX, word(surface[-1], Tag.SUFFIX))


def _chunks(folded: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > CHUNK:
        cut = start + CHUNK
        ends = [found.end() for found in _SENTENCE_END.finditer(folded, start + CHUNK // 2, cut)]
        cut = ends[-1] if ends else cut
        yield start, cut
        start = cut
    if start < end:
        yield start, end


_thread = threading.local()


def _tokenizer() -> Callable[[str], Any]:
    """Return this thread's tokenizer; its list of morphemes is good until the next call."""
    tokenizer: Callable[[str], Any] | None = getattr(_thread, "tokenizer", None)
    if tokenizer is None:
        import sudachipy

        made = dictionary().create(mode=sudachipy.SplitMode.C, fields={"pos"})
        tokenizer = _thread.tokenizer = partial(made.tokenize, out=made.tokenize(""))
    return tokenizer
