"""A YAML file that cannot be meant is refused with its place, soon, and without what stands in it."""

from __future__ import annotations

import time

import pytest

from pipelines.errors import ConfigRefused
from pipelines.yaml_once import read_once

BOMB = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
MERGED = "l0: &l0 {a: 1}\n" + "".join(
    f"l{n}: &l{n} {{<<: [{', '.join([f'*l{n - 1}'] * 10)}]}}\n" for n in range(1, 10)
)


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(ConfigRefused) as refusal:
        read_once("estate file", text)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
    return refusal.value.faults


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30",
        "2026-13-45",
        "2026-01-01 25:00:00",
        "!!int x",
        "!!int ''",
        "!!float x",
        "!!bool x",
        "!!timestamp x",
        "9" * 5_000,
    ],
)
def test_a_value_that_is_none_of_its_kind_is_refused_with_its_line(value: str) -> None:
    assert faults(f"name: 090-1234-5678\na:\n  - {value}\n") == [
        ("line 3, column 5", "is no such date, number or truth value; quote it where it is text")
    ]


@pytest.mark.parametrize(
    ("text", "where"),
    [("sources: &a [*a]\n", "line 1, column 10"), ("a: 1\nb: &b {c: {d: *b}}\n", "line 2, column 4")],
)
def test_a_value_that_holds_itself_is_refused(text: str, where: str) -> None:
    assert faults(text) == [(where, "holds itself")]


def test_a_zero_byte_is_refused() -> None:
    assert faults('a: b\npath: "x\\0"\n') == [("line 2, column 7", "holds a zero byte")]


@pytest.mark.parametrize("depth", [3_000, 200_000])
@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_endless_nesting_is_refused(depth: int, opening: str) -> None:
    (fault,) = faults(f"sources: {opening * depth}")
    assert fault == (fault[0], "is nested more than 100 deep") and fault[0].startswith("line 1, column ")


@pytest.mark.parametrize("text", [BOMB, MERGED])
def test_aliases_that_stand_for_too_much_are_refused_at_once(text: str) -> None:
    begun = time.monotonic()
    assert faults(text) == [("(file)", "has aliases that stand for more than 100,000 values")]
    assert time.monotonic() - begun < 5


def test_what_several_rules_share_is_written_once() -> None:
    text = "a: &a {owner: x, columns: &c {key: id}}\nb: {<<: *a, zone: y}\nc: *c\nd: 2026-02-28\n"
    read = read_once("estate file", text)
    assert read["b"] == {"owner": "x", "columns": {"key": "id"}, "zone": "y"}
    assert read["c"] == {"key": "id"}
