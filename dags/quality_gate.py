"""The gates over each new snapshot.

Which ones, the estate says (`gates`: `declared`, or reports that name a limit, such as `stale`, `exposure`,
`provided_to`, `purpose_mismatch`). Where it names none: what the scan found must be declared, and the registers
the estate has must be in order.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import Asset, dag, task
from meibo_environment import run


@task
def gate() -> int:
    """Fail when a gate fails or could not examine; the log names assets, fields and counts."""
    return run("pipelines.gates:require_gates")


@dag(
    schedule=[Asset(name="meibo_snapshot", uri="meibo://snapshot")],
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["meibo"],
)
def quality_gate() -> None:
    """Run when `nightly_scan` publishes a snapshot."""
    gate()


quality_gate()
