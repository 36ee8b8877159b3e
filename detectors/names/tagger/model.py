"""The tagger's weights: one line per feature, averaged over several linear CRFs and rounded to hundredths.

`weights.tsv.gz`: first the labels, then the transitions as ``>from`` lines, then ``feature<TAB>seven integers``.
Text, so that two versions can be compared line by line; gzip without a time stamp, so that equal weights are
equal bytes.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

FILE = "weights.tsv.gz"
#: What a name, an organisation and a place begin and go on with; they compete, only names are reported.
LABELS = ("O", "BP", "IP", "BO", "IO", "BL", "IL")
OUTSIDE, BEGIN, INSIDE = LABELS.index("O"), LABELS.index("BP"), LABELS.index("IP")
#: Weights are stored as integers of this size.
UNIT = 0.01

Row = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Model:
    """`rows`: feature → one weight per label of `LABELS`; `transitions[i, j]`: from label i to label j."""

    rows: Mapping[str, Row]
    transitions: Row


@cache
def load() -> Model:
    """Return the model that comes with the package."""
    return from_bytes(files("detectors.names.tagger").joinpath(FILE).read_bytes())


def from_bytes(content: bytes) -> Model:
    """Read what `to_bytes` wrote."""
    head, *lines = gzip.decompress(content).decode("utf-8").split("\n")
    if tuple(head.split("\t")) != LABELS:
        raise ValueError("the weights are of another version of the tagger")
    names = [line.partition("\t")[0] for line in lines]
    numbers = "\t".join(line.partition("\t")[2] for line in lines)
    table = np.array(numbers.split("\t"), dtype=np.float32).reshape(len(lines), len(LABELS)) * np.float32(
        UNIT
    )
    count = len(LABELS)
    return Model(dict(zip(names[count:], table[count:], strict=True)), table[:count])


def to_bytes(model: Model) -> bytes:
    """Write a model: features sorted, those that round to nothing left out."""
    lines = ["\t".join(LABELS)]
    lines += [_line(f">{label}", row) for label, row in zip(LABELS, model.transitions, strict=True)]
    lines += [_line(name, row) for name, row in sorted(model.rows.items()) if np.any(np.rint(row / UNIT))]
    return gzip.compress("\n".join(lines).encode("utf-8"), 9, mtime=0)


def _line(name: str, row: Row) -> str:
    return "\t".join((name, *(str(int(number)) for number in np.rint(row / UNIT))))
