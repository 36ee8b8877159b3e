"""A scan looks as hard as its estate says: the same spans as one text at the same point, kinds beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from detectors.registry import Point, find_entities
from detectors.resolver import REPORTED
from detectors.vote import STRONG
from pipelines.config import load_estate
from pipelines.detect import SKIPPED, examine
from pipelines.extract import extract
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.plan import Manifest, plan, read
from tests.commands import Command

MEMO = (
    "昨日、田中さんと目黒を訪れた小野寺は帰った。担当：鈴木一郎様。\n"
    "田中太郎様はうつ病で通院中。佐藤美咲様は聴覚障害があり、窃盗で逮捕された。\n"
    "ご連絡は 090-1234-5678 まで。\n"
)


def examined(
    home: Path, key: KeyRing, detection: str, *, name: str = "memo.txt", content: str = MEMO
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the findings and the evidence of one file, as a scan of the estate leaves them."""
    (home / "in").mkdir()
    (home / "in" / name).write_text(content, "utf-8")
    estate = home / "estate.yaml"
    estate.write_text(
        f"sources: [{{name: share, kind: files, path: ./in}}]\ndetection: {detection}\n", "utf-8"
    )
    job = Job(load_estate(estate), Layout(home / "out").create(), key)
    (asset,) = read(job.layout, plan(job), Manifest).assets(job.layout)
    (part,) = extract(job, asset)
    outcome = examine(job, part)
    return outcome.findings.to_pylist(), outcome.evidence.to_pylist()


@pytest.mark.parametrize("point", ["fast", "balanced", "recall", "strict"])
def test_a_scan_finds_what_one_text_holds_at_the_same_point(
    point: Point, key: KeyRing, tmp_path: Path
) -> None:
    if point == "strict":
        pytest.importorskip("ja_ginza")
    findings, _ = examined(tmp_path, key, f"{{point: {point}}}")
    assert [
        (each["start"], each["end"], each["entity_type"], round(each["score"], 3)) for each in findings
    ] == [
        (each.start, each.end, each.entity_type, round(each.score, 3))
        for each in find_entities(MEMO, point)
        if each.score >= REPORTED[point]
    ]


def test_a_long_cell_may_hold_any_number_of_spans(key: KeyRing, tmp_path: Path) -> None:
    """Arrow arrays of texts end at 2 GiB: no step may repeat the cell for every span."""
    spans = 9_000
    memo = "".join(f"次は 090-1234-{number:04} へ。" for number in range(spans))
    assert len(memo.encode()) * spans > 2**31
    findings, _ = examined(
        tmp_path, key, "{point: fast}", name="memo.jsonl", content=json.dumps({"memo": memo})
    )
    assert len({each["start"] for each in findings}) == spans


def test_a_window_beyond_the_budget_is_in_the_evidence_of_its_column(key: KeyRing, tmp_path: Path) -> None:
    pytest.importorskip("ja_ginza")
    findings, evidence = examined(tmp_path, key, "{point: strict, ner_budget: 0}")
    names = [each for each in find_entities(MEMO) if each.entity_type == "PERSON" and each.score >= 0.4]
    kept = [each["score"] for each in findings if each["entity_type"] == "PERSON"]
    assert len(kept) == sum(each.score >= STRONG for each in names)
    assert min(kept) >= STRONG - 1e-6
    (profile,) = [json.loads(each["profile"]) for each in evidence if each["profile"]]
    assert profile[SKIPPED] == len(names) - len(kept)


def test_special_care_information_is_kept_with_its_kind_and_without_a_sample(
    key: KeyRing, tmp_path: Path
) -> None:
    findings, _ = examined(tmp_path, key, "{point: balanced}")
    care = [each for each in findings if each["entity_type"] == "JP_SPECIAL_CARE"]
    assert {each["kind"] for each in care} == {"病歴", "障害", "犯罪歴"}
    assert all(each["masked"] is None and each["value_key"] is None for each in care)
    assert all(each["kind"] is None for each in findings if each not in care)


def test_detect_shows_the_kind_to_whoever_reads_and_keeps_the_contract_of_json(command: Command) -> None:
    assert "病歴" in command("detect", "田中太郎様はうつ病で通院中。")[1]
    printed = json.loads(command("detect", "--json", "田中太郎様はうつ病で通院中。")[1])
    assert all(len(span) == 4 for span in printed)


def test_an_unknown_point_is_refused(command: Command) -> None:
    assert command("detect", "--point", "hard", "x")[0] == 64
