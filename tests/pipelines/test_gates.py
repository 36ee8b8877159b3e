"""Gates: the guard of the load, the expectation for users, the gate `declared`, drafts. Persons are invented."""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from detectors.jp import my_number
from pipelines.cli import main
from pipelines.config import Estate
from pipelines.desk.decisions import Decision, decide, decisions_file
from pipelines.errors import MeiboError, Refused
from pipelines.gates import require_gates, run_gates
from pipelines.gates.context import run_checkpoint
from pipelines.gates.declare import draft
from pipelines.gates.declared import _undeclared
from pipelines.gates.expectations import ExpectColumnPersonalDataToBeDeclared as Declared
from pipelines.gates.guard import GuardFailed, guard
from pipelines.gates.outcome import Check, Outcome
from pipelines.gates.reports import check_reports
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.load import load
from pipelines.places import mask_place
from pipelines.plan import Manifest
from pipelines.results import AssetResult, PartResult, ScanResult
from pipelines.steps import load_assets
from pipelines.store.reader import Reader
from tests.pipelines import scans
from tests.pipelines.scans import (
    asset,
    estate_job,
    estate_scan,
    examined,
    job,
    not_examined,
    plain,
    scan,
    typed,
)

MEMO = asset("crm/memo")


@pytest.fixture
def empty(tmp_path: Path) -> Job:
    return job(tmp_path / "out")


@pytest.fixture
def loaded(tmp_path: Path) -> Job:
    estate = estate_job(tmp_path)
    load(estate, estate_scan(estate.layout))
    return estate


def finding(row: int, entity_type: str = "PERSON", **facts: Any) -> dict[str, Any]:
    """Return a finding with a sample as `pipelines.masking` makes it."""
    return scans.finding(row, entity_type, **{"masked": "山*"} | facts)


def manifest(*shards: Any, **facts: Any) -> Manifest:
    result = scan("scan-1", [])
    given = result.model_dump(
        include={"scan_id", "started_at", "config_digest", "detector_version", "dictionary_version"}
    )
    return Manifest(**given, full=False, shards=shards or ((MEMO,),), sources=("crm",), **facts)


def memo(on: Job, *findings: dict[str, Any]) -> AssetResult:
    return AssetResult(asset=MEMO, parts=(examined(on.layout, MEMO, "work-memo", findings=findings),))


def result(on: Job, *findings: dict[str, Any]) -> ScanResult:
    return scan("scan-1", [memo(on, *findings)])


def test_the_guard_lets_sound_findings_pass(empty: Job) -> None:
    sound = result(empty, finding(0), finding(1, "PHONE_NUMBER", masked="090-****-**78", score=1.0))
    assert guard(empty, manifest(), sound) == "passed"


def test_the_guard_passes_a_scan_that_found_nothing(empty: Job) -> None:
    assert guard(empty, manifest(()), scan("scan-1", [])) == "passed"
    assert guard(empty, manifest(), result(empty)) == "passed"


def test_files_that_say_of_other_columns_that_they_are_never_null_are_guarded_together(empty: Job) -> None:
    import pyarrow.parquet as pq

    sound = result(empty, finding(0))
    path = empty.layout.work / "work-memo" / "findings.parquet"
    table = pq.read_table(path)
    loose = table.schema.set(7, table.schema.field(7).with_nullable(True))
    (empty.layout.work / "other").mkdir()
    pq.write_table(table.cast(loose), empty.layout.work / "other" / "findings.parquet")
    other = (
        sound.assets[0]
        .parts[0]
        .model_copy(update={"part_id": "other", "findings": Path("other/findings.parquet")})
    )
    both = scan("scan-1", [AssetResult(asset=MEMO, parts=(*sound.assets[0].parts, other))])
    assert guard(empty, manifest(), both) == "passed"


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"entity_type": "JP_SHOE_SIZE"}, "entity_type"),
        ({"score": 1.2}, "greatest"),
        ({"score": -0.1}, "least"),
        ({"score": math.nan}, "least"),
        ({"entity_type": "PHONE_NUMBER", "masked": "090-1234-5678"}, "raw_value_shape"),
        ({"entity_type": "EMAIL_ADDRESS", "masked": "hanako.suzuki@example.jp"}, "raw_value_shape"),
    ],
    ids=["unknown type", "score above 1", "score below 0", "score not a number", "raw phone", "raw e-mail"],
)
def test_the_guard_refuses_and_names_the_expectation_not_the_value(
    empty: Job, fault: dict[str, Any], named: str
) -> None:
    with pytest.raises(GuardFailed) as caught:
        guard(empty, manifest(), result(empty, finding(0), finding(1, **fault)))
    assert (caught.value.code, caught.value.place) == ("guard-failed", named)
    assert str(fault.get("masked", "")) in ("", "masked") or fault["masked"] not in str(caught.value)


