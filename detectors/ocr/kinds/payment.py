"""The faces of payment cards and of キャッシュカード. Receipts quote numbers, too: words rule them out."""

from __future__ import annotations

import re

from detectors.jp import credit_card
from detectors.ocr.kinds.kind import ABOUT, Form, Kind, either, every, holds
from detectors.ocr.sheet import labelled, matching

_CANDIDATE = re.compile(r"(?<![0-9])[2-6][0-9]{13,18}(?![0-9])")
_NUMBER = (
    r"(?<![0-9])[2-6][0-9]{3}[ -]?(?:[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}|[0-9]{6}[ -]?[0-9]{4,5})(?![0-9])"
)
_has_expiry = holds(r"(?<![0-9/])(?:0[1-9]|1[0-2])/(?:20)?[2-4][0-9](?![0-9/])")
#: The holder: capitals, none of the words that stand on every card.
_HOLDER = (
    r"^(?!.*(?:CARD|BANK|VISA|VALID|THRU|GOOD|MEMBER|SINCE|CREDIT|DEBIT|GOLD|PLATINUM|EXPRESS|MASTER|MONTH|YEAR"
    r"|ELECTRONIC|AUTHORIZED|SIGNATURE|CLUB))(?=.{6,30}$)(?P<value>[A-Z][A-Z'.-]*(?: [A-Z][A-Z'.-]*){0,3})$"
)
_HOLDER_SHAPE = re.compile(r"(?=.{5,30}$)[A-Z][A-Z '.-]+")
_KANA_NAME = (
    r"^(?!.*(?:カード|バンク|ギンコウ|キヤツシユ|キャッシュ|デビット|サービス))"
    r"(?P<value>[ァ-ヺー]{2,12}[ .]?[ァ-ヺー]{1,12})\s*(?:様|サマ)?$"
)
_SPENDING = (
    "円",
    "¥",
    "ご利用明細",
    "領収",
    "合計",
    "レシート",
    "売上",
    "小計",
    "入力",
    "請求",
    "お支払",
    "注文",
    "登録",
)


def _has_card(text: str) -> bool:
    return any(credit_card.is_valid(match[0]) for match in _CANDIDATE.finditer(text.replace("-", "")))


_has_holder = holds(_KANA_NAME.replace("?P<value>", "?:"))
_has_account = holds(
    r"(?<![0-9])[0-9]{7}(?![0-9])|(?<![0-9])[0-9]{3}-[0-9]{7}(?![0-9])|1[0-9]{3}0[-ー]?[0-9]{6,8}"
)

KINDS = (
    Kind(
        "credit_card",
        words=(
            (0.2, ("VALIDTHRU", "GOODTHRU", "VALID", "THRU", "EXPIRES", "MONTH/YEAR", "有効期限")),
            (0.15, ("VISA", "Mastercard", "MasterCard", "JCB", "AMERICANEXPRESS", "DinersClub", "CREDIT")),
            (0.1, ("CARD", "Card", "カード")),
        ),
        signs=((0.35, _has_card), (0.2, _has_expiry)),
        vetoes=(*ABOUT, *_SPENDING),
        anchor=every(_has_card, _has_expiry),
        forms=(
            Form("CREDIT_CARD", "クレジットカード番号", 0.7, re.compile(_NUMBER), matching(_NUMBER)),
            Form("PERSON", "氏名", 0.6, _HOLDER_SHAPE, matching(_HOLDER, last=True)),
        ),
    ),
    Kind(
        "bank_card",
        words=(
            (0.35, ("キャッシュカード", "CASHCARD", "CashCard")),
            (0.1, ("口座番号", "記号番号")),
            (0.1, ("店番", "支店")),
            (0.15, ("銀行", "信用金庫", "信用組合", "労働金庫", "農業協同組合", "ゆうちょ", "BANK", "Bank")),
            (0.05, ("普通預金", "普通", "総合口座", "貯金")),
        ),
        signs=((0.1, _has_account), (0.15, _has_holder)),
        vetoes=(*ABOUT, *_SPENDING, "手数料", "残高", "暗証番号", "お手続", "紛失", "本人確認"),
        anchor=every(either(holds("キャッシュカード"), holds("CASHCARD|CashCard")), _has_account, _has_holder),
        forms=(
            Form(
                "JP_BANK_ACCOUNT", "口座番号", 0.7, re.compile(r"[0-9]{7}"),
                labelled("口座番号|記号番号", r"(?<![0-9])[0-9]{7}(?![0-9])", below=True),
            ),
            Form("PERSON", "氏名", 0.7, re.compile(r"[ァ-ヺー .]{4,26}"), matching(_KANA_NAME)),
        ),
    ),
)  # fmt: skip
