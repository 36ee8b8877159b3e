"""Screens of a telephone: its address book, by the title, the heads of its index and the short lines between."""

from __future__ import annotations

from detectors.ocr.kinds.kind import Kind, every, holds

#: 田中太郎, グエン・ミン: what a contact is called; no digit, no punctuation, at most ten characters.
_CALLED = r"^[一-鿿々ぁ-ヺー・]{3,10}$"
_TITLE = holds("^(?:すべての)?連絡先$|^電話帳$|^アドレス帳$|^Contacts$")
_HEADS = r"^[あかさたなはまやらわ]$"

KINDS = (
    Kind(
        "contact_list",
        words=((0.3, ("連絡先", "電話帳", "アドレス帳", "Contacts")),),
        signs=((0.15, holds(_CALLED, 5)), (0.15, holds(_HEADS, 5))),
        vetoes=(
            "お問い合わせ", "営業時間", "店舗一覧", "株式会社", "定休日", "所在地", "代表電話",
            "緊急連絡先", "50音", "五十音", "用語", "索引",
        ),
        anchor=every(_TITLE, holds(_CALLED, 5), holds(_HEADS, 3)),
    ),
)  # fmt: skip
