"""A document with the spans it is known to hold, and a named set of them."""

from __future__ import annotations

from dataclasses import dataclass

import xxhash

#: Start, end (code points, end exclusive) and entity type.
Span = tuple[int, int, str]


@dataclass(frozen=True)
class Document:
    """`genre` and `kind` are those of our own corpus; documents of other sources have neither."""

    text: str
    spans: tuple[Span, ...]
    genre: str = ""
    kind: str = ""

    def names_somebody(self) -> bool:
        return any(kind == "PERSON" for _, _, kind in self.spans)


@dataclass(frozen=True)
class DocumentSet:
    """Documents of one source.

    `types`: the entity types annotated in it; what is found of other types says nothing. None: all types.
    """

    name: str
    about: str
    documents: tuple[Document, ...]
    types: frozenset[str] | None = None

    @property
    def characters(self) -> int:
        return sum(len(each.text) for each in self.documents)

    def sample(self, size: int) -> tuple[int, ...]:
        """Return the indices of at most `size` documents, chosen by the hash of their text, in order."""
        ranked = sorted(
            range(len(self.documents)),
            key=lambda index: xxhash.xxh3_64_intdigest(
                self.documents[index].text.encode("utf-8", "surrogatepass")
            ),
        )
        return tuple(sorted(ranked[:size]))

    def part(self, indices: tuple[int, ...]) -> DocumentSet:
        return DocumentSet(self.name, self.about, tuple(self.documents[i] for i in indices), self.types)
