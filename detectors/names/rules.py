"""Japanese names in running text: what Sudachi's morphemes and the dictionaries say together.

A surname followed by a given name is a person almost without exception. A surname alone is one in nine cases
out of ten where a particle follows and no word is glued to it, and says nothing where it stands bare. Every
rule proposes with a score; `context` moves the scores by what stands beside.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from detectors.names.alone import alone
from detectors.names.candidate import Candidate
from detectors.names.gazetteer import (
    divide,
    is_common_word,
    is_given,
    is_kana_given,
    is_place,
    is_surname,
    looks_given,
)
from detectors.names.lexicon import (
    ANY_KANJI,
    BEFORE_NAMES,
    HIRAGANA_RUN,
    HONORIFIC,
    KANJI_RUN,
    KATAKANA_RUN,
    NOT_A_PERSON,
    NOT_GIVEN,
    TITLE,
)
from detectors.names.morphology import GRAMMAR, Tag
from detectors.names.tokens import Morpheme
from detectors.names.words import FIRST_KATAKANA, KNOWN, PLACE, TAGGED, WORD


def native(text: str, tokens: list[Morpheme]) -> Iterator[Candidate]:
    """Yield Japanese names, whole or in part, of one stretch of morphemes of `text`."""
    words = [token.word for token in tokens]
    named = True in [word.tagged for word in words]
    after = 0
    for at, word in enumerate(words):
        if word.opens and at >= after:
            found, after = (
                (named and word.kanji and _run(text, tokens, at))
                or _full(text, tokens, at)
                or (word.alone and alone(text, tokens, at))
                or (None, at + 1)
            )
            if found:
                yield found


def _run(text: str, tokens: list[Morpheme], at: int) -> tuple[Candidate, int] | None:
    """A run of kanji that is surname and given name as a whole, however the tokenizer cut it (近|藤季|洋)."""
    if tokens[at].tag is Tag.SURNAME:
        return None
    if at and tokens[at - 1].word.kanji:
        return None
    after, named = at, False
    while after < len(tokens) and tokens[after].word.kanji and tokens[after].tag is not Tag.NUMBER:
        if after > at and (
            HONORIFIC.match(text, tokens[after].start) or TITLE.match(text, tokens[after].start)
        ):
            break
        named = named or tokens[after].word.tagged
        after += 1
    if not named or not after - at + 1 >= 3 or not 3 <= tokens[after - 1].end - tokens[at].start <= 6:
        return None
    start, end = tokens[at].start, tokens[after - 1].end
    split = divide(text[start:end])
    if not split or NOT_A_PERSON.match(text, end - 1):
        return None
    return Candidate(start, end, 0.7, "full", True, split), after


def _full(text: str, tokens: list[Morpheme], at: int) -> tuple[Candidate, int] | None:
    """Surname and given name from `tokens[at]` on, with or without a space between."""
    if at + 1 >= len(tokens):
        return None
    word = tokens[at].word
    found = _behind_surname(text, tokens, at, at + 1, word.trust) if word.trust else None
    if found is None and word.kanji and at + 2 < len(tokens):
        trust = _joined_trust(tokens[at], tokens[at + 1])
        found = _behind_surname(text, tokens, at, at + 2, trust) if trust else None
    return found


def _behind_surname(
    text: str, tokens: list[Morpheme], at: int, first: int, trust: float
) -> tuple[Candidate, int] | None:
    if _glued_before(tokens, at, trust):
        return None
    return _with_given(text, tokens, at, first, trust)


def _with_given(
    text: str, tokens: list[Morpheme], at: int, first: int, trust: float
) -> tuple[Candidate, int] | None:
    spaced = tokens[first].tag is Tag.SPACE and len(tokens[first].surface) <= 2
    after, known = _given(text, tokens, first + spaced, trust, spaced)
    if not after:
        return None
    start, middle, end = tokens[at].start, tokens[first].start, tokens[after - 1].end
    if (
        text[end - 1] in "氏様"
        and end - middle > 2
        and is_given(text[middle : end - 1].strip())
        and not ANY_KANJI.match(text, end)
    ):
        end -= 1
    parts = (text[start:middle], text[middle:end].strip())
    return Candidate(start, end, min(trust, known), "full", min(trust, known) >= WORD, parts), after


def _joined_trust(left: Morpheme, right: Morpheme) -> float:
    """How sure two morphemes are one surname that the tokenizer cut (長|曽我部)."""
    rest = right.surface
    if (
        (rest < FIRST_KATAKANA and rest[0] not in "々〆")
        or left.end != right.start
        or right.end - left.start > 4
    ):
        return 0.0
    return _surname_of_two(left.surface + rest)


@lru_cache(maxsize=65_536)
def _surname_of_two(joined: str) -> float:
    if len(joined) < 2 or not KANJI_RUN.fullmatch(joined):
        return 0.0
    return PLACE if is_surname(joined) and not is_common_word(joined) else 0.0


def _glued_before(tokens: list[Morpheme], at: int, trust: float) -> bool:
    """Whether the morpheme before belongs to the same word (新|松本, 江戸|城), so that no name begins here."""
    if at == 0 or tokens[at - 1].end < tokens[at].start:
        return False
    before = tokens[at - 1]
    if before.tag is Tag.PLACE:
        return not before.surface.endswith(("都", "道", "府", "県", "市", "区", "町", "村"))
    if trust == TAGGED:
        return (
            len(before.surface) == 1
            and before.surface not in BEFORE_NAMES
            and bool(KANJI_RUN.match(before.surface))
        )
    return before.tag in (Tag.PREFIX, Tag.NUMBER, Tag.PROPER) or bool(KANJI_RUN.fullmatch(before.surface))


def _given(text: str, tokens: list[Morpheme], at: int, trust: float, spaced: bool) -> tuple[int, float]:
    """Index after the given name that begins at `at`, and how sure it is; (0, 0) when there is none."""
    best = (0, 0.0)
    joined = ""
    for index in range(at, min(at + 3, len(tokens))):
        token = tokens[index]
        joined += token.surface
        if (
            token.tag in (Tag.SPACE, Tag.SYMBOL)
            or len(joined) > 6
            or (token.tag is Tag.VERB and HIRAGANA_RUN.match(text, token.end))
            or (index > at and _addresses(text, token.start))
        ):
            break
        known = _given_trust(joined, token, index == at, trust == TAGGED, spaced)
        if known and _may_end(text, token.end, known) and (spaced or not _no_given(joined)):
            best = (index + 1, known)
    if best[1] == TAGGED and len(tokens[best[0] - 1].surface) == 1 and _goes_on(text, tokens, best[0]):
        return best[0] + 1, WORD
    return best


def _goes_on(text: str, tokens: list[Morpheme], at: int) -> bool:
    """Whether one more kanji belongs to a given name of which the tokenizer knows the first only (融|正)."""
    if at >= len(tokens) or len(tokens[at].surface) != 1 or not KANJI_RUN.fullmatch(tokens[at].surface):
        return False
    end = tokens[at].end
    if _addresses(text, tokens[at].start) or tokens[at].tag in (Tag.NUMBER, Tag.SUFFIX):
        return False
    return not ANY_KANJI.match(text, end) or _addresses(text, end)


def _no_given(joined: str) -> bool:
    if joined in NOT_GIVEN or joined[-1] in "寺城駅":
        return True
    return joined[-1] in "作著編訳画役" and len(joined) > 2 and is_given(joined[:-1])


def _addresses(text: str, at: int) -> bool:
    return bool(HONORIFIC.match(text, at) or TITLE.match(text, at)) or text.startswith("宛", at)


def _given_trust(joined: str, token: Morpheme, single: bool, sure: bool, spaced: bool) -> float:
    """How sure `joined` is a given name; `sure`: a tagged surname stands before it."""
    if single and token.tag is Tag.GIVEN:
        return 0.0 if KATAKANA_RUN.fullmatch(joined) and is_common_word(joined) else TAGGED
    if KANJI_RUN.fullmatch(joined) and len(joined) <= 3:
        return _kanji_given_trust(joined, sure, spaced, len(token.surface) == 1)
    if (
        single
        and token.tag in (Tag.NAME, Tag.SURNAME)
        and len(joined) > 1
        and not KANJI_RUN.fullmatch(joined)
    ):
        return 0.7
    if HIRAGANA_RUN.fullmatch(joined) and 2 <= len(joined) <= 4 and token.tag not in GRAMMAR:
        return WORD if sure and is_kana_given(joined) and not HONORIFIC.match(joined) else 0.0
    return 0.0


def _kanji_given_trust(joined: str, sure: bool, spaced: bool, cut: bool) -> float:
    if is_given(joined):
        if is_common_word(joined) or is_place(joined):
            return WORD if sure or spaced else 0.0
        return KNOWN if sure or len(joined) > 1 else 0.0
    return 0.5 if sure and cut and looks_given(joined) else 0.0


def _may_end(text: str, end: int, known: float) -> bool:
    """Whether a name may end here: in the middle of a run of kanji only before a title or an honorific."""
    if known == TAGGED or not ANY_KANJI.match(text, end):
        return True
    return _addresses(text, end)
