"""Ids of assets, the same night after night: two places may look alike once they are masked.

The second of them becomes ``…~2`` and stays it when the first has gone: its results stand in the store by it.

>>> from pipelines.nights.ledger import Entry, Listed
>>> second = Entry((), "", 0, [Listed("share/x", "text", "", "", "share/x~2")])
>>> ids = Ids(Ledger("share", places={"b.txt": second}))
>>> [ids.of(locator, "share/x") for locator in ("a.txt", "c.txt", "b.txt")]
['share/x', 'share/x~3', 'share/x~2']
"""

from __future__ import annotations

from itertools import count

from pipelines.nights.ledger import Ledger
from pipelines.sources.base import numbered


class Ids:
    """The ids of one source: those its places had in `known` are theirs alone."""

    def __init__(self, known: Ledger) -> None:
        self._owners: dict[str, str | None] = {
            asset.own_id: locator for locator, entry in known.places.items() for asset in entry.assets
        }

    def of(self, locator: str, listed: str) -> str:
        """Return the id of the asset a source has `listed` at `locator`; asked again, that of another one."""
        for number in count(1):
            candidate = numbered(listed, number)
            if self._owners.get(candidate, locator) == locator:
                self._owners[candidate] = None
                return candidate
        raise AssertionError
