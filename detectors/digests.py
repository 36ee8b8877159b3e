"""Digests of strings: 64 bits that tell the values of a column apart, draw a sample of them, fill a sketch.

The digest of a text is the same for everybody (`digests_of`): whoever guesses the text finds it again, so none is
kept. What is kept is what AES makes of it under a key (`keyed`), which nobody else can compute.

Cells are cut in blocks of 16 bytes, each encrypted by AES under a key of its place, and joined by XOR; the last
block is filled with zeros and says how long it is. Processors have AES, so that a column costs a fifth of SipHash
and no Python object. Texts longer than `LONGEST` have the digest XXH3 gives them.

>>> digests = digests_of(pa.array(["山田 太郎", "山田 太郎 ", "山田 太郎"]))
>>> (digests == digests[0]).tolist(), (keyed(digests, b"a") == keyed(digests, b"b")).tolist()
([True, False, True], [False, False, False])
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from detectors.letters import letters_of

#: 64-bit numbers, one per string.
Hashes = npt.NDArray[np.uint64]

#: Longest text that is cut in blocks, in bytes.
LONGEST = 160
_BLOCK = 16
#: So many strings at once stay in the processor's cache.
_TOGETHER = 8_192
#: Of the bytes of a block the first so many.
_FIRST = np.tri(_BLOCK, _BLOCK, -1, dtype=np.uint8) * np.uint8(255)
#: Where in the second half of a block its last byte stands.
_LAST = np.uint64(56)


def digests_of(values: pa.Array) -> Hashes:
    """Return the digest of every string of an array without nulls."""
    letters, edges = letters_of(values)
    sizes = np.diff(edges)
    long = sizes > LONGEST
    if not long.any():
        return _in_blocks(letters, edges[:-1], sizes)
    digests = np.empty(len(values), dtype=np.uint64)
    texts = values.filter(pa.array(long)).cast(pa.binary()).to_numpy(zero_copy_only=False)
    digests[long] = np.fromiter(map(xxhash.xxh3_64_intdigest, texts), np.uint64, len(texts))
    digests[~long] = digests_of(values.filter(pa.array(~long)))
    return digests


def keyed(digests: Hashes, key: bytes) -> Hashes:
    """Return the 64-bit hash that each digest has under `key`."""
    cipher = _cipher(hashlib.blake2b(key, digest_size=_BLOCK, person=b"meibo/kmv").digest())
    hashes = np.empty(len(digests), dtype=np.uint64)
    for start in range(0, len(digests), _TOGETHER):
        some = digests[start : start + _TOGETHER]
        blocks = np.zeros((len(some), 2), dtype="<u8")
        blocks[:, 0] = some
        hashes[start : start + len(some)] = _encrypted(blocks, cipher)
    return hashes


def _in_blocks(
    letters: npt.NDArray[np.uint8], starts: npt.NDArray[np.int32], sizes: npt.NDArray[np.int32]
) -> Hashes:
    """Return the digests of the texts in UTF-8 `letters` that begin at `starts` and have `sizes` bytes."""
    padded = np.zeros(len(letters) + _BLOCK, dtype=np.uint8)
    padded[: len(letters)] = letters
    # A block may begin at every byte: items of 16 bytes that overlap.
    blocks: npt.NDArray[np.void] = np.ndarray(len(letters) + 1, f"V{_BLOCK}", padded, strides=(1,))
    ciphers = [_cipher(_key(at)) for at in range(int(sizes.max(initial=0)) // _BLOCK + 1)]
    digests = np.empty(len(starts), dtype=np.uint64)
    for at in range(0, len(starts), _TOGETHER):
        here = slice(at, at + _TOGETHER)
        digests[here] = _joined(blocks, starts[here], sizes[here], ciphers)
    return digests


def _joined(
    blocks: npt.NDArray[np.void],
    starts: npt.NDArray[np.int32],
    sizes: npt.NDArray[np.int32],
    ciphers: list[Any],
) -> Hashes:
    whole, rest = np.divmod(sizes, _BLOCK)
    last = blocks[starts + sizes - rest].view("<u8").reshape(-1, 2)
    last &= _FIRST.view(f"V{_BLOCK}").ravel()[rest].view("<u8").reshape(-1, 2)
    last[:, 1] |= rest.astype(np.uint64) << _LAST
    digests = _encrypted(last, ciphers[0])
    for at in range(int(whole.max(initial=0))):
        some = np.flatnonzero(whole > at)
        digests[some] ^= _encrypted(blocks[starts[some] + at * _BLOCK], ciphers[at + 1])
    return digests


@cache
def _key(place: int) -> bytes:
    return hashlib.blake2b(bytes([place]), digest_size=_BLOCK, person=b"meibo/digest").digest()


def _cipher(key: bytes) -> Any:
    # No secret is hidden here, one block at a time is what is asked for.
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305


def _encrypted(blocks: npt.NDArray[Any], cipher: Any) -> Hashes:
    """Return the first 64 bits of every block, encrypted."""
    return np.frombuffer(cipher.update(blocks.view(np.uint8).ravel().data), "<u8")[::2].astype(np.uint64)
