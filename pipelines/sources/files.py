"""Directories of files: one asset per file, sheet of a workbook, table of a database, and whatever cannot be read.

Nothing is passed over in silence: a dangling link, a link that leaves the directory, a socket, a directory
without permission and a format nobody reads are assets, too, whose `batches` raise `NotExamined`.
"""

from __future__ import annotations

import functools
import itertools
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pyarrow as pa

from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.refs import AssetRef, Grant
from pipelines.source_config import FilesSource
from pipelines.sources.base import Gap, Known, Place, Slice, Watermarks, listed
from pipelines.sources.chosen import Chosen
from pipelines.sources.devices import DEVICE, list_devices, read_device, when_read_out
from pipelines.sources.file_grants import file_grants
from pipelines.sources.file_states import LOGS, passage, proofs_of, state_of, version
from pipelines.sources.inside import Found, read_inside, unlisted
from pipelines.sources.ios_backup import is_folder, is_hashed, is_locked, is_named, log_beside, path_shown
from pipelines.sources.listing import list_file
from pipelines.sources.naming import Naming
from pipelines.sources.parquet import slice_parquet

Item = TypeVar("Item")

#: Relative path of something, its state, who passes the directories above it, the state of a log beside it.
Entry = tuple[str, os.stat_result | None, str, os.stat_result | None]

#: Files whose names are looked at together.
TOGETHER = 2_000


