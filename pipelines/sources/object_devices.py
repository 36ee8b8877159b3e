"""What was read out of devices and put into an object store: prefixes or archives, one per device."""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Iterator
from datetime import datetime

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.sources.base import Known, Place
from pipelines.sources.chosen import Chosen
from pipelines.sources.devices import ARCHIVES, row_of
from pipelines.sources.naming import Naming
from pipelines.sources.object_store import ObjectStore

#: What makes the locator of a device another than that of an object: no key holds it.
_MARK = "\0"


def place_of(locator: str) -> str:
    """Return the path of an object or device."""
    return locator.removesuffix(_MARK).removesuffix("/") if locator.endswith(_MARK) else locator


class Devices:
    """The devices a pattern names among keys that come in their order; of each when it was last written to."""

    def __init__(self, pattern: str | None) -> None:
        self._steps = pattern.split("/") if pattern else []
        self._newest: dict[str, datetime] = {}

    def met(self, relative: str, changed: datetime) -> None:
        """Note an object, by its path below the source's prefix."""
        place = self._place(relative)
        if place:
            self._newest[place] = max(changed, self._newest.get(place, changed))

    def places(self, naming: Naming, chosen: Chosen, known: Known) -> Iterator[Place]:
        """Yield the devices that were met; one that is as it was without its asset."""
        for place, newest in self._newest.items():
            relative = place.removesuffix("/")
            if chosen.leaves_out(relative) or chosen.leaves_out(f"{relative}/{_MARK}"):
                continue
            locator, proofs = place + _MARK, (f"device {newest.isoformat()}",)
            asset = naming.device(relative, locator)
            yield Place(locator, None if known(locator, proofs) else (asset,), proofs, "declared")

    def read(self, store: ObjectStore, prefix: str, locator: str) -> pa.RecordBatch:
        """Return the row of a device: which it is, and when anything of it was last written to the store."""
        place = locator.removesuffix(_MARK)
        for each in itertools.chain.from_iterable(store.pages(prefix + place)):
            self.met(each.key[len(prefix) :], each.changed)
        if place not in self._newest:
            raise NotExamined("file-missing", "", "it was deleted meanwhile")
        name = place.removesuffix("/").rpartition("/")[2]
        return row_of(name if place.endswith("/") else name.split(".", 1)[0], self._newest[place])

    def _place(self, relative: str) -> str:
        """Return the path of the device an object belongs to, ending in a slash unless it is an archive; or ""."""
        steps, wanted = relative.split("/"), len(self._steps)
        if not wanted or len(steps) < wanted or not all(map(fnmatch.fnmatchcase, steps, self._steps)):
            return ""
        if len(steps) > wanted:
            return "/".join(steps[:wanted]) + "/"
        return relative if relative.lower().endswith(ARCHIVES) else ""
