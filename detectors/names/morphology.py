"""Sudachi over folded text: morphemes with the few parts of speech that matter for names.

Mode C (longest units), part of speech only (``fields={"pos"}``), one tokenizer per thread, one dictionary per
process. Sudachi refuses more than 49,149 bytes a call, so text is cut into chunks at sentence ends; offsets
are code points of the folded text. Lone surrogates, which cannot be encoded for Sudachi, become U+FFFD.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

#: Longest chunk handed to Sudachi, in code points: four bytes each stay below its limit of 49,149 bytes.
CHUNK = 12_000
_SENTENCE_END = re.compile("[。．！？!?\n\r]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Tag(IntEnum):
    """What a morpheme is, as far as names are concerned."""

    OTHER = 0
    SURNAME = 1
    GIVEN = 2
    NAME = 3  # a name of a person, neither surname nor given name: mostly foreign or historical
    PLACE = 4
    PROPER = 5  # other proper nouns: organisations, products, works
    NOUN = 6
    SUFFIX = 7
    PREFIX = 8
    NUMBER = 9
    PARTICLE = 10
    VERB = 11  # verbs, adjectives, auxiliaries
    SYMBOL = 12
    SPACE = 13

    # Enum hashes by name, in Python; tags are looked up in sets and dictionaries all the time.
    __hash__ = int.__hash__


#: What holds a sentence together, and is never a name.
GRAMMAR = frozenset({Tag.PARTICLE, Tag.VERB, Tag.SYMBOL, Tag.SPACE, Tag.NUMBER})


class Morpheme(NamedTuple):
    """One morpheme: code points `start` to `end` (exclusive), its `surface` and its `tag`."""

    start: int
    end: int
    surface: str
    tag: Tag


#: `Morpheme._make` without its check of the length: a text has as many morphemes as words.
_morpheme: Callable[[tuple[int, int, str, Tag]], Morpheme] = partial(tuple.__new__, Morpheme)


def tokenize(folded: str, start: int = 0, end: int | None = None) -> list[Morpheme]:
    """Return the morphemes of ``folded[start:end]``; offsets count from the start of `folded`."""
    made: list[Morpheme] = []
    for left, right in _chunks(folded, start, len(folded) if end is None else end):
        made += _morphemes(folded[left:right], left)
    return made


def _morphemes(chunk: str, start: int) -> list[Morpheme]:
    if not chunk.isascii():
        chunk = _SURROGATE.sub("\ufffd", chunk)
    made: list[Morpheme] = []
    for each in _tokenizer()(chunk):
        surface = each.surface()
        # Morphemes follow each other without a gap: their surfaces tell the offsets.
        end = start + len(surface)
        made.append(_morpheme((start, end, surface, _tag(each.part_of_speech_id()))))
        start = end
    return made if _SWALLOWED.search(chunk) is None else _released(made)


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
    return bool(before) and before[0].tag in (Tag.SURNAME, Tag.GIVEN, Tag.NAME)


def _told_apart(made: list[Morpheme], start: int, surface: str) -> Iterator[Morpheme]:
    """Give the letter that belongs to the name, with the given name it ends where there is one, and 様."""
    first, name = start, surface[:-1]
    if made[-1].tag is Tag.GIVEN:
        before = made.pop()
        first, name = before.start, before.surface + name
    yield Morpheme(first, start + 1, name, Tag.GIVEN)
    yield Morpheme(start + 1, start + 2, surface[-1], Tag.SUFFIX)


def lookup(word: str) -> list[tuple[Tag, str]]:
    """Return (tag, katakana reading) of every dictionary entry whose surface is exactly `word`."""
    return [(_tag(entry.part_of_speech_id()), entry.reading_form()) for entry in _entries(word)]


@lru_cache(maxsize=65_536)
def tags(word: str) -> frozenset[Tag]:
    """Return the tags the dictionary knows for exactly `word`; empty when it is unknown."""
    return frozenset([_tag(entry.part_of_speech_id()) for entry in _entries(word)])


def _entries(word: str) -> Any:
    try:
        return _dictionary().lookup(word)
    except UnicodeEncodeError:
        return _dictionary().lookup(_SURROGATE.sub("\ufffd", word))


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
_lock = threading.Lock()


def _tokenizer() -> Callable[[str], Any]:
    """Return this thread's tokenizer; its list of morphemes is good until the next call."""
    tokenizer: Callable[[str], Any] | None = getattr(_thread, "tokenizer", None)
    if tokenizer is None:
        import sudachipy

        made = _dictionary().create(mode=sudachipy.SplitMode.C, fields={"pos"})
        tokenizer = _thread.tokenizer = partial(made.tokenize, out=made.tokenize(""))
    return tokenizer


def _dictionary() -> Any:
    with _lock:
        return _open_dictionary()


@cache
def _open_dictionary() -> Any:
    import sudachipy

    return sudachipy.Dictionary(dict="core")


@cache
def _tag(part_of_speech_id: int) -> Tag:
    first, second, third, fourth, *_ = _dictionary().pos_of(part_of_speech_id)
    if second == "固有名詞":
        return _PROPER.get((third, fourth)) or _PROPER.get((third, "")) or Tag.PROPER
    if second == "数詞":
        return Tag.NUMBER
    return _FIRST.get(first, Tag.OTHER)


_PROPER = {
    ("人名", "姓"): Tag.SURNAME,
    ("人名", "名"): Tag.GIVEN,
    ("人名", ""): Tag.NAME,
    ("地名", ""): Tag.PLACE,
}
_FIRST = {
    "名詞": Tag.NOUN,
    "代名詞": Tag.NOUN,
    "接尾辞": Tag.SUFFIX,
    "接頭辞": Tag.PREFIX,
    "助詞": Tag.PARTICLE,
    "助動詞": Tag.PARTICLE,
    "動詞": Tag.VERB,
    "形容詞": Tag.VERB,
    "形状詞": Tag.NOUN,
    "補助記号": Tag.SYMBOL,
    "記号": Tag.SYMBOL,
    "空白": Tag.SPACE,
}
