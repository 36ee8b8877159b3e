"""Weights by what is seen: a word is looked up once, not once for every place it is seen from."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate, chain, repeat

import numpy as np

from detectors.names.tagger.model import LABELS, Row


class Table:
    """The weights of features that are told apart by a prefix, the place, before what is seen there.

    `rows`: feature → one weight per label, of which those with another prefix than `places` are left alone.
    """

    def __init__(self, rows: Mapping[str, Row], places: Sequence[str]) -> None:
        at = {place: index for index, place in enumerate(places)}
        placed = re.compile(f"({'|'.join(map(re.escape, places))})(.+)", re.DOTALL)
        found = [(at[match[1]], match[2], row) for name, row in rows.items() if (match := placed.match(name))]
        #: Row 0 is for what no weight is known of.
        self._at = {seen: index for index, seen in enumerate(dict.fromkeys(seen for _, seen, _ in found), 1)}
        self.rows = np.zeros((len(self._at) + 1, len(places), len(LABELS)), dtype=np.float32)
        for place, seen, row in found:
            self.rows[self._at[seen], place] = row

    def rows_of(self, seen: Iterable[str]) -> list[int]:
        """Return the index in `rows`, shape (…, places, labels), of everything `seen`."""
        return list(map(self._at.get, seen, repeat(0)))

    def summed(self, seen: Sequence[Collection[str]]) -> Row:
        """Return what each of these collections, none empty, weighs together, shape (…, places, labels)."""
        ends = list(accumulate(map(len, seen), initial=0))
        total: Row = np.add.reduceat(self.rows[self.rows_of(chain.from_iterable(seen))], ends[:-1], axis=0)
        return total
