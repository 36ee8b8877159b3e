"""Our own corpus: plain text, one case per line, persons invented. corpus/README.md describes the format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.quality.documents import Document, DocumentSet, Span

CORPUS = Path(__file__).parent / "corpus"
COLUMNS = "columns.txt"

#: `calibrate` is there to look at while rules are written, `measure` only to be counted. They share no name and
#: no template (tested).
Split = Literal["calibrate", "measure"]
SPLITS: tuple[Split, ...] = ("calibrate", "measure")
KINDS = ("clear", "hard negative", "misleading label", "ambiguous")

_MARK = re.compile(r"⟦([A-Z_]+):(.*?)⟧", re.DOTALL)


@dataclass(frozen=True)
class OwnColumn:
    """A column of the corpus: `truth` is an entity type, FREE_TEXT_PII or NONE."""

    kind: str
    truth: str
    header: str
    values: tuple[str, ...]


def document_sets(split: Split) -> list[DocumentSet]:
    """Return the split's unambiguous documents, its ambiguous ones, and those of the first that name nobody."""
    documents = [each for path in _texts(split) for each in read(path)]
    clear = tuple(each for each in documents if each.kind != "ambiguous")
    unclear = tuple(each for each in documents if each.kind == "ambiguous")
    nameless = tuple(each for each in clear if not each.names_somebody())
    named = frozenset({"PERSON"})
    return [
        DocumentSet(f"own-{split}", f"our own corpus, split `{split}`, unambiguous cases", clear),
        DocumentSet(
            f"own-{split}-ambiguous", "cases that can be read either way, the likelier one marked", unclear
        ),
        DocumentSet(f"own-{split}-nameless", "the unambiguous cases that name nobody", nameless, named),
    ]


def read(path: Path) -> list[Document]:
    """Return the cases of one file; raises `ValueError` for an unknown kind or a mark that is not closed."""
    return [parse(line, path.stem, kind) for kind, line in _lines(path)]


def parse(line: str, genre: str, kind: str) -> Document:
    """Read one line: ``⟦TYPE:…⟧`` marks a span, ``\\n`` and ``\\t`` mean newline and tab."""
    line = line.replace("\\n", "\n").replace("\\t", "\t")
    spans: list[Span] = []
    text, last = "", 0
    for mark in _MARK.finditer(line):
        text += line[last : mark.start()]
        spans.append((len(text), len(text) + len(mark[2]), mark[1]))
        text += mark[2]
        last = mark.end()
    text += line[last:]
    if "⟦" in text or "⟧" in text:
        raise ValueError(f"{genre}: a mark is not of the form ⟦TYPE:…⟧")
    return Document(text, tuple(spans), genre, kind)


def template(document: Document) -> str:
    """Return the text with its spans replaced by their types: what two splits may not share."""
    text, last = "", 0
    for start, end, entity_type in document.spans:
        text += document.text[last:start] + f"<{entity_type}>"
        last = end
    return text + document.text[last:]


def columns(split: Split) -> list[OwnColumn]:
    """Return the columns of a split."""
    read_columns = []
    for kind, line in _lines(CORPUS / split / COLUMNS):
        truth, header, *values = (cell.strip(" ") for cell in line.split(" | "))
        read_columns.append(OwnColumn(kind, truth, header, tuple(values)))
    return read_columns


def _texts(split: Split) -> list[Path]:
    return sorted(path for path in (CORPUS / split).glob("*.txt") if path.name != COLUMNS)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    kind = KINDS[0]
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# kind: "):
            kind = line.removeprefix("# kind: ").strip()
            if kind not in KINDS:
                raise ValueError(f"{path.name}: no kind of that name: {kind}")
        elif line.strip() and not line.startswith("#"):
            yield kind, line
