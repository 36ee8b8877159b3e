"""What the tagger sees of a morpheme: part of speech, script, dictionaries, and what the rules say of it.

Features are strings; a weight file maps each to one weight per label. Everything about a word is a function of
(surface, tag) alone, so that its weights can be summed once and kept: `features` gives attributes, which count at
the places `OFFSETS` before and after the morpheme they are seen from, and a coarse class, which counts in pairs.
Names of people are never features by spelling: what was learned of one person must hold for the next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from detectors.names.candidate import Candidate
from detectors.names.gazetteer import divide, is_kana_given, is_kana_surname, looks_given, surname_count
from detectors.names.lexicon import HIRAGANA, HONORIFIC, KANJI, KATAKANA, NOT_A_PERSON, TITLE
from detectors.names.morphology import GRAMMAR, NAME_TAGS, Tag, tags
from detectors.names.sinitic import SINITIC
from detectors.names.tagger.clusters import HEAD, cluster
from detectors.names.tagger.katakana import sounds_like_a_name
from detectors.names.tokens import Morpheme

#: Where, seen from the labelled morpheme, attributes of words are read.
OFFSETS = (-2, -1, 0, 1, 2)
#: Pairs of neighbours whose classes are read together, by the offset of the left one; and the two beside.
PAIRS = (-2, -1, 0, 1)
BESIDE = "x"

_SCRIPTS = (
    (re.compile(f"[{KANJI}ヶケ]+"), "K"),
    (re.compile(f"[{KATAKANA}]+"), "k"),
    (re.compile(f"[{HIRAGANA}ー]+"), "h"),
    (re.compile("[A-Z]+"), "A"),
    (re.compile("[a-z]+"), "a"),
    (re.compile("[0-9]+"), "0"),
    (re.compile(r"\s+"), "_"),
)
#: What the rules know words by: honorifics, titles, what companies and places end in.
_LEXICON = (
    ("h", HONORIFIC),
    ("t", TITLE),
    ("n", NOT_A_PERSON),
)
#: Surnames by the number of their bearers.
_FREQUENT = (300_000, 50_000, 0)


class Features(NamedTuple):
    """What is known of a word wherever it stands: its attributes and its coarse class."""

    attributes: tuple[str, ...]
    kind: str


#: What stands before the first and after the last morpheme of a sentence.
START, END = Features(("<s>",), "<"), Features(("</s>",), ">")


@lru_cache(maxsize=16_384)
def features(surface: str, tag: Tag) -> Features:
    """Return what is known of a morpheme of this `surface` and `tag`."""
    shape, number = _shape(surface), int(tag)
    if tag in GRAMMAR:
        own = surface if tag is not Tag.NUMBER else "0"
        if tag is Tag.SPACE:
            own = str(min(len(surface), 3))
        kind = f"{number}{surface if tag in (Tag.PARTICLE, Tag.SYMBOL) else shape[:1]}"
        return Features((f"w{own}", f"t{number}", f"s{number}{shape}"), kind)
    known = _known(surface)
    attributes = [f"t{number}", f"s{number}{shape}", f"k{number}{known}", f"d{known}{shape}"]
    attributes += _spelling(surface, tag, known)
    role = "".join([letter for letter, pattern in _LEXICON if pattern.match(surface)])
    if role:
        attributes.append(f"l{role}")
    if label := cluster(surface):
        head = label[:HEAD]
        attributes += [f"c{label}", f"C{head}", f"K{head}{number}{shape[:1]}"]
    if len(surface) > 1 and shape.startswith("k"):
        sound = sounds_like_a_name(surface)
        attributes += [f"q{sound}", f"Q{sound}{known}"]
    kind = f"{surface}" if tag is Tag.SUFFIX else f"{shape[:2]}{min(len(surface), 3)}{known}{role}"
    return Features(tuple(attributes), f"{number}{kind}")


def _spelling(surface: str, tag: Tag, known: str) -> list[str]:
    """Spelling, in full only for words nobody is called by."""
    spelled = [f"w{surface}"] if tag not in NAME_TAGS and _CALLED.isdisjoint(known) else []
    if len(surface) > 1:
        spelled += [f"e{surface[-1]}", f"E{surface[-2:]}", f"b{surface[0]}"]
    else:
        spelled.append(f"o{surface}")
    return spelled


#: Letters of `_known` for what somebody may be called.
_CALLED = frozenset("FGHMNRU")
#: Tags other than of surnames, and their letters.
_LETTERS = ((Tag.GIVEN, "G"), (Tag.NAME, "N"), (Tag.PLACE, "P"), (Tag.PROPER, "O"), (Tag.NOUN, "n"))
_KANA = re.compile(f"[{HIRAGANA}{KATAKANA}]{{2,8}}")


def _known(surface: str) -> str:
    """Letters for what the dictionaries know of `surface`."""
    kinds = tags(surface)
    count = surface_rank(surface)
    found = "FMR"[count - 1] if count else "U" if Tag.SURNAME in kinds else ""
    found += "".join([letter for tag, letter in _LETTERS if tag in kinds]) if kinds else "?"
    if len(surface) > 2 and divide(surface):
        found += "D"
    if looks_given(surface):
        found += "L"
    if surface in SINITIC:
        found += "Z"
    if _KANA.fullmatch(surface):
        found += "f" if is_kana_surname(surface) else ""
        found += "g" if is_kana_given(surface) else ""
    return found


def surface_rank(surface: str) -> int:
    """Return 1–3 for frequent to rare counted surnames, 0 for all else."""
    count = surname_count(surface)
    return next(rank for rank, least in enumerate(_FREQUENT, 1) if count > least) if count else 0


def _shape(surface: str) -> str:
    """Scripts in order of appearance, and the length up to 5."""
    scripts: list[str] = []
    at = 0
    while at < len(surface) and len(scripts) < 4:
        for pattern, letter in _SCRIPTS:
            if run := pattern.match(surface, at):
                scripts.append(letter)
                at = run.end()
                break
        else:
            scripts.append("." if not scripts or scripts[-1] != "." else "")
            at += 1
    return f"{''.join(scripts)}{min(len(surface), 5)}"


def said_by_rules(tokens: Sequence[Morpheme], candidates: Sequence[Candidate]) -> dict[int, list[str]]:
    """Return, by index of morpheme, the features the rules' `candidates` (disjoint, sorted) give.

    A morpheme begins, continues or follows a candidate of some role and score; the one before it sees it coming.
    """
    said: dict[int, list[str]] = {}
    at = 0
    for found in candidates:
        while at < len(tokens) and tokens[at].end <= found.start:
            at += 1
        if at == len(tokens):
            break
        told = f"{found.role[0]}{_band(found.score)}"
        inside = at
        if inside:
            said.setdefault(inside - 1, []).append(f"r<{told}")
        while inside < len(tokens) and tokens[inside].start < found.end:
            place = "B" if inside == at else "I"
            exact = "" if tokens[inside].end != found.end else "$"
            said.setdefault(inside, []).extend(
                (f"r{place}{told}{exact}", f"R{place}{exact}{_band(found.score)}")
            )
            inside += 1
        if inside < len(tokens):
            said.setdefault(inside, []).append(f"r>{told}")
    return said


def _band(score: float) -> int:
    return (
        min(int(score * 10 + 1e-6), 9)
        if score < 0.4
        else 4 + sum(score >= step for step in (0.5, 0.6, 0.7, 0.8, 0.9))
    )


def sentence_features(tokens: Sequence[Morpheme], candidates: Sequence[Candidate]) -> list[list[str]]:
    """Return the feature strings of every morpheme of one sentence, as training reads them.

    The decoder never builds them: it sums the same weights word by word (`decode`).
    """
    words = [START, START, *(features(token.surface, token.tag) for token in tokens), END, END]
    said = said_by_rules(tokens, candidates)
    made = []
    for at in range(len(tokens)):
        here = [
            f"{offset}{attribute}" for offset in OFFSETS for attribute in words[at + 2 + offset].attributes
        ]
        here += [
            pair_feature(offset, pair(words[at + 2 + offset].kind, words[at + 3 + offset].kind))
            for offset in PAIRS
        ]
        here.append(pair_feature(BESIDE, pair(words[at + 1].kind, words[at + 3].kind)))
        made.append(here + said.get(at, []))
    return made


def pair(left: str, right: str) -> str:
    """Name two classes that are read together."""
    return f"{left}|{right}"


def pair_feature(place: int | str, both: str) -> str:
    """Name the feature of a `pair` seen at `place`."""
    return f"p{place}|{both}"
