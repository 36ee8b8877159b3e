"""自動車登録番号 (number plate): place, class, kana, up to four digits: 品川 300 あ 12-34.

Issued by the transport offices (自動車登録規則 article 13). Class: one to three characters, the first a digit by
use of the vehicle, the last one or two since 2018 also letters. Kana: business, private, hire (れ, わ) or, for
non-Japanese forces, a letter; never お し へ ん. Digits: 1 to 9999, printed ``12-34`` from 1000 on and ``・123``
below (tables 2 and 3 of the same rules). The places are from memory: a known one raises the score, an unknown
one rejects nothing.

>>> validate("品川 ３００ さ １２－３４")
'品川300さ1234'
>>> validate("横浜501た・・12")
'横浜501た12'
>>> validate("品川300お1234")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidFormat: The number has an invalid format.
>>> format("品川300さ1234"), format("横浜501た12")
('品川 300 さ 12-34', '横浜 501 た ・・12')
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum.exceptions import InvalidFormat, ValidationError

from detectors.jp.vicinity import NUMBER_LABELS, Context, Vicinity
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

_PLACES = """
札幌 函館 室蘭 苫小牧 帯広 十勝 釧路 知床 北見 旭川 青森 弘前 八戸 岩手 盛岡 平泉
宮城 仙台 秋田 山形 庄内 福島 会津 郡山 白河 いわき 水戸 土浦 つくば 宇都宮 那須 とちぎ
日光 群馬 前橋 高崎 大宮 川口 所沢 川越 熊谷 春日部 越谷 千葉 成田 習志野 市川 船橋
袖ヶ浦 市原 野田 柏 松戸 品川 世田谷 練馬 杉並 板橋 足立 江東 葛飾 江戸川 八王子 多摩
横浜 川崎 湘南 相模 山梨 富士山 新潟 長岡 上越 富山 石川 金沢 長野 松本 諏訪 安曇野
南信州 福井 岐阜 飛騨 静岡 浜松 沼津 伊豆 名古屋 豊橋 岡崎 豊田 三河 尾張小牧 一宮 春日井
三重 鈴鹿 四日市 伊勢志摩 滋賀 京都 大阪 なにわ 和泉 堺 奈良 飛鳥 和歌山 神戸 姫路 鳥取
島根 出雲 岡山 倉敷 広島 福山 山口 下関 徳島 香川 高松 愛媛 高知 福岡 北九州 久留米
筑豊 佐賀 長崎 佐世保 熊本 大分 宮崎 鹿児島 奄美 沖縄
"""
PLACES = frozenset(_PLACES.split())

_CLASS = r"[0-9][0-9A-HJ-NPR-Z]{0,2}"
_KANA = r"あいうえかきくけこさすせそたちつてとなにぬねのはひふほまみむめもやゆよらりるろれわを"
_SERIAL = (
    r"(?:[1-9][0-9] ?- ?[0-9]{2}|[1-9] ?- ?[0-9]{2}|[・･. ]{1,3}[1-9][0-9]{0,2}|[・･]{1,2} ?[1-9] ?- ?[0-9]{2}"
    r"|[1-9][0-9]{0,3})"
)
_TAIL = re.compile(
    rf"(?<=[一-龥ヶぁ-ん \t])(?P<class>{_CLASS})[ \t]?(?P<kana>[{_KANA}EHKMTY])[ \t]?(?P<serial>{_SERIAL})"
    r"(?![0-9A-Za-z])(?![-.][0-9])"
    r"(?! ?(?:円|人|名|件|個|年|月|日|時|分|台|本|枚|回|%|歳|才|番|号|丁目|階|m|km|kg|万|千))"
)
_PLACE = re.compile(
    rf"(?P<known>{'|'.join(sorted(PLACES))})[ \t]?\Z"
    r"|(?<![一-龥ヶ0-9A-Za-z])[一-龥ヶ]{1,4}[ \t]?\Z|(?<![一-龥ヶぁ-ん])[ぁ-ん]{3}[ \t]?\Z"
)
#: The longest place and a space, in code points.
_PLACE_REACH = 5
#: Kana that are also particles: 品川500は1234.
_PARTICLES = "とにのはもやかを"
#: What is spoken of is a car: then a particle is none.
_CAR = re.compile(r"(?<!電)(?<!列)車|(?:トラック|バイク|タクシー|レンタカー|ハイエース|プリウス)")
_CAR_REACH = 16
_VICINITY = Vicinity(
    r"ナンバー(?:プレート)?|車両(?:登録)?(?:番号|No(?![a-z])\.?)|自動車登録(?:番号|標)|登録番号(?:標)?|車番"
    r"|(?<![A-Za-z])(?i:(?:licen[cs]e|number)[ _-]?plate|plate[ _-]?(?:no(?![a-z])\.?|number))",
    NUMBER_LABELS,
    lists=False,
)


def compact(number: str) -> str:
    """Return the plate without space, hyphen and filling dots; width folded."""
    return re.sub(r"[\s・･.-]", "", fold(number))


def validate(number: str) -> str:
    """Return the compact plate; `stdnum.exceptions.InvalidFormat` when it has not the form of one."""
    number = compact(number)
    if not re.fullmatch(
        rf"(?:[一-龥ヶ]{{1,4}}|[ぁ-ん]{{3}}){_CLASS}[{_KANA}EHKMTY][1-9][0-9]{{0,3}}", number
    ):
        raise InvalidFormat
    return number


def is_valid(number: str) -> bool:
    """Tell whether `number` has the form of a plate."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False


def format(number: str) -> str:
    """Return the plate as painted."""
    found = re.fullmatch(rf"(.+?)({_CLASS})([{_KANA}EHKMTY])([0-9]+)", compact(number))
    if found is None:
        raise InvalidFormat
    place, kind, kana, digits = found.groups()
    serial = f"{digits[:2]}-{digits[2:]}" if len(digits) == 4 else digits.rjust(4, "・")
    return f"{place} {kind} {kana} {serial}"


class LicensePlateRecognizer(Recognizer):
    """Place, class, kana and digits, judged by the place and the label."""

    entity_type = "JP_LICENSE_PLATE"
    version = "3"
    gate = rf"[一-龥ヶぁ-ん][ \t]?[0-9][0-9A-Z]{{0,2}}[ \t]?[{_KANA}EHKMTY][ \t]?[・･.0-9 ]"

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield everything that has the form."""
        for tail in _TAIL.finditer(folded):
            place = _PLACE.search(folded, max(0, tail.start() - _PLACE_REACH), tail.start())
            if place is None:
                continue
            known = place["known"] is not None
            context = _VICINITY.judge(folded, place.start(), tail.end())
            score = _score(tail, known, context)
            if (
                known
                and context is Context.NONE
                and len(tail["class"]) == 3
                and _of_a_car(folded, place.start())
            ):
                score = max(score, 0.5)
            yield Match(place.start(), tail.end(), score, self.entity_type, checked=known)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The plate without separators."""
        return compact(value) or None, None


def _of_a_car(folded: str, start: int) -> bool:
    return _CAR.search(folded, max(0, start - _CAR_REACH), start) is not None


def _score(tail: re.Match[str], known: bool, context: Context) -> float:
    spelled = not tail["serial"].isdigit() and len(tail["class"]) > 1
    if context is Context.OWN:
        return 0.9 if known else 0.7
    if not known or context is Context.RIVAL:
        return 0.2 if spelled else 0.1
    if spelled:
        return 0.6
    # 品川500は1234 is a plate or the beginning of a sentence.
    return 0.2 if tail["kana"] in _PARTICLES or len(tail["class"]) < 2 else 0.5
