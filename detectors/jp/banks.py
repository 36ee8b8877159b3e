"""Banks of Japan and their branches, by name and by code (金融機関コード, 店番), as evidence beside an account.

A bank has four digits, a branch three; both are published by the banks' clearing network (全銀). `banks.tsv.gz`
holds one bank a line: its code and name, then the code and name of each branch. It was made, by
``python -m detectors.jp.banks FILE``, from the distribution zengin-code (MIT), which is not needed to
read it: importing that one opens 1,147 files. The list misses branches of Japan Post Bank (198) and ages, so that
not being in it says nothing.

>>> is_known("みずほ銀行", "新宿支店"), is_known("0001", "240"), is_known("みずほ銀行", "架空支店")
(True, True, False)
>>> is_known("ゆうちょ銀行", "〇五八店"), is_known("9900", "198")
(True, False)
"""

from __future__ import annotations

import gzip
import re
import sys
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

from detectors.text import fold

FILE = "banks.tsv.gz"

#: What a bank calls itself at length, and as the list has it.
_SHORT = (
    ("信用金庫", "信金"),
    ("信用組合", "信組"),
    ("労働金庫", "労金"),
    ("農業協同組合", "農協"),
    ("漁業協同組合", "漁協"),
    ("信託銀行", "信託"),
    ("銀行", ""),
)
_BRANCH_ENDING = re.compile(r"(?:支店|店|支所)$")


def is_known(bank: str, branch: str) -> bool:
    """Tell whether a bank has a branch; each is a name as written, or a code.

    Words before the name of the bank (振込先みずほ銀行) do no harm.
    """
    bank, branch = _plain_bank(bank), _plain_branch(branch)
    return any(branch in _banks().get(bank[start:], ()) for start in range(len(bank)))


def _plain_bank(name: str) -> str:
    name = fold(name).strip()
    for long, short in _SHORT:
        if name.endswith(long):
            return name.removesuffix(long) + short
    return name


def _plain_branch(name: str) -> str:
    name = fold(name).strip()
    return _BRANCH_ENDING.sub("", name) if not name.endswith("本店") else name


@cache
def _banks() -> dict[str, frozenset[str]]:
    """Return codes and names of the branches of every bank, by its code and by its name."""
    banks: dict[str, frozenset[str]] = {}
    text = gzip.decompress(files("detectors.jp").joinpath(FILE).read_bytes()).decode()
    for line in text.splitlines():
        code, name, *branches = line.split("\t")
        known = frozenset(part for branch in branches for part in (branch[:3], _plain_branch(branch[3:])))
        banks[code] = known
        # Two co-operatives of one name: either may be meant.
        plain = fold(name)
        banks[plain] = banks.get(plain, frozenset()) | known
    return banks


def table() -> bytes:
    """Return the table as made from the installed distribution zengin-code."""
    lines = []
    register: Any = import_module("zengin_code").Bank.all
    for code, bank in sorted(register.items()):
        branches = (f"{number}{branch.name}" for number, branch in sorted(bank.branches.items()))
        lines.append("\t".join([code, bank.name, *branches]))
    return gzip.compress("\n".join(lines).encode(), mtime=0)


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(table())
