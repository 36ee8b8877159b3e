"""Names of people nobody need be: drawn from the dictionaries, and kanji and kana of names put together anew.

By frequency from japanese-personal-name-dataset, rare ones from Sudachi's dictionary, and from nowhere, so that
the tagger learns from what stands beside a name.
"""

from __future__ import annotations

import random
import re
from functools import cache

from detectors.names import gazetteer
from detectors.names.gazetteer import surnames
from detectors.names.lexicon import KANJI, KATAKANA
from detectors.names.morphology import Tag, tags
from detectors.names.sinitic import SINITIC
from detectors.names.tagger.clusters import words

#: Kanji Chinese and Korean given names are made of.
_SINITIC_GIVEN = (
    "明小偉芳娜敏静麗強磊軍洋勇艶傑娟濤超秀英華文玉建国志平海永春紅梅琳雪佳怡俊宇浩博哲賢在成珍淑貞熙恩智賢宰錫相"
    "炳東赫泰勲承煥善美京鎬基植順子玲蘭麟沢徳中大正日"
)
#: Share of surnames and given names in no dictionary, and of rare ones; of foreign names in no dictionary.
UNHEARD, RARE, UNHEARD_FOREIGN = 0.18, 0.38, 0.35
#: Share of three kanji among the surnames in no dictionary.
LONG = 0.25


def person(rng: random.Random, gap: str = "") -> str:
    """Return a Japanese name in full that nobody need bear."""
    return surname(rng) + gap + given(rng)


def surname(rng: random.Random) -> str:
    """Return a surname: by frequency, rare, or unheard of."""
    chance = rng.random()
    if chance < UNHEARD:
        first, last = _edges(tuple(surnames()))
        stem = rng.choice(first) + rng.choice(last) if rng.random() < LONG else rng.choice(first)
        return stem + rng.choice(last)
    if chance < RARE:
        return rng.choice(_rare_surnames())
    names, counts = _counted()
    return rng.choices(names, cum_weights=counts)[0]


def given(rng: random.Random) -> str:
    """Return a given name of the dictionary, or one in its manner."""
    if rng.random() < UNHEARD:
        first, last = _edges(_givens())
        return rng.choice(first) + rng.choice(last)
    return rng.choice(_givens())


def foreign(rng: random.Random) -> str:
    """Return a foreign name in katakana, pieces joined by ・."""
    return "・".join(foreign_piece(rng) for _ in range(rng.choice((2, 2, 2, 3))))


def foreign_piece(rng: random.Random) -> str:
    """Return one piece of a foreign name; now and then head and tail of two of them (no dictionary knows it)."""
    pieces = foreign_pieces()
    if rng.random() < UNHEARD_FOREIGN:
        head, tail = rng.choice(pieces), rng.choice(pieces)
        made = head[: len(head) // 2 + 1] + tail[(len(tail) + 1) // 2 :].lstrip("ァィゥェォャュョッーン")
        if len(made) > 2 and not tags(made):
            return made
    return rng.choice(pieces)


def sinitic(rng: random.Random, gap: str = "") -> str:
    """Return a Chinese or Korean name in kanji."""
    own = "".join(rng.sample(_SINITIC_GIVEN, rng.choice((1, 2, 2, 2))))
    return rng.choice(sorted(SINITIC)) + gap + own


@cache
def foreign_pieces() -> list[str]:
    """Return katakana words the dictionary knows as names of people and nothing else."""
    people = {Tag.NAME, Tag.GIVEN, Tag.SURNAME}
    return [
        word
        for word in words()
        if re.fullmatch(f"[{KATAKANA}]{{2,8}}", word) and tags(word) and tags(word) <= people
    ]


@cache
def _counted() -> tuple[list[str], list[int]]:
    names = sorted(surnames())
    total, sums = 0, []
    for name in names:
        # The root keeps the frequent ones from filling every sentence.
        total += int(surnames()[name] ** 0.5) + 1
        sums.append(total)
    return names, sums


@cache
def _givens() -> tuple[str, ...]:
    return tuple(
        sorted(
            name for name in gazetteer.given_names() if re.fullmatch(f"[{KANJI}]{{1,3}}|[ぁ-ん]{{2,4}}", name)
        )
    )


@cache
def _edges(names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    two = sorted(name for name in names if re.fullmatch(f"[{KANJI}]{{2}}", name))
    return [name[0] for name in two], [name[1] for name in two]


@cache
def _rare_surnames() -> list[str]:
    return [
        word
        for word in words()
        if re.fullmatch(f"[{KANJI}]{{2,3}}", word) and Tag.SURNAME in tags(word) and word not in surnames()
    ]


@cache
def readings(family: bool) -> list[str]:
    """Return the readings of surnames (`family`) or given names, in katakana."""
    names = gazetteer.kana_surnames() if family else gazetteer.kana_given_names()
    return [gazetteer.katakana(name) for name in sorted(names)]
