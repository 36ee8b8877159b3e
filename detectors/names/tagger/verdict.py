"""What counts where rules and tagger disagree.

In running text the tagger decides, except against the strongest evidence of the rules; what it does not see
keeps a score below what is reported, for the recall point. Short cells are the rules' alone: a single name
without a sentence is a matter of dictionaries, and what a column is made of rests on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from detectors.names.beside import is_reading
from detectors.names.candidate import Candidate, Role, replace
from detectors.names.enumerated import enumerated
from detectors.names.gazetteer import divide, is_place, is_surname
from detectors.names.glued import begins_before, real_end
from detectors.names.lexicon import EDGE, HONORIFIC, KANJI, NOT_A_PERSON, PRODUCTS, TITLE, trimmed
from detectors.names.morphology import Tag
from detectors.names.tagger.decode import Decoder, Tagged, decoder
from detectors.names.tokens import Morpheme
from detectors.names.wares import makes_ware

#: Texts of up to this many code points without particle or verb are left to the rules.
SHORT = 12
_IN_SENTENCES = frozenset({Tag.PARTICLE, Tag.VERB})
#: From this score the rules are right against the tagger; what they are left with where it sees no name.
STRONG, UNSEEN = 0.9, 0.3
#: The same for what an honorific follows.
CALLED = 0.7
#: From this score no longer name takes the place of what the rules say: the form marks where it ends.
CERTAIN = 0.95
#: Score of a name the tagger is just sure of, and of one it is quite sure of; the rules' own where higher.
LOW, HIGH = 0.45, 0.75
#: How sure the tagger has to be of a name for which the rules have weak evidence, or none.
BACKED, ALONE = 0.65, 0.8
#: Score from which names are reported.
REPORTED = 0.4


def judged(
    text: str, tokens: Sequence[Morpheme], said: Sequence[Candidate], tagger: Decoder | None = None
) -> list[Candidate]:
    """Return the names of one sentence of `text`: those the rules `said`, as the tagger judges them.

    `tagger`: one with other weights than those that come with the package, for measuring.
    """
    if left_to_rules(text, tokens):
        return list(said)
    return weighed(text, said, (tagger or decoder()).names(tokens, said))


def left_to_rules(text: str, tokens: Sequence[Morpheme]) -> bool:
    """Whether `text` is a short cell, no sentence: the rules alone say what it holds."""
    return len(text) <= SHORT and not is_running_text(tokens)


def is_running_text(tokens: Iterable[Morpheme]) -> bool:
    """Whether particles or verbs hold `tokens` together."""
    return any(token.tag in _IN_SENTENCES for token in tokens)


def weighed(
    text: str, said: Sequence[Candidate], tagged: Iterable[Tagged], *, alone: bool = True
) -> list[Candidate]:
    """Return the names of one sentence of a `text` not `left_to_rules`, given those `tagged` in it.

    `alone`: there is nothing beside `text`.
    """
    seen = [(*_untitled(text, *span, said), each.sure) for each in tagged for span in _names_in(text, each)]
    kept = [found for found in said if _stands(text, found, alone) and not _outgrown(found, seen)]
    for start, end, sure in seen:
        if start < end and _apart(start, end, kept):
            same = next((found for found in said if (found.start, found.end) == (start, end)), None)
            kept.extend(_named(text, start, end, sure, same, alone))
    for found in said:
        if _apart(found.start, found.end, kept):
            kept.append(found if found.score <= UNSEEN else replace(found, score=UNSEEN))
    kept = sorted((_unless_brand(text, each) for each in kept), key=lambda each: each.start)
    return _with_neighbours(text, kept) if len(kept) > 1 else kept


def _unless_brand(text: str, found: Candidate) -> Candidate:
    """Return `found`, weak where it is the maker of what an entry in a list of goods names after it."""
    if UNSEEN < found.score < CALLED + 0.1 and makes_ware(text, found.start, found.end):
        return replace(found, score=UNSEEN)
    return found


def _with_neighbours(text: str, kept: list[Candidate]) -> list[Candidate]:
    """Return `kept` and what stands in an enumeration with them, in place of weaker readings of the same words."""
    beside = enumerated(text, kept)
    if not beside:
        return kept
    weaker = [found for found in kept if found.score >= REPORTED or _apart(found.start, found.end, beside)]
    return sorted((*weaker, *beside), key=lambda each: each.start)


def _stands(text: str, found: Candidate, alone: bool) -> bool:
    """Whether the rules are believed whatever the tagger says."""
    return (
        found.score >= STRONG
        or (alone and _whole(text, found.start, found.end))
        or (found.score >= CALLED and found.end - found.start > 1 and bool(HONORIFIC.match(text, found.end)))
    )


def _outgrown(found: Candidate, seen: Sequence[tuple[int, int, float]]) -> bool:
    """Whether the tagger is quite sure of a longer name that begins where `found`, which is not certain, does."""
    return found.score < CERTAIN and any(
        start == found.start and end > found.end and sure >= ALONE for start, end, sure in seen
    )


def _whole(text: str, start: int, end: int) -> bool:
    return not text[:start].strip(EDGE) and not text[end:].strip(EDGE)


def _apart(start: int, end: int, others: Sequence[Candidate]) -> bool:
    return all(end <= each.start or each.end <= start for each in others)


def _named(
    text: str, start: int, end: int, sure: float, same: Candidate | None, alone: bool
) -> Iterator[Candidate]:
    """The candidate for a name the tagger sees; `same`: what the rules say of just this span."""
    if is_reading(text, start) or _is_no_person(text, start, end):
        return
    if (not same or same.score < REPORTED) and text.startswith(":", end) and is_place(text[start:end]):
        return  # 千葉：在庫あり is a branch; who speaks is the rules' to say
    score = round(LOW + (HIGH - LOW) * max(0.0, 2 * sure - 1), 3)
    if same and (same.score >= REPORTED or sure >= BACKED):
        yield replace(same, score=max(same.score, score))
    elif not same and sure >= ALONE and not (alone and _whole(text, start, end)):
        name = text[start:end]
        parts = tuple(name.split()) if " " in name else divide(name) or (name,)
        role: Role = "full" if len(parts) > 1 else "foreign" if "・" in name else "other"
        yield Candidate(start, end, score, role, False, parts)


def _is_no_person(text: str, start: int, end: int) -> bool:
    """Whether what follows makes a surname an organisation, a place or a thing, or the name is a brand itself."""
    name = text[start:end]
    if name in PRODUCTS or _FIRM.search(name):
        return True
    return end - start <= _SHORT_NAME and bool(NOT_A_PERSON.match(text, end) and not TITLE.match(text, end))


#: Longest name that is taken for a surname, in code points.
_SHORT_NAME = 3
#: Two surnames in a firm: ジョンソン・エンド・ジョンソン.
_FIRM = re.compile("・(?:アンド|エンド)・")


def _names_in(text: str, tagged: Tagged) -> Iterator[tuple[int, int]]:
    """The span of `tagged`, or of both names where it runs over a ・ between two names in kanji (班固・班昭)."""
    both = _BOTH.fullmatch(text, tagged.start, tagged.end)
    if both and all(len(name) > 1 or is_surname(name) for name in both.groups()):
        yield both.span(1)
        yield both.span(2)
    else:
        sign = _SIGN.search(text, tagged.start, tagged.end)
        known = sign is not None and is_surname(text[tagged.start : sign.start()])
        start, end = trimmed(text, tagged.start, sign.start() if sign and known else tagged.end)
        yield start - begins_before(text, start), real_end(text, start, end)


#: No name goes on behind one: 佐藤→A社へ連絡.
_SIGN = re.compile("[→←⇒⇔/|]")
_BOTH = re.compile(f"([{KANJI}ヶケ]{{1,6}})・([{KANJI}ヶケ]{{1,6}})")


def _untitled(text: str, start: int, end: int, said: Sequence[Candidate]) -> tuple[int, int]:
    """The span without what belongs to a title: 荒垣|新監督, and where the rules see a name, 河野太郎|外務大臣."""
    if text[end - 1] in "新前元現" and end - start > 2 and TITLE.match(text, end):
        return start, end - 1
    for found in said:
        if found.start == start and found.end < end and found.score >= REPORTED:
            title = TITLE.match(text, found.end)
            if title and title.end() == end:
                return start, found.end
    return start, end
