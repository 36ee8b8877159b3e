"""A digest depends on its text alone, and other texts have others."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.digests import LONGEST, digests_of, keyed

texts = st.text(st.sampled_from("a\x00é山𠮷"), max_size=12) | st.integers(0, LONGEST + 20).map(
    lambda size: "x" * size
)
columns = st.lists(texts, max_size=30)


def plainly(text):
    """Compute the digest of a short text block by block."""
    data, digest = text.encode(), 0
    whole = len(data) // 16
    rest = data[16 * whole :]
    blocks = [rest.ljust(15, b"\x00") + bytes([len(rest)])]
    blocks += [data[16 * at : 16 * at + 16] for at in range(whole)]
    for place, block in enumerate(blocks):
        key = hashlib.blake2b(bytes([place]), digest_size=16, person=b"meibo/digest").digest()
        cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        digest ^= int.from_bytes(cipher.update(block)[:8], "little")
    return digest


@settings(deadline=None)  # the first call loads a library
@given(columns, st.integers(0, 5))
def test_every_text_has_its_digest_whatever_stands_beside_it(column, begin):
    values = pa.array(column, pa.string()).slice(begin)
    expected = [
        plainly(text) if len(text.encode()) <= LONGEST else xxhash.xxh3_64_intdigest(text.encode())
        for text in values.to_pylist()
    ]
    assert digests_of(values).tolist() == expected


@settings(deadline=None)
@given(columns)
def test_other_texts_have_other_digests(column):
    digests = digests_of(pa.array(column, pa.string())).tolist()
    assert len(set(zip(column, digests, strict=True))) == len(set(column)) == len(set(digests))


def test_many_texts_have_the_digests_each_has_alone():
    column = pa.array([f"{number}" * (1 + number % 40) for number in range(20_000)])
    digests = digests_of(column)
    assert all(digests_of(column.slice(at, 1))[0] == digests[at] for at in range(0, len(column), 97))
    assert (keyed(digests, b"key")[9_000:] == keyed(digests[9_000:], b"key")).all()


@pytest.mark.parametrize("key", [b"", b"a key of the test", b"x" * 64])
def test_hashes_under_a_key_are_as_many_as_digests_and_others(key):
    digests = np.arange(1_000, dtype=np.uint64)
    hashes = keyed(digests, key)
    assert len(np.unique(hashes)) == len(digests)
    assert not np.intersect1d(hashes, digests).size
    assert not np.intersect1d(hashes, keyed(digests, key + b"!")).size
    assert hashes[7] == keyed(digests[7:8], key)[0]
