"""Names a form gives in parts or in a row: 姓：小川 名：達也, and 出席者：小川、木村(営業)、達川課長.

The label, and half of the items being known as names, vouch for every item of a row. The first item that cannot
be a name ends it, and a row of nothing but places and words no dictionary knows names nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from detectors.ahead import compiled
from detectors.names.candidate import Candidate, Role
from detectors.names.gazetteer import (
    divide,
    is_common_word,
    is_given,
    is_place,
    is_surname,
    only_words,
    surname_count,
)
from detectors.names.lexicon import HIRAGANA, HONORIFIC, KANJI, KATAKANA, NOBODY, NOT_A_PERSON, TITLE

#: Score of the parts of a name under their labels, and of a name of the dictionaries in a labelled row.
PARTS, IN_A_ROW = 0.95, 0.9
#: Score of a word no dictionary knows, and of a place that is a surname too, in such a row.
UNKNOWN, PLACE = 0.55, 0.7

_PIECE = f"[{KANJI}ヶケ]{{1,4}}|[{KATAKANA}]{{2,8}}|[{HIRAGANA}]{{2,6}}|[A-Z][A-Za-z]+"
_KIND = r"(?:\([^()\n]{1,6}\)|カナ|かな)?"
_GAP = "(?: ?[:=|] ?|\t| {1,3})"
_IN_PARTS = re.compile(
    rf"(?<![{KANJI}{KATAKANA}])(?:姓|苗字|名字|氏|セイ|せい){_KIND}{_GAP}({_PIECE})"
    rf"[ \t\n\r、,/|]{{1,4}}(?:名前|名|メイ|めい){_KIND}{_GAP}({_PIECE})(?![{KANJI}{KATAKANA}])"
)
_LABELS = frozenset(("姓", "名", "氏", "名前", "苗字", "名字", "セイ", "メイ", "せい", "めい"))

_ROW_OF = (
    "(?:(?:ご|御)?(?:出席|参加|欠席|列席|同席|陪席|面談|訪問|対応|担当|受講|執筆|応募|当選|受賞|合格|対象|協力)(?:者|員)?(?:名|一覧)?"
    "|メンバー|委員|幹事|講師|登壇者?|出演者?|宛先|送付先|TO|To|CC|Cc|BCC|Bcc)"
)
_ROW_LABEL = rf"{_ROW_OF}(?:\([^()\n]{{0,8}}\))? ?(?:: ?|は、)"
#: 宇賀神・丹羽・小圷の3名, 宇賀神、丹羽両氏.
_COUNTED = re.compile(
    rf"(?<![{KANJI}{KATAKANA}・、])([{KANJI}ヶケ]{{1,5}}(?:[・、][{KANJI}ヶケ]{{1,5}}){{1,9}})"
    r"(?:の(?:[0-9一二三四五六七八九十]{1,2}|両)(?:名|人|氏)|両氏|両名)"
)
#: (深野、徳田)
_BRACKETED = re.compile(rf"\(([{KANJI}ヶケ]{{1,5}}(?:[・、][{KANJI}ヶケ]{{1,5}}){{1,5}})\)")
_ROW = compiled(f"(?<![{KANJI}{KATAKANA}A-Za-z])(?:{_ROW_LABEL}|(?:出|欠|列)席者? (?=[^:]))")
_SPACED_ROW = re.compile(
    rf" {{0,2}}([{KANJI}ヶケ]{{1,4}}(?: {{1,3}}[{KANJI}ヶケ]{{1,4}}){{1,9}})(?=[(\n\r]|$)"
)
#: What a text needs for either (RE2).
GATE = (
    rf"(?:姓|苗字|名字|氏|セイ|せい)(?:\(|(?:カナ|かな)?{_GAP})|{_ROW_OF}(?:\(| ?(?::|は、))|席者? "
    rf"|の(?:[0-9一二三四五六七八九十]{{1,2}}|両)[名人氏]|両[氏名]|[・、][{KANJI}ヶケ]{{1,5}}\)"
    rf"|[月火水木金土日] ?: ?[{KANJI}ヶケ]"
)
#: 月:岡田 火:川崎 水:浜
_DAY = rf"[月火水木金土日] ?: ?([{KANJI}ヶケ]{{1,4}})(?![{KANJI}{KATAKANA}{HIRAGANA}])"
_WEEK = re.compile(rf"(?<![{KANJI}])(?:{_DAY}[ 、,/|\n]{{0,3}}){{3,7}}")
_OF_DAY = re.compile(_DAY)
#: What a department, a company or a function ends in.
_GROUPS = frozenset("部課室係店社局所会者様方班組団校院員")
_ITEM = re.compile(r"[^、,/;。・:()\n\r\t|]{1,16}")
_ASIDE = re.compile(r" ?\([^()\n]{0,20}\)")
_NEXT = re.compile(" ?[、,/;・] ?")
_NAME = re.compile(
    f"[{KANJI}ヶケ]{{1,5}} [{KANJI}{HIRAGANA}]{{1,4}}|[{KANJI}ヶケ]{{1,6}}"
    f"|[{KANJI}]{{1,4}}[{HIRAGANA}]{{2,4}}|[{KATAKANA}]{{2,8}}"
)
_REST = "(?:(?:の|ほか|他|ら|以上|計| {2}).*)?"
#: What may follow a name in its item: how the person is called; any word that ends like a rank; the row's end.
_CALLED = re.compile(f"(?:(?:{HONORIFIC.pattern}|{TITLE.pattern})[{KANJI}]{{0,3}})?{_REST}")
_RANKED = re.compile(f"副?[{KANJI}]{{0,3}}(?:[長役]|委員){_REST}")


def listed(text: str) -> Iterator[Candidate]:
    """Yield the parts of names under their labels, and the names of labelled rows, of dense folded `text`."""
    for form in _IN_PARTS.finditer(text):
        if _is_part(form[1]) and _is_part(form[2]):
            yield Candidate(form.start(1), form.end(1), PARTS, "surname", is_surname(form[1]), (form[1],))
            yield Candidate(form.start(2), form.end(2), PARTS, "given", is_given(form[2]), (form[2],))
    for group in _COUNTED.finditer(text):
        yield from _counted(text, *group.span(1), PLACE)
    for group in _BRACKETED.finditer(text):
        yield from _counted(text, *group.span(1), IN_A_ROW)
    for week in _WEEK.finditer(text):
        days = [day.span(1) for day in _OF_DAY.finditer(text, *week.span())]
        names = [name for start, end in days if (name := _named(text[start:end], start))]
        if len(names) == len(days) and any(name.score >= IN_A_ROW for name in names):
            yield from (replace(name, score=PARTS) for name in names)
    for label in _ROW.finditer(text):
        if apart := _SPACED_ROW.match(text, label.end()):
            yield from _surnames_apart(text, *apart.span(1))
        row = list(_row(text, label.end()))
        if len(row) > 1 and any(found.score >= IN_A_ROW for found in row):
            known = 2 * sum(found.checked for found in row) >= len(row)
            yield from (replace(each, score=IN_A_ROW) if known or each.checked else each for each in row)


def _surnames_apart(text: str, start: int, end: int) -> Iterator[Candidate]:
    """The surnames of a row with nothing but spaces between them, unless two of them may be one name in full."""
    spans = [(start + item.start(), start + item.end()) for item in re.finditer("[^ ]+", text[start:end])]
    words = [text[slice(*span)] for span in spans]
    if all(map(is_surname, words)) and not any(map(is_given, words[1:2] if len(words) == 2 else words[1::2])):
        yield from (
            Candidate(*span, PARTS, "surname", True, (word,)) for span, word in zip(spans, words, strict=True)
        )


def _counted(text: str, start: int, end: int, sure: float) -> Iterator[Candidate]:
    """The names of a group, where half of them have a score of `sure` and none is a word."""
    items = [item.span() for item in re.finditer("[^・、]+", text[start:end])]
    row = [_named(text[start + left : start + right], start + left) for left, right in items]
    whole = [
        each
        for each, (left, right) in zip(row, items, strict=True)
        if each and each.end - each.start == right - left
    ]
    if len(whole) == len(row) and 2 * sum(each.score >= sure for each in whole) >= len(row):
        yield from (replace(each, score=IN_A_ROW) for each in whole)


def _is_part(word: str) -> bool:
    return word not in _LABELS and (is_surname(word) or is_given(word) or not only_words(word))


def _row(text: str, at: int) -> Iterator[Candidate]:
    while item := _ITEM.match(text, at):
        words = item[0]
        if labelled := text.startswith(":", item.end()):
            words = words.rpartition(" ")[0]  # 谷口, 本田 欠席:
        found = _named(words.strip(), item.start() + len(words) - len(words.lstrip())) if words else None
        if found:
            yield found
        if labelled or not found:
            return
        aside = _ASIDE.match(text, item.end())
        after = _NEXT.match(text, aside.end() if aside else item.end())
        if not after:
            return
        at = after.end()


def _named(item: str, start: int) -> Candidate | None:
    """The name an item begins with, where only a title or an honorific follows it.

    A known name goes before an unknown one, a known title after it before any word that ends like one, then the
    longer name.
    """
    best: tuple[tuple[bool, bool, int], Candidate] | None = None
    for cut in range(1, len(item) + 1):
        name, strict = item[:cut], bool(_CALLED.fullmatch(item, cut))
        if not _NAME.fullmatch(name) or not (strict or (cut > 1 and _RANKED.fullmatch(item, cut))):
            continue
        score, parts = _known(name)
        rank = (score > UNKNOWN, strict, cut)
        if score and (best is None or rank > best[0]):
            role: Role = "full" if len(parts) > 1 else "surname"
            best = rank, Candidate(start, start + cut, score, role, score > UNKNOWN, parts)
    return best[1] if best else None


def _divided(name: str) -> tuple[str, str] | None:
    """`gazetteer.divide`, given names of one kanji included: a labelled row holds names."""
    if len(name) > 2 and surname_count(name[:-1]) and is_given(name[-1]):
        return name[:-1], name[-1]
    return divide(name, False)


def _no_name(name: str) -> bool:
    return only_words(name) and not any(is_given(name[cut:]) for cut in (2, 3) if len(name) > cut)


def _known(name: str) -> tuple[float, tuple[str, ...]]:
    pieces = tuple(name.split())
    if len(pieces) == 2:
        known = is_surname(pieces[0]) or is_given(pieces[1])
        return (IN_A_ROW if known else UNKNOWN), pieces
    if is_surname(name) and name not in NOBODY:
        return (PLACE if is_place(name) else IN_A_ROW), (name,)
    if (split := _divided(name)) and not is_common_word(name):
        return IN_A_ROW, split
    if (
        not 2 <= len(name) <= 5
        or name[-1] in _GROUPS
        or _no_name(name)
        or is_place(name)
        or NOT_A_PERSON.match(name, len(name) - 1)
    ):
        return 0.0, ()
    return (UNKNOWN if not TITLE.search(name) and not name.isascii() else 0.0), (name,)
