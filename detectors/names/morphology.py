"""Sudachi's dictionary: the few parts of speech that matter for names, and the words it has.

One dictionary per process. Lone surrogates, which cannot be encoded for Sudachi, become U+FFFD.
"""

from __future__ import annotations

import threading
from enum import IntEnum
from functools import cache, lru_cache
from typing import Any

from detectors.text import SURROGATE


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


#: What the tokenizer says of somebody's name.
NAME_TAGS = frozenset({Tag.SURNAME, Tag.GIVEN, Tag.NAME})
#: What holds a sentence together, and is never a name.
GRAMMAR = frozenset({Tag.PARTICLE, Tag.VERB, Tag.SYMBOL, Tag.SPACE, Tag.NUMBER})


def lookup(word: str) -> list[tuple[Tag, str]]:
    """Return (tag, katakana reading) of every dictionary entry whose surface is exactly `word`."""
    return [(tag_of(entry.part_of_speech_id()), entry.reading_form()) for entry in _entries(word)]


@lru_cache(maxsize=65_536)
def tags(word: str) -> frozenset[Tag]:
    """Return the tags the dictionary knows for exactly `word`; empty when it is unknown."""
    return frozenset([tag_of(entry.part_of_speech_id()) for entry in _entries(word)])


def _entries(word: str) -> Any:
    try:
        return dictionary().lookup(word)
    except UnicodeEncodeError:
        return dictionary().lookup(SURROGATE.sub("\ufffd", word))


_lock = threading.Lock()


def dictionary() -> Any:
    """Return Sudachi's dictionary, opened at the first call."""
    with _lock:
        return _open_dictionary()


@cache
def _open_dictionary() -> Any:
    import sudachipy

    return sudachipy.Dictionary(dict="core")


@cache
def tag_of(part_of_speech_id: int) -> Tag:
    """Return what one of Sudachi's parts of speech is."""
    first, second, third, fourth, *_ = dictionary().pos_of(part_of_speech_id)
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
