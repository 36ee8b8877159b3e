"""The nightly scan: plan → extract → detect → resolve → load → report, in shards of at most 256 mapped tasks.

Only orchestration: every task calls one function of `pipelines`, the same the CLI and the tests call. What goes
through XCom is a reference (path, digest, count), never data.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import Asset, CronTriggerTimetable, dag, task
from meibo_environment import run, schedule

#: Updated when a new snapshot is published; `quality_gate` waits for it.
SNAPSHOT = Asset(name="meibo_snapshot", uri="meibo://snapshot")

#: Not backfill: a night scans what is there now, whatever day it is run for, and `max_active_runs` does not keep
#: the runs of a backfill from each other, nor from the night.
RUN_TYPES = ("scheduled", "manual", "operator_triggered", "asset_triggered", "asset_materialization")

CRON, ZONE = schedule()

Ref = dict[str, Any]


@task
def plan() -> Ref:
    """List what there is."""
    return run("pipelines.shards:plan_night")


@task
def shards(of: Ref) -> list[int]:
    """Number the shards of a reference."""
    return list(range(of["n"]))


@task
def extract(plan: Ref, index: int) -> Ref:
    """Stage the assets of one shard."""
    return run("pipelines.shards:extract_shard", plan, index)


# A night without assets or parts maps to no task at all, and a task that was killed again and again fails: what
# comes after still runs, and says what was not examined.
@task(trigger_rule="all_done")
def divide_parts(plan: Ref, extracted: list[Ref]) -> Ref:
    """Deal the staged parts into shards."""
    return run("pipelines.shards:divide_parts", plan, extracted)


@task
def detect(plan: Ref, work: Ref, index: int) -> Ref:
    """Examine the parts of one shard."""
    return run("pipelines.shards:detect_shard", plan, work, index)


@task(trigger_rule="all_done")
def divide_assets(plan: Ref, work: Ref, detected: list[Ref]) -> Ref:
    """Bring what became of the parts back to their assets."""
    return run("pipelines.shards:divide_assets", plan, work, detected)


@task
def divide_looks(plan: Ref, assets: Ref) -> Ref:
    """Deal the second looks at tables of many parts into shards."""
    return run("pipelines.shards:divide_looks", plan, assets)


@task
def look(plan: Ref, looks: Ref, index: int) -> None:
    """Take the second looks of one shard."""
    run("pipelines.shards:look_shard", plan, looks, index)


# On most nights no table has many new parts: then there is no such task to wait for.
@task(trigger_rule="all_done")
def resolve(plan: Ref, assets: Ref, index: int) -> Ref:
    """Say what the columns of the assets of one shard are."""
    return run("pipelines.shards:resolve_shard", plan, assets, index)


@task(trigger_rule="all_done", pool="meibo_load", outlets=[SNAPSHOT])
def load(plan: Ref, assets: Ref, resolved: list[Ref]) -> Ref:
    """Guard the findings, load them, publish the snapshot."""
    return run("pipelines.shards:load_shards", plan, assets, resolved)


@task
def report(plan: Ref) -> None:
    """Write the page."""
    run("pipelines.shards:write_report", plan)


@dag(
    schedule=CronTriggerTimetable(CRON, timezone=ZONE),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    allowed_run_types=RUN_TYPES,
    default_args={"retries": 2},
    doc_md=__doc__,
    tags=["meibo"],
)
def nightly_scan() -> None:
    """Scan the estate named by MEIBO_ESTATE into MEIBO_OUT."""
    planned = plan()
    extracted = extract.partial(plan=planned).expand(index=shards(planned))
    work = divide_parts(planned, extracted)
    detected = detect.partial(plan=planned, work=work).expand(index=shards(work))
    assets = divide_assets(planned, work, detected)
    looks = divide_looks(planned, assets)
    looked = look.partial(plan=planned, looks=looks).expand(index=shards(looks))
    resolved = resolve.partial(plan=planned, assets=assets).expand(index=shards(assets))
    looked >> resolved
    load(planned, assets, resolved) >> report(planned)


nightly_scan()