def spoil_pages(path: Path) -> None:
    """Leave of a Parquet file nothing but its footer, the length of which stands before the last four bytes."""
    content = path.read_bytes()
    footer = content[-8 - int.from_bytes(content[-8:-4], "little") :]
    path.write_bytes(b"\xff" * (len(content) - len(footer)) + footer)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda path: path.unlink(), "findings-missing"),
        (lambda path: path.write_bytes(b"PAR1 no more"), "findings-broken"),
        (spoil_pages, "findings-broken"),
    ],
    ids=["gone", "no Parquet", "pages that do not unpack"],
)
def test_findings_the_guard_cannot_read_are_named_by_their_part(empty: Job, damage: Any, code: str) -> None:
    sound = result(empty, finding(0))
    damage(empty.layout.work / "work-memo" / "findings.parquet")
    with pytest.raises(MeiboError) as caught:
        guard(empty, manifest(), sound)
    assert (caught.value.code, caught.value.place) == (code, "work-memo")


def test_the_guard_refuses_a_scan_that_lost_an_asset(empty: Job) -> None:
    with pytest.raises(GuardFailed, match="accounted_for"):
        guard(empty, manifest((MEMO, asset("crm/lost"))), result(empty))


def test_an_asset_that_could_not_be_read_is_accounted_for(empty: Job) -> None:
    gap = AssetResult(asset=MEMO, parts=(not_examined(MEMO, "file-damaged"),))
    assert guard(empty, manifest(), scan("scan-1", [gap])) == "passed"


def test_findings_the_guard_refuses_leave_the_old_snapshot(empty: Job) -> None:
    load_assets(empty, manifest(), [memo(empty, finding(0))])
    before = empty.layout.store.read_bytes()
    broken = AssetResult(
        asset=MEMO, parts=(examined(empty.layout, MEMO, "work-new", findings=[finding(0, "JP_SHOE_SIZE")]),)
    )
    with pytest.raises(GuardFailed):
        load_assets(empty, manifest(), [broken])
    assert empty.layout.store.read_bytes() == before


FRAME = pd.DataFrame(
    {
        "memo": ["連絡先は090-1234-5678です", "なし", None],
        "number": [1, 2, 3],
        "氏名": ["山田太郎", "鈴木花子", "佐藤次郎"],
        "mixed": [3, "090-1234-5678", None],
        "nested": [{"a": 1, "b": "090-1234-5678"}] * 3,
    }
)


def validate(column: str, *declared: str, frame: pd.DataFrame = FRAME) -> Any:
    (found,) = run_checkpoint("batch", frame, [Declared(column=column, declared=list(declared))], detail=True)
    return found


@pytest.mark.parametrize(
    ("column", "declared"), [("memo", "PHONE_NUMBER"), ("number", "AGE"), ("氏名", "PERSON")]
)
def test_the_expectation_passes_where_all_is_declared(column: str, declared: str) -> None:
    assert validate(column, declared).success


