"""Sources: where data lies. One module per kind, one line in `SOURCES`."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from pipelines.keys import KeyRing
from pipelines.source_config import SourceConfig
from pipelines.sources.base import Gap, Source

__all__ = ["SOURCES", "Gap", "Source", "open_source"]

#: kind → "module:class"; modules load when a source of their kind is opened.
SOURCES = {
    "files": "pipelines.sources.files:Files",
    "mysql": "pipelines.sources.mysql:Mysql",
    "postgresql": "pipelines.sources.postgresql:Postgresql",
    "sqlite": "pipelines.sources.sqlite:Sqlite",
}


def open_source(config: SourceConfig, keys: KeyRing) -> Source:
    """Return the source a configuration describes; nothing is connected or read yet.

    `keys`: masks personal data in paths and names (`pipelines.places`).
    """
    module, _, name = SOURCES[config.kind].partition(":")
    return cast(Source, getattr(import_module(module), name)(config, keys))
