"""Word clusters: words used alike in a large corpus of the web share a code of five letters.

The first two letters are a coarse cluster, all five a fine one. `clusters.tsv.gz` holds one fine cluster a line:
its code, then its words. It was made, by ``python -m
detectors.names.tagger.clusters FILE`` (a minute; needs ``meibo[ner]``), from the word vectors of ja_ginza, which
are chiVe's: spherical k-means over the 20,000 stored vectors, seeded, and the words most frequent in chiVe that
are written in kanji, katakana or Latin letters.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.names.lexicon import HIRAGANA, KANJI, KATAKANA
from detectors.text import fold

FILE = "clusters.tsv.gz"
FINE, COARSE, WORDS, ROUNDS, SEED = 1_200, 120, 300_000, 20, 20261121
#: Letters of a code that name its coarse cluster.
HEAD = 2
_WORD = re.compile(f"[{KANJI}{KATAKANA}A-Za-z][{KANJI}{KATAKANA}{HIRAGANA}A-Za-z]{{0,11}}")


def cluster(surface: str) -> str:
    """Return the code of the cluster the folded word `surface` is in, "" for a word in none."""
    return _clusters().get(surface, "")


def words() -> list[str]:
    """Return every word that is in a cluster, sorted."""
    return sorted(_clusters())


@cache
def _clusters() -> dict[str, str]:
    text = gzip.decompress(files("detectors.names.tagger").joinpath(FILE).read_bytes()).decode()
    return {
        word: code for line in text.splitlines() for code, *words in (line.split("\t"),) for word in words
    }


def build() -> bytes:
    """Return the content of `FILE`, computed from the word vectors of the installed ja_ginza."""
    import spacy

    vocab: Any = spacy.load("ja_ginza").vocab
    vectors = vocab.vectors
    rows = np.asarray(vectors.data, dtype=np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    labels, centres = _kmeans(rows, FINE)
    parents, _ = _kmeans(centres, COARSE)
    members: dict[int, list[str]] = {}
    seen: set[str] = set()
    for key, row in _most_frequent(vectors.key2row.items()):
        surface = fold(vocab.strings[key])
        if surface not in seen and _WORD.fullmatch(surface):
            seen.add(surface)
            members.setdefault(int(labels[row]), []).append(surface)
    lines = [
        "\t".join((_code(int(parents[label]), label), *sorted(members[label]))) for label in sorted(members)
    ]
    return gzip.compress("\n".join(lines).encode(), 9, mtime=0)


def _most_frequent(items: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The vectors' keys stand in the order of their frequency."""
    return list(items)[:WORDS]


def _kmeans(
    rows: npt.NDArray[np.float32], count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    rng = np.random.default_rng(SEED)
    centres = rows[rng.choice(len(rows), count, replace=False)]
    labels = np.zeros(len(rows), dtype=np.int64)
    for _ in range(ROUNDS):
        labels = (rows @ centres.T).argmax(axis=1)
        for label in range(count):
            inside = rows[labels == label]
            if len(inside):
                mean = inside.mean(axis=0)
                centres[label] = mean / max(float(np.linalg.norm(mean)), 1e-6)
    return labels, centres


def _code(coarse: int, fine: int) -> str:
    return _letters(coarse, HEAD) + _letters(fine, 3)


def _letters(number: int, length: int) -> str:
    return "".join(chr(97 + number // 26**place % 26) for place in reversed(range(length)))


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(build())
