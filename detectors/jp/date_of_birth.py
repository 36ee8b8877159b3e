"""生年月日 (date of birth): a date, and something beside it that says somebody was born on it.

A plain date is not personal. It is reported at the lowest score all the same, so that a column of them can be
judged by its header. Western and era dates, in digits or kanji (1965年8月18日, 昭和40年8月18日, S40.8.18,
昭和四十年八月十八日, August 18, 1965); only beside a label or as the whole value eight digits in one run, and
8/18/1965 in whichever order of day and month is a date; only beside a label a birthday without its year, and the
number for the era that official forms ask for (3-40.08.18 is 昭和; which number means which is from memory).
A date until 2000 right behind a name in full is taken for a birth, at .5; a later one is as likely another day.
Days an era did not have are no dates (`detectors.jp.era`).

>>> parse("昭和64年1月7日")
datetime.date(1989, 1, 7)
>>> parse("昭和64年1月8日") is None
True
>>> parse("Aug. 18, 1965"), parse("１９６５／８／１８")
(datetime.date(1965, 8, 18), datetime.date(1965, 8, 18))
>>> parse("S55.3.15 に会う") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import numpy as np

from detectors.ahead import compiled
from detectors.digit_cells import Digits, Ints, told_apart
from detectors.jp.era import ERAS, civil_date, number, to_date
from detectors.jp.vicinity import Context, Vicinity
from detectors.names.person import name_at_end
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

#: The oldest birth somebody alive can have, and the last year this version takes for a birth. A constant, not
#: today: a finding may depend only on its value and the version.
EARLIEST, LATEST = date(1900, 1, 1), date(2030, 12, 31)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = (
    r"(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_KANJI = "〇零一二三四五六七八九十"
_NUMBER = rf"(?:[0-9]{{1,2}}|[{_KANJI}]{{1,3}})"
_ERA = "|".join(form for era in ERAS for form in (era.name, era.ligature, era.short)) + "|[MTSHRmtshr]"
# 1965年(昭和40年)8月18日, 1965(昭和40)年8月18日
_GLOSS = r"(?: ?\([^()\n]{2,8}\))?"
_YEAR_SIGN = rf"{_GLOSS} ?年{_GLOSS} ?"
_MIDNIGHT = r"(?:[ T]00?:00(?::00(?:\.0{1,6})?)?Z?)?"
_DATE = compiled(
    r"(?<![0-9A-Za-z])(?<![0-9][\-./ー])(?:"
    # 1965年8月18日 · 1965-08-18 · 1965/8/18 · 1965.8.18, with the midnight a database adds
    r"(?P<y>(?:18|19|20)[0-9]{2}|[〇一二三四五六七八九]{4})"
    rf"(?:{_YEAR_SIGN}(?P<jm>{_NUMBER}) ?月 ?(?P<jd>{_NUMBER}) ?日"
    rf"|(?P<s> ?[\-/.] ?)(?P<m>[0-9]{{1,2}})(?P=s)(?P<d>[0-9]{{1,2}}){_MIDNIGHT})"
    # 昭和40年8月18日 · 昭40.8.18 · S40/8/18
    rf"|(?P<era>{_ERA})[ .]?(?P<ey>元|[0-9]{{1,2}}|[{_KANJI}]{{1,3}})"
    rf"(?:{_YEAR_SIGN}(?P<ejm>{_NUMBER}) ?月 ?(?P<ejd>{_NUMBER}) ?日"
    r"|(?P<es> ?[\-/.・] ?)(?P<em>[0-9]{1,2})(?P=es)(?P<ed>[0-9]{1,2}))"
    # August 18, 1965 · 18 August 1965
    rf"|(?P<nm>{_MONTH_NAME}) ?(?P<nd>[0-9]{{1,2}})(?:st|nd|rd|th)?,? (?P<ny>[0-9]{{4}})"
    rf"|(?P<xd>[0-9]{{1,2}})(?:st|nd|rd|th)? ?(?:of )?(?P<xm>{_MONTH_NAME}),? ?(?P<xy>[0-9]{{4}})"
    # 8/18/1965 · 18.8.1965
    r"|(?P<am>[0-9]{1,2})(?P<as>[/.])(?P<ad>[0-9]{1,2})(?P=as)(?P<ay>(?:19|20)[0-9]{2})"
    # 19650818
    r"|(?P<run>(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))"
    r")(?![0-9A-Za-z])(?![\-/.][0-9])"
)
#: Groups of digits that hyphens make of a date.
_DATES = ((8,), (4, 2, 2), (4, 2, 1), (4, 1, 2), (4, 1, 1))
#: 1 to 5 on forms, or the letter: 3-40.08.18, 3400818, S400818.
_CODE = r"(?P<era>[1-5MTSHRmtshr])[ -]?(?P<y>[0-9]{2})(?P<s>[-./]?)(?P<m>[0-9]{2})(?P=s)(?P<d>[0-9]{2})"
_ASKED = r"(?:生 ?年 ?月 ?日|誕生日)(?:\([^()0-9\n]{1,8}\))?[^0-9A-Za-z一-龥]{0,6}"
_CODED = re.compile(rf"{_ASKED}(?P<value>{_CODE})(?![0-9A-Za-z])(?![-./][0-9])")
#: 82/03/04, 57.3.4: which century or era, nobody can tell.
_SHORT_YEAR = re.compile(
    rf"{_ASKED}(?P<value>[0-9]{{2}}(?P<s>[-./])(?P<m>[0-9]{{1,2}})(?P=s)(?P<d>[0-9]{{1,2}}))(?![0-9A-Za-z])(?![-./][0-9])"
)
_DAY = re.compile(
    r"(?:誕生日|バースデー|(?i:birthday))[^0-9A-Za-z一-龥。]{0,4}"
    r"(?P<value>(?P<m>[0-9]{1,2})(?: ?月 ?(?P<d>[0-9]{1,2}) ?日|/(?P<md>[0-9]{1,2})(?![0-9/])))"
    r"(?!まで|から|以降|以前|以後|締|迄|発売|放送|公開|[ (]*[0-9年~-])"
)
_OWN = (
    r"生 ?年 ?月 ?日|誕生日|(?<![A-Za-z])BDAY(?![A-Za-z])"
    r"|(?:生まれ|生れ|生誕|誕生)(?=[ :はが(]*\Z)|出生(?:日|年月日)?|バースデー|バースディ|"
    r"(?<![A-Za-z])(?i:d\.?o\.?b\.?(?![a-z])|date[ _-]?of[ _-]?birth|birth[ _-]?da(?:y|te)|born|seinen_?gappi"
    # "birth": "1986-03-25"
    r"|birth(?:_?ymd)?(?=[\"']? ?[:=]))"
)
#: Other dates; 〈compound〉日 loses to 誕生日, which ends at the same place.
_RIVAL = (
    r"[一-龥々ァ-ヶー](?:日時?|日付|年月日?|期限|期間|予定)|から|まで|より|有効|交付|死去|没|逝去|入社|退社|"
    r"卒業|結婚|就任|設立|創業|発売|"
    r"(?i:(?:due|issue|expir|update|creat|join|hire|start|end|order)[a-z]*[ _]?(?:date|on|at)?)"
)
# 1965年8月18日生 · …、東京都墨田区（現…）に生まれる · …大阪市出身
_BIRTH_AFTER = (
    r"(?:[^。\n0-9:]{0,26}?(?:生まれ|生れ|に誕生|出生)|生(?![一-龥ぁ-ん])|誕生|\(?(?i:born)"
    r"|(?:生年月日|誕生日)(?=\))|[^。\n]{0,8}\)[^。\n0-9]{0,12}?生まれ|[^。\n0-9:]{2,20}?[都道府県市区町村]出身)"
)
_VICINITY = Vicinity(_OWN, _RIVAL, right=_BIRTH_AFTER)
#: In records it stands right behind the name, in brackets or behind a space: 山田 花子様 S57.3.4 女.
_BEHIND_NAME = re.compile(
    r"(?<=[一-龥々ぁ-んァ-ヶーA-Za-z])(?:様|さん|殿|氏)?\)?"
    r"(?:[ \t\n]{1,2}|[ \t]?[,、|/;][ \t]?|[ \t]?\()(?:西暦)?\Z"
)
_ENDS_FIELD = re.compile(
    r"(?=\s*\Z|[ \t]?[),、|/;\n\t])|[ \t]{1,2}(?!から|より|まで|現在|付|以[降前後]|[~-]|[0-9]{1,2}:[0-9]"
    r"|[一-龥]{0,2}(?:[入退]|採用|[着就]任|提出|作成|更新|記入|受付|[来購]|契約|登録|発行|承認|確認|投稿|[記起卒撮没死]"
    r"|回答|初版|出版|刊))"
)
#: Whoever did something did it on that day: 記録者 山田 太郎 平成10年4月1日.
_WHO_ACTED = re.compile(
    r"(?:更新|承認|作成|記録|記入|報告|確認|担当|受付|撮影|写真|著|編|訳|監修|文責|起案|決裁|検印|検収|査定|投稿|発行"
    r"|提出|署名|入力|点検|実施)[者人名日]?[ \t:=|/は]{0,3}\Z"
)
#: So far left a name and what stands behind it reach, in code points.
_NAME_REACH = 24
#: What is dated later and has no label is as likely a day on which the person did something.
_GROWN_UP = date(2000, 12, 31)


def parse(value: str) -> date | None:
    """Return the date that the whole of `value` writes; None when it is none."""
    match = _DATE.fullmatch(fold(value).strip())
    return _to_date(match) if match else None


class DateOfBirthRecognizer(Recognizer):
    """Dates called somebody's birth; plain ones as column evidence."""

    entity_type = "DATE_OF_BIRTH"
    version = "5"
    gate = (
        r"生 ?年 ?月 ?日|誕生日|バースデー|(?i:birthday)|"
        r"(?:(?:18|19|20)[0-9]{2}|[〇一二三四五六七八九]{4}) ?[年\-/.(]"
        r"|(?:明治?|大正?|昭和?|平成?|令和?|[㍾㍽㍼㍻㋿MTSHRmtshr])"
        r"[ .]?(?:元|[0-9〇零一二三四五六七八九十]{1,3}) ?[年\-/.・(]"
        r"|(?i:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6})\.?,? ?[0-9]"
        r"|(?:^|[^0-9A-Za-z])(?:19|20)[0-9]{6}(?:[^0-9A-Za-z]|$)|[0-9][/.][0-9]{1,2}[/.](?:19|20)[0-9]{2}"
    )

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every date a living person can have been born on."""
        for candidate in _DATE.finditer(folded):
            start, end = candidate.span()
            born = _to_date(candidate)
            context = _VICINITY.judge(folded, start, end)
            if born is not None and EARLIEST <= born <= LATEST:
                score = _score(candidate, start == 0 and end == len(folded), context)
                if score < 0.5 and _is_of_the_name(folded, candidate, born):
                    score = 0.5
            else:
                # 昭和65年: a typing error in a birth date is still somebody's birth date.
                score = 0.3 if context is Context.OWN else 0.0
            if score:
                yield Match(start, end, score, self.entity_type, checked=born is not None)
        yield from self._by_label(folded)

    def traits(self, cells: Digits) -> Ints:
        """Whether year, month and day are a date somebody living can have been born on."""
        if cells.groups not in _DATES:
            return cells.nothing
        month_ends = 4 + (cells.groups[1] if len(cells.groups) == 3 else 2)
        year, month, day = cells.number(0, 4), cells.number(4, month_ends), cells.number(month_ends)
        possible = (EARLIEST.year <= year) & (year <= LATEST.year) & (month >= 1) & (month <= 12) & (day >= 1)
        months = np.where(possible, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
        days = (months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")
        return told_apart(possible & (day <= days.astype(np.int64)))

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The ISO date; a birthday without its year has no key."""
        born = parse(value) or _uncode(re.fullmatch(_CODE, fold(value).strip()))
        return (born.isoformat() if born else None), None

    def _by_label(self, folded: str) -> Iterator[Match]:
        for coded in _CODED.finditer(folded):
            if (born := _uncode(coded)) and EARLIEST <= born <= LATEST:
                yield Match(*coded.span("value"), 0.8, self.entity_type, checked=True)
        for dated in _SHORT_YEAR.finditer(folded):
            if civil_date(2000, int(dated["m"]), int(dated["d"])):
                yield Match(*dated.span("value"), 0.7, self.entity_type)
        for day in _DAY.finditer(folded):
            # Any leap year has every day there is.
            if civil_date(2000, int(day["m"]), int(day["d"] or day["md"])):
                yield Match(*day.span("value"), 0.6, self.entity_type)


