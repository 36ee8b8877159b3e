"""JP_ADDRESS: Japanese postal addresses, from the prefecture, municipality or town to the room.

The municipality and the town come from the gazetteer, the rest from a grammar (`address_grammar`). A place alone
is no address: a score of .4 and more needs a block number, a street of Kyoto or a 字 below a known town, or a
label on the left. 〒 and the postal code stay outside, the room inside, a company in parentheses outside.

Scores: known town and number .9, with 丁目/番地 behind an unknown place .7–.8; a town without its municipality
.35–.4; prefecture, city and town without number .35; prefecture and city .15. A label (住所, 届け先) adds.

>>> from detectors.text import fold
>>> text = "送付先は東京都渋谷区恵比寿南２丁目１２－１エビスハイツ２０３です。"
>>> [(text[m.start : m.end], m.score) for m in AddressRecognizer().find(text, fold(text))]
[('東京都渋谷区恵比寿南２丁目１２－１エビスハイツ２０３', 0.97)]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import ClassVar

import numpy as np

from detectors.ahead import compiled
from detectors.answers import Answers
from detectors.jp.address_cell import FORM, NUMBERED, ends_in_town, keys_of, town_of
from detectors.jp.address_grammar import Address, read_address, read_town
from detectors.jp.address_key import address_keys
from detectors.jp.address_likeness import LONGEST, likeness
from detectors.jp.gazetteer import gazetteer, spelling
from detectors.names.cell import TWO_PIECES
from detectors.pieces import Form, Ints, Pieces
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

_LABEL = compiled(
    r"(?:住所|住居|所在地|本店|届け?先|送付先|送り先|配送先|配達先|宛先|勤務地|本籍|居所|居住地|転居先|実家|自宅|引取先|集荷先|納品先|設置場所|address|Address|ADDRESS)"
    r"[^0-9、。]{0,6}?\W{0,4}$|〒? ?[0-9]{3}-?[0-9]{4}\s{0,2}$"
)
_LABEL_REACH = 16
#: Score of a known town with its municipality and numbers, and nothing beside it.
WHOLE = 0.9
#: Texts whose addresses are remembered, alike ones as one.
_REMEMBERED = 32_768

#: A town's name stands before these when no municipality does.
_TOWN_NUMBERS = compiled(
    r"(?<=[㐀-鿿々ぁ-ヶー])(?<![〇一二三四五六七八九十])(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})丁目"
    r"|(?<=[㐀-鿿々ぁ-ヶー])[1-9][0-9]{0,4}[-ーｰ][1-9][0-9]{0,4}"
    r"|(?<=[㐀-鿿々ぁ-ヶー])[1-9][0-9]{0,4}番地?"
)
_TOWN_LONGEST = 12
#: Longest prefecture without its 都, 府 or 県, and the character before it.
_SHORT = 4
_DIGIT = re.compile("[0-9]")
#: What a sentence with an address holds, as the recognizer's gate has it.
_NEEDED = re.compile("[市区町村]|丁目|[0-9](?:[-ーｰ][1-9]|番)")
#: Numbers in which many addresses differ and nothing else.
_BLOCK = re.compile("[0-9](?:[-ーｰ][1-9]|番|丁目)")
_LETTER = re.compile(r"\w")
_WORD = re.compile(r"[㐀-鿿々]")

#: Behind a municipality these make an institution or a region of it, not a town.
_NO_TOWN = re.compile(
    r".*(?:選挙|第)$|内(?!町)|立|役所|役場|民|議会|議員|長|営|産|出身|在住|以外|周辺|全域|駅|店|支店|支部|方面|近郊|および|及び|など|から|まで"
)
_INSTITUTION = compiled(
    r"(?:駅|駅前|公園|線|店|校|園|館|局|所|院|場|団地|支部|地区|大学|病院|広場|ビル|タワー"
    r"|課|(?<![ァ-ヶ])部|室|係|社|会|組合|庁|署|祭|戦|人|者|業|学|区|県|教室|選手|出身|事件|空港|工場|センター)$"
)
#: Without a number a name of the country's features is no address either.
_FEATURE = re.compile(
    r"(?:川|山|城|寺|神社|港|橋|市場|跡|遺跡|古墳|道|通り|湖|池|島|岳|峠|湾|岬|温泉|ダム|群|市)$"
)
#: Behind an unknown town without a number only a named 町, 字 or 部 below it speaks for an address.
_VILLAGE = re.compile(r"[^町]町.|字.")


class AddressRecognizer(Recognizer):
    """Finds Japanese addresses; `keys` gives the address key with the room and without it."""

    entity_type = "JP_ADDRESS"
    version = "5"
    gate = r"[市区町村]|丁目|\pL[1-9][0-9]{0,4}(?:[-ーｰ][1-9]|番)"
    forms: ClassVar[tuple[Form, ...]] = (FORM, NUMBERED)

    def find(self, text: str, folded: str) -> Iterable[Match]:
        """Return the addresses in `text`, left to right, none inside another."""
        if town_of(folded) is not None:
            return (Match(0, len(folded), WHOLE, self.entity_type, checked=True),)
        if len(folded) <= LONGEST or "(" in folded:
            return _matches_of_like(folded)
        return _matches_by_sentence(folded)

    def alike(self, cells: Pieces) -> Ints | None:
        """Whether the place is known as far as the numbers: which numbers, does not matter then.

        Of other places, what is read: which numbers, seldom matters. A name in two pieces of which neither names
        a place is no address.
        """
        if cells.form is TWO_PIECES:
            known = np.minimum(cells.left.each(_names_no_place), cells.right.each(_names_no_place))
        elif cells.form is FORM:
            known = cells.left.each(ends_in_town)
        elif cells.form is NUMBERED:
            known = cells.nothing - 1
        else:
            return None
        return cells.answered(known, self._answers)

    @cached_property
    def _answers(self) -> Answers:
        return Answers(self.find_all, likeness)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """Return the address key with the room and without it; both None when nothing reads as an address.

        The keys of ``深沢2丁目5番3号`` and ``深沢2-5-3`` are equal; a missing prefecture or ward is filled in
        when the gazetteer leaves one choice.
        """
        folded = fold(value)
        plain = keys_of(folded)
        if plain is not None:
            return plain
        best = max(_readings(folded), key=lambda found: (_score(folded, found), -found.start), default=None)
        if best is None or not (best.numbers or best.town):
            return None, None
        return address_keys(best)


@lru_cache(maxsize=_REMEMBERED)
def _names_no_place(piece: str) -> int:
    """Return 0 for letters where no address begins, whatever stands beside them; or -1."""
    return -1 if "丁目" in piece or any(True for _ in gazetteer().anchors(piece)) else 0


def _matches_by_sentence(folded: str) -> Iterable[Match]:
    """Return the addresses of a text without brackets: none goes over a full stop, as a label may."""
    found: list[Match] = []
    start = 0
    for sentence in folded.split("。"):
        end = start + len(sentence) + 1
        if _NEEDED.search(sentence):
            if start and _LABEL.search(folded, max(0, start - _LABEL_REACH), start):
                return _matches_of_like(folded)
            begin = start - 1 if start else 0  # no other is the beginning of the text
            read = _matches_of_like if _BLOCK.search(sentence) else _matches
            found += [_moved(each, begin) for each in read(folded[begin:end])]
        start = end
    return found


def _moved(found: Match, by: int) -> Match:
    return Match(found.start + by, found.end + by, found.score, found.entity_type, found.checked)


def _matches_of_like(folded: str) -> Iterable[Match]:
    alike = likeness(folded) if _DIGIT.search(folded) else None
    return _matches(folded) if alike is None else _matches_of_all(alike)


def _matches(folded: str) -> Iterator[Match]:
    end = 0
    for found in _readings(folded):
        if found.start < end:
            continue
        score = _score(folded, found)
        if score > 0:
            end = found.end
            yield Match(found.start, found.end, score, AddressRecognizer.entity_type, checked=_checked(found))


@lru_cache(maxsize=_REMEMBERED)
def _matches_of_all(alike: bytes) -> tuple[Match, ...]:
    return tuple(_matches(alike.decode()))


def _readings(folded: str) -> Iterator[Address]:
    """Yield readings from left to right: from named places, and from known towns where no place is named."""
    begins = [(start, True) for start in gazetteer().anchors(folded)]
    begins += [(found.start(), False) for found in _TOWN_NUMBERS.finditer(folded)]
    end = 0
    for position, named in sorted(begins):
        if position < end:
            continue
        found = read_address(folded, position) if named else _town_before(folded, position, end)
        if found is not None:
            found.start -= _short_prefecture(folded[max(end, found.start - _SHORT) : found.start], found)
            yield found
            if found.numbers:
                end = found.end


def _short_prefecture(before: str, found: Address) -> int:
    """Return the length of a prefecture written without its 都, 府 or 県 before the municipality: 福島石川郡."""
    if found.prefecture:
        return 0
    for short in {municipality.prefecture[:-1] for municipality in found.municipalities}:
        if before.endswith(short) and not _WORD.match(before[-len(short) - 1 : -len(short)]):
            return len(short)
    return 0


def _town_before(folded: str, position: int, floor: int) -> Address | None:
    """Read an address whose town, known to the gazetteer, ends at `position` and begins after `floor`."""
    spelled = spelling(folded[max(floor, position - _TOWN_LONGEST) : position])
    for length in range(len(spelled), 1, -1):
        if spelled[-length:] in gazetteer().towns:
            return read_town(folded, position - length, position)
    return None


def _score(folded: str, found: Address) -> float:
    """Weigh a reading; 0 when it is no address at all."""
    labelled = _LABEL.search(folded, max(0, found.start - _LABEL_REACH), found.start) is not None
    score = _with_numbers(folded, found, labelled) if found.numbers else _without_numbers(found, labelled)
    return round(score, 2)


def _with_numbers(folded: str, found: Address, labelled: bool) -> float:
    chain = len(found.numbers) > 1
    if not found.place:
        return _town_alone(found, chain, labelled)
    if found.town:
        score = WHOLE if found.units or chain or found.aza or _ends_here(folded, found.end) else 0.45
    elif found.street:
        score = 0.8
    elif found.aza:
        score = _unknown_town(found, chain)
    else:
        score = _no_town(folded, found, chain)
    if not (found.town or found.prefecture or labelled) and _WORD.match(
        folded[found.start - 1 : found.start]
    ):
        score -= 0.2
    return min(0.97, score + 0.1) if labelled else score


def _no_town(folded: str, found: Address, chain: bool) -> float:
    """Weigh numbers right behind the municipality, as small towns and villages have them: 南箕輪村4088."""
    if found.units:
        return 0.6
    if not found.prefecture:
        return 0.3
    if chain:
        return 0.45
    return 0.45 if found.place[-1] in "町村" and _ends_here(folded, found.end) else 0.3


def _named_feature(aza: str) -> bool:
    return bool(_INSTITUTION.search(aza) or _FEATURE.search(aza))


def _ends_here(folded: str, end: int) -> bool:
    """Say whether a word ends at `end`: 銀座3 (東京…), not 銀座3は."""
    return not _LETTER.match(folded, end)


def _town_alone(found: Address, chain: bool, labelled: bool) -> float:
    """Weigh a reading that names no municipality."""
    if found.prefecture:
        return 0.0
    if labelled:
        return 0.6
    if found.chome and not chain:  # 谷町六丁目 is a station, too
        return 0.25
    whole = found.start == 0 and found.closed
    return 0.4 if whole and (len(found.numbers) > 2 or (found.chome and chain)) else 0.35


def _unknown_town(found: Address, chain: bool) -> float:
    if _NO_TOWN.match(found.aza) or (_INSTITUTION.search(found.aza) and "字" not in found.aza):
        return 0.25
    if found.units:
        score = 0.8
    else:
        score = 0.75 if chain else 0.55
    return score if found.prefecture else score - 0.15


def _without_numbers(found: Address, labelled: bool) -> float:
    if not found.place:
        return 0.0
    if found.street:
        return 0.6
    below = bool(found.aza) and found.closed and not _named_feature(found.aza)
    if not found.town and not (below and _VILLAGE.search(found.aza)):
        return 0.15 if found.prefecture else 0.0
    if below and found.prefecture:
        return 0.6 if labelled else 0.42
    score = 0.35 if found.prefecture else 0.2
    return score + 0.25 if labelled else score


def _checked(found: Address) -> bool:
    if found.municipalities:
        return bool(found.town or found.numbers)
    return bool(found.town and len(found.numbers) > 1)
