"""POSIX access lists of files: users and groups named beside owner, group and others (Linux, acl(5))."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import NamedTuple

_ATTRIBUTE = "system.posix_acl_access"
_VERSION = 2
_READ = 4

# Tags of entries, include/uapi/linux/posix_acl.h.
_USER, _GROUP_OWNER, _GROUP, _MASK = 0x02, 0x04, 0x08, 0x10


class AccessList(NamedTuple):
    """Who may read beside the owner and others: the owning group, users by uid, groups by gid, all masked."""

    owning_group: bool
    users: tuple[int, ...]
    groups: tuple[int, ...]


def read_acl(path: Path) -> AccessList | None:
    """Return the access list of a file; None where it has none, or the system knows none."""
    try:
        return parse_acl(os.getxattr(path, _ATTRIBUTE))
    except (OSError, AttributeError):
        return None


def parse_acl(raw: bytes) -> AccessList | None:
    """Read the value of the extended attribute; None for a version that is not known.

    >>> entries = [(0x01, 6, 0), (0x02, 7, 1001), (0x04, 4, 0), (0x10, 4, 0), (0x20, 0, 0)]
    >>> parse_acl(struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries))
    AccessList(owning_group=True, users=(1001,), groups=())
    """
    if len(raw) < 4 or (len(raw) - 4) % 8 or struct.unpack_from("<I", raw)[0] != _VERSION:
        return None
    entries = list(struct.iter_unpack("<HHI", raw[4:]))
    mask = next((permissions for tag, permissions, _ in entries if tag == _MASK), 7)

    def readers(wanted: int) -> tuple[int, ...]:
        return tuple(number for tag, bits, number in entries if tag == wanted and bits & mask & _READ)

    return AccessList(bool(readers(_GROUP_OWNER)), readers(_USER), readers(_GROUP))
