"""Gates of reports: a report that names a limit is a gate of the same name."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.gates.context import run_checkpoint
from pipelines.gates.outcome import ReportCheck
from pipelines.layout import Layout
from pipelines.reports.runner import Limit, Report, failing_rows, list_reports, report_from
from pipelines.store.reader import Reader


def report_gates() -> dict[str, Report]:
    """Return the reports that name a limit, by name."""
    return {report.name: report for report in list_reports() if report.gate}


def check_reports(layout: Layout, names: Sequence[str] = ()) -> list[ReportCheck]:
    """Run the reports `names` and compare the rows that fail with the limit of each.

    When `names` is empty: those whose registers the estate declares. Asked for by name, a gate without its
    registers could not examine. Rows that a decision covers do not count. A part of the estate that was not
    examined may hold what any of them looks for, registers included: then none of them passes.
    """
    wanted = report_gates()
    with Reader(layout.store) as reader:
        asked = names or [name for name, report in wanted.items() if _is_declared(reader, report)]
        checks = [_judge(reader, wanted[name]) for name in asked]
    exceeded = _exceeded(checks)
    return [check.model_copy(update={"failed": check.gate in exceeded}) for check in checks]


def _is_declared(reader: Reader, report: Report) -> bool:
    declared = set(reader.arrow("SELECT DISTINCT register FROM current_register")["register"].to_pylist())
    return report.gate is not None and bool(report.gate.registers) and declared >= set(report.gate.registers)


def _judge(reader: Reader, report: Report) -> ReportCheck:
    limit = report.gate or Limit("FALSE")
    states = [row.get("state") for row in report_from(reader, report.name).rows]
    failing = failing_rows(reader, report)
    return ReportCheck(
        gate=report.name,
        title=report.title.model_dump(),
        rows=len(failing.rows),
        suppressed=failing.suppressed,
        limit=limit.limit,
        not_examined=reader.once("not examined", _not_examined),
        unknown=states.count("unknown"),
        # Of a report without registers the state is about something else.
        undeclared=states.count("not-declared") if limit.registers else 0,
    )


def _not_examined(reader: Reader) -> int:
    counted = reader.arrow("SELECT count(*) AS parts FROM current_part WHERE status <> 'examined'")
    return int(counted["parts"][0].as_py())


def _exceeded(checks: Sequence[ReportCheck]) -> set[str]:
    """Ask one checkpoint; it sees counts alone."""
    if not checks:
        return set()
    import great_expectations.expectations as gxe
    import pandas as pd

    frame = pd.DataFrame({check.gate: [check.rows] for check in checks})
    expectations = [
        gxe.ExpectColumnMaxToBeBetween(column=check.gate, max_value=check.limit) for check in checks
    ]
    results = run_checkpoint("reports", frame, expectations)
    return {result.expectation_config.kwargs["column"] for result in results if not result.success}
