"""Every fault of an estate is told with its place in the file, and nothing beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.config import load_estate
from pipelines.errors import ConfigRefused

SOURCE = "sources: [{name: share, kind: files, path: .}]\n"


def faults(directory: Path, text: str) -> list[tuple[str, str]]:
    (directory / "estate.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigRefused) as refusal:
        load_estate(directory / "estate.yaml")
    return refusal.value.faults


@pytest.mark.parametrize("source", ["{name: a, kind: files, path: ., colour: x}", "{name: a, kind: oracle}"])
def test_a_fault_in_the_only_source_is_the_only_fault(tmp_path: Path, source: str) -> None:
    ((place, _),) = faults(tmp_path, f"sources: [{source}]\n")
    assert place.startswith("sources[0].")


@pytest.mark.parametrize("text", ["sources: []\n", "assets: []\n"])
def test_an_estate_without_a_source_is_told_so(tmp_path: Path, text: str) -> None:
    ((place, _),) = faults(tmp_path, text)
    assert place == "sources"
