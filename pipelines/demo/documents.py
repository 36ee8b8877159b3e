"""Documents of the sample estate: web inquiries (JSON lines) and notes in the encodings Japanese files come in."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from pipelines.demo import numbers, talk
from pipelines.demo.people import Customer, World
from pipelines.demo.truth import FREE_TEXT, Marked, Truth, Value, compose, joined, plain

#: Nested fields as paths.
INQUIRIES: dict[str, str | None] = {
    "id": None,
    "受付日時": None,
    "顧客.会員番号": "PERSONAL_ID",
    "顧客.氏名": "PERSON",
    "顧客.連絡先.電話": "PHONE_NUMBER",
    "顧客.連絡先.メール": "EMAIL_ADDRESS",
    "件名": None,
    "本文": FREE_TEXT,
    "回答.担当": "PERSON",
    "回答.本文": FREE_TEXT,
}

_ENCODINGS = ("utf-8",) * 4 + ("euc-jp", "iso-2022-jp", "cp932", "utf-8")

_HANDOVER = (
    "■引き継ぎメモ",
    "担当：{staff}",
    "対象：{name}様（{age}）",
    "連絡先：{phone}",
    "住所：〒{postcode} {address}",
    "{plan}から{model}への変更を希望。",
    "次回連絡は{time}以降。",
)
_MAIL = (
    "From: {staff_mail}",
    "To: {mail}",
    "Subject: ご注文{order}について",
    "",
    "{name} 様",
    "",
    "いつもお世話になっております。さくらモバイル通販の{staff}です。",
    "お届け先の{other}様（電話 {other_phone}）がご不在のため、",
    "伝票番号{slip}の荷物を{station}センターで保管しております。",
    "よろしくお願いいたします。",
)
_CALL = (
    "【通話書き起こし】{time}",
    "OP：お電話ありがとうございます、担当の{staff}です。",
    "客：{name}といいます。番号は{phone}です。",
    "OP：{surname}様、生年月日をお願いします。",
    "客：{born}です。",
    "OP：ご住所は{address}でお間違いないですか。",
    "客：はい。請求は{other}さんとは別にしてください。",
)
_RETURN = (
    "修理受付票（控）",
    "氏名　{name}",
    "カナ　{kana}",
    "TEL　{phone}",
    "機種　{model}　IMEI　{imei}",
    "返却先　〒{postcode}　{address}",
    "受付　{staff}",
)
_MINUTES = (
    "定例会議 議事録",
    "場所：{station}支店 第2会議室",
    "・{model}の在庫は{station}倉庫へ移動する。",
    "・JAN {jan} の値札を差し替える。",
    "・伝票番号{slip}の件は配送会社へ照会中。",
    "・皆様へのお知らせは総務部より。",
    "次回は{time}から、松本営業所で行う。",
)
_NOTICE = (
    "お知らせ",
    "システム更新のため{time}から停止します。",
    "対象：千葉・福井・宮崎の各センター",
    "問い合わせ：0120-800-123（フリーダイヤル）",
    "山田錦キャンペーンは予定どおり実施します。",
)
_KINDS = (
    ("引き継ぎ", _HANDOVER),
    ("返信控え", _MAIL),
    ("通話記録", _CALL),
    ("修理受付", _RETURN),
    ("議事録", _MINUTES),
    ("お知らせ", _NOTICE),
)


def write_inquiries(world: World, directory: Path) -> Truth:
    """Write ``share/問い合わせ.jsonl``; the customer, the answer and the contact are nested."""
    rng = world.stream("share.inquiries")
    rows = [_inquiry(rng, world, index) for index in range(world.scaled(3_000, 120))]
    lines = (json.dumps(_nested(row), ensure_ascii=False) for row in rows)
    path = directory / "share" / "問い合わせ.jsonl"
    path.write_text("".join(line + "\n" for line in lines), "utf-8", newline="\n")
    truth = Truth()
    truth.table("share/問い合わせ.jsonl", INQUIRIES, rows)
    return truth


def write_notes(world: World, directory: Path) -> Truth:
    """Write ``share/notes/*.txt``: memos, mails, transcripts, minutes; UTF-8, EUC-JP, ISO-2022-JP, cp932."""
    rng = world.stream("share.notes")
    folder = directory / "share" / "notes"
    folder.mkdir(parents=True, exist_ok=True)
    truth = Truth()
    for index in range(36):
        kind, lines = _KINDS[index % len(_KINDS)]
        encoding = _ENCODINGS[(index // 2 + index) % len(_ENCODINGS)]
        text, body = _encodable_note(rng, world, lines, encoding)
        name = f"{index + 1:02d}_{kind}.txt"
        (folder / name).write_bytes(body)
        truth.document(f"share/notes/{name}", text)
    return truth


def _encodable_note(rng: Random, world: World, lines: tuple[str, ...], encoding: str) -> tuple[Marked, bytes]:
    # Old forms such as 髙 exist in UTF-8 and cp932 only: draw again until the note can be written.
    while True:
        slots = talk.fill(rng, world, rng.choice(world.customers))
        slots["staff_mail"] = Value(rng.choice(world.staff).business_mail, "EMAIL_ADDRESS")
        text = joined([compose(line, slots) for line in lines])
        try:
            return text, (text.text + "\n").encode(encoding)
        except UnicodeEncodeError:
            continue


def _inquiry(rng: Random, world: World, index: int) -> list[Any]:
    customer: Customer = rng.choice(world.customers)
    slots = talk.fill(rng, world, customer)
    subject, body, answer = rng.choice(talk.INQUIRIES if rng.random() < 0.7 else talk.PLAIN_INQUIRIES)
    person = customer.person
    member = rng.random() < 0.8
    return [
        index + 1,
        f"{talk.day_text(rng)}T{rng.randint(0, 23):02d}:{rng.randrange(60):02d}:00+09:00",
        customer.number if member else None,
        person.name.written(" "),
        numbers.phone_text(rng, person.phone) if rng.random() < 0.7 else None,
        person.email,
        subject,
        talk.write(rng, body, slots),
        rng.choice(world.staff).person.name.surname,
        talk.write(rng, answer, slots),
    ]


def _nested(row: list[Any]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for path, cell in zip(INQUIRIES, row, strict=True):
        *folders, leaf = path.split(".")
        target = record
        for folder in folders:
            target = target.setdefault(folder, {})
        target[leaf] = plain(cell)
    return record
