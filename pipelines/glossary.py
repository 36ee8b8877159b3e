"""The glossary: one Japanese and one English word for each thing, and what people call items in a ledger."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources

from detectors import plain_yaml
from detectors.entities import load_entities
from pipelines.policies import Label
from pipelines.section import Section


class Term(Section):
    """A term: `ja`, `en`, what it means, and where it comes from."""

    ja: str
    en: str
    meaning: Label
    source: str


class Glossary(Section):
    """The whole file."""

    terms: dict[str, Term]
    items: dict[str, tuple[str, ...]]


@cache
def load_glossary() -> Glossary:
    """Return the glossary Meibo ships.

    >>> load_glossary().terms["leak"].ja
    '漏えい等'
    """
    text = resources.files("meibo_configs").joinpath("glossary.yaml").read_text("utf-8")
    return Glossary.model_validate(plain_yaml.read(text))


def entity_of(item: str) -> str | None:
    """Return the entity type people mean by an item of a ledger; None where nobody knows.

    >>> entity_of("お名前"), entity_of("Ｅメール"), entity_of("血液型")
    ('PERSON', 'EMAIL_ADDRESS', None)
    """
    return _items().get(_plain(item))


@cache
def _items() -> dict[str, str]:
    known: dict[str, str] = {}
    for entity in load_entities().values():
        for label in (entity.name, entity.ja, entity.en):
            known[_plain(label)] = entity.name
    for entity_type, names in load_glossary().items.items():
        known.update({_plain(name): entity_type for name in names})
    return known


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"\(.*?\)|[\s・_]", "", folded)
