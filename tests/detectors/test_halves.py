"""What is asked of the halves of values must be what is asked of the values."""

from __future__ import annotations

from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import gates
from detectors.alike import spokesmen
from detectors.cascade import Cascade
from detectors.crossing import branches
from detectors.gates import matching
from detectors.halves import Halves
from detectors.jp import address_cell
from detectors.letters import Letters
from detectors.names import cell
from detectors.outlines import tells_zero_alone
from detectors.registry import recognizers
from detectors.text import fold

GATES = [each.gate for each in recognizers()]
FORMS = [cell.TWO_PIECES, address_cell.FORM, address_cell.NUMBERED]

LEFT = [
    "", "山田", "佐藤", "元", "前", "長谷川", "東京都港区芝", "北海道札幌市中央区北", "大阪府大阪市北区梅田",
    "昭和", "電話", "生年月日：", "ヤマダ", "さとう", "年齢", "品川", "北海道旭川市東光９条", "山田　",
    "口座番号は", "彼の父", "名古屋の", "奈良県奈良市登大路町", "ﾔﾏﾀﾞ", "㍻", "𠮷野", "邉", "満", "精神",
    "ライン", "明治", "会員ſ",
]  # fmt: skip
RIGHT = [
    "", " 太郎", " 元子", " 夫", "1-2-3", "12-30-05", "0-1", "5", "05年3月2日", "090-1234-5678", "5歳", " 才蔵",
    " 方", "1条2丁目3番4号", " 様", "5番地", " ハナコ", " はなこ", "@example.jp", ":5", " 1-2\n3", "2024/01/02",
    "12 あ 34-56", "1234567", "(33)", " ID abc", "３－４", " \u3000", "a@b.jp", "A12345678", "3級", "!", "\x00",
    "7番", "1-1 山田 太郎", "kype",
]  # fmt: skip
values = st.builds(str.__add__, st.sampled_from(LEFT), st.sampled_from(RIGHT)) | st.text(
    st.sampled_from("山元前夫妻父年月日歳市区町村丁目番号条0159０９ -a@.\n　様満"), max_size=9
)
columns = st.lists(values, min_size=1, max_size=60)


def test_a_gate_is_the_alternation_of_its_branches():
    for gate in GATES:
        assert "|".join(branches(gate)) == gate
        assert all(branches(f"(?:{each})") == (f"(?:{each})",) for each in branches(gate))


def test_letters_that_are_one_where_case_does_not_count_go_on_with_each_other():
    column = pa.array(["会員ſkype", "会員\u212aaigo"])
    assert Halves.of(column).passing(["(?i:skype|kaigo)", "skype"]).tolist() == [1, 1]


def test_forms_tell_of_digits_whether_they_are_zero():
    assert all(tells_zero_alone(form.pattern) for form in FORMS)


@settings(deadline=None, max_examples=300)
@given(columns, st.integers(0, 5))
def test_gates_say_of_halves_what_they_say_of_values(column, begin):
    array = pa.array(column, pa.string()).slice(begin)
    if not len(array):
        return
    cut = Halves.of(array).folded()
    folded = pa.array(map(fold, array.to_pylist()), pa.string())
    assert cut.values.to_pylist() == folded.to_pylist()
    assert cut.passing(GATES).tolist() == gates.passing(GATES, folded).tolist()


@settings(deadline=None, max_examples=300)
@given(columns)
def test_forms_match_halves_where_they_match_values(column):
    cut = Halves.of(pa.array(column, pa.string())).folded()
    for form in FORMS:
        whole = matching(cut.values, f"^(?:{form.pattern})$")
        assert (cut.matching(form.halves) == whole)[~cut.odd()].all()
        assert not cut.matching(form.halves)[cut.odd()].any()


@settings(deadline=None)
@given(columns)
def test_the_letters_of_halves_are_those_of_the_values_or_more(column):
    array = pa.array(column, pa.string())
    said, letters = Halves.of(array).letters, Letters(array)
    assert {*letters.codes} <= {*said.codes}
    assert (said.longest, said.digits) >= (letters.longest, letters.digits)


@pytest.fixture
def always(monkeypatch):
    """Cut every column in halves."""
    monkeypatch.setattr(Halves, "shared", classmethod(lambda cls, values: cls.of(values)))


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("seed", range(6))
def test_cells_cut_in_halves_hold_what_each_holds_alone(seed):
    random = Random(seed)
    lefts, rights = random.sample(LEFT, 9), random.sample(RIGHT, 9)
    column = sorted({random.choice(lefts) + random.choice(rights) for _ in range(200)})
    column += [f"東京都港区芝{a}-{b}-{a + b}" for a in range(1, 9) for b in range(10)]
    column += [
        f"{a} {b}"
        for a in ("山田", "鵜飼", "楡窪", "千葉")
        for b in ("太郎", "朔巳", "元", "さくら", "健二", "一歳")
    ]
    column += [
        f"{a} {b}" for a in ("ヤマダ", "ヨコヤマ", "サトウ") for b in ("タロウ", "ハナコ", "ケンジ", "ココロ")
    ]
    random.shuffle(column)
    array = pa.array(column, pa.string())
    alone = Cascade(remembered=0)
    assert Cascade().find(array) == [alone.find(pa.array([value]))[0] for value in column]


@pytest.mark.usefixtures("always")
def test_of_cells_cut_in_halves_few_speak_for_all():
    names = [
        f"{a} {b}"
        for a in ("山田", "佐藤", "鈴木", "高橋")
        for b in ("太郎", "花子", "健一", "美咲", "誠", "愛")
    ]
    places = [f"東京都港区芝{a}-{b}-{c}" for a in range(1, 9) for b in range(1, 20) for c in range(1, 5)]
    array = pa.array(names * 2 + places)
    assert len({*spokesmen(array, recognizers(), halves=Halves.of(array)).tolist()}) < 12
