"""What values were found to hold lately, within bounds: the same value is not looked at twice.

>>> memory = Memory()
>>> memory.keep("山田", Examined((), ()))
>>> memory.get("山田"), memory.get("佐藤")
(Examined(spans=(), whole=()), None)
"""

from __future__ import annotations

from detectors.evidence import Examined

#: Letters remembered in each of two generations; what a value costs beside its letters; the longest remembered.
REMEMBERED, OVERHEAD, _LONGEST = 24_000_000, 100, 512


class Memory:
    """What values hold that were seen lately, in two generations: what is asked for again stays.

    `letters`: how many of each generation are remembered.
    """

    def __init__(self, letters: int = REMEMBERED) -> None:
        self._most = letters
        self._young: dict[str, Examined] = {}
        self._old: dict[str, Examined] = {}
        self._letters = 0

    def get(self, value: str) -> Examined | None:
        """Return what `value` was found to hold, or None."""
        known = self._young.get(value)
        if known is None and (known := self._old.get(value)) is not None:
            self.keep(value, known)
        return known

    def keep(self, value: str, known: Examined) -> None:
        """Remember a value worth remembering: digits cost less to look at than to keep."""
        if value.isascii() or len(value) > _LONGEST:
            return
        self._letters += len(value) + OVERHEAD
        if self._letters > self._most:
            self._young, self._old, self._letters = {}, self._young, 0
        self._young[value] = known
