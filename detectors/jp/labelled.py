"""Numbers and account names without a check digit or a rare form: only the label beside them tells.

One table (`FORMS`) holds, for each entity type, its labels and what a value behind them looks like; a recognizer
is a class of a few lines. The span is the value without its label. Without a label a form that is regular
(`ALONE`) keeps the score of a pattern, everything else is not found at all: there the header above a column
decides (`detectors.columns`).

>>> forms = [_compile(form) for form in FORMS["PERSONAL_ID"]]
>>> [each["value"] for form in forms for each in form.finditer("社員番号: E-00123、会員番号は８桁です")]
['E-00123']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from detectors.jp.digits import APART_AFTER, APART_BEFORE
from detectors.recognizer import Match, Recognizer
from detectors.text import fold


@dataclass(frozen=True, slots=True)
class Form:
    """One label and what stands behind it; patterns over folded text. `score`: up to .9, there is no check."""

    label: str
    value: str
    score: float = 0.7


_NUMBER = r"(?:番号|ID|コード|CD(?![A-Za-z])|ナンバー|No(?![a-z])\.?|NO(?![A-Z])\.?|№|#)"
_ENGLISH_NUMBER = r"[ _-]?(?:id|no(?![a-z])\.?|number|code|#)(?![A-Za-z])"
_SERVICE = (
    r"(?:(?<![A-Za-z])(?:Twitter|twitter|TWITTER|X|Instagram|instagram|INSTAGRAM|Facebook|facebook|TikTok|Tiktok|"
    r"Threads|Bluesky|Mastodon|YouTube|mixi|Discord|Skype|KakaoTalk|WeChat|SNS)|ツイッター|インスタ(?:グラム)?|"
    r"フェイスブック|ティックトック|スカイプ|ディスコード|カカオトーク|微信)"
)
#: The same without X, which is a coordinate and a size, too.
_NAMED_SERVICE = _SERVICE.replace("|X|", "|", 1)
_ACCOUNT = r"(?:[ の_]?(?:ID|id|アカウント|account|Account|ユーザー?(?:名|ID)|ハンドル(?:名|ネーム)?)(?:名)?)"
_SITE = r"(?:twitter|x|instagram|facebook|tiktok|threads|bsky)\.(?:com|net|app)/"
_NO_PAGE = (
    r"(?!(?:share|intent|hashtag|search|home|explore|p|reel|reels|stories|i|login|watch|groups|pages|events|"
    r"sharer|tr|plugins|policies|privacy|tos|about|help|settings)(?![A-Za-z0-9_.]))"
)
_TRAIN = (
    r"(?:えきねっと|EX予約|エクスプレス予約|(?:スマート|smart ?)EX|(?i:e5489)|新幹線|特急|きっぷ|乗車券|切符)"
)

#: Entity type → its labels and values.
FORMS: dict[str, tuple[Form, ...]] = {
    # Every organisation makes its own: 3–24 letters and digits with at least one digit, perhaps in groups.
    "PERSONAL_ID": tuple(
        Form(
            label,
            r"(?=[A-Za-z0-9_-]{3,24}(?![A-Za-z0-9_-]))(?=[A-Za-z_-]{0,10}[0-9])[A-Za-z0-9]{1,20}(?:[-_][A-Za-z0-9]{1,10}){0,4}",
        )
        for label in (
            r"(?:会員|メンバー|社員|従業員|職員|スタッフ|学籍|学生|生徒|児童|園児|受験者?|受講者?|応募者?|被験者|患者|診察券?|カルテ|お?客(?:様|さま)|"
            r"顧客|ポイント(?=カード)|(?<![A-Za-z])(?:T|Ponta|WAON|nanaco)(?=カード)|マイレージ|"
            r"ユーザー?|契約者|組合員|利用者|加入者|登録者|申請者|入居者|組員|隊員|宛名|世帯|住民|マイページ)"
            rf"(?:証|カード|さま|様)?の?[ _]?(?:管理)?{_NUMBER}|(?:学籍|診察券|カルテ)(?=[:])",
            r"(?<![A-Za-z])(?i:(?:member(?:ship)?|employee|staff|student|patient|customer|client|subscriber|user)"
            rf"{_ENGLISH_NUMBER})",
        )
    ),
    # 4-6: prefecture and office in front, 99 for a provisional number.
    "JP_PENSION_NUMBER": (
        Form(
            r"年金(?:手帳|証書|通知書)?の?(?:記号)?[・ ]?(?:番号|No(?![a-z])\.?)(?:通知書)?"
            r"|(?i:pension[ _-](?:no(?![a-z])\.?|number))",
            r"[0-9]{4}[-ーｰ ]?[0-9]{6}(?:[-ーｰ][0-9]{4})?",
            0.85,
        ),
        Form("基礎年金|年金手帳", r"[0-9]{4}[-ーｰ][0-9]{6}", 0.8),
    ),
    # Ten digits; H and nine for insured of category 2 on welfare (from memory).
    "JP_CARE_INSURANCE": (
        Form(
            r"介護(?:保険)?(?:の|証の?)?[ ]?(?:番号|No(?![a-z])\.?)"
            r"|介護(?:保険)?[^0-9。]{0,12}?被保険者証?[の ]?番号"
            r"|被保険者証?番号\(介護(?:保険)?\)"
            # 要介護3 / 被保険者番号
            r"|介護[1-5][^0-9。\n]{0,6}被保険者証?[の ]?番号",
            r"[0-9]{10}|[0-9]{4}[- ][0-9]{6}|H[0-9]{9}",
            0.85,
        ),
    ),
    # 4-6-1; sixteen digits before July 1981. An establishment's number (適用事業所番号) has the same form.
    "JP_EMPLOYMENT_INSURANCE": (
        Form(
            r"雇用保険(?:の|証の?)?(?:番号| ?No(?![a-z])\.?)|雇用(?:保険)?[^0-9。]{0,12}?被保険者証?[の ]?番号"
            r"|(?i:employment[ _-]insurance[ _-](?:no(?![a-z])\.?|number))",
            r"[0-9]{4}[-ーｰ ][0-9]{6}[-ーｰ ][0-9]|[0-9]{11}|[0-9]{16}",
            0.85,
        ),
        Form("被保険者証?の?番号|雇用保険|雇保(?:番号)?", r"[0-9]{4}[-ーｰ][0-9]{6}[-ーｰ][0-9]", 0.8),
    ),
    # JE and 15 letters or digits (Suica); other operators' letters are from memory and need the label.
    "JP_TRANSIT_CARD": (
        Form(
            r"(?:(?i:suica|pasmo|icoca|toica|manaca|kitaca|sugoca|nimoca|pitapa)|はやかけん|スイカ|パスモ|イコカ|"
            r"交通系(?:IC)?(?:カード)?|ICカード|定期券?)"
            rf"(?:カード)?[ の_]?(?:ID[ _]?)?(?:{_NUMBER})?|JE番号|裏面(?:の?番号)?",
            r"J[EW][0-9A-Z]{3}(?:(?P<gap>[ -])[0-9A-Z]{4}(?P=gap)[0-9A-Z]{4}(?P=gap)[0-9A-Z]{4}|[0-9A-Z]{12})"
            r"|[A-Z]{2}(?=[A-Z]{0,6}[0-9])(?:[0-9A-Z]{15}|[0-9A-Z]{3}(?:[ -][0-9A-Z]{4}){3})",
            0.85,
        ),
    ),
    # EX and smartEX: 16 letters and digits that open the ticket machine. えきねっと publishes no format.
    "JP_TRAIN_RESERVATION": (
        Form(r"(?:お?受け?取り?)コード", r"(?=[A-Z]{0,12}[0-9])[0-9A-Z]{4}(?:[ -]?[0-9A-Z]{4}){3}", 0.85),
        Form(
            rf"{_TRAIN}[^。]{{0,40}}?(?:予約|お?申し?込み?|受付|お?受け?取り?)(?:番号|コード|No\.?)",
            r"(?=[A-Z]{0,6}[0-9])[0-9A-Z]{4,16}",
            0.7,
        ),
    ),
    # LINE: 4–20 lower-case letters, digits and . _ -; X: @ and up to 15.
    "SOCIAL_ACCOUNT": (
        Form(
            r"(?:(?<![A-Za-z])(?:LINE|Line|line)|ライン)(?:[ の_-]?(?:ID|id|Id|アカウント|account))",
            r"@?[a-z0-9](?:[a-z0-9._-]{2,18}[a-z0-9_])(?![a-z0-9._-])",
            0.8,
        ),
        Form(
            r"(?<![A-Za-z])LINE(?= ?[:(])",
            r"(?=[a-z.-]{0,18}[0-9_])[a-z](?:[a-z0-9._-]{2,18}[a-z0-9_])(?![a-z0-9._-])",
            0.6,
        ),
        Form(rf"{_SERVICE}{_ACCOUNT}", r"@?[A-Za-z0-9_](?:[A-Za-z0-9_.]{1,28}[A-Za-z0-9_])", 0.8),
        Form(
            rf"{_NAMED_SERVICE}(?= ?[:(])",
            r"(?=[A-Za-z.]{0,28}[0-9_])[A-Za-z_](?:[A-Za-z0-9_.]{3,28}[A-Za-z0-9_])",
            0.6,
        ),
        Form(_SERVICE, r"@[A-Za-z0-9_](?:[A-Za-z0-9_.]{1,28}[A-Za-z0-9_])", 0.8),
        Form(
            rf"(?<![A-Za-z0-9.-])(?:https?://)?(?:www\.|mobile\.)?{_SITE}{_NO_PAGE}|line\.me/(?:R/)?ti/p/~",
            r"@?[A-Za-z0-9_](?:[A-Za-z0-9_.]{1,28}[A-Za-z0-9_])",
            0.6,
        ),
    ),
}
#: Entity type → a form regular enough to be counted in a column without any label.
ALONE = {
    "JP_PENSION_NUMBER": r"[0-9]{4}-[0-9]{6}",
    "JP_EMPLOYMENT_INSURANCE": r"[0-9]{4}-[0-9]{6}-[0-9]",
    "JP_TRANSIT_CARD": r"JE(?=[A-Z]{0,6}[0-9])[0-9A-Z]{15}",
    "SOCIAL_ACCOUNT": r"@[A-Za-z0-9_]{3,15}",
}
#: Score of a value that only has such a form.
_PATTERN = 0.15

_LEAD = (
    r"[ \t]?(?:\([^()\n]{1,10}\))?"
    r"[ \t\n]?(?:は|が|[\"'] ?:|[:=|>」\]】→、]|・{2,6}|is )?[ \t]{0,2}[「『(\[\"'<#]?"
)
# 8 桁 counts; 62934640 月島 does not.
_COUNTER = "(?:桁|文字|年|月|円|名|人|個|件|%|回|つ|番目|種類)"
_END = rf"(?![A-Za-z0-9_@-])(?!{_COUNTER}| {_COUNTER}(?![一-龥々]))(?![.][A-Za-z0-9])"
#: 公式LINE: the account of a shop or a company.
_OFFICIAL = re.compile(r"公式|オフィシャル|当社|弊社|当店|[Oo]fficial")


def _compile(form: Form) -> re.Pattern[str]:
    return re.compile(rf"(?:{form.label}){_LEAD}(?P<value>{form.value}){_END}")


class LabelledRecognizer(Recognizer):
    """What stands behind a label of `FORMS`; a subclass names its type and gate."""

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield the values, without their labels; the bare forms of `ALONE` at the score of a pattern."""
        for pattern, score in self._forms:
            for found in pattern.finditer(folded):
                start, end = found.span("value")
                yield Match(
                    start, end, score, self.entity_type, personal=self._personal(folded, found.start())
                )
        if self._alone:
            for found in self._alone.finditer(folded):
                yield Match(*found.span(), _PATTERN, self.entity_type)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The value folded and in upper case; without its separators as the alternative."""
        key, _ = super().keys(value)
        if key is None:
            return None, None
        key = key.upper()
        return key, re.sub(r"[-_ ーｰ]", "", key) or None

    def _personal(self, folded: str, start: int) -> bool:
        return True

    @cached_property
    def _forms(self) -> list[tuple[re.Pattern[str], float]]:
        return [(_compile(form), form.score) for form in FORMS[self.entity_type]]

    @cached_property
    def _alone(self) -> re.Pattern[str] | None:
        form = ALONE.get(self.entity_type)
        return re.compile(f"{APART_BEFORE}{form}{APART_AFTER}") if form else None


class PersonalIdRecognizer(LabelledRecognizer):
    """会員番号, 社員番号, 学籍番号, 診察券番号 …: the number by which an organisation knows a person."""

    entity_type: ClassVar[str] = "PERSONAL_ID"
    version = "5"
    gate = (
        r"番号|コード|CD|ナンバー|№|#|学籍|診察券|カルテ|ID|NO|No"
        r"|(?i:(?:member|membership|employee|staff|student|patient|customer|client|subscriber|user)"
        r"[ _-]?(?:id|no|num|code))"
    )


class PensionNumberRecognizer(LabelledRecognizer):
    """基礎年金番号: one number for life, from the Japan Pension Service; an 個人識別符号."""

    entity_type: ClassVar[str] = "JP_PENSION_NUMBER"
    version = "2"
    gate = r"年金|(?i:pension)|(?:^|[^0-9])[0-9]{4}-[0-9]{6}(?:[^0-9]|$)"


class CareInsuranceRecognizer(LabelledRecognizer):
    """介護保険被保険者番号: from the municipality, to everybody from 65 on; an 個人識別符号."""

    entity_type: ClassVar[str] = "JP_CARE_INSURANCE"
    version = "4"
    gate = r"介護"


class EmploymentInsuranceRecognizer(LabelledRecognizer):
    """雇用保険被保険者番号: from Hello Work; kept through changes of employer; an 個人識別符号."""

    entity_type: ClassVar[str] = "JP_EMPLOYMENT_INSURANCE"
    version = "3"
    gate = r"雇用|雇保|被保険者|(?i:employment[ _-]insurance)|[0-9]{4}-[0-9]{6}-[0-9]"


class TransitCardRecognizer(LabelledRecognizer):
    """The number on the back of Suica and its kin: opens the history of journeys."""

    entity_type: ClassVar[str] = "JP_TRANSIT_CARD"
    version = "3"
    gate = r"[A-Z]{2}[0-9A-Z]{3}[ -]?[0-9A-Z]{4}[ -]?[0-9A-Z]{4}[ -]?[0-9A-Z]{4}"


class TrainReservationRecognizer(LabelledRecognizer):
    """受取コード of EX reservations, reservation numbers of other railways: whoever has one gets the ticket."""

    entity_type: ClassVar[str] = "JP_TRAIN_RESERVATION"
    version = "2"
    gate = (
        r"取り?コード|えきねっと|EX予約|[トt] ?EX|エクスプレス予約|(?i:e5489)|新幹線|特急|きっぷ|切符|乗車券"
    )


class SocialAccountRecognizer(LabelledRecognizer):
    """LINE ID, X and other account names, as name behind a label or inside the address of a profile."""

    entity_type: ClassVar[str] = "SOCIAL_ACCOUNT"
    version = "3"
    gate = (
        r"(?i:line[ の_-]?(?:id|account|アカウント))|LINE ?[:(]|ライン[ の_-]?(?:ID|id|アカウント)|line\.me/"
        r"|(?:twitter|x|instagram|facebook|tiktok|threads|bsky)\.(?:com|net|app)/"
        r"|(?i:twitter|instagram|facebook|tiktok|threads|bluesky|mastodon|youtube|mixi|discord|skype|kakaotalk|wechat)"
        r"|SNS|ツイッター|インスタ|フェイスブック|ティックトック|スカイプ|ディスコード|カカオトーク|微信"
        r"|(?:^|[^A-Za-z])X(?:[^@]{0,22}@|[ の_]?(?:ID|id|アカ|acc|Acc|ユーザ|ハンドル))"
        r"|(?:^|[^0-9A-Za-z])@[A-Za-z0-9_]{3}"
    )

    def _personal(self, folded: str, start: int) -> bool:
        return not _OFFICIAL.search(folded, max(0, start - 12), start + 12)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The name in lower case, without @."""
        return fold(value).strip().lstrip("@").lower() or None, None
