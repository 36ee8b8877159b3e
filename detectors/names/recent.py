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
    """Values by key in two generations of at most `size`: what is asked for again stays."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Return what was kept for `key`, or None."""
        known = self._young.get(key)
        if known is None and (known := self._old.get(key)) is not None:
            self.keep(key, known)
        return known

    def keep(self, key: K, value: V) -> None:
        """Keep `value`, which is not None."""
        if len(self._young) >= self._size:
            self._young, self._old = {}, self._young
        self._young[key] = value

    def clear(self) -> None:
        """Forget everything."""
        self._young, self._old = {}, {}
