"""YAML that people write, read once: a key written twice is refused, and what cannot be meant.

YAML itself takes the last of two and says nothing: a policy that contradicts itself would be settled so. It takes
nesting and aliases without end, until the process dies of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipelines.errors import ConfigRefused

#: How deep values may lie in each other, and how many values aliases may stand for.
MOST_DEEP, MOST_SHARED = 100, 100_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "<<"
_TOO_DEEP = f"is nested more than {MOST_DEEP} deep"


class _Unmeant(yaml.MarkedYAMLError):
    """YAML, but not what anybody means; `problem` quotes nothing."""


#: pydantic's word for a fault → ours; it speaks of Python's types.
_IN_YAML = {
    "extra_forbidden": "is no key of this section",
    "missing": "is required",
    "tuple_type": "should be a list",
    "list_type": "should be a list",
    "too_short": "should not be empty",
    "dict_type": "should be keys with their values",
    "model_type": "should be keys with their values",
    "model_attributes_type": "should be keys with their values",
    "path_type": "should be a path",
}


class _Loader(_LOADER):
    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, OverflowError):
            # What PyYAML's constructors run into: 2026-02-30, !!int x, !!int '', !!bool x, !!timestamp x.
            problem = "is no such date, number or truth value; quote it where it is text"
            raise _Unmeant(problem=problem, problem_mark=node.start_mark) from None


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
        (".".join(map(str, item["loc"])) or "(file)", fault_of(item))
        for item in error.errors(include_input=False)
    ]


def fault_of(item: Any) -> str:
    """Return what is wrong, of an item of pydantic's, for people who write YAML and no Python."""
    return _IN_YAML.get(item["type"]) or str(item["msg"]).removeprefix("Value error, ")


def read_once(place: str, text: str) -> Any:
    """Return the value of a YAML document.

    Raises `ConfigRefused` where it is no YAML or holds what cannot be meant (a day that does not exist, a value
    that holds itself, nesting or aliases without end), with the line, or a key twice, with both lines.
    """
    try:
        _refuse_unreadable(text)
        loader = _Loader(text)
        if (root := loader.get_single_node()) is None:
            return None
        _refuse_shared(root)
        raw = loader.construct_document(root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "(file)"
        fault = str(error.problem) if isinstance(error, _Unmeant) else "is not YAML"
        raise ConfigRefused(place, [(where, fault)]) from None
    if faults := list(_twice(root, "")):
        raise ConfigRefused(place, faults)
    return raw


def _refuse_unreadable(text: str) -> None:
    """Refuse zero bytes, and deep nesting while it is a stream of events: the composer recurses in C."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.ScalarEvent) and "\0" in event.value:
            # No path, name or column has one; files and databases stumble over it.
            raise _unmeant("holds a zero byte", event.start_mark)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEEP:
            raise _unmeant(_TOO_DEEP, event.start_mark)


def _refuse_shared(root: yaml.Node) -> None:
    """Refuse aliases that lead in a circle, or stand for more than is readable; each value is looked at once."""
    known: dict[int, tuple[int, int] | None] = {}

    def measure(node: yaml.Node) -> tuple[int, int]:
        if id(node) in known:
            if (measured := known[id(node)]) is None:
                raise _Unmeant(problem="holds itself", problem_mark=node.start_mark)
            return measured
        known[id(node)] = None
        inner = [measure(each) for each in _inside(node)]
        size, depth = 1 + sum(each for each, _ in inner), 1 + max((each for _, each in inner), default=0)
        if depth > MOST_DEEP + 1:
            raise _unmeant(_TOO_DEEP, node.start_mark)
        known[id(node)] = size, depth
        return size, depth

    size, _ = measure(root)
    if size - len(known) > MOST_SHARED:
        raise _Unmeant(problem=f"has aliases that stand for more than {MOST_SHARED:,} values")


def _inside(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [each for pair in node.value for each in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _unmeant(problem: str, mark: Any) -> _Unmeant:
    return _Unmeant(problem=problem, problem_mark=mark)


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
