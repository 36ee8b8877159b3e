"""Columns the estate names and assets do not have are told, and nothing that rests on one passes for clean."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import yaml

from pipelines.gates import run_gates
from pipelines.load import load
from pipelines.reports.runner import run_report
from pipelines.results import AssetResult
from tests.commands import Command
from tests.pipelines.scans import asset, examined, job, plain, record, scan, typed

ROWS = [["m-1", "山田 太郎", "taro@example.jp"], ["m-2", "佐藤 花子", "hanako@example.jp"]]


def estate(directory: Path, **files: dict[str, Any]) -> Path:
    """Write CSV files of one source with a rule each, and the estate."""
    (directory / "in").mkdir()
    for name in files:
        with (directory / "in" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["number", "name", "mail"], *ROWS])
    rules = [{"match": f"share/{name}.csv", **rule} for name, rule in files.items()]
    told = {"sources": [{"name": "share", "kind": "files", "path": "in"}], "assets": rules}
    path = directory / "estate.yaml"
    path.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    return path


def test_a_scan_and_a_report_name_every_column_an_asset_lacks(command: Command, tmp_path: Path) -> None:
    path = estate(
        tmp_path,
        members={
            "columns": {"key": "nubmer", "last_activity": "name", "watermark": "changed"},
            "records": {"kind": "member", "columns": {"person": "number", "email": "e-mail"}},
            "keys": ["mail", "phone"],
            "quasi": ["postcode"],
            "declared": {"nmae": ["PERSON"], "mail": ["EMAIL_ADDRESS"]},
            "held": {"naem": "tax_books"},
        },
    )
    code, printed, err = command("scan", "--estate", path, "--out", tmp_path / "out", "--workers", "1")
    assert code in (0, 64), err
    wanted = {
        ("columns.key", "nubmer"), ("columns.watermark", "changed"), ("records.email", "e-mail"),
        ("keys", "phone"), ("quasi", "postcode"), ("declared", "nmae"), ("held", "naem"),
    }  # fmt: skip
    rows = run_report(tmp_path / "out" / "store.duckdb", "missing_columns").rows
    assert {(row["setting"], row["field"]) for row in rows} == wanted
    for setting, name in wanted:
        assert f"no such column: share/members.csv: {name} ({setting} in the estate)" in printed
    assert "nubmer" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_columns_that_are_there_or_in_another_asset_of_the_rule_are_not_told(tmp_path: Path) -> None:
    on = job(
        tmp_path / "out",
        assets=[{"match": "crm/*", "declared": {"name": ["PERSON"], "a.b": ["PERSON"]}, "keys": ["a"]}],
    )
    found = [
        AssetResult(asset=where, fields=fields, parts=(examined(on.layout, where, f"work-{where.id[-1]}"),))
        for where, fields in (
            (asset("crm/1"), (typed("name", "PERSON"),)),
            (asset("crm/2"), (plain("a.b"), plain("other"))),
        )
    ]
    load(on, scan("scan-1", found))
    assert not run_report(on.layout.store, "missing_columns").rows


def test_a_register_that_lacks_a_column_leaves_its_reports_unknown_and_its_gate_unsure(
    tmp_path: Path,
) -> None:
    on = job(
        tmp_path / "out",
        assets=[
            {"match": "crm/m*", "records": {"kind": "member", "columns": {"person": "id", "email": "mail"}}},
            {"match": "crm/s*", "records": {"kind": "send", "columns": {"email": "adress"}}},
        ],
    )
    members, sent = asset("crm/members"), asset("crm/sent")
    results = [
        AssetResult(
            asset=members,
            fields=(plain("id"), plain("mail")),
            parts=(
                examined(on.layout, members, "m", records=[record("member", person="1", email="a@b.jp")]),
            ),
        ),
        AssetResult(
            asset=sent,
            fields=(plain("address"), plain("moment")),
            parts=(examined(on.layout, sent, "s", records=[record("send")]),),
        ),
    ]
    load(on, scan("scan-1", results))
    told = [
        (row["state"], row["reason"], row["asset"])
        for row in run_report(on.layout.store, "suppression_violations").rows
        if row["reason"] == "register-column-missing"
    ]
    assert told == [("unknown", "register-column-missing", "crm/sent")]
    assert run_gates(on.estate, on.layout, ("suppression_violations",)).exit_code == 2


def test_a_missing_column_that_is_called_by_a_person_is_masked(tmp_path: Path) -> None:
    on = job(tmp_path / "out", assets=[{"match": "crm/a", "quasi": ["山田太郎様連絡先"]}])
    where = asset("crm/a")
    part = examined(on.layout, where, "work-1")
    load(on, scan("scan-1", [AssetResult(asset=where, fields=(plain("b"),), parts=(part,))]))
    (row,) = run_report(on.layout.store, "missing_columns").rows
    assert "山田" not in row["field"]
