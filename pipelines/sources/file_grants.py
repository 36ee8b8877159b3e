"""Who can read a file, by its mode, its access list and the modes of the directories above it."""

from __future__ import annotations

import functools
import grp
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from pipelines.refs import Grant
from pipelines.sources.acl import read_acl


def file_grants(
    asset_id: str, path: Path, root: Path, known: dict[Path, tuple[bool, bool]] | None = None
) -> Iterator[Grant]:
    """Yield the owner, the group and everybody, each where the modes let them read; raises `OSError`.

    `known`: what was found out about directories, kept from file to file.
    """
    state, acl = path.stat(), read_acl(path)
    group, others = _may_pass(path.parent, root, {} if known is None else known)
    via = f"mode {stat.S_IMODE(state.st_mode):04o}"
    if state.st_mode & stat.S_IRUSR:
        yield Grant(asset=asset_id, grantee=_user(state.st_uid), privilege="read", via=via, audience="owner")
    # With an access list the group's bits are its mask, on directories too: whom it names may pass as well.
    if (acl.owning_group if acl else state.st_mode & stat.S_IRGRP) and group:
        yield Grant(
            asset=asset_id, grantee=_group(state.st_gid), privilege="read", via=via, audience="department"
        )
    if state.st_mode & stat.S_IROTH and others:
        yield Grant(asset=asset_id, grantee="others", privilege="read", via=via, audience="company")
    if acl and group:
        for user in map(_user, acl.users):
            yield Grant(asset=asset_id, grantee=user, privilege="read", via="access list", audience="role")
        for name in map(_group, acl.groups):
            yield Grant(
                asset=asset_id, grantee=name, privilege="read", via="access list", audience="department"
            )


def _may_pass(directory: Path, root: Path, known: dict[Path, tuple[bool, bool]]) -> tuple[bool, bool]:
    """Say whether the group and others get through a directory and those above it, up to the root."""
    if directory not in known:
        mode = directory.stat().st_mode
        group, others = bool(mode & (stat.S_IXGRP | stat.S_IXOTH)), bool(mode & stat.S_IXOTH)
        if directory != root and directory.is_relative_to(root):
            above = _may_pass(directory.parent, root, known)
            group, others = group and above[0], others and above[1]
        known[directory] = group, others
    return known[directory]


@functools.lru_cache(maxsize=1_024)
def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"


@functools.lru_cache(maxsize=1_024)
def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return f"gid {number}"