def test_the_expectation_fails_with_types_and_counts_of_rows() -> None:
    found = validate("memo", "PERSON")
    assert not found.success
    assert found.result["observed_value"] == {"undeclared": {"PHONE_NUMBER": 1}}
    assert "1234" not in json.dumps(found.to_json_dict())


def test_a_typed_column_fails_with_the_number_of_its_values() -> None:
    assert validate("氏名").result["observed_value"] == {"undeclared": {"PERSON": 3}}


def test_an_error_inside_fails_without_a_value_or_a_trace() -> None:
    found = validate("nested")
    assert not found.success
    assert found.result["observed_value"] == {"undeclared": {}, "error": "not-examined"}
    assert "1234" not in json.dumps(found.to_json_dict())


@pytest.mark.parametrize("cells", [pd.Categorical([b"a", b"\xff"] * 9), [b"\xff", "x"]])
def test_a_column_read_in_part_fails(cells: Any) -> None:
    found = validate("a", frame=pd.DataFrame({"a": cells}))
    assert not found.success and found.result["observed_value"]["error"] == "not-examined"


def test_mixed_cells_and_some_rows_of_a_frame_are_examined() -> None:
    assert validate("mixed", frame=FRAME[1:]).result["observed_value"] == {"undeclared": {"PHONE_NUMBER": 1}}


def test_order_numbers_some_of_which_pass_a_check_digit_pass() -> None:
    numbers = [f"{100_000_000_000 + 7 * row}" for row in range(300)]
    assert any(my_number.is_valid(each) for each in numbers)
    assert validate("order_no", frame=pd.DataFrame({"order_no": numbers})).success


def test_an_empty_column_passes() -> None:
    assert validate("memo", frame=FRAME.head(0)).success


def test_a_gate_says_pass_fail_and_not_examined() -> None:
    ok, bad, gap = (
        Check(gate="declared", asset="a"),
        Check(gate="declared", asset="b", failed={"memo": {"PERSON": 1_200}}),
        Check(gate="declared", asset="c", not_examined=2),
    )
    assert [Outcome(checks=checks).exit_code for checks in [(ok,), (ok, gap), (gap, bad, ok), ()]] == [
        0,
        2,
        1,
        0,
    ]
    assert list(Outcome(checks=(ok, bad, gap)).lines()) == [
        "FAIL declared: b · memo: PERSON 1,200",
        "NOT EXAMINED declared: c: 2 parts",
        "1 of 3 assets pass",
    ]


def test_the_gate_finds_what_is_not_declared_and_what_was_not_examined(loaded: Job) -> None:
    checks = {check.asset: check for check in run_gates(loaded.estate, loaded.layout).checks}
    customers = checks["crm/public.customers"]
    assert customers.failed == {"memo": {"JP_MY_NUMBER": 1, "PERSON": 1}, "name": {"PERSON": 100}}
    assert customers.not_examined == 1
    assert checks["share/card.jpg"].failed == {"image": {"JP_DRIVER_LICENSE": 1}}
    assert (checks["share/locked.xlsx"].failed, checks["share/locked.xlsx"].not_examined) == ({}, 1)


def test_what_a_decision_leaves_out_of_the_reports_the_gate_leaves_out_and_counts(loaded: Job) -> None:
    given = {
        "asset": "share/*", "state": "accepted", "until": "2026-12-31", "reason": "監査のため", "who": "dpo",
        "decided_at": "2026-11-20T09:00:00+09:00",
    }  # fmt: skip
    path = decisions_file(loaded.estate, loaded.layout)
    declared = {"asset": "crm/*", "field": "phone"}
    for each in (given, given | declared):
        decide(loaded.layout, loaded.keys, Decision.model_validate(each), path)
    outcome = run_gates(loaded.estate, loaded.layout, ("declared",))
    checks = {check.asset: check for check in outcome.checks if isinstance(check, Check)}
    assert (checks["share/card.jpg"].failed, checks["share/card.jpg"].suppressed) == ({}, 1)
    assert checks["crm/public.customers"].failed == {
        "memo": {"JP_MY_NUMBER": 1, "PERSON": 1},
        "name": {"PERSON": 100},
    }
    assert list(outcome.lines())[-2:] == [
        "LEFT OUT declared: 判断により除外2件 / left out by decisions: 2 (meibo report triage)",
        "2 of 4 assets pass",
    ]
    # Once its day has passed, it is open again.
    later = {"finished_at": datetime(2027, 1, 2, tzinfo=UTC)}
    load(loaded, estate_scan(loaded.layout, "scan-2").model_copy(update=later))
    after = {check.asset: check for check in run_gates(loaded.estate, loaded.layout, ("declared",)).checks}
    assert after["share/card.jpg"].failed == {"image": {"JP_DRIVER_LICENSE": 1}}


