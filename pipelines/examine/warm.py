"""A cascade that was shown all values of many small assets at once, and then answers for each asset by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cached_property

import pyarrow as pa

from detectors.cascade import Cascade, Outcomes, shared
from detectors.evidence import Examined


class Warm(Cascade):
    """Remembers what it was told to learn, whatever it holds; a finding depends on its value alone."""

    @classmethod
    def over(cls, cascade: Cascade) -> Warm:
        """Return a warm cascade that finds what `cascade` finds."""
        return cls(**{each.name: getattr(cascade, each.name) for each in fields(cascade)})

    def learn(self, values: Sequence[str]) -> None:
        """Examine values together: the gates run over all of them in one pass."""
        self._known.update(zip(values, super().examine(values), strict=True))

    def examine(self, values: Sequence[str]) -> list[Examined]:
        """Return what every value holds."""
        known = self._known
        if all(value in known for value in values):
            return [known[value] for value in values]
        return super().examine(values)

    def outcomes(self, values: pa.Array) -> Outcomes:
        """Return what the values of a column hold."""
        return shared(self.examine(values.to_pylist()))

    @cached_property
    def _known(self) -> dict[str, Examined]:
        return {}
