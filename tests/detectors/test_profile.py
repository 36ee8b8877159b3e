import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.name_counts import places
from detectors.profile import SAMPLE, SHAPES, merge, profile

cells = st.dictionaries(
    st.one_of(
        st.sampled_from(["佐藤", "2024-05-13", "4901234567894", " ", "株式会社青空"]), st.text(max_size=12)
    ),
    st.integers(1, 9),
    max_size=20,
)


def shares(values):
    counted = profile(values, [1] * len(values))
    return {name for name, count in counted.items() if count >= 0.6 * counted["n"] and name != "n"}


@settings(deadline=None)  # the first call loads dictionaries
@given(cells, cells, cells)
def test_profiles_add_up_in_any_order(a, b, c):
    one, two, three = (profile(list(each), list(each.values())) for each in (a, b, c))
    assert merge(merge(one, two), three) == merge(three, merge(two, one))
    assert merge(one, {"n": 0, "blank": 0, "blank_values": 0}) == dict(sorted(one.items()))


@settings(deadline=None)  # the first call loads dictionaries
@given(cells)
def test_a_counter_is_never_more_than_its_denominator(values):
    counted = profile(list(values), list(values.values()))
    assert counted["n"] == sum(bool(value.strip()) for value in values)
    assert all(counted.get(name, 0) <= counted["n"] for name in SHAPES)


def test_blank_cells_are_counted_and_left_out():
    counted = profile(["", " ", "佐藤"], [7, 2, 1])
    assert (counted["blank"], counted["blank_values"], counted["n"]) == (9, 2, 1)


def test_whatever_python_takes_for_white_space_is_blank():
    spaces = [char for char in map(chr, range(0x110000)) if char.isspace()]
    assert profile([*spaces, "\n" * 3, "", "x"], [1] * (len(spaces) + 3))["blank_values"] == len(spaces) + 2
    others = [char for char in map(chr, range(0x3100)) if not char.isspace()]
    assert profile(others, [1] * len(others))["blank_values"] == 0


def test_no_value_gives_an_empty_profile():
    assert profile([], []) == {"n": 0, "blank": 0, "blank_values": 0}


def test_the_sample_is_bounded_and_does_not_depend_on_order():
    values = [f"コード{number}" for number in range(3 * SAMPLE)]
    forward = profile(values, [1] * len(values))
    assert forward["n"] == SAMPLE
    assert forward == profile(values[::-1], [1] * len(values))


@pytest.mark.parametrize(
    ("values", "counter"),
    [
        (["佐藤", "渡邊", "手代木", "髙橋"], "surname"),
        (["隆司", "美咲", "健", "宏久"], "given"),
        (["山田　太郎", "佐藤 花子", "高橋健一"], "full"),
        (["ﾔﾏﾀﾞ ﾀﾛｳ", "サトウ ハナコ", "たかはし けんいち"], "kana_full"),
        (["ナガハマ", "アオキ", "ナカダ"], "kana_name"),
        (["SATO Akira", "Yamada Taro", "Suzuki, Hanako"], "romaji_full"),
        (["千葉", "福井市", "東京都", "世田谷区"], "municipality"),
        (["株式会社青空", "㈱みどり", "一般社団法人ひなた"], "company"),
        (["千葉支店", "福井営業所", "本社", "総務課"], "office"),
        (["2024-05-13", "昭和55年3月15日", "2024/5/3 12:00"], "date"),
        (["4901234567894", "4512345678906"], "jan"),
        (["8065310163", "5031234567", "9012345678.0"], "zeroless_mobile"),
        (["午前中に配送。", "不在の場合は、宅配ボックスへ"], "sentence"),
        (["https://example.jp/a", "http://example.com"], "url"),
        (["34", "7歳", "101"], "age"),
    ],
)
def test_a_shape_is_recognised(values, counter):
    assert counter in shares(values)


def test_names_of_wards_cities_and_prefectures_are_places_with_and_without_their_suffix():
    assert {"千葉", "千葉県", "横浜", "横浜市", "世田谷", "軽井沢町"} <= places()
    assert "佐藤" not in places()
