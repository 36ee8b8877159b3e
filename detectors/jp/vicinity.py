"""What stands beside a number: its own label, a rival label, or nothing.

Twelve digits are a My Number, a licence, a parcel slip or an account; the word before them decides. Every
recognizer of numbers asks the same two questions, with its own words: is a label of mine near, and is the
label of something else nearer?
"""

from __future__ import annotations

import re
from enum import Enum

from detectors.ahead import compiled

#: How far to the left a label may stand, in code points.
REACH = 24
#: How far a rival label reaches through a list of its own values: 伝票番号: 6934…, 6934…
LIST_REACH = 48
#: How far to the right: 621498320257（マイナンバー）
RIGHT_REACH = 32

_GOODS = (
    r"(?:伝票|送り状|追跡|注文|受注|発注|受付|予約|整理|管理|製造|商品|品番|型番|型式|口座|免許証?|旅券|証券|契約|"
    r"請求書?|見積書?|領収書?|シリアル|ロット|荷物|配送|宅急便|宅配便|ゆうパック|ヤマト運輸|佐川急便|JAN|ISBN|EAN|IMEI)"
)
_SUFFIX = r"(?:番号|コード|ID| ?No(?![a-z])\.?)"
_ENGLISH = r"(?:order|tracking|invoice|slip|serial|account|item|product|lot|ref)"
_ENGLISH_SUFFIX = r"[ _-]?(?:no(?![a-z])\.?|number|id|code|#)"

#: Labels that name a number of something else: any 〈compound〉番号/コード/ID. A recognizer's own label that ends
#: at the same place wins (個人番号 ends with 番号).
NUMBERED = (
    rf"{_GOODS}{_SUFFIX}|口座|伝票|JAN|ISBN|問い?合わ?せ(?:番号|伝票| ?No(?![a-z]))|"
    r"(?<=[一-龥々ァ-ヶーA-Za-z])(?<!番号)(?<!コード)(?<!ナンバー)(?<!ID)(?<!No)(?:番号|コード|ナンバー|No(?![a-z])\.?)|"
    r"(?:(?<=[一-龥々ァ-ヶー])|(?<=[一-龥々ァ-ヶー] ))ID|"
    rf"(?i:{_ENGLISH}{_ENGLISH_SUFFIX})"
)
#: The same, and the bare words for goods, orders and papers that carry long numbers: 荷物 6934-5384-6476.
NUMBER_LABELS = rf"{_GOODS}{_SUFFIX}?|(?i:{_ENGLISH}(?:{_ENGLISH_SUFFIX})?)|{NUMBERED}"

# クレジットカードの番号, 通知カード番号: what ends like any other number's label names the one before it.
_NAMED_ON = re.compile(
    r"(?:カード|証明書|証)?(?:の|等)? ?[_-]?(?:番号|コード|ナンバー|(?i:no(?![a-z])\.?|number|id(?![a-z])|#))"
)
# Between a rival label and its value stands no other value, or a list of them and nothing else.
_NO_VALUE = re.compile(r"[^0-9]{0,14}")
_LIST = re.compile(r"[:：\s]*[0-9 ,、/・;とや\s-]*")
_RIGHT_LEAD = re.compile(r"[ (\[「<【]{0,3}")
_BRACKET = re.compile(r" ?[(\[「<【]")
# 090-1234-5678 電話: 03-… : that label belongs to the next value.
_NEXT_VALUE = re.compile(r"[^0-9\n]{0,3}[:=は][ 0-9(+〒]")

# A rival only where no label is: No.… , and digits in an address of the web or a query.
_ANONYMOUS = re.compile(r"(?:(?<![A-Za-z])(?:No|NO|no)[.:]? ?|№ ?|://[!-~]{0,40}|[A-Za-z][=/_#])\Z")

#: Contacts in a row: taro@example.jp/090-1234-5678.
_BEHIND_MAIL = re.compile(r"@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+/\Z")


class Context(Enum):
    """The verdict on the surroundings of one candidate."""

    OWN = "own"
    RIVAL = "rival"
    NONE = "none"


class Vicinity:
    """The labels of one entity type.

    `own`: pattern of the words that announce it, on either side. `rival`: pattern of the words that announce
    something else of the same shape (default: every other numbered thing). `right`: pattern of words that
    confirm it from the right only (生まれ); default `own`. `lists`: False for what never stands in a list of bare
    numbers, so that a number before it used the rival label up (駐車場No.12 品川 300 さ 12-34).
    """

    def __init__(
        self, own: str, rival: str = NUMBER_LABELS, right: str | None = None, *, lists: bool = True
    ) -> None:
        self.own = compiled(own)
        self._rival = compiled(rival)
        self.right = compiled(own if right is None else right)
        self._lists = lists

    def judge(self, folded: str, start: int, end: int) -> Context:
        """Judge the candidate ``folded[start:end]``: the label that ends nearest to its left decides."""
        if start == 0 and end == len(folded):
            return Context.NONE
        left = folded[max(0, start - LIST_REACH) : start]
        own = _last_end(self.own, left)
        if own and (named_on := _NAMED_ON.match(left, own)):
            own = named_on.end()
        rival = self._last_rival(left)
        if own >= max(rival, len(left) - REACH, 1):
            return Context.OWN
        if self._announced_after(folded, end, in_brackets=rival > own):
            return Context.OWN
        anonymous = _ANONYMOUS.search(left) and not _BEHIND_MAIL.search(left)
        return Context.RIVAL if rival > own or anonymous else Context.NONE

    def _last_rival(self, left: str) -> int:
        """End of the last rival label whose value the candidate may be; 0 when there is none."""
        last = _last_end(self._rival, left)
        if last <= 0:
            return 0
        gap = left[last:]
        return last if _NO_VALUE.fullmatch(gap) or (self._lists and _LIST.fullmatch(gap)) else 0

    def _announced_after(self, folded: str, end: int, in_brackets: bool) -> bool:
        right = folded[end : end + RIGHT_REACH]
        lead = _BRACKET if in_brackets else _RIGHT_LEAD
        opening = lead.match(right)
        if opening is None:
            return False
        label = self.right.match(right, opening.end())
        return label is not None and not _NEXT_VALUE.match(right, label.end())


def _last_end(pattern: re.Pattern[str], left: str) -> int:
    end = 0
    for match in pattern.finditer(left):
        end = match.end()
    return end
