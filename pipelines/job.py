"""What every step is given besides a reference: the estate, the output directory, the keys."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.config import Estate, load_estate
from pipelines.errors import Refused
from pipelines.keys import KeyRing
from pipelines.layout import Layout

if TYPE_CHECKING:
    from pipelines.examine.work import Memory


@dataclass(frozen=True)
class Job:
    """Immutable, picklable; the same in the CLI, in an Airflow task, in a worker process."""

    estate: Estate
    layout: Layout
    keys: KeyRing
    memory: Memory | None = field(default=None, compare=False, repr=False)
    """Where parts and work are kept instead of the disk while tiny assets are examined together."""

    @classmethod
    def from_environment(cls) -> Job:
        """Read the job from ``MEIBO_ESTATE``, ``MEIBO_OUT`` (default ``.meibo``) and the key's variables.

        Raises `Refused` ``estate-missing``, and what `load_estate` and `KeyRing.from_environment` raise.
        """
        estate = os.environ.get("MEIBO_ESTATE")
        if not estate:
            raise Refused("estate-missing", "MEIBO_ESTATE", "set it to the path of the estate file")
        out = Path(os.environ.get("MEIBO_OUT", ".meibo")).resolve()
        return cls(load_estate(Path(estate)), Layout(out), KeyRing.from_environment())
