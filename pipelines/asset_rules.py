"""Which rule of the estate holds for an asset: the first that matches, for cells what is said of their table."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.config import AssetRule

#: What places that look alike are told apart by (`pipelines.nights.ids`).
_NUMBERED = re.compile(r"~[1-9][0-9]*\Z")
#: How the id of what stands in cells of a table goes on behind the table's (`pipelines.sources.cells`).
_IN_CELLS = re.compile(r"(?:#画像|![^!#]+/[1-9][0-9]*(?:[!#].*)?)\Z", re.DOTALL)


class AssetRules:
    """The rules of an estate. It hands out the same object for what the same is known of."""

    def __init__(self, rules: Sequence[AssetRule]) -> None:
        self._rules = [(re.compile(fnmatch.translate(rule.match)), rule) for rule in rules]
        self._known = {id(rule) for rule in rules}
        self._of_cells: dict[tuple[int, int], AssetRule] = {}

    def of(self, asset_id: str, *, of_tables: bool) -> AssetRule | None:
        """Return the rule of an asset, None where there is none; `of_tables`: its source has tables for assets.

        Of places that look alike (``…~2``) the rules speak by the name they share.
        """
        rule = self._first(asset_id)
        found = _IN_CELLS.search(_NUMBERED.sub("", asset_id)) if of_tables else None
        table = self._first(asset_id[: found.start()]) if found else None
        if table is None or (rule and (rule.columns.key or not table.columns.key)):
            return rule
        places = id(rule), id(table)
        if places not in self._of_cells:
            self._of_cells[places] = made = table.of_cells(rule)
            self._known.add(id(made))
        return self._of_cells[places]

    def has(self, rule: AssetRule) -> bool:
        """Say whether it is one that `of` has returned, or may."""
        return id(rule) in self._known

    def _first(self, asset_id: str) -> AssetRule | None:
        shared = _NUMBERED.sub("", asset_id)
        for matches, rule in self._rules:
            # An id may hold what means something in a pattern: ``share/[秘]名簿.csv``.
            if rule.match in (asset_id, shared) or any(matches.match(each) for each in {asset_id, shared}):
                return rule
        return None
