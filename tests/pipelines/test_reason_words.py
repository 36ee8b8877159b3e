"""A privacy officer reads reasons in words: every code a reader or step can give has one in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

#: Calls and tables that name a reason; the first string in them is its code.
_CODES = re.compile(r'(?:NotExamined|Gap|ImageError|unread|skip|_code)\([^"\n]*?"([a-z]+(?:-[a-z0-9]+)+)"')


def test_every_reason_has_a_word(repo_root: Path) -> None:
    words = yaml.safe_load((repo_root / "pipelines/reports/labels.yaml").read_text("utf-8"))["reason"]
    modules = [*repo_root.glob("pipelines/**/*.py"), *repo_root.glob("detectors/ocr/*.py")]
    codes = {code for module in modules for code in _CODES.findall(module.read_text("utf-8"))}
    assert len(codes) > 20
    assert codes <= set(words), sorted(codes - set(words))
