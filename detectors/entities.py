"""What each entity type is called, which class of the law it falls in, and how much a leak of it hurts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from detectors import plain_yaml


@dataclass(frozen=True, slots=True)
class EntityType:
    """One row of `configs/entities.yaml`.

    `name`: Presidio's, or our own where it has none. `ja`, `en`: labels. `appi`: class under the Act on the
    Protection of Personal Information. `sensitivity`: 1 (seldom harmful alone) – 5 (severe). `personal`: False
    for what is recognised to be ruled out. `source`: where the class comes from. `verified`: False when the
    source is from memory.
    """

    name: str
    ja: str
    en: str
    appi: str
    sensitivity: int
    personal: bool
    source: str
    verified: bool


@cache
def load_entities() -> dict[str, EntityType]:
    """Return every entity type by name: those of the file, in its order, then those recognizers describe.

    >>> load_entities()["JP_MY_NUMBER"].ja
    '個人番号（マイナンバー）'
    """
    from detectors.registry import recognizer_classes

    described = (each.about for each in recognizer_classes() if each.about)
    return _listed() | {each.name: each for each in described if each.name not in _listed()}


def is_entity_type(name: str) -> bool:
    """Tell whether there is such a type; those of the file are known without importing any recognizer."""
    return name in _listed() or name in load_entities()


def is_listed(name: str) -> bool:
    """Tell whether a type stands in the file; others are described by their recognizer."""
    return name in _listed()


@cache
def _listed() -> dict[str, EntityType]:
    text = resources.files("meibo_configs").joinpath("entities.yaml").read_text(encoding="utf-8")
    return {name: EntityType(name=name, **row) for name, row in plain_yaml.read(text)["entities"].items()}
