"""The gate `declared`: what the last scan found in an asset must be declared for it in the estate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from pipelines.config import Estate
from pipelines.gates.context import run_checkpoint
from pipelines.gates.outcome import Check
from pipelines.layout import Layout
from pipelines.store.reader import Reader

_ASSETS = "SELECT asset_id FROM current_asset ORDER BY asset_id"
_HELD = "SELECT asset_id, field, entity_type, rows FROM current_holding ORDER BY ALL"
_UNREAD = "SELECT asset_id, count(*) AS parts FROM current_part WHERE status <> 'examined' GROUP BY asset_id"


def check_declared(estate: Estate, layout: Layout) -> list[Check]:
    """Return one check per asset of the last scan."""
    with Reader(layout.store) as store:
        assets = [row["asset_id"] for row in store.arrow(_ASSETS).to_pylist()]
        held = store.arrow(_HELD).to_pylist()
        unread = {row["asset_id"]: row["parts"] for row in store.arrow(_UNREAD).to_pylist()}
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in held:
        found[row["asset_id"], row["field"]][row["entity_type"]] = row["rows"]
    undeclared: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for (asset, field), types in _undeclared(estate, found).items():
        undeclared[asset][field] = types
    return [
        Check(
            gate="declared", asset=asset, failed=undeclared.get(asset, {}), not_examined=unread.get(asset, 0)
        )
        for asset in assets
    ]


def _undeclared(
    estate: Estate, found: Mapping[tuple[str, str], dict[str, int]]
) -> dict[tuple[str, str], dict[str, int]]:
    """Ask one checkpoint about every field that holds personal data; return what is not declared."""
    import pandas as pd

    from pipelines.gates.expectations import ExpectColumnPersonalDataToBeDeclared

    if not found:
        return {}
    # Numbered: names of assets and fields joined could meet.
    columns = {f"field {number}": place for number, place in enumerate(found)}
    expectations = [
        ExpectColumnPersonalDataToBeDeclared(
            column=column,
            declared=list(estate.rule(asset).declared.get(field, ())),
            scanned=found[asset, field],
        )
        for column, (asset, field) in columns.items()
    ]
    results = run_checkpoint("declared", pd.DataFrame(columns=list(columns)), expectations, detail=True)
    return {
        columns[result.expectation_config.kwargs["column"]]: result.result["observed_value"]["undeclared"]
        for result in results
        if not result.success
    }
