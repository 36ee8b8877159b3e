"""Objects of a store that speaks S3, read as files are: each is fetched into a file without a name, then let go.

A key is a name to show, be it absolute, empty between two slashes or full of ``..``: it never becomes a path.
Empty objects whose keys end in a slash stand for directories, as stores show them, and are none.
"""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.refs import AssetRef, Grant
from pipelines.source_config import ObjectsSource
from pipelines.sources.base import Gap, Known, Place, Slice, Watermarks, listed
from pipelines.sources.chosen import Chosen
from pipelines.sources.container import on_one_line
from pipelines.sources.devices import DEVICE
from pipelines.sources.inside import Found, begin, read_inside, unlisted
from pipelines.sources.listing import list_file
from pipelines.sources.naming import Naming
from pipelines.sources.object_devices import Devices, place_of
from pipelines.sources.object_faults import OF_STORE
from pipelines.sources.object_login import AT_ONCE
from pipelines.sources.object_store import ObjectStore, Stored
from pipelines.sources.parquet import slice_parquet
from pipelines.sources.recognise import HEAD
from pipelines.sources.spool import Spool

Item = TypeVar("Item")

#: Objects whose beginnings are held at once.
BEGUN = 4 * AT_ONCE


class Objects:
    """The source of kind ``objects``."""

    def __init__(self, config: ObjectsSource, keys: KeyRing) -> None:
        self.name = config.name
        self._config = config
        self._store = ObjectStore(config)
        self._chosen = Chosen(config.include, config.exclude)
        self._naming = Naming(config.name, config.devices, keys)

    def assets(self) -> Iterator[AssetRef]:
        """List objects in the order of their keys.

        Raises `NotExamined` ``store-unreachable``, ``store-login-refused``, ``credentials-missing`` and others of
        `object_login`, ``bucket-missing``, ``store-refused``; ``prefix-missing``, ``nothing-included`` where
        nothing lies below the prefix or is included: a typing error would read as one without personal data.
        """
        return self._assets(lambda *_: False)

    def sought(self, asset_id: str) -> Iterator[AssetRef]:
        """List what may be the asset of an id; no other object is fetched. Raises what `assets` raises."""
        may_be = self._naming.sought(asset_id)
        return self._assets(lambda locator, _: not may_be(_display(place_of(locator))))

    def _assets(self, known: Known) -> Iterator[AssetRef]:
        return listed(self.survey(known, lambda _: None))

    def survey(self, known: Known, watermarks: Watermarks) -> Iterator[Place]:
        """List objects with their tags; of one in a known state nothing is fetched. Raises as `assets` does."""
        found, included = 0, 0
        devices = Devices(self._config.devices)
        for several in self._pages():
            meant = [each for each in several if self._chosen.means(self._relative(each.key))]
            found, included = found + len(several), included + len(meant)
            kept = [each for each in meant if not self._chosen.leaves_out(self._relative(each.key))]
            yield from self._survey([each for each in kept if not _is_directory(each)], known)
            for each in several:
                devices.met(self._relative(each.key), each.changed)
        for place in devices.places(self._naming, self._chosen, known):
            included += 1
            yield place
        if not found and self._config.prefix:
            raise NotExamined(
                "prefix-missing", self.name, "correct the uri of the source, or say may_be_empty"
            )
        if found and not included:
            raise NotExamined("nothing-included", self.name, "correct `include` of the source")

    def _pages(self) -> Iterator[list[Stored]]:
        try:
            yield from self._store.pages(self._config.prefix)
        except NotExamined as fault:
            raise NotExamined(fault.code, self.name, fault.hint) from None

    def _survey(self, found: Sequence[Stored], known: Known) -> Iterator[Place]:
        new = [each for each in found if not known(self._relative(each.key), _proofs(each))]
        self._naming.prepare(_display(self._relative(each.key)) for each in new)
        inside = self._all_inside(new)
        unknown = {each.key for each in new}
        for each in found:
            relative = self._relative(each.key)
            held = next(inside) if each.key in unknown else None
            yield Place(
                relative,
                tuple(self._naming.assets(_display(relative), relative, held)) if held is not None else None,
                _proofs(each),
                _ACCESS,
                each.size,
                tuple(one.size for one in held or ()),
            )

    def _all_inside(self, new: Sequence[Stored]) -> Iterator[list[Found]]:
        """Yield what is found in each object; beginnings are fetched side by side: a store takes its time."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for start in range(0, len(new), BEGUN):
                several = new[start : start + BEGUN]
                for each, head in zip(several, pool.map(self._head, several), strict=True):
                    yield self._found(each, head)

    def _head(self, stored: Stored) -> bytes | NotExamined:
        try:
            return b"".join(self._store.part(stored.key, stored.tag, 0, min(stored.size, HEAD)))
        except NotExamined as fault:
            return fault

    def _found(self, stored: Stored, head: bytes | NotExamined) -> list[Found]:
        if isinstance(head, NotExamined):
            return self._unread(head)
        called = _called(stored.key)
        rest = self._store.part(stored.key, stored.tag, len(head), stored.size)
        with Spool(stored.size) as spool:
            try:
                blocks = itertools.chain([head], rest)
                found = begin(spool, blocks, called)
                if not (found.members or found.inside):
                    return [Found((), found.kind, "", stored.size)]
                spool.fill(blocks)
                return list_file(spool.path, called)
            except NotExamined as fault:
                return self._unread(fault)
            except Exception as error:
                return [unlisted(error)]

    def _unread(self, fault: NotExamined) -> list[Found]:
        if fault.code in OF_STORE:
            raise NotExamined(fault.code, self.name, fault.hint)
        return [unlisted(fault)]

    def batches(self, asset: AssetRef) -> Iterator[pa.RecordBatch | Gap]:
        """Stream an object or what is in it; see `base.Source.batches`.

        Raises `NotExamined` with ``file-missing``, ``object-archived``, ``object-encrypted``, ``object-refused``,
        ``changed-while-reading``, ``download-broken``, what `assets` raises or what its format says.
        """
        if asset.kind == DEVICE:
            return self._guarded(asset, functools.partial(self._device, asset.locator))
        return self._guarded(asset, functools.partial(self._read, asset))

    def slices(self, asset: AssetRef, watermark: str | None, rows: int) -> Iterator[Slice] | None:
        """Cut a Parquet file at its row groups; other formats, and what is packed, have to be read to be cut."""
        if asset.kind != "parquet" or asset.member not in ("", "1"):
            return None
        return self._guarded(asset, functools.partial(self._cut, asset))

    def _read(self, asset: AssetRef) -> Iterator[pa.RecordBatch | Gap]:
        key = self._config.prefix + asset.locator
        spool = _fetched.spool(self._config, self._store, key)
        yield from read_inside(spool.path, asset.member, _called(key))

    def _cut(self, asset: AssetRef) -> Iterator[Slice]:
        spool = _fetched.spool(self._config, self._store, self._config.prefix + asset.locator)
        for each in slice_parquet(spool.path):
            yield replace(each, read=functools.partial(self._guarded, asset, each.read))

    def _device(self, locator: str) -> Iterator[pa.RecordBatch]:
        yield Devices(self._config.devices).read(self._store, self._config.prefix, locator)

    def _guarded(self, asset: AssetRef, read: Callable[[], Iterator[Item]]) -> Iterator[Item]:
        """Pass on what `read` yields; faults become ours."""
        try:
            yield from read()
        except NotExamined as fault:
            raise NotExamined(fault.code, asset.id, fault.hint) from None
        except OSError:
            raise NotExamined("disk-failed", asset.id, "look after the disk of TMPDIR") from None
        except Exception:
            # Parsers meet hostile files; whatever they raise may quote them, and the other objects come next.
            raise NotExamined("reader-failed", asset.id, "convert the file and scan again") from None

    def row_key(self, asset: AssetRef) -> str | None:
        """Objects have none."""
        return None

    def grants(self, assets: Iterable[AssetRef]) -> Iterator[Grant]:
        """Say nothing: who can read is declared.

        Policies of buckets, users, roles and keys decide it together, and a reader sees few of them.
        """
        yield from ()

    def close(self) -> None:
        """Nothing is held open but the object fetched last: another asset may be in it."""

    def _relative(self, key: str) -> str:
        return key[len(self._config.prefix) :]


class _Fetched:
    """The object this process fetched last: what is packed in it is read asset by asset."""

    def __init__(self) -> None:
        self._of: tuple[ObjectsSource, str] | None = None
        self._tag = ""
        self._spool: Spool | None = None

    def spool(self, config: ObjectsSource, store: ObjectStore, key: str) -> Spool:
        """Return an object as the store has it now; fetched unless it is what this process holds."""
        held = self._spool if self._of == (config, key) else None
        download = store.opened(key, self._tag if held else "")
        if download is None and held:
            return held
        if download is None:
            raise NotExamined("store-refused", "", "look at the store's own log")
        self._of = self._spool = None
        spool = Spool(download.size)
        spool.fill(download.blocks)
        self._of, self._tag, self._spool = (config, key), download.tag, spool
        return spool


_fetched = _Fetched()
#: Who can read objects is declared, and does not change with them.
_ACCESS = "declared"


def _proofs(stored: Stored) -> tuple[str, ...]:
    """Return what proves an object unchanged: size, tag, moment of writing; nothing where it has no tag."""
    return (f"object {stored.size} {stored.tag} {stored.changed.isoformat()}",) if stored.tag else ()


def _is_directory(stored: Stored) -> bool:
    return stored.key.endswith("/") and not stored.size


def _called(key: str) -> str:
    """Return the last step of a key: its suffix may tell a format, its stem names what is packed."""
    return _display(key.rstrip("/").rpartition("/")[2])


def _display(key: str) -> str:
    return on_one_line(unicodedata.normalize("NFC", key))
