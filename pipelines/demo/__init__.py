"""The sample estate of ``meibo demo``: an invented phone and mail-order company, with the truth about its data."""

from __future__ import annotations

from pipelines.demo.estate import write_demo

__all__ = ["write_demo"]
