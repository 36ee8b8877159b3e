"""What the assets of files are called: where the file lies, masked, and what of it they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from pipelines.keys import KeyRing
from pipelines.places import mask_place, prepare, unmasked
from pipelines.refs import AssetRef
from pipelines.sources.devices import DEVICE, MARK, mask_devices
from pipelines.sources.inside import Found

#: Where the name of a file may end in the id of an asset: before what is in it, or the number of one of several.
_ENDS = re.compile(r"[!#]|~[0-9]+\Z")


class Naming:
    """Names what lies in one source; `devices`: the pattern of what each was read out of one device, if any."""

    def __init__(self, source: str, devices: str | None, keys: KeyRing) -> None:
        self._source = source
        self._devices = devices
        self._keys = keys

    def prepare(self, paths: Iterable[str]) -> None:
        """Look at many paths together before they are named."""
        prepare(paths, self._keys)

    def assets(self, path: str, locator: str, found: Sequence[Found]) -> Iterator[AssetRef]:
        """Name what was found in the file at a path."""
        place = self._shown(path)
        prepare((step[1:] for each in found for step in each.place), self._keys)
        for each in found:
            inside = "".join(step[0] + mask_place(step[1:], self._keys) for step in each.place)
            yield AssetRef(place + inside, self._source, each.kind, locator, each.member)

    def device(self, path: str, locator: str) -> AssetRef:
        """Name a device, beside the files that were read out of it."""
        return AssetRef(f"{self._shown(path)}{MARK}", self._source, DEVICE, locator)

    def sought(self, asset_id: str) -> Callable[[str], bool]:
        """Return a test of paths: whether the asset of an id may be of the file there.

        To mask them all would take longer than to read one: only what has the shape of the id is masked.
        """
        ends = [*(found.start() for found in _ENDS.finditer(asset_id)), len(asset_id)]
        below = len(self._source) + 1
        patterns = [unmasked(asset_id[below:end]) for end in ends if end > below]
        return lambda path: (
            any(pattern.fullmatch(path) for pattern in patterns) and asset_id.startswith(self._shown(path))
        )

    def _shown(self, path: str) -> str:
        masked = mask_devices(path, self._devices, self._keys) if self._devices else path
        return f"{self._source}/{mask_place(masked, self._keys)}"
