"""What docs/detection.md says of pictures: the kinds of documents, and how well drawn ones are told and read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent


def document_kinds() -> str:
    """Return a table of the kinds with their words and the fields their place tells."""
    return "\n".join(_kinds())


def _kinds() -> Iterator[str]:
    from detectors.ocr.kinds import KINDS

    words = yaml.safe_load((ROOT / "pipelines/reports/labels.yaml").read_text("utf-8"))["document_kind"]
    yield "| kind | English | 日本語 | fields told by their place |"
    yield "|---|---|---|---|"
    for kind in KINDS:
        fields = [f"`{each}`" for each in dict.fromkeys(form.entity_type for form in kind.forms)]
        fields += ["`FACE`"] if kind.portrait else []
        label = words[kind.name]
        yield f"| `{kind.name}` | {label['en']} | {label['ja']} | {', '.join(fields)} |"


def picture_figures() -> str:
    """Return how many of the drawn and spoilt pictures were told and read, from what the benchmark wrote."""
    return "\n".join(_figures())


def _figures() -> Iterator[str]:
    result = json.loads((ROOT / "benchmarks/results/pictures.json").read_text("utf-8"))
    yield "| drawn | pictures | kind told | not told when | fields found |"
    yield "|---|--:|--:|---|---|"
    for name, told in result["cards"].items():
        yield (
            f"| {name.replace('_', ' ')} | {told['pictures']} | {told['kind']} | "
            f"{', '.join(told['kind_missed']) or '–'} | {_fields(told['fields'])} |"
        )
    pages = result["look_alikes"]
    yield ""
    yield (
        f"Of {pages['pages']} drawn pages that speak of a card or quote its number, {pages['mistaken']} "
        f"{'was' if pages['mistaken'] == 1 else 'were'} taken for one."
    )


def _fields(fields: dict[str, Any]) -> str:
    return ", ".join(f"{each} {found}/{there}" for each, (found, there) in fields.items())
