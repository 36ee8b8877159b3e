"""``make bench-pictures``: kinds and fields of drawn cards, spoilt in 23 ways, and pages that look like them.

Every card is drawn from a seed for another invented person each time, spoilt, saved as PNG and given to
`scan_image` as it is. The pages are those of ``tests/fixtures/ocr/look_alikes.txt``. The result is written to
``benchmarks/results/pictures.json``; `docs/generate.py` takes the table of docs/detection.md from it. Drawings are
cleaner than life, and rules were written looking at them: the figures say what breaks first, not what to expect.
"""

from __future__ import annotations

import json
import platform
import re
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image

from benchmarks.spoilt import SPOILS
from detectors.ocr.image import ImageScan, scan_image
from detectors.registry import detector_version
from detectors.text import fold
from pipelines.demo import drawn, drawn_papers, drawn_passports, drawn_phone
from pipelines.demo.pencil import Drawn
from pipelines.demo.people import Person, build_world

RESULT = Path(__file__).parent / "results/pictures.json"
LOOK_ALIKES = Path(__file__).parents[1] / "tests/fixtures/ocr/look_alikes.txt"
SEED = 7

DRAWN: tuple[Callable[[Random, Person], Drawn], ...] = (
    drawn.driver_licence,
    drawn.my_number_front,
    drawn.my_number_back,
    drawn_papers.health_insurance_card,
    drawn_papers.eligibility_certificate,
    drawn_papers.national_insurance_card,
    drawn_papers.elderly_insurance_card,
    drawn_papers.residence_card,
    drawn_papers.permanent_resident_certificate,
    drawn_passports.passport,
    drawn_passports.foreign_passport,
    drawn_papers.pension_notice,
    drawn_papers.pension_book,
    drawn_phone.credit_card,
    drawn_phone.bank_card,
    drawn_phone.transit_card,
    drawn_phone.booking_screen,
    drawn_phone.east_booking_screen,
    drawn_phone.student_card,
    drawn_phone.employee_card,
)


def measure() -> dict[str, object]:
    """Draw, spoil and scan everything; a quarter of an hour of one core."""
    people = [each.person for each in build_world(SEED, "small").customers]
    own = [person for person in people if not person.name.foreign]
    cards = {draw.__name__: _measured(_drawings(draw, own)) for draw in DRAWN}
    cards["contact_screen"] = _measured(_screens(people))
    rng = Random(SEED)
    pages = [_scan(drawn_phone.leaflet(rng, words).picture).kind for words in look_alikes()]
    return {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "detectors": detector_version(),
        "spoils": list(SPOILS),
        "cards": cards,
        "look_alikes": {"pages": len(pages), "mistaken": sum(kind != "other" for kind in pages)},
    }


def _drawings(draw: Callable[[Random, Person], Drawn], people: list[Person]) -> Iterator[Drawn]:
    for number in range(len(SPOILS)):
        rng = Random(f"{draw.__name__}:{number}")
        yield draw(rng, rng.choice(people))


def _screens(people: list[Person]) -> Iterator[Drawn]:
    for number in range(len(SPOILS)):
        rng = Random(f"contacts:{number}")
        yield drawn_phone.contact_screen(rng.sample(people, 12))


def look_alikes() -> list[list[str]]:
    """Return the pages that only look like cards, by lines."""
    paragraphs = LOOK_ALIKES.read_text("utf-8").strip().split("\n\n")
    return [paragraph.split("\n") for paragraph in paragraphs[1:]]


def _measured(drawings: Iterator[Drawn]) -> dict[str, object]:
    fields: Counter[str] = Counter()
    found: Counter[str] = Counter()
    kinds, other, missed = 0, 0, []
    for (name, spoil), drawing in zip(SPOILS.items(), drawings, strict=True):
        scan = _scan(spoil(drawing.picture))
        kinds += scan.kind == drawing.kind
        missed += [] if scan.kind == drawing.kind else [name]
        wanted = {(value.entity_type, _key(value.text)) for value in drawing.values}
        got = {(each.entity_type, _key(each.text)) for each in scan.findings if each.text}
        fields.update(entity_type for entity_type, _ in wanted)
        found.update(entity_type for entity_type, _ in wanted & got)
        other += len({entity for entity, _ in got} - {entity for entity, _ in wanted})
    return {
        "pictures": len(SPOILS),
        "kind": kinds,
        "kind_missed": missed,
        "fields": {each: [found[each], fields[each]] for each in sorted(fields)},
        "other_types": other,
    }


def _scan(picture: Image.Image) -> ImageScan:
    file = BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return scan_image(file.getvalue())


def _key(text: str) -> str:
    return re.sub(r"[\s・]", "", fold(text)).upper()


if __name__ == "__main__":
    RESULT.write_text(json.dumps(measure(), ensure_ascii=False, indent=1) + "\n", "utf-8")
