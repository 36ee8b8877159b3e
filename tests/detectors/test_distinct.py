import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.digests import digests_of
from detectors.distinct import Distinct
from detectors.sketch import Sketch

KEY = b"a key of the test"
cells = st.lists(st.none() | st.sampled_from(["", "a", "b\x00", "髙橋", "b"]), max_size=40)


def is_as_arrow_encodes_it(column):
    found, encoded = Distinct.of(column), column.dictionary_encode()
    codes = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    assert found.values.equals(encoded.dictionary)
    assert (found.codes == codes).all()
    assert (found.digests == digests_of(encoded.dictionary)).all()
    assert found.counts.tolist() == np.bincount(codes, minlength=len(found.values) + 1)[:-1].tolist()
    assert Sketch.of_digests(found.digests, KEY) == Sketch.of(encoded.dictionary, KEY)


@settings(deadline=None)  # the first call loads pandas
@given(cells, st.integers(0, 5))
def test_few_cells_are_encoded_as_arrow_does(values, begin):
    is_as_arrow_encodes_it(pa.array(values, pa.string()).slice(begin))


@settings(deadline=None)
@given(cells, st.lists(st.integers(0, 2_999), max_size=40), st.integers(0, 9))
def test_many_cells_are_encoded_as_arrow_does(values, repeated, begin):
    column = [f"M{number}" for number in range(3_000)]
    column += [column[number] for number in repeated] + values
    is_as_arrow_encodes_it(pa.array(column, pa.string()).slice(begin))


@pytest.mark.parametrize("kinds", [1, 50, 2_500, 40_000])
def test_values_that_come_again_are_found_however_many_they_are(kinds):
    drawn = np.random.default_rng(7).integers(0, kinds, 60_000)
    is_as_arrow_encodes_it(
        pa.array([f"0{number}" if number % 9 else None for number in drawn.tolist()], pa.string())
    )


def test_values_of_equal_digest_stay_apart(monkeypatch):
    monkeypatch.setattr("detectors.distinct.digests_of", lambda values: np.zeros(len(values), np.uint64))
    column = pa.array([str(number) for number in range(5_000)] + ["7"])
    found = Distinct.of(column)
    assert found.values.equals(column.slice(0, 5_000))
    assert found.codes.tolist() == [*range(5_000), 7]
