"""Report gates: a report that names a limit is a gate of the same name. Every person is invented."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines import scan as scanning
from pipelines.cli import main
from pipelines.config import Estate
from pipelines.errors import Refused
from pipelines.gates import GATES, run_gates
from pipelines.gates.outcome import Check, Outcome, ReportCheck
from pipelines.gates.reports import check_reports, report_gates
from pipelines.job import Job
from pipelines.layout import Layout
from pipelines.load import load
from pipelines.reports.runner import list_reports
from tests.pipelines.incidents import registers
from tests.pipelines.scans import KEYS, scan

OURS = {
    "overdue_slips", "unexplained_access", "private_channel", "suppression_violations", "migration_diff",
    "orphan_lists", "duplicate_sends", "deletion_residuals",
}  # fmt: skip
OVERDUE = {"ref": "F1", "staff": "E1", "due": datetime(2026, 1, 1, tzinfo=UTC)}
UNKNOWN = {"ref": "F2", "purpose": "本人確認"}


def checks(
    tmp_path: Path, *names: str, unread: str = "", **rows: list[dict[str, object]]
) -> dict[str, ReportCheck]:
    work, assets = registers(tmp_path, unread, **rows)
    load(work, scan("s", assets))
    return {check.gate: check for check in check_reports(work.layout, names)}


def test_every_incident_report_is_a_gate_and_no_gate_hides_another() -> None:
    assert set(report_gates()) >= OURS
    assert not set(report_gates()) & set(GATES)


def test_every_report_says_what_makes_a_row_the_same_next_time() -> None:
    for report in list_reports():
        assert report.identity and set(report.identity) <= {column.name for column in report.columns}, (
            report.name
        )


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_gate_fails_on_rows_people_can_name_and_says_what_makes_them_the_same_next_time(name: str) -> None:
    report = next(report for report in list_reports() if report.name == name)
    columns = {column.name for column in report.columns}
    assert report.identity and set(report.identity) <= columns and report.measure in columns


def test_rows_above_the_limit_fail_and_rows_not_judged_are_not_examined(tmp_path: Path) -> None:
    found = checks(tmp_path, "overdue_slips", slip=[OVERDUE, UNKNOWN])["overdue_slips"]
    assert (found.rows, found.limit, found.failed, found.unknown) == (1, 0, True, 1)
    assert Outcome(checks=(found,)).exit_code == 1
    first, second, last = Outcome(checks=(found,)).lines()
    assert first == "FAIL overdue_slips: 廃棄期限を過ぎた伝票 1件（上限0件） / Overdue slips: 1, limit 0"
    assert (
        second
        == "NOT EXAMINED overdue_slips: 廃棄期限を過ぎた伝票 判断できない行1件 / Overdue slips: 1 not judged"
    )
    assert last == "0 of 1 reports pass"


def test_a_register_with_nothing_wrong_passes(tmp_path: Path) -> None:
    outcome = Outcome(checks=tuple(checks(tmp_path, "overdue_slips", slip=[]).values()))
    assert (outcome.exit_code, list(outcome.lines())) == (0, ["1 of 1 reports pass"])


def test_asked_by_name_a_register_that_is_missing_or_unreadable_could_not_be_examined(tmp_path: Path) -> None:
    missing = checks(tmp_path / "a", "overdue_slips")["overdue_slips"]
    assert (missing.undeclared, missing.failed, Outcome(checks=(missing,)).exit_code) == (1, False, 2)
    assert "未設定の台帳1件" in next(missing.lines())
    unread = checks(tmp_path / "b", "overdue_slips", unread="slip", slip=[])["overdue_slips"]
    assert (unread.unknown, Outcome(checks=(unread,)).exit_code) == (1, 2)


@pytest.mark.parametrize(("gap", "parts"), [("source-down", 2), ("file-damaged", 1)])
def test_no_gate_passes_while_any_part_of_the_estate_was_not_examined(
    tmp_path: Path, gap: str, parts: int
) -> None:
    sources = [{"name": name, "kind": "files", "path": str(tmp_path / name)} for name in ("new", "old")]
    for each in ("new", "old"):
        (tmp_path / each).mkdir()
        (tmp_path / each / "list.csv").write_text("氏名,電話\n山田 太郎,090-1234-5678\n", "utf-8")
    on = Job(
        Estate.model_validate({"sources": sources, "gates": ["provided_to", "exposure"]}),
        Layout(tmp_path / "out").create(),
        KEYS,
    )
    scanning.scan(on, workers=1)
    assert run_gates(on.estate, on.layout).exit_code == 0
    if gap == "source-down":
        (tmp_path / "old").rename(tmp_path / "away")
    else:
        (tmp_path / "old" / "list.csv").write_bytes(bytes(range(128, 256)) * 64)
    scanning.scan(on, workers=1)
    outcome = run_gates(on.estate, on.layout)
    assert outcome.exit_code == 2
    # Of a source that is down, the source and what it held.
    assert [check.not_examined for check in outcome.checks] == [parts, parts]
    assert f"NOT EXAMINED exposure: 閲覧できる範囲 未検査の部分{parts}件 / Exposure: {parts} parts" in list(
        outcome.lines()
    )


def test_asked_for_all_only_gates_run_whose_registers_are_declared(tmp_path: Path) -> None:
    assert set(checks(tmp_path / "a", slip=[])) == {"overdue_slips"}
    both = checks(tmp_path / "b", send=[], member=[])
    assert set(both) == {"suppression_violations", "duplicate_sends"}


def test_the_estate_names_the_gates_that_are_asked_where_nobody_names_any(tmp_path: Path) -> None:
    work, assets = registers(tmp_path, slip=[OVERDUE])
    load(work, scan("s", assets))
    named = work.estate.model_copy(update={"gates": ("stale", "exposure", "provided_to", "purpose_mismatch")})
    asked = run_gates(named, work.layout).checks
    assert tuple(check.gate for check in asked) == named.gates
    assert [check.gate for check in run_gates(named, work.layout, ("overdue_slips",)).checks] == [
        "overdue_slips"
    ]
    with pytest.raises(Refused, match="gate-unknown"):
        run_gates(work.estate.model_copy(update={"gates": ("inventory",)}), work.layout)


def test_failing_outranks_not_examined_across_kinds_of_gates() -> None:
    title = {"ja": "表題", "en": "Title"}
    gap = Check(gate="declared", asset="a", not_examined=1)
    bad = ReportCheck(gate="x", title=title, rows=3, limit=2, failed=True)
    assert Outcome(checks=(gap, bad)).exit_code == 1
    assert list(Outcome(checks=(gap, bad)).lines())[-2:] == ["0 of 1 assets pass", "0 of 1 reports pass"]
    again = Outcome.model_validate_json(Outcome(checks=(gap, bad)).model_dump_json(exclude={"exit_code"}))
    assert again == Outcome(checks=(gap, bad))


def test_unknown_names_are_refused_with_the_names_there_are(tmp_path: Path) -> None:
    work, assets = registers(tmp_path, slip=[])
    load(work, scan("s", assets))
    with pytest.raises(Refused, match="gate-unknown") as caught:
        run_gates(work.estate, work.layout, ("slips",))
    assert "overdue_slips" in str(caught.value) and "declared" in str(caught.value)


def test_the_command_runs_a_report_gate_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work, assets = registers(tmp_path, slip=[OVERDUE])
    load(work, scan("s", assets))
    with pytest.raises(SystemExit) as ended:
        main(["gate", "overdue_slips", "--json", "--out", str(work.layout.out)])
    answer = json.loads(capsys.readouterr().out)
    assert (ended.value.code, answer["exit_code"], answer["checks"][0]["rows"]) == (1, 1, 1)
    assert "E1" not in json.dumps(answer)