def test_a_report_gate_counts_what_decisions_left_out_of_the_rows_that_would_fail_it(loaded: Job) -> None:
    (before,) = check_reports(loaded.layout, ("stale",))
    given = {
        "asset": "*", "state": "false_positive", "reason": "試験用の名簿", "who": "dpo",
        "decided_at": "2026-11-20T09:00:00+09:00",
    }  # fmt: skip
    path = decisions_file(loaded.estate, loaded.layout)
    decide(loaded.layout, loaded.keys, Decision.model_validate(given), path)
    (after,) = check_reports(loaded.layout, ("stale",))
    assert before.rows > 0
    assert (before.suppressed, after.rows, after.suppressed) == (0, 0, before.rows)


def test_thousands_of_fields_are_judged_at_once() -> None:
    found = {("crm/main.wide", f"c{number}"): {"PERSON": 1} for number in range(20_000)}
    begun = time.monotonic()
    assert list(_undeclared(lambda _, field: ["PERSON"] if field != "c7" else [], found)) == [
        ("crm/main.wide", "c7")
    ]
    assert time.monotonic() - begun < 20


def test_places_whose_joined_names_are_equal_are_told_apart(empty: Job) -> None:
    one, two = asset("crm/a"), asset("crm/a · b")
    assets = [
        AssetResult(asset=each, fields=(typed(name, kind, 7),), parts=(examined(empty.layout, each, kind),))
        for each, name, kind in [(one, "b · c", "PERSON"), (two, "c", "JP_ADDRESS")]
    ]
    load(empty, scan("scan-1", assets))
    failed = {check.asset: check.failed for check in run_gates(empty.estate, empty.layout).checks}
    assert failed == {"crm/a": {"b · c": {"PERSON": 7}}, "crm/a · b": {"c": {"JP_ADDRESS": 7}}}


def test_a_column_with_a_personal_name_is_declared_by_it_and_no_store_holds_the_name(empty: Job) -> None:
    where, name = asset("crm/a"), "山田太郎様連絡先"
    masked = mask_place(name, empty.keys)
    told = empty.estate.model_dump() | {"assets": [{"match": where.id, "declared": {name: ["PHONE_NUMBER"]}}]}
    known = replace(empty, estate=Estate.model_validate(told))
    parts: tuple[PartResult, ...] = (examined(known.layout, where, "work-1"),)
    load(
        known,
        scan("scan-1", [AssetResult(asset=where, fields=(typed(masked, "PHONE_NUMBER"),), parts=parts)]),
    )
    assert masked != name
    with Reader(known.layout.store) as store:
        assert store.arrow("SELECT field FROM declaration").to_pylist() == [{"field": masked}]
    assert require_gates(known) == 1
    assert run_gates(None, known.layout).exit_code == 0
    assert run_gates(known.estate, known.layout).exit_code == 1


def test_a_required_gate_prints_what_failed_and_raises(
    loaded: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MeiboError, match="gate-failed"):
        require_gates(loaded)
    assert "FAIL declared: share/card.jpg · image: JP_DRIVER_LICENSE 1" in capsys.readouterr().out


