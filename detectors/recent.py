"""What was worked out lately, within bounds.

>>> recent: Recent[str, int] = Recent(2)
>>> recent.keep("a", 1), recent.keep("b", 2), recent.keep("c", 3), recent.get("a")
(None, None, None, 1)
>>> recent.keep("d", 4), recent.keep("e", 5), recent.get("a"), recent.get("b")
(None, None, 1, None)
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values by key in two generations: what is asked for again stays.

    `size`: how much of each generation is kept; a value weighs one, where a subclass does not say otherwise.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self.clear()

    def get(self, key: K) -> V | None:
        """Return what was kept for `key`, or None."""
        known = self._young.get(key)
        if known is None and (known := self._old.get(key)) is not None:
            self.keep(key, known)
        return known

    def keep(self, key: K, value: V) -> None:
        """Keep `value`, which is not None."""
        self._keep(key, value, 1)

    def clear(self) -> None:
        """Forget everything."""
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}
        self._held = 0

    def _keep(self, key: K, value: V, weight: int) -> None:
        self._held += weight
        if self._held > self._size:
            self._young, self._old, self._held = {}, self._young, 0
        self._young[key] = value
