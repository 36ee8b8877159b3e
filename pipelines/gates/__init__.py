"""Gates: questions with yes or no for an answer, asked of the last scan or of a batch."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from pipelines.config import Estate
from pipelines.errors import MeiboError, Refused
from pipelines.gates.declared import check_declared
from pipelines.gates.outcome import Check, Outcome, ReportCheck
from pipelines.gates.reports import check_reports, report_gates
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.store.own_key import refuse_other_key
from pipelines.store.reader import Reader

GATES: dict[str, Callable[[Estate | None, Layout, KeyRing | None], list[Check]]] = {
    "declared": check_declared
}


def run_gates(
    estate: Estate | None, layout: Layout, names: tuple[str, ...] = (), keys: KeyRing | None = None
) -> Outcome:
    """Run the gates `names` over the last scan; without an estate, against what it was told.

    `keys`: tell columns that are declared by a personal name.

    A gate is one of `GATES` or a report that names a limit. When `names` is empty: those the estate names, else
    `GATES` and the reports whose registers the estate declares.
    Raises `Refused` ``gate-unknown``, ``gates-not-installed``, ``store-missing``, ``key-changed``.
    """
    names = names or (estate and estate.gates) or ()
    known = [*GATES, *report_gates()]
    if any(name not in known for name in names):
        raise Refused("gate-unknown", "", f"there are: {', '.join(known)}")
    if find_spec("great_expectations") is None:
        raise Refused("gates-not-installed", "", "install meibo[gates]")
    if keys is not None:
        with Reader(layout.store, hold=False) as store:
            refuse_other_key(store, keys)
    checks: list[Check | ReportCheck] = [
        check for name in names or GATES if name in GATES for check in GATES[name](estate, layout, keys)
    ]
    checks += _never_scanned(estate, layout)
    reports = tuple(name for name in names if name not in GATES)
    if reports or not names:
        checks += check_reports(layout, reports)
    return Outcome(checks=tuple(checks))


def _never_scanned(estate: Estate | None, layout: Layout) -> list[Check]:
    """Return a check for each source of the estate that no scan has covered: no gate speaks of it."""
    with Reader(layout.store) as store:
        known = set(store.arrow("SELECT DISTINCT source FROM current_source")["source"].to_pylist())
    names = [source.name for source in estate.sources] if estate else []
    return [Check(gate="scan", asset=name, not_examined=1) for name in names if name not in known]


def require_gates(job: Job) -> int:
    """Print every failure and raise `MeiboError` ``gate-failed`` unless all gates pass; return the checks."""
    outcome = run_gates(job.estate, job.layout, keys=job.keys)
    for line in outcome.lines():
        print(line)
    if outcome.exit_code:
        raise MeiboError("gate-failed", "see the lines above", "`meibo declare` drafts declarations")
    return len(outcome.checks)
