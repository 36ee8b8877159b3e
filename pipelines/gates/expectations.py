"""The expectation for users: what personal data a column holds must be declared.

Imported only where Great Expectations is (extra ``meibo[gates]``): a gate, a task, a user's own suite.

>>> from pipelines.gates.expectations import ExpectColumnPersonalDataToBeDeclared   # doctest: +SKIP
>>> suite.add_expectation(
...     ExpectColumnPersonalDataToBeDeclared(column="memo", declared=["PERSON"]))   # doctest: +SKIP
"""

from __future__ import annotations

from typing import Any, ClassVar

import pyarrow as pa
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnAggregateExpectation
from great_expectations.expectations.metrics import ColumnAggregateMetricProvider, column_aggregate_value

from detectors.cascade import scan_batch
from detectors.columns import FREE_TEXT_PII, merge_evidence, resolve_columns
from detectors.resolver import REPORTED
from pipelines.adhoc.frames import examinable

_BATCH = 65_536


class ColumnPersonalData(ColumnAggregateMetricProvider):
    """Rows that hold personal data, by entity type; counts only, also when something goes wrong."""

    metric_name = "column.personal_data"

    @column_aggregate_value(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column: Any, **_: Any) -> dict[str, Any]:
        try:
            table, lost = examinable(column.reset_index(drop=True).to_frame())
            # A column read in part says nothing of the rest.
            return {"found": personal_data(table)} | ({"error": "not-examined"} if lost else {})
        except Exception:
            return {"found": {}, "error": "not-examined"}


class ExpectColumnPersonalDataToBeDeclared(ColumnAggregateExpectation):
    """Expect every entity type found in the column to be in `declared`.

    The values of the batch, a pandas one, are examined as a scan does. The result holds entity types and counts,
    never values.
    """

    declared: list[str] = []
    metric_dependencies: ClassVar[tuple[str, ...]] = ("column.personal_data",)
    success_keys: ClassVar[tuple[str, ...]] = ("declared",)

    def _validate(self, metrics: dict[str, Any], **_: Any) -> dict[str, Any]:
        measured = metrics["column.personal_data"]
        undeclared = {kind: rows for kind, rows in measured["found"].items() if kind not in self.declared}
        observed = {"undeclared": undeclared} | ({"error": measured["error"]} if "error" in measured else {})
        return {
            "success": not undeclared and "error" not in measured,
            "result": {"observed_value": observed},
        }


def _personal(findings: list[pa.RecordBatch], least: float) -> pa.Table:
    tables = [
        pa.Table.from_batches([each]).append_column("batch", pa.array([index] * len(each), pa.int32()))
        for index, each in enumerate(findings)
    ]
    return pa.concat_tables(tables).filter(
        (pa.compute.field("score") >= least - 1e-6) & pa.compute.field("personal")
    )


def personal_data(table: pa.Table) -> dict[str, int]:
    """Return the number of rows that hold personal data, by entity type, of a table of one column."""
    scans = [scan_batch(batch) for batch in table.to_batches(max_chunksize=_BATCH)]
    if not scans:
        return {}
    findings = pa.Table.from_batches([scan.findings for scan in scans])
    (resolved,) = resolve_columns(findings, merge_evidence([scan.evidence for scan in scans])).values()
    if resolved.entity_type and resolved.entity_type != FREE_TEXT_PII:
        return {resolved.entity_type: resolved.matched}
    everything = [
        scan_batch(batch, occurrences="all").findings for batch in table.to_batches(max_chunksize=_BATCH)
    ]
    reported = REPORTED["balanced"]
    inside = _personal([scan.findings for scan in scans], reported)
    found = pa.concat_tables([inside, _personal(everything, resolved.floor(reported))])
    rows = found.group_by(["entity_type", "batch", "row"]).aggregate([]).group_by("entity_type")
    counts = rows.aggregate([("row", "count")]).sort_by("entity_type")
    return dict(zip(counts["entity_type"].to_pylist(), counts["row_count"].to_pylist(), strict=True))
