"""Directories of files: one asset per file, per sheet of a workbook, and per thing that cannot be read.

Nothing is passed over in silence: a dangling link, a link that leaves the directory, a socket, a directory
without permission and a format nobody reads are assets, too, whose `batches` raise `NotExamined`.
"""

from __future__ import annotations

import functools
import grp
import os
import pwd
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pyarrow as pa

from pipelines.config import FilesSource
from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.places import mask_place
from pipelines.refs import AssetRef, Grant
from pipelines.sources.base import Gap
from pipelines.sources.formats import Format, recognise

#: Kind of an asset that was seen but cannot be read.
UNREADABLE = "unreadable"


class Files:
    """The source of kind ``files``. Symbolic links are not followed out of the directory."""

    def __init__(self, config: FilesSource, keys: KeyRing) -> None:
        self.name = config.name
        self.root = config.path
        self._keys = keys
        self._include = [glob_pattern(glob) for glob in config.include]
        self._exclude = [glob_pattern(glob) for glob in config.exclude]

    def assets(self) -> Iterator[AssetRef]:
        """List files in the order of their paths.

        Raises `NotExamined` ``directory-missing`` or ``directory-unreadable`` for the root.
        """
        if not self.root.is_dir():
            raise NotExamined("directory-missing", self.name, "correct the path of the source")
        seen: dict[str, int] = {}
        for path in self._walk(self.root):
            relative = path.relative_to(self.root)
            if self._wanted(relative.as_posix()):
                for asset in self._assets_of(path, relative):
                    yield _distinct(asset, seen)

    def batches(self, asset: AssetRef) -> Iterator[pa.RecordBatch | Gap]:
        """Stream a file or sheet; see `base.Source.batches`.

        Raises `NotExamined` with ``file-missing``, ``file-unreadable``, ``link-outside``, ``not-a-file``,
        ``changed-while-reading`` or what its format says.
        """
        path = self.root / _from_locator(asset.locator)
        try:
            before = self._admit(path)
            yield from recognise(path).read(path, asset.member)
            if _version(path.stat()) != _version(before):
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
        for asset in assets:
            path = self.root / _from_locator(asset.locator)
            try:
                yield from file_grants(asset.id, path, self.root)
            except OSError:
                continue

    def close(self) -> None:
        """Nothing is held open."""

    def _walk(self, directory: Path) -> Iterator[Path]:
        try:
            entries = sorted(os.scandir(directory), key=lambda entry: os.fsencode(entry.name))
        except OSError:
            if directory == self.root:
                raise NotExamined(
                    "directory-unreadable", self.name, "give the scanning user permission"
                ) from None
            yield directory
            return
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(path)
            elif not (entry.is_symlink() and self._inside(path) and path.exists()):
                # A link to something inside the directory is read where it leads to.
                yield path

    def _inside(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):
            return False

    def _wanted(self, relative: str) -> bool:
        return any(each.match(relative) for each in self._include) and not any(
            each.match(relative) for each in self._exclude
        )

    def _assets_of(self, path: Path, relative: Path) -> Iterator[AssetRef]:
        place = f"{self.name}/{mask_place(_display(relative), self._keys)}"
        asset = AssetRef(id=place, source=self.name, kind=UNREADABLE, locator=_locator(relative))
        try:
            self._admit(path)
            found = recognise(path)
            sheets = found.members(path) if found.members else None
        except Exception:
            # Why it cannot be read is told when it is: `batches` meets the same fault.
            yield asset
            return
        if sheets is None:
            yield asset.model_copy(update={"kind": found.kind})
        else:
            yield from self._sheets(asset, found, sheets)

    def _sheets(self, asset: AssetRef, found: Format, sheets: list[str]) -> Iterator[AssetRef]:
        for number, sheet in enumerate(sheets, 1):
            name = mask_place(sheet.replace("/", "∕"), self._keys)
            # The member is the sheet's number: its name may be a person's.
            yield asset.model_copy(
                update={"id": f"{asset.id}#{name}", "kind": found.kind, "member": str(number)}
            )

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


@functools.lru_cache(maxsize=256)
def glob_pattern(glob: str) -> re.Pattern[str]:
    """Translate a glob over relative paths: ``**/`` any directories, ``*`` and ``?`` within one step.

    A glob without a slash is tried against the file name alone, as in .gitignore.
    """
    glob = glob if "/" in glob else f"**/{glob}"
    tokens = re.split(r"(\*\*/|\*\*|\*|\?)", glob.removeprefix("./"))
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(known.get(token, re.escape(token)) for token in tokens) + r"\Z", re.DOTALL)


def file_grants(asset_id: str, path: Path, root: Path) -> Iterator[Grant]:
    """Yield the owner, the group and everybody, each where the modes let them read; raises `OSError`."""
    state = path.stat()
    above = [parent.stat().st_mode for parent in (root, *path.parents) if parent.is_relative_to(root)]
    via = f"mode {stat.S_IMODE(state.st_mode):04o}"
    if state.st_mode & stat.S_IRUSR:
        yield Grant(asset=asset_id, grantee=_user(state.st_uid), privilege="read", via=via, audience="owner")
    if state.st_mode & stat.S_IRGRP and all(mode & (stat.S_IXGRP | stat.S_IXOTH) for mode in above):
        yield Grant(
            asset=asset_id, grantee=_group(state.st_gid), privilege="read", via=via, audience="department"
        )
    if state.st_mode & stat.S_IROTH and all(mode & stat.S_IXOTH for mode in above):
        yield Grant(asset=asset_id, grantee="others", privilege="read", via=via, audience="company")


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return f"gid {number}"


def _version(state: os.stat_result) -> tuple[int, int, int]:
    return state.st_size, state.st_mtime_ns, state.st_ino


def _distinct(asset: AssetRef, seen: dict[str, int]) -> AssetRef:
    """Two paths may look alike (a name in NFC and in NFD): the second becomes ``…~2``."""
    seen[asset.id] = count = seen.get(asset.id, 0) + 1
    return asset if count == 1 else asset.model_copy(update={"id": f"{asset.id}~{count}"})


def _display(relative: Path) -> str:
    """Return a path as people read it: UTF-8, else CP932 (unpacked by old tools), composed."""
    raw = os.fsencode(relative)
    for codec in ("utf-8", "cp932"):
        try:
            return unicodedata.normalize("NFC", raw.decode(codec))
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")


def _locator(relative: Path) -> str:
    """Return a relative path as valid Unicode; bytes that are none are percent-encoded, and so is %."""
    raw = os.fsencode(relative)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return quote_from_bytes(raw)
    return text.replace("%", "%25")


def _from_locator(locator: str) -> str:
    return os.fsdecode(unquote_to_bytes(locator))
