"""What is known of a word wherever it stands: whether a name may begin with it, and whether it may be one.

One object stands for all places of a word, so that what depends on nothing beside it is worked out once.
"""

from __future__ import annotations

from detectors.names.gazetteer import given_names, is_surname, surname_count
from detectors.names.lexicon import HIRAGANA_RUN, KANJI_RUN, KATAKANA_RUN
from detectors.names.morphology import GRAMMAR, NAME_TAGS, Tag, tags

#: How sure a surname is: tagged so in its sentence; in a dictionary as such; a place that is a surname too; an
#: ordinary word that is one.
TAGGED, KNOWN, PLACE, WORD = 0.85, 0.8, 0.75, 0.6
#: Hiragana, Latin letters, digits and most signs sort before it: no name of the rules begins with them.
FIRST_KATAKANA = "ァ"

#: Words that are kept; beyond it they are looked up anew.
KEPT = 65_536
_WORDS = frozenset({Tag.NOUN, Tag.SUFFIX, Tag.PREFIX})


class Word:
    """A `surface` with its `tag`.

    `kanji`: it is one run of kanji. `tagged`: the tokenizer says it is somebody's name. `opens`: a name may begin
    with it: a surname that is as sure as `trust` (0: none), one that stands `alone`, or a longer run of kanji.
    `plain`: it is read as an ordinary word that hardly anybody is called by: 件 is, 林 and 風香 are not.
    """

    __slots__ = ("alone", "kanji", "opens", "plain", "surface", "tag", "tagged", "trust")

    def __init__(self, surface: str, tag: Tag) -> None:
        self.surface, self.tag = surface, tag
        grammar = tag in GRAMMAR
        self.kanji = KANJI_RUN.fullmatch(surface) is not None
        self.tagged = tag in NAME_TAGS
        may_open = not (grammar or surface < FIRST_KATAKANA)
        self.trust = _surname_trust(surface, tag, self.kanji) if may_open else 0.0
        self.alone = may_open and _may_stand_alone(surface, tag)
        self.opens = may_open and (self.kanji or self.alone or self.trust > 0)
        self.plain = grammar or _is_plain(surface, tag)


def word(surface: str, tag: Tag) -> Word:
    """Return the one object of a word."""
    return _known[surface, tag]


class _Known(dict[tuple[str, Tag], Word]):
    def __missing__(self, key: tuple[str, Tag]) -> Word:
        if len(self) >= KEPT:
            self.clear()
        made = self[key] = Word(*key)
        return made


_known = _Known()


def _surname_trust(surface: str, tag: Tag, kanji: bool) -> float:
    if tag is Tag.SURNAME and not HIRAGANA_RUN.fullmatch(surface):
        return TAGGED
    if not kanji:
        return 0.0
    counted = surname_count(surface) > 0
    if tag is Tag.PLACE:
        if counted:
            return PLACE
        return WORD if is_surname(surface) else 0.5 if len(surface) == 2 else 0.0
    if counted:
        return WORD
    if not is_surname(surface):
        return 0.0
    return WORD if tag in NAME_TAGS else 0.5


def _may_stand_alone(surface: str, tag: Tag) -> bool:
    if not KATAKANA_RUN.fullmatch(surface) and not KANJI_RUN.search(surface):
        return False
    return tag in NAME_TAGS or is_surname(surface)


def _is_plain(surface: str, tag: Tag) -> bool:
    known = tags(surface)
    called = surname_count(surface) or Tag.NAME in known or (len(surface) > 1 and surface in given_names())
    return tag in _WORDS and not called and not known.isdisjoint(_WORDS)
