"""Sources: where data lies. One module per kind, one line in `SOURCES`."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from pipelines.keys import KeyRing
from pipelines.refs import AssetRef
from pipelines.source_config import SourceConfig
from pipelines.sources.base import Gap, Sought, Source

__all__ = ["SOURCES", "Gap", "Source", "find_asset", "open_source"]

#: kind → "module:class"; modules load when a source of their kind is opened.
SOURCES = {
    "files": "pipelines.sources.files:Files",
    "mysql": "pipelines.sources.mysql:Mysql",
    "objects": "pipelines.sources.objects:Objects",
    "postgresql": "pipelines.sources.postgresql:Postgresql",
    "sqlite": "pipelines.sources.sqlite:Sqlite",
}


def open_source(config: SourceConfig, keys: KeyRing) -> Source:
    """Return the source a configuration describes; nothing is connected or read yet.

    `keys`: masks personal data in paths and names (`pipelines.places`).
    """
    module, _, name = SOURCES[config.kind].partition(":")
    return cast(Source, getattr(import_module(module), name)(config, keys))


def find_asset(source: Source, asset_id: str) -> AssetRef | None:
    """Return the asset of an id; None where there is none now."""
    listed = source.sought(asset_id) if isinstance(source, Sought) else source.assets()
    return next((each for each in listed if each.id == asset_id), None)
