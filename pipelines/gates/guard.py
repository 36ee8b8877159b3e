"""The guard of the load: a checkpoint over the new findings. What fails it is not loaded; the old snapshot stays.

Known entity types, scores in range, every planned asset accounted for, no raw value shape in a masked sample.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from detectors.entities import load_entities
from detectors.registry import find_entities
from detectors.resolver import REPORTED
from pipelines.errors import MeiboError
from pipelines.gates.context import run_checkpoint
from pipelines.job import Job
from pipelines.plan import Manifest
from pipelines.results import ScanResult
from pipelines.store.files import FINDING_FILE

if TYPE_CHECKING:
    import pandas as pd


#: What `pipelines.masking.mask` puts in place of what it hides.
HIDDEN = frozenset("*＊")


class GuardFailed(MeiboError):
    """The new findings are not fit to load; `place` names the expectations that failed."""


def guard(job: Job, manifest: Manifest, result: ScanResult) -> Literal["passed", "not-run"]:
    """Check the findings of `result`; "not-run" where Great Expectations is not installed.

    Raises `GuardFailed`.
    """
    if find_spec("great_expectations") is None:
        return "not-run"
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
            ("findings", _findings(job, result), of_findings),
            ("assets", _assets(manifest, result), of_assets),
        )
        for each in run_checkpoint(name, frame, expectations)
        if not each.success
    ]
    if failed:
        raise GuardFailed("guard-failed", ", ".join(failed), "nothing was loaded; the last snapshot stays")
    return "passed"


def _findings(job: Job, result: ScanResult) -> pd.DataFrame:
    """Return one row per entity type and masked sample: as many rows as there are shapes, not findings."""
    columns = ["entity_type", "masked", "score"]
    tables = [
        pq.read_table(job.layout.work / part.findings, columns=columns)
        for asset in result.assets
        for part in asset.parts
        if part.findings
    ]
    # Whether a file says of a column that it is never null may differ; unifying leaves it nullable.
    found = pa.concat_tables([FINDING_FILE.empty_table().select(columns), *tables], promote_options="default")
    # Neither an aggregate nor GX minds a NaN.
    scores = pc.if_else(pc.is_nan(found["score"]), pa.scalar(-1, pa.float32()), found["score"])
    samples = (
        found.set_column(columns.index("score"), "score", scores)
        .group_by(["entity_type", "masked"])
        .aggregate([("score", "min"), ("score", "max")])
        .rename_columns(["entity_type", "masked", "least", "greatest"])
    )
    shapes = [
        looks_raw(row["entity_type"], row["masked"])
        for row in samples.select(["entity_type", "masked"]).to_pylist()
    ]
    frame: pd.DataFrame = samples.append_column("raw_value_shape", pa.array(shapes, pa.bool_())).to_pandas()
    return frame


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


def _assets(manifest: Manifest, result: ScanResult) -> pd.DataFrame:
    import pandas as pd

    accounted = {asset.asset.id for asset in result.assets if asset.parts}
    planned = [asset.id for shard in manifest.shards for asset in shard]
    planned += [part.asset.id for part in manifest.unlisted]
    return pd.DataFrame({"accounted_for": [asset in accounted for asset in planned]}, dtype="bool")
