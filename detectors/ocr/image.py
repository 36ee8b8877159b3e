"""`scan_image`: what personal data an image shows, where, and what document it is.

decode → is there text → upright → OCR → text by rows, by blocks and, on a known card, by fields → the same
recognizers as for any text → findings of the arrangements merged → offsets back to quads; faces; and the words the
file holds beside its pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from detectors.ocr import kinds
from detectors.ocr.decode import read_picture
from detectors.ocr.engine import Bgr, OcrEngine, Quad
from detectors.ocr.faces import find_faces
from detectors.ocr.fields import Field, by_fields
from detectors.ocr.layout import Page, by_blocks, by_rows, straighten
from detectors.ocr.reading import Reading, read_image

if TYPE_CHECKING:
    from detectors.resolver import Found

Analyze: TypeAlias = "Callable[[str], Iterable[Found]]"

#: Between two arrangements of one image; no recognizer looks across it, each is analysed on its own.
SEPARATOR = "\n\f\n"

#: Version of what cards add to the recognizers: layouts, kinds, repairs.
VERSION = "2"

#: Score from which a finding is reported: the balanced operating point.
REPORTED = 0.4


@dataclass(frozen=True, slots=True)
class ImageFinding:
    """One personal datum in an image.

    `start`, `end`: code points in `ImageScan.text`; `quads`: its corners in pixels of the image as its EXIF data
    stands it upright, one quad per line of text it covers, none for what the file says beside its pixels. `text`
    is the raw value and not in ``repr``. A FACE has a quad and no text.
    """

    entity_type: str
    start: int
    end: int
    score: float
    quads: tuple[Quad, ...]
    text: str = field(repr=False)
    recognizer: str
    version: str


@dataclass(frozen=True, slots=True)
class ImageScan:
    """`kind` and `score` of the document (`detectors.ocr.kinds`), its findings, and the text they point into.

    `captured`: when the picture was taken, as its EXIF data says, aware where it knows the offset from UTC;
    `located`: whether it says where. Neither has a place in the text.
    """

    kind: str
    score: float
    findings: tuple[ImageFinding, ...]
    text: str = field(repr=False, default="")
    captured: datetime | None = None
    located: bool = False


def scan_image(
    data: bytes,
    *,
    engine: OcrEngine | None = None,
    analyze: Analyze | None = None,
    threshold: float = REPORTED,
) -> ImageScan:
    """Scan the bytes of one image file.

    `engine` reads text (default: `RapidEngine`, shared by the process); `analyze` finds spans in a text
    (default: `detectors.registry.find_entities`); findings below `threshold`, and what is recognised not to be
    personal, are left out. Raises `detectors.ocr.decode.ImageError` for an image that cannot be read.
    """
    picture = read_picture(data)
    analyze = analyze or _find_entities()
    reading = read_image(picture.pixels, engine or default_engine())
    kind = kinds.judge([line.text for line in reading.lines])
    boxes = straighten(reading.lines)
    fields_page, fields = by_fields(kind.kind, reading.lines, boxes)
    pages = [fields_page, by_rows(reading.lines, boxes), by_blocks(reading.lines, boxes)]
    placed = list(_placed(fields_page, fields))
    found = _merge([*placed, *_candidates(pages, analyze)], placed)
    found = [candidate for candidate in found if _is_of_holder(candidate, placed)]
    findings = [
        *sorted(
            (candidate.finding(reading) for candidate in found if candidate.score >= threshold),
            key=lambda finding: (finding.start, finding.end, finding.entity_type),
        ),
        *_faces(picture.pixels, reading, kind.kind, threshold),
    ]
    text = SEPARATOR.join(page.text for page in pages)
    told = picture.metadata
    if told.text:
        text += SEPARATOR
        findings += _told(told.text, len(text), analyze, threshold)
        text += told.text
    return ImageScan(kind.kind, kind.score, tuple(findings), text, told.captured, told.located)


def _told(text: str, base: int, analyze: Analyze, threshold: float) -> Iterator[ImageFinding]:
    """Find personal data in what the file says beside its pixels; it stands nowhere in the image."""
    for found in analyze(text):
        if found.personal and found.score >= threshold:
            yield ImageFinding(
                found.entity_type, base + found.start, base + found.end, round(found.score, 4), (),
                text[found.start : found.end], found.recognizer, found.version,
            )  # fmt: skip


def _faces(image: Bgr, reading: Reading, kind: str, threshold: float) -> Iterator[ImageFinding]:
    known = kinds.of_name(kind)
    on_card = known is not None and known.portrait
    score = 0.9 if on_card else 0.5
    if score < threshold:
        return
    upright = np.ascontiguousarray(np.rot90(image, reading.turns))
    for quad in find_faces(upright, on_card=on_card):
        yield ImageFinding("FACE", 0, 0, score, (reading.to_image(quad),), "", "FaceCascade", VERSION)


def _is_of_holder(candidate: _Candidate, placed: Sequence[_Candidate]) -> bool:
    """Say whether a name or birth date is that of the person the card is made out to.

    A card that shows them names nobody else: 令和 is no name, and the day of issue no birthday.
    """
    fields = [each for each in placed if each.entity_type == candidate.entity_type]
    return (
        candidate.entity_type not in ("PERSON", "DATE_OF_BIRTH")
        or not fields
        or any(candidate.characters & each.characters for each in fields)
    )


@lru_cache(maxsize=1)
def default_engine() -> OcrEngine:
    """Return the engine of this process; its models load at the first image with pixels to look at."""
    from detectors.ocr.rapid import RapidEngine

    return RapidEngine()


def _find_entities() -> Analyze:
    from detectors.registry import find_entities

    return find_entities


@dataclass(frozen=True)
class _Candidate:
    """A span of one page, and the characters of the image it covers; `base`: where the page starts in the text."""

    entity_type: str
    start: int
    end: int
    score: float
    recognizer: str
    version: str
    page: Page
    base: int
    characters: frozenset[tuple[int, int]]

    def finding(self, reading: Reading) -> ImageFinding:
        return ImageFinding(
            entity_type=self.entity_type,
            start=self.base + self.start,
            end=self.base + self.end,
            score=round(self.score, 4),
            quads=tuple(map(reading.to_image, self.page.quads_for(self.start, self.end))),
            text=self.page.text[self.start : self.end],
            recognizer=self.recognizer,
            version=self.version,
        )


def _placed(page: Page, fields: Iterable[Field]) -> Iterator[_Candidate]:
    """Propose the fields of a card by their place alone."""
    for each in fields:
        characters = _characters(page, each.start, each.end)
        yield _Candidate(
            each.entity_type, each.start, each.end, each.score, "CardFields", VERSION, page, 0, characters
        )


def _candidates(pages: Sequence[Page], analyze: Analyze) -> Iterator[_Candidate]:
    """Propose what the recognizers find on each page."""
    base = 0
    for page in pages:
        for found in analyze(page.text) if page.text else ():
            characters = _characters(page, found.start, found.end)
            if characters and found.personal:
                yield _Candidate(
                    found.entity_type, found.start, found.end, found.score, found.recognizer, found.version,
                    page, base, characters,
                )  # fmt: skip
        base += len(page.text) + len(SEPARATOR)


def _characters(page: Page, start: int, end: int) -> frozenset[tuple[int, int]]:
    sources = page.sources(start, end).items()
    return frozenset((line, at) for line, (first, last) in sources for at in range(first, last))


def _merge(candidates: Iterable[_Candidate], placed: Iterable[_Candidate]) -> list[_Candidate]:
    """Keep the best of what shows the same characters of the image, whatever page it was found on.

    A span as long as a card's field comes before a part of it; then the score decides, then the length. A weaker
    span of another type over the same characters is a rival that lost, as in `detectors.resolver`.
    """
    extents = {(each.entity_type, each.characters) for each in placed}

    def strength(candidate: _Candidate) -> tuple[float, ...]:
        beside = (candidate.entity_type, candidate.characters) not in extents
        # A tenth of score says less than a whole address does against half of it.
        return (
            beside,
            -round(candidate.score, 1),
            -len(candidate.characters),
            candidate.base,
            candidate.start,
        )

    kept: list[_Candidate] = []
    taken: set[tuple[int, int]] = set()
    for candidate in sorted(candidates, key=strength):
        if not candidate.characters & taken:
            kept.append(candidate)
            taken |= candidate.characters
    return kept
