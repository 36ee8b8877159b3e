"""Reservations of trains as screenshots, and the back of IC cards for transit.

Whoever has the 受取コード of スマートEX or EX予約 takes the ticket out of the machine; えきねっと and e5489
publish no form: label, train and seat decide.
"""

from __future__ import annotations

import re

from detectors.ocr.kinds.kind import Form, Kind, either, every, holds
from detectors.ocr.sheet import labelled, matching

_TRAIN = (
    r"(?:のぞみ|ひかり|こだま|みずほ|さくら|つばめ|はやぶさ|はやて|やまびこ|なすの|つばさ|こまち|とき|たにがわ|かがやき"
    r"|はくたか|あさま|つるぎ|かもめ|ひたち|ときわ|あずさ|かいじ|踊り子|しおさい|わかしお|成田エクスプレス"
    r"|サンダーバード|くろしお|はるか|スーパーはくと|やくも|しおかぜ)"
)
_has_train = holds(rf"{_TRAIN}[0-9]{{1,4}}号")
_has_seat = holds(r"[0-9]{1,2}号車[0-9]{1,2}番?[A-F](?:席)?")
_CODE = r"(?<![0-9A-Z])(?=[A-Z ]{0,14}[0-9])[0-9A-Z]{4}(?:[ -]?[0-9A-Z]{4}){3}(?![0-9A-Z])"
_LABEL = r"お?預かり番号|予約番号|受付番号|申込番号|購入番号|受取番号"
_BOOKING = r"(?<![0-9A-Z:])(?=[A-Z]{0,6}[0-9])[0-9A-Z]{4,12}(?![0-9A-Z:円,])"
_has_code = every(holds("受取コード"), holds(r"^(?:.*受取コード:?)?(?=[A-Z]{0,14}[0-9])[0-9A-Z]{16}$"))
_has_booking = either(
    _has_code, every(holds(_LABEL), holds(rf"^(?:(?:{_LABEL}):?)?(?=[A-Z]{{0,6}}[0-9])[0-9A-Z]{{4,12}}$"))
)
_TRANSIT = r"J[EW][0-9A-Z]{3}(?:[ -]?[0-9A-Z]{4}){3}(?![0-9A-Z])"
#: Not お知らせ or ご案内: the pages of a reservation have links of that name.
_ABOUT = ("時刻表", "空席照会", "空席案内", "使い方", "見本", "サンプル", "チラシ", "例:", "例)", "(例")

KINDS = (
    Kind(
        "train_booking",
        words=(
            (0.2, ("スマートEX", "EX予約", "エクスプレス予約", "えきねっと", "e5489", "新幹線")),
            (0.2, ("予約内容", "予約確認", "申込内容", "購入内容", "予約詳細", "お預かり番号", "受取コード")),
            (0.1, ("指定席", "自由席", "グリーン車", "運賃", "乗車日")),
            (0.05, ("おとな", "大人")),
            (0.1, ("払戻", "領収書", "受取")),
        ),
        signs=((0.2, _has_train), (0.15, _has_seat), (0.1, holds("[0-9]{1,2}:[0-9]{2}", 2))),
        vetoes=_ABOUT,
        anchor=every(_has_booking, either(_has_seat, _has_train)),
        forms=(
            Form(
                "JP_TRAIN_RESERVATION", "受取コード", 0.8, re.compile("[0-9A-Z -]{16,22}"),
                labelled("受取コード", _CODE, below=True),
            ),
            Form(
                "JP_TRAIN_RESERVATION", "きっぷの予約番号", 0.7, re.compile("[0-9A-Z]{4,12}"),
                labelled(rf"(?:{_LABEL})(?![とがはをで])", _BOOKING, below=True),
            ),
        ),
    ),
    Kind(
        "transit_card",
        words=(
            (0.2, ("Suica", "PASMO", "ICOCA", "TOICA", "manaca", "Kitaca", "SUGOCA", "nimoca", "はやかけん")),
            (0.15, ("旅客鉄道", "株式会社パスモ", "JR東日本", "JR西日本", "JR東海")),
            (0.15, ("このカードは", "折り曲げ", "拾得", "係員", "デポジット")),
        ),
        signs=((0.45, holds(_TRANSIT.replace("[ -]?", "-?"))),),
        vetoes=(*_ABOUT, "会員", "予約", "登録", "入力", "円", "申込", "ログイン"),
        anchor=holds(_TRANSIT.replace("[ -]?", "-?")),
        forms=(
            Form("JP_TRANSIT_CARD", "Suicaカード番号", 0.7, re.compile(_TRANSIT), matching(_TRANSIT)),
        ),
    ),
)  # fmt: skip
