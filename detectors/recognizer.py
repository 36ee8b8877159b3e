"""What a Meibo recognizer is: an ordinary Presidio `EntityRecognizer` that also declares a gate.

A recognizer is written once, as a function from one text to matches (`find`). Presidio calls it through
`analyze`; the cascade calls it directly, only on values that pass its `gate`.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from presidio_analyzer import EntityRecognizer, RecognizerResult

from detectors.dense import Reading
from detectors.digit_cells import Digits, Ints
from detectors.entities import EntityType
from detectors.gates import Mask
from detectors.phrases import Phrases
from detectors.pieces import Form, Pieces
from detectors.text import fold

LANGUAGE = "ja"


@dataclass(slots=True, unsafe_hash=True)  # never changed; frozen ones cost three times as much to make
class Match:
    """One proposal of a recognizer.

    `start`, `end`: code points of the original text, end exclusive. `score`: evidence, 0–1: a pattern
    alone ≤ .2, a check digit .4–.5, check digit and context ≥ .9.
    `checked`: it passed a check digit, a number plan, a register or a dictionary.
    `personal`: False for what is recognised to be ruled out (toll-free numbers, corporate numbers).
    """

    start: int
    end: int
    score: float
    entity_type: str
    checked: bool = False
    personal: bool = True


class Recognizer(EntityRecognizer):
    """Base of every Japanese recognizer.

    Class attributes: `entity_type`; `version`, raised by hand when the output for any text may change;
    `gate`, an RE2 pattern over *folded* text without which `find` cannot match anything (the cascade
    evaluates it over whole columns; a test feeds it every positive of the recognizer's fixture).
    """

    entity_type: ClassVar[str]
    version: ClassVar[str] = "1"
    about: ClassVar[EntityType | None] = None
    """Labels and class of the type, where configs/entities.yaml has none."""
    gate: ClassVar[str]
    edge: ClassVar[re.Pattern[str]] = re.compile(r"\s*")
    """What may stand before, and what behind, a match in a cell that is still this one value: space; 〒 for a
    postal code."""

    condensed: ClassVar[bool] = True
    """Whether it reads texts condensed (`detectors.dense`)."""

    forms: ClassVar[tuple[Form, ...]] = ()
    """Forms of whole cells that are looked for in columns, because this recognizer can say which are alike."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            supported_entities=[self.entity_type],
            name=type(self).__name__,
            supported_language=options.get("supported_language", LANGUAGE),
            version=self.version,
            context=options.get("context"),
        )

    def load(self) -> None:
        """Nothing to load: data is read lazily, once per process, by the module that needs it."""

    @abstractmethod
    def find(self, text: str, folded: str) -> Iterable[Match]:
        """Yield every match in `text`; `folded` is ``fold(text)``, same length. Depends on nothing else.

        Of a text that is condensed both are the dense text (`detectors.dense`).
        """

    def find_all(self, texts: Sequence[str], folded: Sequence[str]) -> list[list[Match]]:
        """Return what `find` yields for every text; to be overridden where many at once cost less."""
        return [list(self.find(text, plain)) for text, plain in zip(texts, folded, strict=True)]

    def find_in(self, reading: Reading, places: Sequence[int]) -> list[list[Match]]:
        """Return the matches of the texts at `places`, where they stand in the original."""
        if not self.condensed:
            return self.find_all([reading.values[at] for at in places], [reading.folded[at] for at in places])
        found = self.find_all(*reading.of_places(places))
        if not reading.offsets:
            return found
        return [reading.put_back(at, matches) for at, matches in zip(places, found, strict=True)]

    def traits(self, cells: Digits) -> Ints | None:
        """Return what in each of these cells decides what `find` says of it, as small numbers.

        Of two cells with equal numbers `find` says the same; a negative one stands for a cell to be looked at by
        itself. None, as here, when this recognizer cannot say: then its `gate` tells which cells are looked at.
        """
        return None

    def alike(self, cells: Pieces) -> Ints | None:
        """Return what `traits` returns, for cells cut in pieces; cells with equal numbers may differ in length.

        None, as here, for a form this recognizer does not know.
        """
        return None

    def silent(self, phrases: Phrases) -> Mask | None:
        """Return of folded texts that need not be condensed those in which `find` is known to find nothing.

        None, as here, when this recognizer goes by its `gate` alone.
        """
        return None

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """Normalise one matched value to ``(key, alternative key)`` for joining; None when it has none.

        The result is a raw personal value: it goes into a keyed hash and nowhere else.
        """
        return fold(value).strip() or None, None

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """Presidio's entry point."""
        if entities and self.entity_type not in entities:
            return []
        (found,) = self.find_in(Reading.of([text]), [0])
        return [to_result(match, self.name, self.version, self.id) for match in found]


def to_result(span: Match, recognizer: str, version: str, identifier: str) -> RecognizerResult:
    """Write a span as Presidio's result; flags travel in `recognition_metadata`.

    `identifier`: the recognizer's id, by which Presidio brings results back to their recognizer.
    """
    return RecognizerResult(
        entity_type=span.entity_type,
        start=span.start,
        end=span.end,
        score=span.score,
        recognition_metadata={
            RecognizerResult.RECOGNIZER_NAME_KEY: recognizer,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: identifier,
            "version": version,
            "checked": span.checked,
            "personal": span.personal,
        },
    )
