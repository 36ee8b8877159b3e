"""The table the benchmarks scan: 17 columns of a customer system, seeded, made from the sample estate's world."""

from __future__ import annotations

from random import Random

import pyarrow as pa

from pipelines.demo.people import build_world

NOTES = (
    "{name}様より電話。折り返しは{phone}へ。",
    "配送先を{address}に変更。",
    "請求書を{email}へ再送した。",
    "特になし。",
    "商品の色について問い合わせ。在庫を確認して回答済み。",
    "解約の相談。次回は店舗で手続きの予定。",
    "料金プランの説明をした。",
)


def customers(rows: int, seed: int = 1) -> pa.Table:
    """Return `rows` customers; names, phones and addresses repeat only as often as in a real table."""
    random = Random(seed)
    people = [customer.person for customer in build_world(seed, "full").customers]
    picked = [random.choice(people) for _ in range(rows)]
    return pa.table(
        {
            "id": pa.array(range(rows)),
            "会員番号": [f"M{random.randrange(10**8):08}" for _ in range(rows)],
            "氏名": [each.name.written() for each in picked],
            "フリガナ": [each.name.kana() for each in picked],
            "郵便番号": [each.address.postcode for each in picked],
            "住所": [each.address.written() for each in picked],
            "電話番号": [each.phone for each in picked],
            "メール": [each.email for each in picked],
            "生年月日": [each.born for each in picked],
            "性別": [random.choice("男女") for _ in range(rows)],
            "JANコード": [f"49{random.randrange(10**11):011}" for _ in range(rows)],
            "注文番号": [f"{random.randrange(1000):03}-{random.randrange(10**7):07}" for _ in range(rows)],
            "伝票番号": [f"{random.randrange(10**12):012}" for _ in range(rows)],
            "金額": [random.randrange(100, 100_000) for _ in range(rows)],
            "店舗": [random.choice(("千葉店", "福井店", "本店", "宮崎店")) for _ in range(rows)],
            "状態": [random.choice(("active", "withdrawn")) for _ in range(rows)],
            "備考": [
                random.choice(NOTES).format(
                    name=each.name.written(),
                    phone=each.phone,
                    address=each.address.written(),
                    email=each.email,
                )
                for each in picked
            ],
        }
    )