def _score(found: re.Match[str], whole: bool, context: Context) -> float:
    run = found["run"] is not None
    if context is Context.OWN:
        return 0.8 if run else 0.95
    # In running text eight digits are an order number as often as a date, 1.2.2020 a version.
    return 0.0 if (run or found["ay"]) and not whole else 0.1


def _is_of_the_name(folded: str, found: re.Match[str], born: date) -> bool:
    start, end = found.span()
    low = max(0, start - _NAME_REACH)
    if not start or not (born <= _GROWN_UP and _ENDS_FIELD.match(folded, end)):
        return False
    gap = _BEHIND_NAME.search(folded, low, start)
    if gap is None:
        return False
    left = folded[low : gap.start()]
    name = name_at_end(left)
    return name is not None and not _WHO_ACTED.search(left, 0, name)


def _uncode(match: re.Match[str] | None) -> date | None:
    if match is None:
        return None
    era = match["era"]
    letter = ERAS[int(era) - 1].letter if era.isdigit() else era.upper()
    return to_date(letter, match["y"], int(match["m"]), int(match["d"]))


def _to_date(match: re.Match[str]) -> date | None:
    """Read whichever of the notations matched."""
    group = match.groupdict()
    if group["run"]:
        run = group["run"]
        return civil_date(int(run[:4]), int(run[4:6]), int(run[6:]))
    if group["y"]:
        return civil_date(
            number(group["y"]), number(group["jm"] or group["m"]), number(group["jd"] or group["d"])
        )
    if group["era"]:
        month, day = group["ejm"] or group["em"], group["ejd"] or group["ed"]
        return to_date(group["era"], group["ey"], number(month), number(day))
    if group["ay"]:
        year, first, second = int(group["ay"]), int(group["am"]), int(group["ad"])
        return civil_date(year, first, second) or civil_date(year, second, first)
    name = group["nm"] or group["xm"]
    month_number = _MONTHS.index(name[:3].lower()) + 1
    return civil_date(int(group["ny"] or group["xy"]), month_number, int(group["nd"] or group["xd"]))
