"""YAML that people write, read once: a key written twice is refused.

YAML itself takes the last and says nothing: a policy that contradicts itself would be settled so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from detectors import plain_yaml
from pipelines.errors import ConfigRefused

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "<<"


def read_file(place: str, path: Path) -> Any:
    """Return the value of a YAML file. Raises `ConfigRefused` where it cannot be read, and as `read_once` does."""
    try:
        text = path.read_text("utf-8")
    except OSError:
        raise ConfigRefused(place, [("(file)", "cannot be read")]) from None
    except UnicodeDecodeError:
        raise ConfigRefused(place, [("(file)", "is not UTF-8")]) from None
    return read_once(place, text)


def faults_of(error: ValidationError) -> list[tuple[str, str]]:
    """Return every fault pydantic found: its path in the file, and what is wrong, without the value."""
    return [
        (".".join(map(str, item["loc"])) or "(file)", item["msg"].removeprefix("Value error, "))
        for item in error.errors(include_input=False)
    ]


def read_once(place: str, text: str) -> Any:
    """Return the value of a YAML document.

    Raises `ConfigRefused` where it is no YAML, with the line, or holds a key twice, with both lines.
    """
    try:
        raw, root = plain_yaml.read(text), yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "(file)"
        raise ConfigRefused(place, [(where, "is not YAML")]) from None
    if faults := list(_twice(root, "")):
        raise ConfigRefused(place, faults)
    return raw


def _twice(node: yaml.Node | None, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _twice(item, f"{path}{number}.")
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in lines and name != _MERGE:
                yield f"{path}{name}", f"is written twice, in lines {lines[name]} and {line}"
            lines.setdefault(name, line)
            yield from _twice(value, f"{path}{name}.")
