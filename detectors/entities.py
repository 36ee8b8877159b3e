"""What each entity type is called, which class of the law it falls in, and how much a leak of it hurts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml


@dataclass(frozen=True, slots=True)
class EntityType:
    """One row of `configs/entities.yaml`.

    `name`: as in DESIGN §3.1. `ja`, `en`: labels. `appi`: class under the Act on the Protection of Personal
    Information. `sensitivity`: 1 (seldom harmful alone) – 5 (severe). `personal`: False for what is recognised
    to be ruled out. `source`: where the class comes from. `verified`: False when the source is from memory.
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
    """Return every entity type by name, in the order of the file.

    >>> load_entities()["JP_MY_NUMBER"].ja
    '個人番号（マイナンバー）'
    """
    text = resources.files("meibo_configs").joinpath("entities.yaml").read_text(encoding="utf-8")
    return {name: EntityType(name=name, **row) for name, row in yaml.safe_load(text)["entities"].items()}
