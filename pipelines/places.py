"""Places: paths, sheet and column names as people may see them.

A file is called 山田太郎様_解約届.pdf, a column 090-1234-5678: the place where data was found is personal data
itself. Each personal span becomes ‹TYPE tag›, where the tag is twelve hex digits of the span's value key: two
customers' files stay two places, the same customer's stay alike. A place that is masked once stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from detectors.text import SURROGATE
from pipelines.encoded_places import decoded
from pipelines.keys import KeyRing

if TYPE_CHECKING:
    from detectors.resolver import Found

#: Spans below this score are not masked: a place that is all tags helps nobody.
THRESHOLD = 0.4
#: A family name that is all there is between two separators: 顧客/田中/, 佐藤_見積.xlsx.
LONE_NAME = 0.3
TAG_DIGITS = 12
#: Pieces of places kept between `prepare` and `mask_place`.
MOST_PREPARED = 4_096
#: Steps of places remembered masked: directories and columns come again, files do not.
MOST_MASKED = 4_096

#: A name longer than this has both its parts.
LONGEST_SINGLE_NAME = 3

_KANJI_BEFORE = re.compile(r"(?<![一-龥々])[一-龥々]{1,4}[ _\u3000]?\Z")
_TOKEN = re.compile(rf"‹[A-Z_]+ [0-9a-f]{{{TAG_DIGITS}}}›")
#: What people put between the words of a name where a space may not stand.
_BETWEEN_WORDS = re.compile(
    "(?<![A-Za-z])_|_(?![A-Za-z])|(?<=[一-龥々ぁ-ゖァ-ヶー])[-.](?=[一-龥々ぁ-ゖァ-ヶ])"
)
_ACCOUNT = re.compile("[@＠:：]")
_SEPARATORS = " _\u3000-.()（）[]【】「」、,+"
_WORDS = re.compile(r"(?<![A-Za-z])(?=([A-Za-z]+)([-_. ])([A-Za-z]+)(?![A-Za-z]))")
#: Words of schemas that are surnames as well: FROM_DATE, 伊達.
_NO_NAMES = frozenset({"cho", "date", "ju", "ku", "may"})


def mask_place(text: str, keys: KeyRing) -> str:
    """Return `text` with every personal span replaced by ``‹TYPE tag›``; slashes and the rest stay.

    Each step of a path is read on its own, also with ``_`` as a space: names do not run over a slash. What another
    encoding hides (`pipelines.encoded_places`) is masked with all around it.
    """
    if _is_plain(text):
        return text
    return "/".join(_mask_step(step, keys) for step in text.split("/"))


def unmasked(masked: str) -> Any:
    """Return a compiled pattern that matches every text `mask_place` may have turned into `masked`."""
    # Linear in the text: a place may be full of tokens.
    import re2

    return re2.compile("[^/]+".join(re2.escape(piece) for piece in _TOKEN.split(masked)))


def is_personal(text: str) -> bool:
    """Say whether `mask_place` would mask any of `text`; needs no key."""
    return not _is_plain(text) and any(_personal_spans(each) for each in (text, *decoded(text)))


def prepare(texts: Iterable[str], keys: KeyRing) -> None:
    """Look at many places together before they are masked: a hundred thousand names one by one take minutes."""
    from detectors.cascade import Cascade

    steps = {step for text in texts if not _is_plain(text) for step in text.split("/")}
    pieces = {piece for step in steps for piece in _TOKEN.split(step) if piece}
    texts = {text for piece in pieces for text in (piece, *decoded(piece))}
    readings = {reading for text in texts for _, reading in _readings(text)}
    unknown = sorted(readings - _prepared.keys())
    if len(_prepared) + len(unknown) > MOST_PREPARED:
        _prepared.clear()
    if unknown:
        told = pa.array([SURROGATE.sub("?", each) for each in unknown], pa.string())
        _prepared.update(zip(unknown, Cascade().find(told), strict=True))


_prepared: dict[str, Sequence[Found]] = {}


def _is_plain(text: str) -> bool:
    # A single romanised word is masked nowhere: it may be anything.
    return text.isascii() and not any(char.isdigit() or char in "@ _-.%&#\\=" for char in text)


@lru_cache(maxsize=MOST_MASKED)
def _mask_step(step: str, keys: KeyRing) -> str:
    masked, start = [], 0
    for token in _TOKEN.finditer(step):
        masked += [_mask_plain(step[start : token.start()], keys), token.group()]
        start = token.end()
    return "".join([*masked, _mask_plain(step[start:], keys)])


def _mask_plain(text: str, keys: KeyRing) -> str:
    if hidden := next((kind for other in decoded(text) for _, _, kind in _personal_spans(other)), None):
        return tag(hidden, text, keys)
    spans = _personal_spans(text) if text else []
    floors = [0, *(end for _, end, _ in spans)]
    for floor, (start, end, kind) in reversed([*zip(floors, spans, strict=False)]):
        if kind == "PERSON":
            start = _family_name(text, floor, start, end)
        text = f"{text[:start]}{tag(kind, text[start:end], keys)}{text[end:]}"
    return text


def tag(kind: str, value: str, keys: KeyRing) -> str:
    """Return what stands for a value of an entity type in places; `mask_place` leaves it as it is."""
    return f"‹{kind} {keys.value_key(f'place:{kind}', value).hex()[:TAG_DIGITS]}›"


def _family_name(text: str, floor: int, start: int, end: int) -> int:
    """Return where a name begins whose family name no dictionary has: 大豆生田 由美子 is found as 由美子.

    In a place too much is masked rather than too little: 東京支店 山田 goes as a whole.
    """
    before = _KANJI_BEFORE.search(text, floor, start) if end - start <= LONGEST_SINGLE_NAME else None
    return before.start() if before else start


def _personal_spans(text: str) -> list[tuple[int, int, str]]:
    """Return disjoint (start, end, type) of all readings, the best score first where spans overlap."""
    found = {
        (-each.score, each.start - each.end, offset + each.start, offset + each.end, each.entity_type)
        for offset, reading in _readings(text)
        for each in _found(reading)
        if each.personal and (each.score >= THRESHOLD - 1e-6 or _is_lone_name(each, reading))
    }
    taken: list[tuple[int, int, str]] = []
    for _, _, start, end, kind in sorted(found):
        if all(end <= first or last <= start for first, last, _ in taken):
            taken.append((start, end, kind))
    return sorted(taken)


def _readings(text: str) -> list[tuple[int, str]]:
    """Return what to look for names in, with where in `text` it begins."""
    spaced = _BETWEEN_WORDS.sub(" ", text)
    pairs = [
        (words.start(), f"{words[1]} {words[3]}")
        for words in _WORDS.finditer(text)
        if not {words[1].lower(), words[3].lower()} & _NO_NAMES
    ]
    # A mail address or account may hold a ``_``, a name does not.
    whole = (text, spaced) if spaced != text and _ACCOUNT.search(text) else (spaced,)
    return [*((0, reading) for reading in whole), *pairs]


def _found(reading: str) -> Sequence[Found]:
    # Lazy: the detectors load dictionaries, and a source may be listed without ever needing them.
    from detectors.registry import find_entities

    known = _prepared.get(reading)
    return find_entities(reading) if known is None else known


def _is_lone_name(found: Found, reading: str) -> bool:
    from detectors.jp.gazetteer import gazetteer

    name = reading[found.start : found.end]
    before, after = reading[: found.start][-1:], reading[found.end :][:1]
    return (
        found.entity_type == "PERSON"
        and found.score >= LONE_NAME - 1e-6
        and before in _SEPARATORS
        and after in _SEPARATORS
        and not name.isascii()
        and not gazetteer().prefectures & {f"{name}{suffix}" for suffix in "都府県"}
    )
