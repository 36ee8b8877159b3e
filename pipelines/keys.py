"""Keys: one secret in, one derived key per use out; value keys and masked samples for everything that is kept.

The secret comes from ``MEIBO_KEY`` or ``MEIBO_KEY_FILE`` and never leaves this module. HKDF-SHA256 (RFC 5869)
derives a key per label; a value key is HMAC-SHA256 over the *normalised* value, truncated to 128 bits, with a
label per entity type, so that a phone number and a member number with the same digits do not meet.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pipelines.errors import Refused

MINIMUM_LENGTH = 16


@dataclass(frozen=True)
class KeyRing:
    """Derived keys of one secret. ``repr`` shows nothing of it; pickling it to a worker is allowed."""

    secret: bytes = field(repr=False)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> KeyRing:
        """Read the secret from ``MEIBO_KEY`` or the file ``MEIBO_KEY_FILE`` (mode 600).

        Raises `Refused` with code ``key-missing``, ``key-ambiguous``, ``key-short``, ``key-unreadable`` or
        ``key-file-mode``.
        """
        environ = os.environ if environ is None else environ
        text, path = environ.get("MEIBO_KEY"), environ.get("MEIBO_KEY_FILE")
        if text and path:
            raise Refused("key-ambiguous", "MEIBO_KEY, MEIBO_KEY_FILE", "set one of the two")
        if path:
            text = _read_key_file(Path(path))
        if not text:
            raise Refused(
                "key-missing", "MEIBO_KEY", "set MEIBO_KEY or MEIBO_KEY_FILE; `meibo demo` makes one"
            )
        if len(text.strip()) < MINIMUM_LENGTH:
            raise Refused("key-short", "", f"a key has at least {MINIMUM_LENGTH} characters")
        return cls(text.strip().encode())

    @classmethod
    def where_set(cls) -> KeyRing | None:
        """Return what `from_environment` returns, or None where no key is set at all."""
        return cls.from_environment() if {"MEIBO_KEY", "MEIBO_KEY_FILE"} & os.environ.keys() else None

    def derive(self, label: str, length: int = 32) -> bytes:
        """Return the key for one use, e.g. ``staging`` or ``value:PHONE_NUMBER``."""
        return _derive(self.secret, label, length)

    @property
    def fingerprint(self) -> str:
        """Says whether two runs used the same key; nothing about the key."""
        return self.derive("fingerprint", 16).hex()

    def value_key(self, entity_type: str, normalised: str) -> bytes:
        """Return the 128-bit keyed hash of a normalised value, the only form in which a value is stored."""
        return self.hasher(entity_type)(normalised)

    def hasher(self, entity_type: str) -> Callable[[str], bytes]:
        """Return what makes the value keys of one type."""
        keyed = HMAC(self.derive(f"value:{entity_type}"), SHA256())

        def value_key(normalised: str) -> bytes:
            # A copy of what has taken in the key: half of what the key costs each time.
            of_value = keyed.copy()
            of_value.update(normalised.encode("utf-8", "surrogatepass"))
            return of_value.finalize()[:16]

        return value_key


@lru_cache(maxsize=256)
def _derive(secret: bytes, label: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=b"meibo/1", info=label.encode()).derive(secret)


def _read_key_file(path: Path) -> str:
    place = "MEIBO_KEY_FILE"
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise Refused("key-file-mode", place, "chmod 600 the key file")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise Refused("key-unreadable", place, "name a readable text file") from None