class Files:
    """The source of kind ``files``. Symbolic links are not followed out of the directory."""

    def __init__(self, config: FilesSource, keys: KeyRing) -> None:
        self.name = config.name
        self.root = config.path
        self._resolved = _real(config.path)
        self._chosen = Chosen(config.include, config.exclude)
        self._devices = config.devices
        self._naming = Naming(config.name, config.devices, keys)

    def assets(self) -> Iterator[AssetRef]:
        """List files in the order of their paths.

        Raises `NotExamined` ``directory-missing`` or ``directory-unreadable`` for the root, ``nothing-included``
        where there are files and none is included: a typing error would read as a share without personal data.
        """
        return self._assets(lambda *_: False)

    def sought(self, asset_id: str) -> Iterator[AssetRef]:
        """List what may be the asset of an id; no other file is opened. Raises what `assets` raises."""
        may_be = self._naming.sought(asset_id)
        return self._assets(
            lambda locator, _: not may_be(self._shown(_from_locator(locator)).removesuffix("/"))
        )

    def _assets(self, known: Known) -> Iterator[AssetRef]:
        return listed(self.survey(known, lambda _: None))

    def survey(self, known: Known, watermarks: Watermarks) -> Iterator[Place]:
        """List files with their state; a file in a known state is not opened. Raises what `assets` raises."""
        try:
            state = self.root.stat()
        except (FileNotFoundError, NotADirectoryError):
            raise NotExamined("directory-missing", self.name, "correct the path of the source") from None
        except OSError:
            # A server that is down, a mount gone stale: the other sources come next.
            raise self._closed() from None
        if not stat.S_ISDIR(state.st_mode):
            raise NotExamined("directory-missing", self.name, "correct the path of the source")
        found, included = 0, 0
        walk = self._walk("", passage(state))
        while several := list(itertools.islice(walk, TOGETHER)):
            meant = [each for each in several if self._means(*each[:2])]
            found, included = found + len(several), included + len(meant)
            yield from self._survey([each for each in meant if not self._leaves_out(*each[:2])], known)
        for device in self._survey_devices(known):
            included += 1
            yield device
        if found and not included:
            raise NotExamined("nothing-included", self.name, "correct `include` of the source")

    def _closed(self) -> NotExamined:
        return NotExamined("directory-unreadable", self.name, "give the scanning user permission")

    def _survey(self, found: list[Entry], known: Known) -> Iterator[Place]:
        told = [(_locator(relative), self._proofs(relative, state, log)) for relative, state, _, log in found]
        new = [not (proofs and known(locator, proofs)) for locator, proofs in told]
        shown = (self._shown(each[0]) for each, is_new in zip(found, new, strict=True) if is_new)
        self._naming.prepare(shown)
        for (relative, state, above, _), (locator, proofs), is_new in zip(found, told, new, strict=True):
            inside = self._found(self.root / relative) if is_new else []
            yield Place(
                locator,
                tuple(self._naming.assets(self._shown(relative), locator, inside)) if is_new else None,
                proofs,
                f"{state.st_mode:o} {state.st_uid} {state.st_gid} {above}" if state else "",
                state.st_size if state else 0,
                tuple(each.size for each in inside),
            )

    def _proofs(
        self, relative: str, state: os.stat_result | None, log: os.stat_result | None
    ) -> tuple[str, ...]:
        # What says how the files of a backup are called may come after them.
        called = " named" if is_hashed(relative) and is_named(self.root / relative) else ""
        return tuple(f"{proof}{called}" for proof in proofs_of(state, log))

    def _survey_devices(self, known: Known) -> Iterator[Place]:
        for relative in list_devices(self.root, self._devices) if self._devices else ():
            if self._leaves_out(relative, None):
                continue
            locator = f"{_locator(relative)}/"
            proofs = when_read_out(self.root / relative)
            asset = self._naming.device(self._shown(relative), locator)
            yield Place(locator, None if proofs and known(locator, proofs) else (asset,), proofs)

    def _shown(self, relative: str) -> str:
        return path_shown(self.root, relative)

    def batches(self, asset: AssetRef) -> Iterator[pa.RecordBatch | Gap]:
        """Stream a file or sheet; see `base.Source.batches`.

        Raises `NotExamined` with ``file-missing``, ``file-unreadable``, ``link-outside``, ``not-a-file``,
        ``changed-while-reading`` or what its format says.
        """
        path = self.root / _from_locator(asset.locator)
        if asset.kind == DEVICE:
            return read_device(path, asset.id)
        return self._guarded(asset, path, lambda: read_inside(path, asset.member))

    def slices(self, asset: AssetRef, watermark: str | None, rows: int) -> Iterator[Slice] | None:
        """Cut a Parquet file at its row groups; other formats, and what is packed, have to be read to be cut."""
        if asset.kind != "parquet" or asset.member not in ("", "1"):
            return None
        path = self.root / _from_locator(asset.locator)
        return self._guarded(asset, path, lambda: self._cut(asset, path))

    def _cut(self, asset: AssetRef, path: Path) -> Iterator[Slice]:
        for each in slice_parquet(path):
            yield replace(each, read=functools.partial(self._guarded, asset, path, each.read))

    def _guarded(self, asset: AssetRef, path: Path, read: Callable[[], Iterator[Item]]) -> Iterator[Item]:
        """Pass on what `read` yields from a file; faults become ours, a file that changed meanwhile is one."""
        try:
            before = self._admit(path)
            yield from read()
            if version(path.stat()) != version(before):
                raise NotExamined("changed-while-reading", asset.id, "scan again when nobody writes to it")
        except NotExamined as fault:
            raise NotExamined(fault.code, asset.id, fault.hint) from None
        except FileNotFoundError:
            raise NotExamined("file-missing", asset.id, "it was deleted, or the link leads nowhere") from None
        except OSError:
            raise NotExamined(
                "file-unreadable", asset.id, "give the scanning user permission to read"
            ) from None
        except Exception:
            # Parsers meet hostile files; whatever they raise may quote them, and the other files come next.
            raise NotExamined("reader-failed", asset.id, "convert the file and scan again") from None

    def row_key(self, asset: AssetRef) -> str | None:
        """Files have none."""
        return None

    def grants(self, assets: Iterable[AssetRef]) -> Iterator[Grant]:
        """Say who can read each file by the modes of the file and of the directories above it."""
        above: dict[Path, tuple[bool, bool]] = {}
        for asset in assets:
            path = self.root / _from_locator(asset.locator)
            try:
                yield from file_grants(asset.id, path, self.root, above)
            except OSError:
                continue

    def close(self) -> None:
        """Nothing is held open."""

    def _walk(self, directory: str, above: str) -> Iterator[Entry]:
        """Yield everything that is a place.

        The state is None where only opening it tells: links, and directories nobody may list.
        """
        try:
            entries = sorted(
                os.scandir(self.root / directory if directory else self.root),
                key=lambda entry: os.fsencode(entry.name),
            )
        except OSError:
            if not directory:
                raise self._closed() from None
            yield directory.removesuffix("/"), None, above, None
            return
        locked = is_locked(self.root / directory)
        logs = {entry.name: entry for entry in entries if entry.name.endswith(LOGS)}
        for entry in entries:
            relative = f"{directory}{entry.name}"
            state = state_of(entry)
            if state and stat.S_ISDIR(state.st_mode):
                if locked and is_folder(entry.name):
                    # The list of the backup's files, itself encrypted, stands for all of them.
                    continue
                yield from self._walk(f"{relative}/", f"{above}.{passage(state)}")
            elif not entry.is_symlink():
                log = next(filter(None, (logs.get(f"{entry.name}{ending}") for ending in LOGS)), None)
                yield relative, state, above, state_of(log) if log else _log_in_backup(Path(entry.path))
            elif not (self._inside(Path(entry.path)) and Path(entry.path).exists()):
                # A link to something inside the directory is read where it leads to.
                yield relative, None, above, None

    def _inside(self, path: Path) -> bool:
        try:
            return _real(path).startswith(self._resolved)
        except (OSError, ValueError):
            return False

    def _means(self, relative: str, state: os.stat_result | None) -> bool:
        # What lies in a directory that cannot be listed, or leads outside, may be meant.
        return self._matches(self._chosen.means, relative) or (
            state is None and (self.root / relative).is_dir()
        )

    def _leaves_out(self, relative: str, state: os.stat_result | None) -> bool:
        # Whatever is called so: all that lies in it is left out.
        inside = f"{relative}/\0" if state is None else relative
        return self._matches(self._chosen.leaves_out, relative) or self._chosen.leaves_out(inside)

    def _matches(self, chosen: Callable[[str], bool], relative: str) -> bool:
        """Say whether a file is chosen by its path, or by the one it had on the phone it is a backup of."""
        return chosen(relative) or (is_hashed(relative) and chosen(self._shown(relative)))

    def _found(self, path: Path) -> list[Found]:
        try:
            self._admit(path)
            return list_file(path)
        except Exception as error:
            return [unlisted(error)]

    def _admit(self, path: Path) -> os.stat_result:
        """Return the state of a regular file below the root; raises `NotExamined` for anything else."""
        state = path.stat()
        if not self._inside(path):
            raise NotExamined("link-outside", "", "declare the directory it leads to as a source")
        if stat.S_ISDIR(state.st_mode):
            raise NotExamined("directory-unreadable", "", "give the scanning user permission to read")
        if not stat.S_ISREG(state.st_mode):
            raise NotExamined("not-a-file", "", "exclude sockets, pipes and devices")
        return state


def _log_in_backup(path: Path) -> os.stat_result | None:
    if not is_folder(path.parent.name):
        return None
    log = log_beside(path)
    return log.lstat() if log else None


def _real(path: Path) -> str:
    """Return where a path leads, ending in a slash. As text: objects take longer to make than to resolve."""
    return os.path.realpath(path).rstrip("/") + "/"


def _locator(relative: str) -> str:
    """Return a relative path as valid Unicode; bytes that are none are percent-encoded, and so is %."""
    raw = os.fsencode(relative)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return quote_from_bytes(raw)
    return text.replace("%", "%25")


def _from_locator(locator: str) -> str:
    return os.fsdecode(unquote_to_bytes(locator))
