"""A second opinion on names: GiNZA, or any Japanese spaCy model, on windows the rules are unsure of.

One window costs as much as hundreds of rows of rules, so the model reads only ±20 characters round candidates
the rules scored low, only so many of them, the least certain first; what the budget left out is counted. It
adds spans and takes none away, which raises recall; at the point ``strict`` it is read round what the rules and
the tagger report without strong evidence, and its voice decides there (`detectors.vote`), which raises precision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

import xxhash

from detectors.names.person import PersonRecognizer, propose
from detectors.recognizer import Match, Recognizer
from detectors.text import SURROGATE, fold
from detectors.vote import needs_a_second

#: Code points of context on either side of a weak candidate.
REACH = 20
#: Candidates of the rules at these scores are uncertain: weaker ones are mostly parts of words.
WEAK = (0.15, 0.6)
#: Score where the decision changes; the nearer a candidate, the less certain it is.
DECISION = 0.4
#: Entity labels of Japanese spaCy models that mean a person (GiNZA: Person; OntoNotes models: PERSON).
LABELS = frozenset({"Person", "PERSON", "PER", "PSN"})
#: Model and rules agree on the span; the model alone.
AGREED, ALONE = 0.65, 0.45


@dataclass(frozen=True, slots=True)
class _Window:
    value: int
    start: int
    end: int
    candidate: tuple[int, int]
    doubt: float
    digest: int


Role = Literal["add", "vote"]


class ModelMissing(LookupError):
    """The spaCy pipeline that was asked for is not installed."""


class SpacyNerRecognizer(Recognizer):
    """PERSON by a spaCy pipeline on windows round uncertain candidates.

    `model`: name of an installed spaCy pipeline. `budget`: most windows per call of `examine` (`find` is one
    call). `role`: "add" reads round weak candidates, "vote" round those that need a second. `skipped` counts the
    windows left unread since the recognizer was made.
    """

    entity_type: ClassVar[str] = PersonRecognizer.entity_type
    version: ClassVar[str] = "1"
    gate: ClassVar[str] = PersonRecognizer.gate
    condensed: ClassVar[bool] = False

    def __init__(self, model: str = "ja_ginza", budget: int = 50, role: Role = "add", **options: Any) -> None:
        super().__init__(**options)
        self.model = model
        self.budget = budget
        self.role: Role = role
        self.skipped = 0

    def find(self, text: str, folded: str) -> Iterable[Match]:
        """Yield persons the model sees round the weak candidates of one text."""
        return self.examine([folded])[0]

    def examine(self, values: Sequence[str]) -> list[list[Match]]:
        """Return the persons of every value, with one budget for all of them.

        Windows are ranked by (doubt, hash of their text): the choice depends on what is read, not on its order.
        Raises `ModelMissing`.
        """
        folded = [fold(value) for value in values]
        windows = sorted(
            (window for index, value in enumerate(folded) for window in _windows(index, value, self.role)),
            key=lambda each: (each.doubt, each.digest, each.value, each.start),
        )
        chosen = windows[: self.budget]
        self.skipped += len(windows) - len(chosen)
        found: list[dict[tuple[int, int], Match]] = [{} for _ in values]
        texts = [SURROGATE.sub("\ufffd", folded[each.value][each.start : each.end]) for each in chosen]
        for window, document in zip(chosen, _documents(self.model, texts), strict=True):
            for match in _persons(window, document):
                kept = found[window.value].setdefault((match.start, match.end), match)
                if kept.score < match.score:
                    found[window.value][match.start, match.end] = match
        return [sorted(each.values(), key=lambda match: match.start) for each in found]

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """Return the keys of `PersonRecognizer`: both find the same kind of value."""
        return PersonRecognizer.keys_of(value)


def weak_windows(value: str, role: Role = "add") -> list[tuple[float, int]]:
    """Return (doubt, hash) of every window of a value that a second opinion could be asked about."""
    return [(each.doubt, each.digest) for each in _windows(0, fold(value), role)]


def _windows(index: int, folded: str, role: Role) -> Iterable[_Window]:
    for start, end, score in propose(folded):
        weak = WEAK[0] <= score < WEAK[1]
        if weak if role == "add" else needs_a_second(folded, start, end, score):
            left, right = max(0, start - REACH), min(len(folded), end + REACH)
            digest = xxhash.xxh3_64_intdigest(folded[left:right].encode("utf-8", "surrogatepass"))
            doubt = round(abs(score - DECISION), 3)
            yield _Window(index, left, right, (start, end), doubt, digest)


def _persons(window: _Window, document: Any) -> Iterable[Match]:
    for entity in document.ents:
        if entity.label_ in LABELS:
            start, end = window.start + entity.start_char, window.start + entity.end_char
            agreed = (start, end) == window.candidate
            yield Match(start, end, AGREED if agreed else ALONE, SpacyNerRecognizer.entity_type)


def _documents(model: str, texts: list[str]) -> Iterable[Any]:
    return _pipeline(model).pipe(texts, batch_size=64) if texts else ()


@cache
def _pipeline(model: str) -> Any:
    import spacy

    try:
        return spacy.load(model)
    except OSError:
        raise ModelMissing(f"spaCy model {model!r} is not installed; install meibo[ner]") from None
