"""Values in, what may be kept out: keyed hashes of the normalised value and a masked sample.

This is the last place a raw value is seen. Each distinct value is sealed once. The detectors are imported by the
first value: every command that might be given an identifier would wait two seconds for them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from detectors.text import condense, fold
from pipelines.keys import KeyRing
from pipelines.masking import UNSHOWN, mask

#: Value key and alternative key; None where the value has none.
Keys = tuple[bytes | None, bytes | None]
#: What they are hashes of.
Plain = tuple[str | None, str | None]
Sealed = tuple[bytes | None, bytes | None, str | None]


class Sealer:
    """Seals values under one key ring; keeps what it sealed, so give each part a new one."""

    def __init__(self, keys: KeyRing) -> None:
        self._ring = keys
        self._known: dict[str, _Known] = {}
        self._masked: dict[tuple[str, str], str] = {}
        self._surnames: dict[tuple[str | None, str | None], Keys] = {}

    def seal(self, entity_type: str, value: str) -> Sealed:
        """Return (value key, alternative key, masked sample); a key is None where the value has none."""
        if entity_type in UNSHOWN:
            return None, None, None
        masked = self._masked.get((entity_type, value))
        if masked is None:
            masked = self._masked[entity_type, value] = mask(entity_type, value)
        return *self.keys(entity_type, value), masked

    def keys(self, entity_type: str, value: str) -> Keys:
        """Return (value key, alternative key) alone."""
        known = self._known.get(entity_type)
        if known is None:
            known = self._known[entity_type] = _Known(self._maker(entity_type))
        return known[value]

    def family(self, name: str) -> Keys:
        """Return (key of the surname, key of its reading where that is certain) of a written name."""
        from detectors.names.family import family_keys

        surname = family_keys(name)
        known = self._surnames.get(surname)
        if known is None:
            known = self._surnames[surname] = _hashes(self._ring.hasher("PERSON"), surname)
        return known

    def row_key(self, value: str, *, personal: bool) -> str:
        """Return a row's identifier as it may be stored: itself, or keyed as a PERSONAL_ID."""
        if not personal:
            return value
        key = self.keys("PERSONAL_ID", value)[0]
        return f"k:{key.hex()}" if key else ""

    def _maker(self, entity_type: str) -> Callable[[str], Keys]:
        """Return what makes the keys of a value of one type."""
        if entity_type in UNSHOWN:
            return lambda value: (None, None)
        from detectors.registry import recognizer_for

        recognizer = recognizer_for(entity_type)
        return partial(_keys_of, recognizer.keys if recognizer else _stripped, self._ring.hasher(entity_type))


class _Known(dict[str, Keys]):
    """Values of one type and their keys, each made (`make`) when it is first asked for."""

    def __init__(self, make: Callable[[str], Keys]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, value: str) -> Keys:
        keys = self[value] = self._make(value)
        return keys


def _keys_of(normalise: Callable[[str], Plain], hashed: Callable[[str], bytes], value: str) -> Keys:
    # As recognizers read it: half-width kana and invisible signs make no other person, street or mailbox.
    return _hashes(hashed, normalise(value if value.isascii() else condense(fold(value))[0]))


def _hashes(hashed: Callable[[str], bytes], plain: Plain) -> Keys:
    key, alternative = plain
    first = hashed(key) if key else None
    return first, first if alternative == key else hashed(alternative) if alternative else None


def _stripped(value: str) -> Plain:
    return value.strip() or None, None
