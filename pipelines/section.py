"""The base of everything people write in YAML."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Base of every section: unknown keys are faults, so that a typing error is never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
