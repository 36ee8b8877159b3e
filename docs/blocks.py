"""Blocks of a page between ``<!-- generated: NAME -->`` and ``<!-- /generated -->``."""

from __future__ import annotations

import re


def replaced(text: str, block: str, content: str) -> str:
    """Return `text` with the content of one block replaced; raises `ValueError` where it has no such block."""
    mark = f"<!-- generated: {block} -->"
    pattern = re.compile(f"({re.escape(mark)}\n).*?(<!-- /generated -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"no block {mark}")
    return pattern.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def block(text: str, name: str) -> str:
    """Return the content of one block."""
    return text.partition(f"<!-- generated: {name} -->\n")[2].partition("<!-- /generated -->")[0].strip("\n")
