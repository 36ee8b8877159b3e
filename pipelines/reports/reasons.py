"""Sentences of the code in the reader's language: why a column was taken for what it is (``reasons.yaml``), and
which way somebody can read an asset (``ways.yaml``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from detectors import plain_yaml
from pipelines.policies import Label

_TYPE = re.compile(r"(?<![A-Za-z_])[A-Z]{2,}(?:_[A-Z]+)*(?![A-Za-z_])")


class Reasons(dict[str, Label]):
    """A vocabulary of sentences: any reason has a label, in English what the detectors said.

    `entities`: the labels of entity types that sentences name; `file`: the sentences; `known`: codes with a label.
    """

    def __init__(
        self,
        entities: Mapping[str, Label],
        file: str = "reasons.yaml",
        known: Mapping[str, Label] | None = None,
    ) -> None:
        super().__init__(known or {})
        self._entities = entities
        self._file = file

    def __missing__(self, sentence: str) -> Label:
        label = self[sentence] = Label(ja=self._japanese(sentence), en=sentence)
        return label

    def get(self, sentence: str, default: object = None) -> Label:
        """Return the label of a sentence; `default` is never needed."""
        return self[sentence]

    def _japanese(self, sentence: str) -> str:
        for pattern, words in _patterns(self._file):
            if met := pattern.fullmatch(sentence):
                said = met.expand(words)
                rest = met.groupdict().get("rest")
                said = said.replace(rest, self._japanese(rest)) if rest else said
                return _TYPE.sub(self._named, said).replace(" in ", " ")
        return sentence

    def _named(self, code: re.Match[str]) -> str:
        label = self._entities.get(code[0])
        return label.ja if label else code[0]


@cache
def _patterns(file: str) -> list[tuple[re.Pattern[str], str]]:
    raw = plain_yaml.read((resources.files("pipelines.reports") / file).read_text("utf-8"))
    return [(re.compile(each["is"]), each["ja"]) for each in raw]
