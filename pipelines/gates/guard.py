"""The guard of the load: a checkpoint over the new findings. What fails it is not loaded; the old snapshot stays.

Known entity types, scores in range, every planned asset accounted for, no raw value shape in a masked sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from detectors.entities import load_entities
from detectors.registry import find_entities
from detectors.resolver import REPORTED
from pipelines.errors import MeiboError, Refused, is_of_system
from pipelines.gates.context import run_checkpoint
from pipelines.job import Job
from pipelines.plan import Manifest
from pipelines.results import ScanResult
from pipelines.store import files
from pipelines.store.reader import Reader

if TYPE_CHECKING:
    import pandas as pd


#: What `pipelines.masking.mask` puts in place of what it hides.
HIDDEN = frozenset("*＊")


class GuardFailed(MeiboError):
    """The new findings are not fit to load; `place` names the expectations that failed."""


def guard(job: Job, manifest: Manifest, result: ScanResult) -> Literal["passed", "not-run"]:
    """Check the findings of `result`; "not-run" where Great Expectations is not installed.

    Raises `GuardFailed`, and what `pipelines.store.files.check` raises of findings that cannot be read.
    """
    if find_spec("great_expectations") is None:
        return "not-run"
    new, accounted = _look_over(job, result)
    if not new and all(_accounted_for(job, manifest, accounted)):
        # Great Expectations takes seconds to load; a night in which nothing changed has nothing to show it.
        return "passed"
    import great_expectations.expectations as gxe

    known = sorted(load_entities())
    of_findings = [
        gxe.ExpectColumnValuesToBeInSet(column="entity_type", value_set=known),
        gxe.ExpectColumnValuesToBeBetween(column="least", min_value=0, max_value=1),
        gxe.ExpectColumnValuesToBeBetween(column="greatest", min_value=0, max_value=1),
        gxe.ExpectColumnValuesToBeInSet(column="raw_value_shape", value_set=[False]),
    ]
    of_assets = [gxe.ExpectColumnValuesToBeInSet(column="accounted_for", value_set=[True])]
    failed = [
        f"{each.expectation_config.kwargs['column']}"
        for name, frame, expectations in (
            ("findings", _findings(job, new), of_findings),
            ("assets", _assets(job, manifest, accounted), of_assets),
        )
        for each in run_checkpoint(name, frame, expectations)
        if not each.success
    ]
    if failed:
        raise GuardFailed("guard-failed", ", ".join(failed), "nothing was loaded; the last snapshot stays")
    return "passed"


def _look_over(job: Job, result: ScanResult) -> tuple[dict[Path, str], set[str]]:
    """Return the files of findings the store does not hold yet, each with a part, and the ids of assets.

    Those it holds passed when they were loaded.
    """
    if not result.assets and not result.bundles:
        return {}, set()
    try:
        with Reader(job.layout.store) as store:
            stored = frozenset(store.arrow("SELECT part_id FROM part")["part_id"].to_pylist())
    except Refused:
        stored = frozenset()
    new: dict[Path, str] = {}
    accounted = set()
    for asset in result.examined(job.layout):
        if asset.parts:
            accounted.add(asset.asset.id)
        new.update(
            (part.findings, part.part_id)
            for part in asset.parts
            if part.findings and part.part_id not in stored
        )
    return new, accounted


def _findings(job: Job, new: Mapping[Path, str]) -> pd.DataFrame:
    """Return one row per entity type and masked sample: as many rows as there are shapes, not findings."""
    # File by file: the findings of a large scan do not fit into memory.
    tables = [_samples(part_id, job.layout.work / path) for path, part_id in new.items()]
    samples = _together(pa.concat_tables([_NO_SAMPLE, *tables]))
    shapes = [
        looks_raw(row["entity_type"], row["masked"])
        for row in samples.select(["entity_type", "masked"]).to_pylist()
    ]
    frame: pd.DataFrame = samples.append_column("raw_value_shape", pa.array(shapes, pa.bool_())).to_pandas()
    return frame


_NO_SAMPLE = pa.schema(
    [
        ("entity_type", pa.string()),
        ("masked", pa.string()),
        ("least", pa.float32()),
        ("greatest", pa.float32()),
    ]
).empty_table()


def _samples(part_id: str, path: Path) -> pa.Table:
    files.check(part_id, path, files.FINDING_FILE)
    try:
        found = pq.read_table(path, columns=["entity_type", "masked", "score"])
    except (OSError, pa.ArrowException) as fault:
        if is_of_system(fault):
            raise
        raise MeiboError("findings-broken", part_id, "scan again with --full") from None
    # Neither an aggregate nor GX minds a NaN.
    scores = pc.if_else(pc.is_nan(found["score"]), pa.scalar(-1, pa.float32()), found["score"])
    columns = [found["entity_type"], found["masked"], scores, scores]
    return _together(pa.table(columns, schema=_NO_SAMPLE.schema))


def _together(samples: pa.Table) -> pa.Table:
    grouped = samples.group_by(["entity_type", "masked"])
    return grouped.aggregate([("least", "min"), ("greatest", "max")]).rename_columns(_NO_SAMPLE.schema.names)


def looks_raw(entity_type: str, masked: str | None) -> bool:
    """Say whether a masked sample is still a value: nothing in it is hidden, or its own type is found in it."""
    if not masked:
        return False
    if not HIDDEN & set(masked):
        return True
    return any(
        found.entity_type == entity_type and found.score >= REPORTED["balanced"]
        for found in find_entities(masked)
    )


def _accounted_for(job: Job, manifest: Manifest, accounted: set[str]) -> Iterator[bool]:
    planned = chain(manifest.assets(job.layout), (part.asset for part in manifest.unlisted))
    return (asset.id in accounted for asset in planned)


def _assets(job: Job, manifest: Manifest, accounted: set[str]) -> pd.DataFrame:
    import pandas as pd

    # Whether any is missing is asked, not how many of a hundred thousand.
    return pd.DataFrame({"accounted_for": [*set(_accounted_for(job, manifest, accounted))]}, dtype="bool")