def test_unknown_gates_and_missing_stores_are_refused(empty: Job) -> None:
    with pytest.raises(Refused, match="gate-unknown"):
        run_gates(empty.estate, empty.layout, ("no-such-gate",))
    with pytest.raises(Refused, match="store-missing"):
        run_gates(empty.estate, empty.layout)


def test_a_gate_refuses_a_key_the_store_was_not_written_with(loaded: Job) -> None:
    assert run_gates(loaded.estate, loaded.layout, keys=loaded.keys).checks
    with pytest.raises(Refused, match="key-changed"):
        run_gates(loaded.estate, loaded.layout, keys=KeyRing(b"another key of the tests"))


def test_without_an_estate_what_the_last_scan_was_told_counts(loaded: Job) -> None:
    assert run_gates(None, loaded.layout) == run_gates(loaded.estate, loaded.layout)
    assert yaml.safe_load(draft(None, loaded.layout.store))["assets"]


def test_a_draft_keeps_what_is_known_and_matches_its_asset_alone(loaded: Job) -> None:
    rules = yaml.safe_load(draft(loaded.estate, loaded.layout.store))["assets"]
    drafted = {rule["match"]: rule for rule in rules}
    assert drafted["crm/public.customers"]["declared"] == {
        "memo": ["JP_MY_NUMBER", "PERSON"],
        "name": ["PERSON"],
        "phone": ["PHONE_NUMBER"],
    }
    assert drafted["crm/public.customers"]["owner"] == "CRM team"
    assert "share/locked.xlsx" not in drafted


@pytest.mark.parametrize(
    "name", ["share/[2026] list?.csv", "share/*.csv", "share/a: b #c.csv", "share/山田.csv"]
)
def test_a_draft_quotes_what_would_be_a_pattern_or_yaml(empty: Job, name: str) -> None:
    where = asset(name)
    parts: tuple[PartResult, ...] = (examined(empty.layout, where, "work-1"),)
    load(
        empty,
        scan("scan-1", [AssetResult(asset=where, fields=(typed("電話", "PHONE_NUMBER"),), parts=parts)]),
    )
    pasted = Estate.model_validate(
        {**empty.estate.model_dump(), **yaml.safe_load(draft(empty.estate, empty.layout.store))}
    )
    assert run_gates(pasted, empty.layout).exit_code == 0
    assert pasted.rule(name.replace("*", "x").replace("?", "x")).declared == (
        {"電話": ("PHONE_NUMBER",)} if name == name.replace("*", "x").replace("?", "x") else {}
    )


def test_the_command_exits_1_on_failure_2_on_gaps_and_0_when_all_is_declared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`meibo declare` is pasted under the estate's sources; then the gate passes."""
    estate = tmp_path / "estate.yaml"
    sources = "sources: [{name: crm, kind: files, path: crm}, {name: share, kind: files, path: share}]\n"
    estate.write_text(sources)
    on = job(tmp_path / "out")
    sound = AssetResult(
        asset=MEMO,
        fields=(plain("memo", kind="free_text"),),
        parts=(examined(on.layout, MEMO, "work-memo", findings=[finding(0)]),),
    )

    def meibo(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--estate", str(estate), "--out", str(on.layout.out)])
        return int(str(ended.value.code)), capsys.readouterr().out

    load(on, scan("scan-1", [sound], day=20))
    assert meibo("gate") == (1, "FAIL declared: crm/memo · memo: PERSON 1\n0 of 1 assets pass\n")
    code, drafted = meibo("declare")
    assert code == 0
    estate.write_text(sources + drafted)
    assert meibo("gate") == (0, "1 of 1 assets pass\n")

    gap = AssetResult(asset=asset("share/x"), parts=(not_examined(asset("share/x"), "file-damaged"),))
    load(on, scan("scan-2", [sound, gap], day=21))
    code, answer = meibo("gate", "declared", "--json")
    assert (code, json.loads(answer)["exit_code"]) == (2, 2)
    estate.write_text(sources)
    assert meibo("gate")[0] == 1
    assert meibo("gate", "unheard-of")[0] == 64
