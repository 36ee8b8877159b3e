"""Address books: vCard 2.1, 3.0 and 4.0, a row per card under the headers people give such columns.

So a column of a card is classified as one of a list is, and its values are keys like those of any other register.
What has no column of its own here stands under its own name; nothing is left out; photos are pictures in cells
(`pipelines.sources.blobs`). Notes and messages of Japanese phones (vNote, vMessage) are written alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.sources.base import Gap
from pipelines.sources.content_lines import Component
from pipelines.sources.content_rows import Cells, parameters_of, read_components
from pipelines.sources.content_values import Property

_COLUMNS = {
    "FN": "氏名", "NICKNAME": "ニックネーム", "SORT-STRING": "フリガナ", "X-PHONETIC-LAST-NAME": "セイ",
    "X-PHONETIC-FIRST-NAME": "メイ", "X-PHONETIC-MIDDLE-NAME": "ミドルネームカナ", "TEL": "電話番号",
    "EMAIL": "メールアドレス", "LABEL": "住所", "BDAY": "生年月日", "ANNIVERSARY": "記念日", "GENDER": "性別",
    "TITLE": "役職", "ROLE": "職種", "X-PHONETIC-ORG": "会社名カナ", "NOTE": "備考", "CATEGORIES": "グループ",
    "BODY": "本文", "TEXT": "本文",
}  # fmt: skip
#: Columns of the pieces of a name and of its reading.
_NAME = ("姓", "名", "ミドルネーム", "敬称", "称号")
_READING = ("セイ", "メイ", "ミドルネームカナ")

#: Says how the card is written, not whose it is.
_TECHNICAL = frozenset({"VERSION", "PRODID", "REV", "KIND", "PROFILE", "X-IRMC-STATUS", "X-IRMC-TYPE"})
_JAPANESE = re.compile(r"[ぁ-ヺ一-鿿々]")


def read_cards(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Stream the cards of a file; gaps as `read_components` has them."""
    return read_components(path, _cells)


def _cells(card: Component) -> Cells:
    for said in card.properties:
        if said.is_file or said.name in _TECHNICAL:
            continue
        yield from _cells_of(said)
        yield from parameters_of(said, "SORT-AS", "X-IRMC-N")
        yield from (("フリガナ", value) for value in said.parameters.get("SORT-AS", []))
    if not any(said.name == "FN" and said.text.strip() for said in card.properties):
        yield from (("氏名", _full_name(said.pieces)) for said in card.properties if said.name == "N")


def _cells_of(said: Property) -> Cells:
    if said.name == "N":
        yield from zip(_NAME, said.pieces, strict=False)
    elif said.name == "SOUND":
        # The reading of N: how Japanese phones write it in vCard 2.1.
        yield from zip(_READING, said.pieces, strict=False)
    elif said.name == "ADR":
        yield from _address(said.pieces)
    elif said.name == "ORG":
        yield from zip(("会社名", "部署名"), (said.pieces[0], " ".join(said.pieces[1:])), strict=True)
    else:
        yield (
            _COLUMNS.get(said.name, said.name),
            re.sub(r"^(?:tel|mailto):", "", said.text, flags=re.IGNORECASE),
        )


def _full_name(pieces: tuple[str, ...]) -> str:
    family, given, *_ = (*pieces, "", "")
    both = (family, given) if _JAPANESE.search(family + given) else (given, family)
    return " ".join(filter(None, map(str.strip, both)))


def _address(pieces: tuple[str, ...]) -> Cells:
    """Yield post code, address and country: Japanese addresses begin with the prefecture, others end with it."""
    box, extended, street, town, region, code, country, *rest = (*map(str.strip, pieces), *[""] * 7)
    yield "郵便番号", code
    if _JAPANESE.search(region + town + street + extended):
        yield "住所", " ".join(filter(None, (region + town + street, extended, box, *rest)))
    else:
        yield "住所", ", ".join(filter(None, (box, extended, street, town, region, *rest)))
    yield "国", country
