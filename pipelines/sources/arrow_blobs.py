"""Blobs in columns of Arrow that are pictures or files."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from pipelines.sources.arrow_columns import is_binary, plain
from pipelines.sources.blobs import Blob, path_of, use_of


def blobs_of(batch: pa.RecordBatch) -> Iterator[Blob]:
    """Yield the cells of binary columns that are of use, column by column."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if not may_be_binary(column.type):
            continue
        column = plain(column)
        for content in column.to_pylist() if is_binary(column.type) else ():
            if content is not None and use_of(content) is not None:
                yield Blob(path_of(name), content)


def may_be_binary(kind: pa.DataType) -> bool:
    """Say whether a column of this type may hold bytes, with or without an encoding around them."""
    kind = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    return is_binary(kind.value_type if pa.types.is_dictionary(kind) else kind)
