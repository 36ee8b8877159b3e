"""The scorer is right, the corpus is what it says, the page is fresh, and a floor that is broken fails the run."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quality import floors, own, page, score, tables
from benchmarks.quality.__main__ import PAGE, RESULTS, main
from benchmarks.quality.documents import Document, DocumentSet, Span
from benchmarks.quality.measure import text_figures
from detectors.entities import load_entities

NAME = "PERSON"


def figures(expected: list[Span], proposed: list[Span]) -> dict[str, score.Figure]:
    return score.figures([score.count(expected, proposed, NAME)])


def rates(figure: score.Figure) -> tuple[float, float, float]:
    return round(figure.p, 4), round(figure.r, 4), round(figure.f1, 4)


def test_exact_counts_only_spans_with_both_ends_right():
    found = figures([(0, 4, NAME), (6, 9, NAME)], [(0, 4, NAME), (6, 10, NAME)])
    assert rates(found["exact"]) == (0.5, 0.5, 0.5)
    assert rates(found["overlap"]) == (1.0, 1.0, 1.0)


def test_characters_are_counted_once_and_by_position():
    found = figures([(0, 4, NAME)], [(2, 8, NAME)])
    assert rates(found["char"]) == (round(2 / 6, 4), 0.5, 0.4)
    assert rates(found["exact"]) == (0.0, 0.0, 0.0)


def test_two_halves_of_one_name_are_no_two_hits_in_recall():
    found = figures([(0, 4, NAME), (10, 12, NAME)], [(0, 2, NAME), (2, 4, NAME)])
    assert rates(found["overlap"]) == (1.0, 0.5, round(2 / 3, 4))


def test_adjacent_spans_do_not_overlap():
    assert rates(figures([(0, 2, NAME)], [(2, 4, NAME)])["overlap"]) == (0.0, 0.0, 0.0)


def test_spans_of_other_types_are_not_counted():
    assert rates(figures([(0, 2, NAME)], [(0, 2, "AGE"), (0, 2, NAME)])["exact"]) == (1.0, 1.0, 1.0)


def test_nothing_expected_and_nothing_found_is_perfect_but_a_false_span_is_not():
    assert rates(figures([], [])["exact"]) == (1.0, 1.0, 1.0)
    assert rates(figures([], [(0, 2, NAME)])["exact"]) == (0.0, 0.0, 0.0)


def test_figures_sum_over_documents_before_dividing():
    right = score.count([(0, 2, NAME)] * 1, [(0, 2, NAME)], NAME)
    wrong = score.count([(0, 2, NAME), (4, 6, NAME), (8, 9, NAME)], [], NAME)
    assert rates(score.figures([right, wrong])["exact"]) == (1.0, 0.25, 0.4)


def test_the_interval_is_seeded_holds_the_figure_and_narrows_with_more_documents():
    right, wrong = score.verdict(True, True), score.verdict(True, False)
    few, many = (score.figures([right, right, right, wrong] * times)["exact"] for times in (3, 100))
    assert few == score.figures([right, right, right, wrong] * 3)["exact"]
    assert few.low <= few.f1 <= few.high
    assert many.high - many.low < few.high - few.low


def test_a_rate_is_a_sum_over_documents_not_a_mean_of_rates():
    value, low, high = score.rate([1, 0, 1], [1000, 9000, 10_000], per=10_000)
    assert value == pytest.approx(1.0)
    assert low <= value <= high


spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 6)).map(lambda each: (each[0], each[0] + each[1], NAME)),
    max_size=6,
    unique=True,
)


@given(spans, spans)
def test_exact_is_never_better_than_overlap_and_all_lie_between_nothing_and_all(expected, proposed):
    counts = score.count(expected, proposed, NAME)
    assert (counts[:, 0] <= counts[:, 1]).all() and (counts[:, 2] <= counts[:, 3]).all()
    assert counts[0, 0] <= counts[1, 0] and counts[0, 2] <= counts[1, 2]
    assert (counts[:, 0] == score.count(proposed, expected, NAME)[:, 2]).all()


@given(spans)
def test_the_truth_scores_one_against_itself(expected):
    assert all(rates(each) == (1.0, 1.0, 1.0) for each in figures(expected, expected).values())


def test_a_set_that_names_nobody_gets_a_rate_and_no_f1():
    nobody = DocumentSet("x", "", (Document("あ" * 5_000, ()),) * 2, frozenset({NAME}))
    result = text_figures(nobody, [[], [(0, 2, NAME), (4, 6, NAME)]])
    assert "types" not in result
    assert result["false_per_10k"]["rate"] == 2.0
    assert result["documents_hit"] | {"low": 0, "high": 0} == {"rate": 0.5, "low": 0, "high": 0, "count": 1}


def test_a_set_is_scored_in_its_annotated_types_only():
    document = Document("山田 100-0001", ((0, 2, NAME),))
    result = text_figures(
        DocumentSet("x", "", (document,), frozenset({NAME})), [[(0, 2, NAME), (3, 11, "JP_POSTAL_CODE")]]
    )
    assert result["types"]["ALL"]["proposed"] == 1
    assert result["types"][NAME]["exact"]["f1"] == 1.0


@pytest.mark.parametrize(
    ("truth", "taken_for", "personal", "typed"),
    [
        ("PERSON", "PERSON", (1, 1, 1, 1), (1, 1, 1, 1)),
        ("PERSON", "JP_ADDRESS", (1, 1, 1, 1), (0, 1, 0, 1)),
        ("PERSON", "NONE", (0, 0, 0, 1), (0, 0, 0, 1)),
        ("NONE", "PERSON", (0, 1, 0, 0), (0, 1, 0, 0)),
        ("NONE", "NONE", (0, 0, 0, 0), (0, 0, 0, 0)),
    ],
)
def test_columns_are_counted_as_personal_and_as_typed(truth, taken_for, personal, typed):
    counted = tables.Judged("t", "c", truth, taken_for).counts()
    assert [tuple(each[0]) for each in counted] == [personal, typed]


def test_a_member_number_is_right_where_the_truth_has_no_type_for_it():
    numbers = own.OwnColumn("clear", "NONE", "会員番号", tuple(f"M-{7 * n:06}" for n in range(40)))
    assert [each.taken_for for each in tables.judged_columns([numbers])] == ["NONE"]


def test_marks_give_types_and_offsets_of_the_bare_text():
    document = own.parse(r"宛先\t⟦PERSON:蛯名⟧様\n⟦AGE:67歳⟧", "mail", "clear")
    assert document.text == "宛先\t蛯名様\n67歳"
    assert [document.text[start:end] for start, end, _ in document.spans] == ["蛯名", "67歳"]
    assert own.template(document) == "宛先\t<PERSON>様\n<AGE>"


@pytest.mark.parametrize("line", ["⟦蛯名⟧様", "⟦PERSON:蛯名様", "蛯名⟧様"])
def test_a_mark_without_type_or_end_is_refused(line):
    with pytest.raises(ValueError, match="a mark is not of the form"):
        own.parse(line, "mail", "clear")


def test_an_unknown_kind_is_refused(tmp_path):
    (tmp_path / "mail.txt").write_text("# kind: easy\nx\n", "utf-8")
    with pytest.raises(ValueError, match="no kind of that name: easy"):
        own.read(tmp_path / "mail.txt")


def documents(split: own.Split) -> list[Document]:
    clear, ambiguous, _ = own.document_sets(split)
    return [*clear.documents, *ambiguous.documents]


def names(split: own.Split) -> set[str]:
    written = {
        each.text[start:end] for each in documents(split) for start, end, kind in each.spans if kind == NAME
    }
    return written.union(*(each.values for each in own.columns(split) if each.truth == NAME))


def test_the_splits_share_no_name():
    calibrate, measure = names("calibrate"), names("measure")
    shared = [one for one, other in itertools.product(calibrate, measure) if one in other or other in one]
    assert shared == []


def trigrams(text: str) -> set[str]:
    return {text[start : start + 3] for start in range(len(text) - 2)} or {text}


def test_the_splits_share_no_template():
    def likeness(one: str, other: str) -> float:
        left, right = trigrams(one), trigrams(other)
        return len(left & right) / len(left | right)

    templates = [
        {re.sub("<[A-Z_]+>", "●", own.template(each)) for each in documents(split)} for split in own.SPLITS
    ]
    assert [pair for pair in itertools.product(*templates) if likeness(*pair) > 0.7] == []


def test_no_case_stands_in_the_corpus_twice():
    texts = [each.text for split in own.SPLITS for each in documents(split)]
    assert sorted(texts) == sorted(set(texts))


def test_hard_negatives_hold_no_mark_and_every_kind_occurs_in_both_splits():
    for split in own.SPLITS:
        assert not any(each.spans for each in documents(split) if each.kind == "hard negative")
        assert {each.kind for each in documents(split)} == set(own.KINDS)


def test_marks_name_entity_types_that_exist():
    known = set(load_entities())
    marked = {kind for split in own.SPLITS for each in documents(split) for _, _, kind in each.spans}
    columns = {each.truth for split in own.SPLITS for each in own.columns(split)}
    assert marked <= known
    assert columns <= known | {"NONE", "FREE_TEXT_PII"}


def test_floors_and_ceilings_are_breached_on_their_own_side():
    bounds = {"at_least": {"a/f1": 0.9, "b": 0.5, "gone": 1}, "at_most": {"c": 0.3, "d": 0.3}}
    measured = {"a": {"f1": 0.89}, "b": 0.5, "c": 0.31, "d": 0.3}
    assert list(floors.breaches(measured, bounds)) == [
        "a/f1 is 0.89, below its floor 0.9",
        "c is 0.31, above its ceiling 0.3",
    ]
    assert floors.unmeasured(measured, bounds) == ["gone"]


def test_floors_drawn_from_a_result_are_kept_by_it():
    result = json.loads(RESULTS.read_text("utf-8"))["figures"]
    drawn = floors.drawn(result)
    assert list(floors.breaches(result, drawn)) == []
    assert drawn["at_least"] and drawn["at_most"]


def test_every_committed_floor_has_a_figure_in_the_committed_result_and_holds():
    result = json.loads(RESULTS.read_text("utf-8"))
    assert result["complete"]
    assert floors.unmeasured(result["figures"], floors.read()) == []
    assert list(floors.breaches(result["figures"], floors.read())) == []


def test_the_page_is_what_the_result_says():
    assert PAGE.read_text("utf-8") == page.render(json.loads(RESULTS.read_text("utf-8")))


def test_counts_kept_of_the_slow_comparison_hold_numbers_only():
    cache = RESULTS.with_name("quality_ginza.json")
    entries = json.loads(cache.read_text("utf-8")).values() if cache.is_file() else ()
    for entry in entries:
        assert set(entry) == {"digest", "versions", "characters_per_cpu_second", "counts"}
        assert np.array(entry["counts"]).dtype == np.int64


def test_a_quick_run_prints_the_table_keeps_the_floors_and_fails_on_one_set_too_high(
    tmp_path: Path, repo_root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    bounds = floors.read()
    impossible = "text/own-measure/types/PERSON/exact/f1"
    bounds["at_least"][impossible] = 1.01
    (tmp_path / "floors.yaml").write_text(yaml.safe_dump(bounds), "utf-8")
    monkeypatch.chdir(repo_root)
    code = main(["--quick", "--floors", str(tmp_path / "floors.yaml")])
    printed, said = capsys.readouterr()
    broken = [line for line in said.splitlines() if line.startswith("floor: ")]
    assert code == 1, said
    assert len(broken) == 1 and impossible in broken[0], broken
    assert "| `own-measure` | `PERSON` |" in printed
