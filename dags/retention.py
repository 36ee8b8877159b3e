"""Nothing outlives its time: hourly removal of what is older than `staging.ttl_hours` and `store.keep_days`.

What a scan in progress needs stays until it ends or is given up.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import CronTriggerTimetable, dag, task
from meibo_environment import run


@task
def purge() -> int:
    """Remove staged files, work and scans past their time; return how many."""
    return run("pipelines.purge:purge_expired")


@dag(
    schedule=CronTriggerTimetable("5 * * * *", timezone="Asia/Tokyo"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2},
    doc_md=__doc__,
    tags=["meibo"],
)
def retention() -> None:
    """Purge MEIBO_OUT."""
    purge()


retention()
