import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.digests import digests_of, keyed
from detectors.sketch import K, Sketch

KEY = b"a key of the test"
words = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=60)


@settings(deadline=None)  # the first call loads dictionaries
@given(words, words, words)
def test_merging_is_the_sketch_of_the_union_in_any_order(a, b, c):
    one, two, three = (Sketch.of(values, KEY) for values in (a, b, c))
    together = Sketch.of([*a, *b, *c], KEY)
    assert one.merge(two).merge(three) == together
    assert three.merge(one).merge(two) == together
    assert one.merge(one) == one


@settings(deadline=None)  # the first call loads dictionaries
@given(words)
def test_the_count_is_exact_for_few_values(values):
    assert Sketch.of(values, KEY).estimate() == len(set(values))


@settings(deadline=None)  # the first call loads dictionaries
@given(words)
def test_bytes_come_back_as_they_went(values):
    sketch = Sketch.of(values, KEY)
    assert Sketch.from_bytes(sketch.to_bytes()) == sketch


@pytest.mark.parametrize("size", [1_000, 20_000, 200_000])
def test_the_estimate_of_many_values_is_within_a_fifth(size):
    sketch = Sketch.of(pa.array([f"value {number}" for number in range(size)]), KEY)
    assert len(sketch.to_bytes()) == 8 * K
    assert abs(sketch.estimate() - size) < 0.2 * size


def test_repeated_values_do_not_crowd_out_others():
    values = ["the same"] * 5_000 + [str(number) for number in range(2 * K)]
    distinct = [*dict.fromkeys(values)]
    assert Sketch.of(values, KEY) == Sketch.of(distinct, KEY)


def test_another_key_gives_other_hashes():
    digests = digests_of(pa.array(["a", "b", "髙橋"]))
    assert not np.intersect1d(keyed(digests, b"one"), keyed(digests, b"another")).size


def test_damaged_bytes_are_refused():
    with pytest.raises(ValueError, match="whole number"):
        Sketch.from_bytes(b"1234567")
