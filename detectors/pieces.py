"""Cells in two pieces: a name, a postal address, an e-mail address, cut where the second piece begins.

A column of names has a million distinct values, put together from a few thousand surnames and given names; one of
addresses as many block numbers behind a few thousand towns. Whoever knows what decides about a piece looks at each
piece once. A recognizer declares the forms it knows (`Recognizer.forms`) and says of their cells which of them are
alike to it (`Recognizer.alike`); how that comes to one looking for all is told in `detectors.alike`.

>>> mail = Form("[a-z]+@[a-z.]+", cut="@", skip=1)
>>> column = pa.array(["taro@example.jp", "taro", "hanako@example.jp"])
>>> ((places, cells),) = cells_in_pieces(column, [mail], least=1)
>>> places.tolist(), cells.left.texts, cells.right.texts, cells.right.each(len).tolist()
([0, 2], ['taro', 'hanako'], ['example.jp'], [10, 10])
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detectors.answers import Answers
from detectors.gates import matching
from detectors.halves import Halves
from detectors.letters import Letters, first_of_each, is_ascii, letters_of
from detectors.outlines import Outlines, tells_zero_alone
from detectors.patterns import possible

Ints = npt.NDArray[np.int64]
Kind = TypeVar("Kind", bound=Hashable)

#: Cells of one form; fewer do not pay.
MANY = 32


@dataclass(frozen=True)
class Form:
    """How a cell looks that is cut in two.

    `pattern`: RE2, matches the folded cell as a whole; `cut`: ASCII characters, before the first of which the cell
    is cut; `skip`: how many characters, ASCII too, stand between the pieces. `halves`: pairs of patterns, of what
    stands before the first ASCII letter and of all the rest, that say the same (`detectors.halves`); none where
    the first piece may hold ASCII.
    """

    pattern: str
    cut: str
    skip: int = 0
    halves: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_halves(cls, *halves: tuple[str, str], cut: str, skip: int = 0) -> Form:
        """Return the form of cells that match one of these pairs of patterns, without and with ASCII at first."""
        return cls("|".join(f"{left}{right}" for left, right in halves), cut, skip, halves)


@dataclass(frozen=True, eq=False)
class Part:
    """The same piece of every cell: the different `texts`, and for every cell which one is its own."""

    texts: list[str]
    own: Ints

    @classmethod
    def among(cls, texts: pa.Array, own: Ints, skip: int = 0) -> Part:
        """Return the part of cells that each have one of `texts` but for the first `skip` letters."""
        met = np.zeros(len(texts), dtype=np.bool_)
        met[own] = True
        chosen = texts.take(pa.array(np.flatnonzero(met))).to_pylist()
        return cls([text[skip:] for text in chosen], (np.cumsum(met) - 1)[own])

    @classmethod
    def of(cls, pieces: pa.Array) -> Part:
        """Return the part that has one piece per cell."""
        encoded = pieces.dictionary_encode()
        return cls(encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64))

    def each(self, said: Callable[[str], int]) -> Ints:
        """Return for every cell what is said of its piece, asked once per text."""
        return np.fromiter(map(said, self.texts), np.int64, len(self.texts))[self.own]

    def kinds(self, kind: Callable[[str], Kind]) -> tuple[list[Kind], Ints]:
        """Return the different kinds of text, and for every cell which kind its piece is."""
        number: dict[Kind, int] = {}
        own = self.each(lambda text: number.setdefault(kind(text), len(number)))
        return list(number), own


@dataclass(frozen=True, eq=False)
class Pieces:
    """Folded cells that have one form; `halves`: theirs, where they are known and cut where the form is."""

    form: Form
    folded: pa.Array
    halves: Halves | None = None

    @cached_property
    def nothing(self) -> Ints:
        """What is said of cells in which nothing is seen."""
        return np.zeros(len(self.folded), dtype=np.int64)

    @cached_property
    def sizes(self) -> Ints:
        """Code points of every cell."""
        if self.halves:
            return self.halves.sizes
        letters, edges = letters_of(self.folded)
        if is_ascii(letters):
            return np.diff(edges).astype(np.int64)
        return np.asarray(pc.utf8_length(self.folded).to_numpy(zero_copy_only=False), dtype=np.int64)

    def answered(self, said: Ints, answers: Answers) -> Ints:
        """Return what is said of every cell, `answers` where that is negative; 0 is said by nobody else."""
        asked = np.flatnonzero(said < 0)
        if not len(asked):
            return said
        whole = said.copy()
        whole[asked] = answers.of(self.folded.take(pa.array(asked)).to_pylist())
        return whole

    @cached_property
    def left(self) -> Part:
        """The first piece of every cell."""
        if self.halves:
            return Part.among(self.halves.texts, self.halves.left)
        return Part.of(self._piece(0))

    @cached_property
    def right(self) -> Part:
        """The second piece of every cell."""
        if self.halves and not self.halves.letters.digits:
            return Part.among(self.halves.texts, self.halves.right, self.form.skip)
        return Part.of(self._piece(2))

    def _piece(self, which: int) -> pa.Array:
        return self._cut.take(pa.array(np.arange(which, len(self._cut), 3)))

    @cached_property
    def _cut(self) -> pa.Array:
        count = len(self.folded)
        letters, edges = letters_of(self.folded)
        # Comparing takes a seventh of looking every letter up; digits lie side by side.
        cuts = [letters == code for code in self.form.cut.encode()]
        first = first_of_each(np.flatnonzero(np.logical_or.reduce(cuts)), edges)
        # The pieces and what is between them lie side by side in the letters of the column.
        bounds = np.empty(3 * count + 1, dtype=np.int32)
        bounds[0::3], bounds[1::3], bounds[2::3] = edges, first, first + self.form.skip
        return pa.StringArray.from_buffers(3 * count, pa.py_buffer(bounds), pa.py_buffer(letters))


def cells_in_pieces(
    folded: pa.Array,
    forms: Iterable[Form],
    letters: Letters | None = None,
    outlines: Outlines | None = None,
    least: int = MANY,
    halves: Halves | None = None,
) -> Iterator[tuple[Ints, Pieces]]:
    """Yield (places in `folded`, cells) for every form that at least `least` of the values have.

    A value of several forms has the first of them. `letters`, `outlines`, `halves`: those of `folded`, where they
    are known.
    """
    left = np.arange(len(folded))
    alone = np.ones(len(folded), dtype=np.bool_)
    for form in forms:
        if letters and not possible(form.pattern, letters):
            continue
        for places, cells in _of_form(form, folded, left, outlines, halves):
            if len(places) >= least:
                yield places, cells
                alone[places] = False
                left = left[alone[left]]


def _of_form(
    form: Form, folded: pa.Array, left: Ints, outlines: Outlines | None, halves: Halves | None
) -> Iterator[tuple[Ints, Pieces]]:
    """Yield (places in `folded`, cells) of those of the values at the places `left` that have a form."""
    whole = f"^(?:{form.pattern})$"
    if outlines:
        places = left[outlines.matching(whole)[left]]
        yield places, Pieces(form, _taken(folded, places))
        return
    if halves and form.halves and tells_zero_alone(form.pattern):
        places = left[halves.matching(form.halves)[left]]
        cut = halves if len(places) == len(folded) else halves.at(places)
        yield places, Pieces(form, cut.values, cut)
        left = left[halves.odd()[left]]
    rest = _taken(folded, left)
    matched = matching(rest, whole)
    yield left[matched], Pieces(form, rest if matched.all() else rest.filter(pa.array(matched)))


def _taken(values: pa.Array, places: Ints) -> pa.Array:
    return values if len(places) == len(values) else values.take(pa.array(places))
