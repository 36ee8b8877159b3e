"""年齢 (age) of one person: 34歳, 満34才, 年齢：34, 山田さん（34）, 山田花子（34）.

An age describes; it is personal beside whatever identifies. The many ages of nobody are left out: limits
(18歳以上, 20歳未満), groups (30歳代, 3歳児), spans (20歳から30歳), targets (対象年齢), differences (2歳年上).
Numerals in digits or kanji, the span with 歳 or 才 and without 満.

>>> years("３４歳"), years("三十四才"), years("百二歳"), years("二〇歳"), years("歳") is None
(34, 34, 102, 20, True)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.ahead import compiled
from detectors.names.person import name_at_end
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

#: The oldest anybody is taken to be.
OLDEST = 122

_KANJI = "〇一二三四五六七八九"
_NUMERAL = rf"(?:[0-9]{{1,3}}|[{_KANJI}十百]{{1,5}})"
# 18歳以上, 30歳代, 20歳～30歳, 2歳年上, 60歳定年: nobody's.
_GROUP = (
    r"(?! ?(?:以上|以下|以後|以降|未満|以前|前後|超|まで|から|より|代|台|児|時|ごろ|頃|[~+\-ー]"
    r"|[・、/,] ?[0-9一二三四五六七八九十]|くらい|ぐらい|程度|過ぎ|すぎ|差|若|年[上下長少]|も?(?:下|上)(?![手司])"
    r"|違|の(?:子(?:ども|供)?|人)?(?:たち|以上|まで)|区分|級|定年|人口|健診|検診|到達|に(?:なる|達)|ずつ|馬|牡|牝"
    r"|[一-龥]{0,3}(?:対象|限定|向け|用)|ステークス))"
)
_AGED = re.compile(
    rf"(?<![0-9.,~\-ー第{_KANJI}十百千万])(?P<age>{_NUMERAL} ?(?:歳(?!月|入|出|末)|才(?![一-龥])))"
    rf"(?! ?の(?:誕生|時)){_GROUP}"
)
_LABELLED = compiled(
    r"(?:(?<!対象)(?<!推奨)(?<!平均)(?<!参加)(?<!制限)(?:年齢|年令)|[享行]年|(?<![A-Za-z])(?<!(?i:min|max|avg)[_-])(?i:age))"
    r"[ \t]?(?:\([^()\n]{1,6}\))?[ \t]?(?:は|[\"']? ?[:=|]|[\]】>])?[ \t]{0,2}[\"']?満?"
    rf"(?P<age>{_NUMERAL}(?: ?[歳才])?)(?![0-9.:/~+\-%一-龥ヶ]|,[0-9]){_GROUP}"
)
_NAMED = re.compile(
    r"(?:さん|くん|ちゃん|氏|様|君|容疑者|被告|選手|教授|社長|会長|部長|課長|医師|代表|監督) ?"
    r"\((?P<age>[0-9]{1,3}(?: ?[歳才])?)\)"
)
#: As newspapers write it, behind a name in full and no honorific.
_BESIDE = re.compile(r"(?<=[一-龥々ぁ-んァ-ヶー]) ?\((?P<age>[1-9][0-9])\)")
#: How long such a name may be, in code points.
_NAME_REACH = 16
#: What makes an age in running text somebody's: brackets, a person behind it, a person or 満 before it.
_SOMEBODY_AFTER = compiled(
    r" ?(?:\)|の?(?:男性|女性|男子|女子|男|女|息子|娘|長男|長女|夫|妻|父|母|会社員|主婦|学生)|です|だ(?!け))"
)
_SOMEBODY_BEFORE = re.compile(r"(?:満|\(|さん|氏|様|ちゃん|くん|[はがも、]) ?\Z")
_GENERAL_BEFORE = re.compile(
    r"(?:対象|推奨|平均|定年|上限|下限|制限|原則|各|毎|約|最年少|最年長|年齢層|受診|接種"
    r"|[0-9〇一二三四五六七八九十] ?[歳才]?[~\-ー・、からも]{1,2}) ?(?:年齢)?[:は]? ?\Z"
)
_DIGITS = {char: value for value, char in enumerate(_KANJI)}


def years(value: str) -> int | None:
    """Return the age that `value` writes, in digits or kanji; None when it writes none."""
    numeral = re.sub(r"[\s歳才満]", "", fold(value))
    if re.fullmatch("[0-9]{1,3}", numeral):
        return int(numeral)
    if not numeral or not re.fullmatch(rf"[{_KANJI}十百]+", numeral):
        return None
    return _kanji(numeral)


def _kanji(numeral: str) -> int:
    if not set(numeral) & {"十", "百"}:
        return int("".join(str(_DIGITS[char]) for char in numeral))
    total, pending = 0, 0
    for char in numeral:
        if char in "十百":
            total += max(1, pending) * (10 if char == "十" else 100)
            pending = 0
        else:
            pending = _DIGITS[char]
    return total + pending


class AgeRecognizer(Recognizer):
    """Ages of one person each; limits, groups and targets are none."""

    entity_type = "AGE"
    version = "4"
    gate = (
        r"[0-9〇一二三四五六七八九十百] ?[歳才]|年[齢令]|[享行]年|(?i:age)[\"']?[ \t]?(?:\(|[:=|]|[ \t]{0,2}[0-9])"
        r"|[んく氏様君者告手授長師表督] ?\([0-9]|[\p{Han}ぁ-んァ-ヶー] ?\([1-9][0-9]\)"
    )

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield ages by label, behind a person in brackets, and in running text."""
        taken: set[int] = set()
        for pattern, score in ((_LABELLED, 0.85), (_NAMED, 0.7)):
            for found in pattern.finditer(folded):
                start, end = found.span("age")
                if start not in taken and _possible(found["age"]):
                    taken.add(start)
                    yield Match(start, end, score, self.entity_type)
        for found in _BESIDE.finditer(folded):
            start, end = found.span("age")
            before = folded[max(0, found.start() - _NAME_REACH) : found.start()]
            if start not in taken and name_at_end(before) is not None:
                yield Match(start, end, 0.6, self.entity_type)
        for found in _AGED.finditer(folded):
            start, end = found.span("age")
            if start not in taken and _possible(found["age"]):
                yield Match(start, end, _score(folded, start, end), self.entity_type)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """No key: people of one age are not one person."""
        return None, None


def _possible(value: str) -> bool:
    age = years(value)
    return age is not None and age <= OLDEST


def _score(folded: str, start: int, end: int) -> float:
    left = folded[max(0, start - 12) : start]
    if _GENERAL_BEFORE.search(left):
        return 0.1
    if _SOMEBODY_AFTER.match(folded, end, end + 6) or _SOMEBODY_BEFORE.search(left):
        return 0.7
    return 0.45
