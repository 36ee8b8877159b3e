"""Recognizer fixtures: one case per line; the format stands in CONTRIBUTING.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures" / "jp"


@dataclass(frozen=True)
class Case:
    entity_type: str
    text: str
    spans: tuple[tuple[int, int], ...]
    ambiguous: bool


def read(path: Path) -> list[Case]:
    lines = path.read_text("utf-8").splitlines()
    entity_type = lines[0].removeprefix("# entity:").strip()
    return [parse(entity_type, line) for line in lines[1:] if line.strip() and not line.startswith("#")]


def parse(entity_type: str, line: str) -> Case:
    ambiguous = line.startswith("~ ")
    line = line.removeprefix("~ ").replace("\\n", "\n").replace("\\t", "\t")
    spans, shift = [], 0
    for mark in re.finditer(r"⟦(.*?)⟧", line, re.DOTALL):
        start = mark.start() - shift
        spans.append((start, start + len(mark.group(1))))
        shift += 2
    return Case(entity_type, line.replace("⟦", "").replace("⟧", ""), tuple(spans), ambiguous)


CASES = [(path.stem, case) for path in sorted(FIXTURES.glob("*.txt")) for case in read(path)]
