"""What every step is given besides a reference: the estate, the output directory, the keys."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.config import Estate
from pipelines.keys import KeyRing
from pipelines.layout import Layout


@dataclass(frozen=True)
class Job:
    """Immutable, picklable; the same in the CLI, in an Airflow task, in a worker process."""

    estate: Estate
    layout: Layout
    keys: KeyRing
