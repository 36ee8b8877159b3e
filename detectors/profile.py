"""What the values of a column look like, as counters that add up across batches.

A profile counts distinct values, not cells, on a sample that depends on nothing but the values: the `SAMPLE`
distinct values with the smallest digest. Its denominator is ``n``; ``blank`` counts the *cells* of the whole batch
that are empty or white space, ``blank_values`` the distinct values among them. A counter of zero is left out.

Shapes (`SHAPES`): regular forms such as a date or 13 digits. Names: what the dictionaries say of short values
(`detectors.name_counts`).

>>> columns = profile(["田中", "佐藤", "", "千葉"], [3, 1, 5, 1])
>>> columns["n"], columns["blank"], columns["surname"], columns["place"]
(3, 5, 3, 1)
>>> merge(columns, columns)["surname"]
6
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import re2

from detectors.digests import Hashes, digests_of
from detectors.gates import matching
from detectors.letters import letters_of
from detectors.name_counts import count_names
from detectors.text import fold

#: Distinct values of a batch that are looked at: enough for ±3 %, so that the cost does not grow with the data.
SAMPLE = 1_000
#: Code points of a value that are looked at: what is longer is prose.
LONGEST = 100

_DATE = r"(?:1[89]|20)[0-9]{2}([-/.年])[0-9]{1,2}([-/.月])[0-9]{1,2}日?"
_DATE_LAST = r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:1[89]|20)[0-9]{2}"
_ERA = r"(?:明治|大正|昭和|平成|令和|[MTSHR])\.?(?:[0-9]{1,2}|元)[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?"

_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
#: The number or the letter of an era, as forms ask for it, or neither.
_CODE, _PADDED = r"(?:(?i:[1-5MTSHR])-?|昭和|平成|大正)?", r" ?[ 0-9]?[0-9]"

_BODY = r"株式会社|有限会社|合同会社|合資会社|合名会社|㈱|㈲|\((?:株|有|同)\)|法人|組合"
_PREMISES = (
    "支店|営業所|支社|支部|出張所|店|店舗|本社|本店|本部|事業所|事業部|工場|倉庫|センター|病院|空港|大学|役所|銀行|製薬|電器|神社|賞|杯"
    "|[部課室係局署校駅館園]"
)

#: Counter → pattern a folded value with the space around it removed matches as a whole (RE2).
SHAPES = {
    "date": rf"(?:{_DATE}|{_DATE_LAST}|{_ERA})(?:[T ].*)?",
    # 3550315, S550315, 550315, S55. 3.15
    "date_coded": rf"{_CODE}[0-9]{{2}}{_MONTH_DAY}|{_CODE}{_PADDED}[-./年]{_PADDED}[-./月]{_PADDED}日?",
    "date8": rf"(?:19|20)[0-9]{{2}}{_MONTH_DAY}",
    "number": r"[-+]?[0-9]{1,3}(?:,?[0-9]{3})*(?:\.[0-9]+)?|[-+]?[0-9]+(?:\.[0-9]+)?",
    "age": r"(?:1[01][0-9]|[1-9]?[0-9])(?:\.0)?(?:歳|才)?",
    "digits9": r"[1-9][0-9]{8}(?:\.0)?",
    "jan": r"4[59][0-9]{11}",
    "isbn": r"97[89]-?[0-9-]{10,13}",
    "digits_from_zero": r"0[0-9]{9,10}",
    "mobile": r"0[5-9]0-?[1-9][0-9]{3}-?[0-9]{4}",
    "msisdn": r"81[6-9]0[1-9][0-9]{7}",
    "zeroless_mobile": r"[5-9]0[1-9][0-9]{7}(?:\.0)?",
    # What stands in the second and third field of an address: 2-8-18, 3丁目1番2号; コーポ北沢203号室.
    "block": r"[0-9]{1,4}(?:(?:丁目|番地の?|番|号|[-ーｰの])[0-9]{0,4}){1,4}",
    "room": r".*[ぁ-ヺー一-鿿々].*?[0-9]{2,4}(?:号室?)?",
    "identifier": r"[A-Za-z]{0,4}[-_]?[0-9][0-9A-Za-z_-]{2,}",
    "handle": r"@?[A-Za-z0-9_.-]{3,30}",
    "url": r"(?:https?|ftp)://.*|www\..*",
    "sentence": r"(?s:.*[。、\n!?].*|.{40,})",
    "company": rf".*(?:{_BODY}).*|(?i:.*[ ,](?:inc|ltd|llc|corp|co)\.?)",
    "office": rf".*(?:{_PREMISES})",
}  # fmt: skip

#: Third digits of mobile numbers whose leading zero was lost: a run of serial numbers has one, phones have many.
_THIRD = "zeroless_third_"


def profile(
    values: Sequence[str] | pa.Array,
    counts: Sequence[int] | npt.NDArray[np.int64],
    digests: Hashes | None = None,
) -> dict[str, int]:
    """Count what the distinct `values` of one batch (strings, no nulls), each seen `counts` times, look like.

    `digests`: theirs (`detectors.digests`), where they are known already.
    """
    array = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    blank = _blank(array)
    blanks = np.asarray(counts)[blank]
    sample = [fold(value.strip()[:LONGEST]) for value in _sample(array, blank, digests)]
    counters: Counter[str] = Counter(n=len(sample), blank=int(blanks.sum()), blank_values=len(blanks))
    if sample:
        for counted in (_lengths(sample), _shapes_of(sample), count_names(sample)):
            counters.update(counted)
    return {
        name: int(count)
        for name, count in counters.items()
        if count or name in ("n", "blank", "blank_values")
    }


def merge(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    """Add two profiles; the order of merging does not matter."""
    return {name: left.get(name, 0) + right.get(name, 0) for name in sorted({*left, *right})}


def _blank(array: pa.Array) -> npt.NDArray[np.bool_]:
    """Return which values `str.isspace` says are white space, or are empty."""
    letters, edges = letters_of(array)
    begins = edges[:-1]
    blank: npt.NDArray[np.bool_] = begins == edges[1:]
    if blank.any():
        filled = np.flatnonzero(~blank)
        maybe = filled[_begin_space(letters[begins[filled]])]
    else:
        maybe = np.flatnonzero(_begin_space(letters[begins]))
    # Kana begin with the byte the ideographic space begins with.
    beside = letters[np.minimum(edges[maybe] + 1, len(letters) - 1)]
    maybe = maybe[_SPACE_BEGINS[letters[edges[maybe]], beside]]
    blank[maybe] = matching(array.take(pa.array(maybe)), _BLANK)
    return blank


def _begin_space(first: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return np.asarray(np.logical_or.reduce([first == byte for byte in _SPACE_BYTES]))


#: First bytes of white space in UTF-8, and what may stand beside them: anything, if there is but one.
_SPACE_BEGINS = np.zeros((256, 256), dtype=np.bool_)
for _space in filter(str.isspace, map(chr, range(0x3001))):
    _SPACE_BEGINS[_space.encode()[0], _space.encode()[1] if not _space.isascii() else slice(None)] = True
_SPACE_BYTES = np.flatnonzero(_SPACE_BEGINS.any(axis=1)).astype(np.uint8)
#: What `str.isspace` says, or nothing.
_BLANK = r"^[\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]*$"


def _sample(values: pa.Array, blank: npt.NDArray[np.bool_], digests: Hashes | None) -> list[str]:
    """Return a sample of the values that are not `blank`."""
    if blank.any():
        present = np.flatnonzero(~blank)
        values = values.take(pa.array(present))
        digests = None if digests is None else digests[present]
    if len(values) > SAMPLE:
        drawn = digests_of(values) if digests is None else digests
        greatest = np.partition(drawn, SAMPLE - 1)[SAMPLE - 1]
        values = values.take(pa.array(np.flatnonzero(drawn <= greatest)[:SAMPLE]))
    sample: list[str] = values.to_pylist()
    return sample


def _lengths(sample: list[str]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for size, times in Counter(map(len, sample)).items():
        counted[f"len_{size}" if size <= 20 else "len_40" if size <= 40 else "len_more"] += times
    return counted


def _shapes_of(sample: list[str]) -> dict[str, int]:
    names, shapes = _shapes()
    matched = Counter(chain.from_iterable(filter(None, map(shapes.Match, sample))))
    return {names[at]: times for at, times in matched.items()}


@cache
def _shapes() -> tuple[list[str], Any]:
    """Return the names of the shapes and all of their patterns as one: an eighth of the time of asking each."""
    third = {f"{_THIRD}{digit}": rf"[6-9]0{digit}[0-9]{{7}}(?:\.0)?" for digit in range(1, 10)}
    shapes = re2.Set.FullMatchSet()
    for pattern in (SHAPES | third).values():
        shapes.Add(pattern)
    shapes.Compile()
    return [*SHAPES, *third], shapes
