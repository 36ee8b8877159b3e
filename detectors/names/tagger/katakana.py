"""Whether a word in katakana sounds like the name of a person: サラチェンコ does, スプリンクラー does not.

A logistic regression on the runs of two to four letters a word is made of, learned from the words of the
clusters that Sudachi's dictionary knows as people's names only, against those it knows as anything else.
`katakana.tsv.gz` holds one run and its weight a line, ``^`` and ``$`` standing for the ends of the word; it is
made by ``python -m detectors.names.tagger.katakana FILE`` (seconds, no randomness).
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import Counter
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from detectors.names.lexicon import KATAKANA
from detectors.names.morphology import Tag, tags
from detectors.names.tagger.clusters import words

FILE = "katakana.tsv.gz"
#: Words a run must occur in; strength of the ridge; steps and their size (Newton-like, diagonal).
LEAST, RIDGE, STEPS, RATE = 4, 1.0, 300, 1.0
#: Weights are stored as integers of this size.
UNIT = 0.01
#: Bounds of the log odds, in `UNIT`, that part the classes `sounds_like_a_name` tells apart. Odds are summed as
#: integers: a sum of floats near a bound depends on the order of a set, which differs from process to process.
BANDS = (-300, -150, -50, 50, 150, 300)

_PEOPLE = frozenset({Tag.NAME, Tag.GIVEN, Tag.SURNAME})


def sounds_like_a_name(word: str) -> int:
    """Return 0 (surely none) to 6 (surely a name) for a folded word in katakana."""
    weights = _weights()
    odds = weights[""] + sum(weights.get(run, 0) for run in _runs(word))
    return sum(odds >= bound for bound in BANDS)


def _runs(word: str) -> set[str]:
    ends = f"^{word}$"
    return {ends[at : at + size] for size in (2, 3, 4) for at in range(len(ends) - size + 1)}


@cache
def _weights() -> dict[str, int]:
    text = gzip.decompress(files("detectors.names.tagger").joinpath(FILE).read_bytes()).decode()
    return {run: int(weight) for line in text.splitlines() for run, weight in (line.split("\t"),)}


def build() -> bytes:
    """Return the content of `FILE`, computed from the clusters and the installed dictionary."""
    known = [
        (word, bool(kinds <= _PEOPLE))
        for word in words()
        if re.fullmatch(f"[{KATAKANA}]{{2,10}}", word) and (kinds := tags(word)) and _certain(kinds)
    ]
    counts = Counter(run for word, _ in known for run in _runs(word))
    runs = sorted(run for run, count in counts.items() if count >= LEAST)
    place = {run: at for at, run in enumerate(runs, 1)}
    rows = [[0, *sorted(place[run] for run in _runs(word) if run in place)] for word, _ in known]
    weights = _fit(rows, np.array([named for _, named in known], dtype=np.float64), len(runs) + 1)
    lines = [f"{run}\t{round(weight / UNIT)}" for run, weight in zip(["", *runs], weights, strict=True)]
    return gzip.compress("\n".join(lines).encode(), 9, mtime=0)


def _certain(kinds: frozenset[Tag]) -> bool:
    return kinds <= _PEOPLE or not kinds & _PEOPLE


def _fit(rows: list[list[int]], truth: np.ndarray, count: int) -> list[float]:
    """Weights of a ridge logistic regression on binary features, by diagonally scaled gradient descent."""
    features = np.concatenate([np.array(row) for row in rows])
    owners = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    longest = max(map(len, rows))
    weights = np.zeros(count)
    scale = np.bincount(features, minlength=count) * 0.25 * longest + RIDGE
    momentum = np.zeros(count)
    for _ in range(STEPS):
        ahead = weights + 0.9 * momentum
        odds = np.bincount(owners, weights=ahead[features], minlength=len(rows))
        error = truth - 1 / (1 + np.exp(-odds))
        gradient = np.bincount(features, weights=error[owners], minlength=count) - RIDGE * ahead
        momentum = 0.9 * momentum + RATE * gradient / scale
        weights = weights + momentum
    return [float(weight) for weight in weights]


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(build())
