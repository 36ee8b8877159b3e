"""Training data: rows of the development corpora as labelled morphemes, and the same rows with other names."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import xxhash

from detectors.names.lexicon import KANJI, KATAKANA
from detectors.names.reading import sentences
from detectors.names.tagger import invented, templates
from detectors.names.tagger.features import sentence_features
from detectors.names.tokens import Morpheme
from detectors.text import condense, fold

#: Files of the corpora that are read, all with PERSON; the notices and mails also without.
FILES = (
    "text_stockmark", "text_wac", "text_gsd", "biz_personnel_notice", "biz_templated",
    "neg_policy", "neg_biz_summary",
)  # fmt: skip
#: One row in so many is kept out of training, by the hash of its id.
HELD_OUT = 4
_LETTERS = {"PERSON": "P", "ORGANIZATION": "O", "LOCATION": "L", "ADDRESS": "L"}


@dataclass(frozen=True, slots=True)
class Row:
    """One text and its spans (start, end, type), in code points of `text`, which is folded and condensed."""

    source: str
    text: str
    spans: tuple[tuple[int, int, str], ...]
    held_out: bool = False


Labelled = tuple[list[list[str]], list[str]]


def read(folder: Path) -> list[Row]:
    """Return the rows of every corpus in `folder`, in the order of the files."""
    rows = []
    for name in FILES:
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            held_out = xxhash.xxh3_64_intdigest(record["id"].encode()) % HELD_OUT == 0
            rows.append(_row(name, record["text"], record["spans"], held_out))
    return rows


def made(seed: int, rounds: int) -> list[Row]:
    """Return `rounds` times every template, filled with names drawn by `seed`."""
    return [_row("templates", text, spans, False) for text, spans in templates.sentences(seed, rounds)]


def renamed(rows: Iterable[Row], seed: int) -> list[Row]:
    """Return the rows that name somebody, with other names of the same build."""
    rng = random.Random(seed)
    return [_renamed(row, rng) for row in rows if any(kind == "PERSON" for _, _, kind in row.spans)]


def labelled(row: Row) -> Iterator[Labelled]:
    """Yield features and labels of every sentence in which a name could stand."""
    for tokens, said in sentences(row.text):
        if tokens:
            yield sentence_features(tokens, said), labels(tokens, row.spans)


def labels(tokens: list[Morpheme], spans: Iterable[tuple[int, int, str]]) -> list[str]:
    """Return one label per morpheme: B or I and the letter of the type of the span it lies in."""
    given = ["O"] * len(tokens)
    for start, end, kind in spans:
        inside = [index for index, token in enumerate(tokens) if token.start < end and token.end > start]
        for place, index in enumerate(inside):
            given[index] = ("I" if place else "B") + _LETTERS[kind]
    return given


def _row(source: str, text: str, spans: Iterable[tuple[int, int, str]], held_out: bool) -> Row:
    dense, offsets = condense(fold(text))
    places = {offset: index for index, offset in enumerate(offsets)} if offsets else None
    kept = [
        (start, end, kind) if places is None else (places.get(start, 0), places.get(end, 0), kind)
        for start, end, kind in spans
        if kind in _LETTERS
    ]
    return Row(source, dense, tuple(sorted(kept)), held_out)


def _renamed(row: Row, rng: random.Random) -> Row:
    text, spans, at = "", [], 0
    known: dict[str, str] = {}
    for start, end, kind in row.spans:
        text += row.text[at:start]
        old = row.text[start:end]
        new = known.setdefault(old, _other(old, rng)) if kind == "PERSON" else old
        spans.append((len(text), len(text) + len(new), kind))
        text += new
        at = end
    return Row(row.source, text + row.text[at:], tuple(spans), row.held_out)


def _other(name: str, rng: random.Random) -> str:
    """Another name of the build of `name`; the same one where its build is unclear."""
    if re.fullmatch(f"[{KANJI}]+ +[{KANJI}ぁ-ん]+", name):
        return invented.person(rng, re.search(" +", name)[0])  # type: ignore[index]
    if re.fullmatch(f"[{KANJI}]{{3,6}}", name):
        return invented.person(rng)
    if re.fullmatch(f"[{KANJI}]{{1,2}}", name):
        return invented.surname(rng) if rng.random() < 0.7 else name
    if re.fullmatch(f"[{KATAKANA}]{{2,}}(?:・[{KATAKANA}]+)*", name):
        pieces = invented.foreign_pieces()
        return "・".join(piece if rng.random() < 0.3 else rng.choice(pieces) for piece in name.split("・"))
    return name
