"""健康保険被保険者証, 資格確認書, 国民健康保険, 後期高齢者医療: cards of health insurance.

New cards ended on 2 December 2024; the 資格確認書 carries the same numbers.
"""

from __future__ import annotations

import re

from detectors.jp import health_insurance
from detectors.ocr.kinds import fields
from detectors.ocr.kinds.kind import ABOUT, DAY, Form, Kind, either, every, has_birth, holds
from detectors.ocr.sheet import labelled, name_of

_DIGITS = re.compile(r"(?<![0-9])(?:[0-9]{8}|[0-9]{6})(?![0-9])")
_DAY = DAY.replace(r"\s*", "")
_NUMBER_SHAPE = re.compile(r"[0-9]{1,8}(?:[-ーｰ・ ][0-9]{1,8})?|[0-9]{2} [0-9]{6}")
_SYMBOL_SHAPE = re.compile(r"[0-9A-Zぁ-んァ-ヶー一-龥・-]{1,12}")
_has_insured = holds(
    r"記号[0-9A-Zぁ-ヶ一-龥・-]{1,12}[\n(]{0,2}番号[0-9]{1,8}|被保険者番号\n?[0-9]{8}(?![0-9])"
)

#: The title, and not 被保険者証の記号 on a form.
_is_titled = holds("(?:被保険者証|資格確認書|組合員証|加入者証|高齢受給者証)(?![のをがはにとや等・記番])")


def _has_insurer(text: str) -> bool:
    return any(health_insurance.is_valid(match[0]) for match in _DIGITS.finditer(text))


def _number(label: str, score: float, shape: re.Pattern[str], on_card: str, value: str) -> Form:
    return Form("JP_HEALTH_INSURANCE", label, score, shape, labelled(on_card, value))


KINDS = (
    Kind(
        "health_insurance_card",
        words=(
            (0.2, ("健康保険", "後期高齢者医療", "共済組合", "船員保険")),
            (0.25, ("被保険者証", "資格確認書", "組合員証", "加入者証", "高齢受給者証")),
            (0.1, ("資格取得", "適用開始", "発効期日", "認定年月日")),
            (0.1, ("保険者名称", "保険者所在地", "交付者名", "事業所名", "広域連合")),
            (0.1, ("枝番", "有効期限", "負担金の割合")),
            (0.05, ("保険者番号",)),
        ),
        signs=((0.15, _has_insurer), (0.1, _has_insured), (0.05, has_birth)),
        vetoes=(
            *ABOUT, "処方", "明細書", "問診", "診療科", "領収", "診察券", "療養費", "介護保険", "雇用保険",
            "限度額",
            "個人番号", "世帯全員", "資格喪失", "マイナ保険証",
        ),
        anchor=every(
            _is_titled,
            either(has_birth, every(holds("生年月日"), holds(_DAY))),
            either(_has_insurer, _has_insured),
        ),
        forms=(
            _number(
                "保険者番号", 0.7, _NUMBER_SHAPE,
                r"(?<!被)保険者番号", r"(?<![0-9])[0-9]{2}[ -]?[0-9]{3}[ -]?[0-9](?:[0-9]{2})?(?![0-9])",
            ),
            _number(
                "被保険者番号", 0.7, _NUMBER_SHAPE,
                "被保険者番号", r"(?<![0-9])[0-9]{8}(?![0-9])",
            ),
            _number(
                "健康保険の記号", 0.6, _SYMBOL_SHAPE,
                r"記\s*号(?![・番])", r"[0-9A-Zぁ-んァ-ヶー一-龥・-]{1,12}(?=\s|$|番号)",
            ),
            _number(
                "番号", 0.6, _NUMBER_SHAPE,
                r"(?<!者)番\s*号", r"(?<![0-9])[0-9]{1,8}(?![0-9年])",
            ),
            Form("PERSON", "氏名", 0.8, fields.NAME_SHAPE, name_of(r"(?:被保険者)?氏\s*名\s*[:]?\s*")),
            Form("PERSON", "世帯主氏名", 0.8, fields.NAME_SHAPE, name_of(r"世帯主(?:名|氏名)?\s*[:]?\s*")),
            fields.BIRTH_BY_LABEL,
            fields.ADDRESS,
        ),
    ),
)  # fmt: skip
