"""Draft declarations from a scan, so that the first night does not fail on everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pipelines.asset_rules import AssetRule
from pipelines.config import Estate
from pipelines.store.reader import Reader

_HEADER = """\
# Draft of `assets:` made from the last scan: every type found, per asset and column. Read it before you copy it
# into the estate: to declare is to say that this data is known and meant to be there.
"""
_HELD = "SELECT asset_id, field, entity_type FROM current_holding ORDER BY ALL"


def draft(estate: Estate | None, store: Path) -> str:
    """Return YAML: `assets` with what the estate knows of each and the declarations, known ones included."""
    with Reader(store) as reader:
        held = reader.arrow(_HELD).to_pylist()
    assets: dict[str, dict[str, set[str]]] = {}
    for row in held:
        assets.setdefault(row["asset_id"], {}).setdefault(row["field"], set()).add(row["entity_type"])
    return _HEADER + yaml.safe_dump(
        {"assets": [_rule(estate, asset, found) for asset, found in assets.items()]},
        allow_unicode=True,
        sort_keys=False,
    )


def _rule(estate: Estate | None, asset: str, found: dict[str, set[str]]) -> dict[str, Any]:
    known = estate.rule(asset) if estate else AssetRule(match=asset)
    kept = known.model_dump(mode="json", exclude_defaults=True, exclude={"match", "declared"})
    declared = {field: sorted({*types, *known.declared.get(field, ())}) for field, types in found.items()}
    return {"match": _literal(asset), **kept, "declared": declared}


def _literal(asset: str) -> str:
    """Return a glob that matches this asset only."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in asset)
