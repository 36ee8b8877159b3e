"""What values were found to hold lately, within bounds: the same value is not looked at twice.

>>> memory = Memory()
>>> memory.keep("山田", Examined((), ()))
>>> memory.get("山田"), memory.get("佐藤")
(Examined(spans=(), whole=()), None)
"""

from __future__ import annotations

from detectors.evidence import Examined
from detectors.recent import Recent

#: Letters remembered in each of two generations; what a value costs beside its letters; the longest remembered.
REMEMBERED, OVERHEAD, _LONGEST = 24_000_000, 100, 512


class Memory(Recent[str, Examined]):
    """What values hold that were seen lately; a value weighs its letters and `OVERHEAD`."""

    def __init__(self, letters: int = REMEMBERED) -> None:
        super().__init__(letters)

    def keep(self, key: str, value: Examined) -> None:
        """Remember what a value worth remembering holds: digits cost less to look at than to keep."""
        if not key.isascii() and len(key) <= _LONGEST:
            self._keep(key, value, len(key) + OVERHEAD)
