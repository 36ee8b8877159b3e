"""The grammar of Japanese addresses, read left to right from the place where one may begin.

prefecture? county? municipality ward? (street of Kyoto)? town (大字, 字)? block building? — the municipality and
town from the gazetteer, the block from `address_block`, the building from `address_building`. Every part but
one place name may be missing; what was found says how good the reading is.

>>> found = read_address("東京都渋谷区恵比寿南2丁目12-1 エビスハイツ203号室", 0)
>>> found.prefecture, found.municipalities[0].name, found.town, found.numbers, found.building
('東京都', '渋谷区', '恵比寿南', ('2', '12', '1'), 'エビスハイツ203号室')
>>> read_address("上京区小川通今出川下る針屋町370", 0).town
'針屋町'
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from detectors.jp.address_block import NO_NUMBER, Block, read_block
from detectors.jp.address_building import building_end
from detectors.jp.gazetteer import Municipality, gazetteer, spelling

#: No address is longer; what is read of the text from each start.
WINDOW = 120

#: A line that ends in a place, and the next one that goes on with its numbers: no telephone, postal code or date.
_WRAPPED = re.compile(r"(?<=[㐀-鿿])\n(?=[1-9][0-9]{0,2}(?:丁目|番(?:地|[0-9])|[-ーｰ][0-9]{1,3}(?![0-9])))")
_SECTION = re.compile("大字|字|小字")
#: Up to the last crossing of Kyoto's streets: 寺之内通千本東入1丁目下る, 河原町通三条下ル二丁目.
_STREET = re.compile(
    r"[^\s、。,()「」]{1,50}(?:[上下][がケ]?[るル]|[東西南北]入[るル]?)(?:[0-9一二三四五六七八九]{1,2}(?:丁目?|筋目)(?=[㐀-鿿]))?"
)
#: Letters of a place below the known town: kanji and katakana, and the kana that join them; any kana in a 字.
_AZA = re.compile(r"[㐀-鿿々〆ァ-ヶーｹﾉ]|[のがつっ](?=[㐀-鿿])|(?<=[ァ-ヶ])[の-](?=[0-9])|[0-9]{1,2}番町")
_SECTION_AZA = re.compile(r"[㐀-鿿々〆ぁ-ヶーｹﾉ]")
_AZA_REACH = 24
_NUMERAL = re.compile(r"[0-9〇一二三四五六七八九十百千]|第(?=[0-9一二三四五六七八九十])")
_OPEN_END = re.compile(r"[㐀-鿿々〆ァ-ヶーｹﾉのがつ]{2,16}(?=\s*$)")
_OTHER_MUNICIPALITY = re.compile(
    r"(?:[㐀-鿿]{1,4}郡)?(?![内立知議民営道警])[㐀-鿿]{1,5}?[市区町村](?:[㐀-鿿]{1,3}区)?"
)


@dataclass(slots=True)
class Address:
    """One reading. `start`, `end`: code points of the text it was read from, end exclusive.

    `prefecture`, `place`: as written; `municipalities`: those the place may mean, narrowed by prefecture, ward
    and town; none when the gazetteer has none. `town`: canonical spelling, "" when unknown; `aza`: what stands
    between it and the numbers. `numbers`: Arabic digits, left to right. `kind`: "street" (住居表示), "lot" (地番)
    or "" (not said). `street`: a street of Kyoto was read. `units`: a unit such as 丁目 was written; `chome`: the
    first number is a 丁目. `closed`: the reading ends where the text does.
    """

    start: int
    end: int
    prefecture: str = ""
    place: str = ""
    municipalities: tuple[Municipality, ...] = ()
    town: str = ""
    aza: str = ""
    numbers: tuple[str, ...] = ()
    kind: str = ""
    street: bool = False
    units: bool = False
    chome: bool = False
    building: str = ""
    closed: bool = False


def read_address(folded: str, start: int) -> Address | None:
    """Read the address whose prefecture or municipality begins at `start`; None when neither stands there."""
    window = _WRAPPED.sub(" ", folded[start : start + WINDOW]).partition("\n")[0]
    spelled = spelling(window)
    found = read_place(window, spelled)
    if found is None:
        return None
    _read_town(window, spelled, found)
    read_rest(window, found)
    return _placed(folded, found, start)


def read_town(folded: str, start: int, end: int) -> Address | None:
    """Read an address without a municipality whose town is at ``folded[start:end]``; None without numbers."""
    window = folded[start : start + WINDOW].partition("\n")[0]
    spelled = spelling(window)
    found = Address(0, end - start, town=spelled[: end - start])
    read_rest(window, found)
    return _placed(folded, found, start) if found.numbers else None


def _placed(folded: str, found: Address, start: int) -> Address:
    """Shift a reading of a window to its place in the text."""
    found.start = start
    found.end += start
    found.closed = not folded[found.end : found.end + WINDOW].strip()
    return found


def read_place(window: str, spelled: str) -> Address | None:
    """Read prefecture and municipality; a prefecture may be followed by one the gazetteer does not know."""
    prefecture = next((window[:n] for n in (3, 4) if window[:n] in gazetteer().prefectures), "")
    position = _skip(window, len(prefecture)) if prefecture else 0
    named = gazetteer().municipality_at(spelled, position, prefecture)
    if named is not None:
        end, municipalities = _with_ward(spelled, window, *named)
        return Address(0, end, prefecture, window[position:end], municipalities)
    if not prefecture:
        return None
    other = _OTHER_MUNICIPALITY.match(window, position)
    if other is None:
        return Address(0, len(prefecture), prefecture)
    return Address(0, other.end(), prefecture, other[0])


def _with_ward(
    spelled: str, window: str, end: int, municipalities: tuple[Municipality, ...]
) -> tuple[int, tuple[Municipality, ...]]:
    """Read a ward set off from its city by a space (大阪市 北区)."""
    position = _skip(window, end)
    if position == end:
        return end, municipalities
    for municipality in municipalities:
        ward = spelling(municipality.ward)
        if ward and spelled.startswith(ward, position) and not spelled.endswith(ward, 0, end):
            return position + len(ward), (municipality,)
    return end, municipalities


def _read_town(window: str, spelled: str, found: Address) -> None:
    """Read the town, directly or behind a street of Kyoto, and narrow the municipalities to those that have it."""
    position = _skip(window, found.end)
    if any(m.name.startswith("京都市") for m in found.municipalities):
        street = _STREET.match(window, position)
        if street is not None:
            found.street, found.end = True, street.end()
            take_town(spelled, found.end, found)
            return
    section = _SECTION.match(window, position)
    if not (section and take_town(spelled, section.end(), found)):
        take_town(spelled, position, found)


def take_town(spelled: str, start: int, found: Address) -> bool:
    """Take the longest town that any of the municipalities has at `start`."""
    towns = [(town, m) for m in found.municipalities if (town := m.town_at(spelled, start)) is not None]
    if not towns:
        return False
    found.end, found.town = max(town for town, _ in towns)
    found.municipalities = tuple(m for town, m in towns if town[0] == found.end)
    return True


def read_rest(window: str, found: Address) -> Address:
    """Add to `found` 字, numbers and building behind its town; without numbers an open end (…町時ケ堀)."""
    position = _skip(window, found.end)
    block, block_start = _block_behind_aza(window, position)
    if block is None:
        if found.place and (rest := _OPEN_END.match(window, found.end)):
            found.end, found.aza = rest.end(), rest[0]
        return found
    found.aza = window[min(found.end, block_start) : block_start].strip()
    found.numbers, found.kind, found.units, found.chome = block.numbers, block.kind, block.units, block.chome
    found.end = building_end(window, block.end)
    found.building = window[block.end : found.end].strip()
    return found


def _block_behind_aza(window: str, start: int) -> tuple[Block | None, int]:
    """Find the block at `start` or behind the name of a 字; return it and where it begins."""
    letters, position = _AZA, start
    while position < start + _AZA_REACH:
        letter = window[position : position + 1]
        if letter == " ":
            return read_block(window, position + 1), position + 1
        if NO_NUMBER.match(window, position):
            return read_block(window, position), position
        name = letters.match(window, position)
        numeral = _NUMERAL.match(window, position) and window[position - 1 : position] != "第"
        if numeral and not (name and letter.isascii()):
            block = read_block(window, position)
            if block is not None or letter.isascii():
                return block, position
        if name is None:
            break
        if letter == "字":
            letters = _SECTION_AZA
        position = name.end()
    return None, start


def _skip(window: str, position: int) -> int:
    return position + (window[position : position + 1] == " ")
