"""The gate `declared`: what the last scan found in an asset must be declared for it in the estate."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping

from pipelines.config import Estate
from pipelines.gates.context import run_checkpoint
from pipelines.gates.outcome import Check
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.places import mask_place
from pipelines.store.reader import Reader

_ASSETS = "SELECT asset_id FROM current_asset ORDER BY asset_id"
_HELD = "SELECT asset_id, field, entity_type, rows, suppressed FROM current_triage ORDER BY ALL"
_TOLD = (
    "SELECT asset_id, field, entity_type FROM declaration SEMI JOIN current_asset USING (scan_id, asset_id)"
)
_UNREAD = "SELECT asset_id, count(*) AS parts FROM current_part WHERE status <> 'examined' GROUP BY asset_id"


Declared = Callable[[str, str], Collection[str]]


def check_declared(estate: Estate | None, layout: Layout, keys: KeyRing | None = None) -> list[Check]:
    """Return one check per asset of the last scan; without an estate, the store's declarations count.

    What a decision suppresses fails no asset; it is counted. Columns whose names are personal data are declared by
    their masked names, or, where `keys` are at hand, by their own.
    """
    with Reader(layout.store) as store:
        assets = [row["asset_id"] for row in store.arrow(_ASSETS).to_pylist()]
        held = store.arrow(_HELD).to_pylist()
        declared = _by_estate(estate, keys) if estate else _by_store(store)
        unread = {row["asset_id"]: row["parts"] for row in store.arrow(_UNREAD).to_pylist()}
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in held:
        found[row["asset_id"], row["field"]][row["entity_type"]] = row["rows"]
    decided = {(row["asset_id"], row["field"], row["entity_type"]) for row in held if row["suppressed"]}
    undeclared: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    suppressed: Counter[str] = Counter()
    for (asset, field), types in _undeclared(declared, found).items():
        open_ = {kind: rows for kind, rows in types.items() if (asset, field, kind) not in decided}
        suppressed[asset] += len(types) - len(open_)
        if open_:
            undeclared[asset][field] = open_
    return [
        Check(
            gate="declared",
            asset=asset,
            failed=undeclared.get(asset, {}),
            not_examined=unread.get(asset, 0),
            suppressed=suppressed[asset],
        )
        for asset in assets
    ]


def _by_estate(estate: Estate, keys: KeyRing | None) -> Declared:
    def declared(asset: str, field: str) -> Collection[str]:
        told = estate.rule(asset).declared
        if field in told or keys is None:
            return told.get(field, ())
        return {kind for name, kinds in told.items() if mask_place(name, keys) == field for kind in kinds}

    return declared


def _by_store(store: Reader) -> Declared:
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in store.arrow(_TOLD).to_pylist():
        told[row["asset_id"], row["field"]].add(row["entity_type"])
    return lambda asset, field: told.get((asset, field), ())


def _undeclared(
    declared: Declared, found: Mapping[tuple[str, str], dict[str, int]]
) -> dict[tuple[str, str], dict[str, int]]:
    """Return what is not declared of fields that hold personal data; one checkpoint says whether anything is."""
    import great_expectations.expectations as gxe
    import pandas as pd

    undeclared = {}
    for place, types in found.items():
        known = set(declared(*place))
        undeclared[place] = {kind: rows for kind, rows in types.items() if kind not in known}
    # One row a field, not one expectation: of those there are a hundred thousand.
    frame = pd.DataFrame({"undeclared": [len(types) for types in undeclared.values()]}, dtype="int64")
    expected = gxe.ExpectColumnValuesToBeBetween(column="undeclared", max_value=0)
    (result,) = run_checkpoint("declared", frame, [expected])
    return {} if result.success else {place: types for place, types in undeclared.items() if types}
