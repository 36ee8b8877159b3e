"""An object store that speaks S3: its listing, page by page, and its objects, block by block.

An object is what its tag (the ETag) says: whoever goes on reading one asks for that tag, so that what is put
together is of one piece. A connection that breaks is taken up where it broke.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines.errors import NotExamined
from pipelines.source_config import ObjectsSource
from pipelines.sources.container import BLOCK
from pipelines.sources.object_faults import is_unchanged, told
from pipelines.sources.object_login import connect

#: Keys that are asked for at once; no store gives more.
PAGE = 1_000
#: Times in a row an object is taken up where a connection broke, unless so many bytes came in between.
RESUMED, WORTH_IT = 3, 16 << 20

#: What clients that encrypt before they write put beside an object: its key, encrypted.
_ENVELOPES = frozenset({"x-amz-key", "x-amz-key-v2", "x-amz-3"})

_PARTIAL = 206
#: Of a body that came as a whole and is not what the store says it is.
_WRONG_SUM = "FlexibleChecksumError"

#: Seconds for which a store that did not answer is not asked again.
AWAY_SECONDS = 30.0
_away_until: dict[ObjectsSource, float] = {}


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as listed: what is current of it, no older version."""

    key: str
    size: int
    tag: str
    changed: datetime


@dataclass(frozen=True)
class Download:
    """An object that is being read: `size` bytes of what `tag` says."""

    tag: str
    size: int
    blocks: Iterator[bytes]


class ObjectStore:
    """One bucket; every method raises `NotExamined` with the codes of `object_faults`, without a place."""

    def __init__(self, config: ObjectsSource) -> None:
        self._config = config

    @contextmanager
    def _asking(self, *, of_object: bool) -> Iterator[Any]:
        """Give the client, unless the store did not answer a moment ago: each of its objects would wait for it."""
        if time.monotonic() < _away_until.get(self._config, 0.0):
            raise NotExamined("store-unreachable", "", "look after the store")
        try:
            with told(of_object=of_object):
                yield connect(self._config)
        except NotExamined as fault:
            if fault.code == "store-unreachable":
                _away_until[self._config] = time.monotonic() + AWAY_SECONDS
            raise

    def pages(self, prefix: str) -> Iterator[list[Stored]]:
        """Yield the objects whose keys begin with `prefix` page by page, in the order of their keys."""
        with self._asking(of_object=False) as client:
            paginator = client.get_paginator("list_objects_v2")
            asked = {"Bucket": self._config.bucket, "Prefix": prefix, "PaginationConfig": {"PageSize": PAGE}}
            pages = iter(paginator.paginate(**asked))
        while True:
            with self._asking(of_object=False):
                page = next(pages, None)
                stored = [_stored(each, prefix) for each in page.get("Contents", ())] if page else []
            if page is None:
                return
            yield stored

    def opened(self, key: str, held: str = "") -> Download | None:
        """Begin to read an object; None where it still is what the tag `held` says."""
        try:
            response = self._get(key, **({"IfNoneMatch": held} if held else {}))
        except _Unchanged:
            return None
        if "ContentLength" not in response:
            # What unpacks an object on its way cannot say how long it will be, nor whether all of it came.
            raise _refused("store the object as it is")
        tag, size = str(response.get("ETag", "")), int(response["ContentLength"])
        return Download(tag, size, self._resumed(key, tag, size, response["Body"]))

    def part(self, key: str, tag: str, start: int, end: int) -> Iterator[bytes]:
        """Stream the bytes from `start` to before `end` of an object that still is what `tag` says."""
        broken = 0
        while start < end:
            begun = start
            response = self._get(key, Range=f"bytes={start}-{end - 1}", **({"IfMatch": tag} if tag else {}))
            whole = response["ResponseMetadata"]["HTTPStatusCode"] != _PARTIAL
            if whole and start:
                response["Body"].close()
                raise _refused("name a store that reads parts of an object")
            for block in _until_it_breaks(response["Body"]):
                start += len(block)
                yield block[: len(block) - max(start - end, 0)]
                if start >= end:
                    response["Body"].close()
                    return
            broken = broken + 1 if start - begun < WORTH_IT else 1
            if broken > RESUMED:
                raise NotExamined("download-broken", "", "scan again, or look after the network")

    def _resumed(self, key: str, tag: str, size: int, body: Any) -> Iterator[bytes]:
        read = 0
        for block in _until_it_breaks(body):
            read += len(block)
            yield block
        yield from self.part(key, tag, read, size)

    def _get(self, key: str, **given: str) -> dict[str, Any]:
        with self._asking(of_object=True) as client:
            try:
                response: dict[str, Any] = client.get_object(Bucket=self._config.bucket, Key=key, **given)
            except Exception as error:
                if is_unchanged(error):
                    raise _Unchanged from None
                raise
            if not _ENVELOPES.isdisjoint(response.get("Metadata", {})):
                response["Body"].close()
                raise NotExamined("object-encrypted", "", "give Meibo a copy that is not encrypted")
            return response


def _stored(each: dict[str, Any], prefix: str) -> Stored:
    if not each["Key"].startswith(prefix):
        raise _refused("name a store that lists what it is asked for")
    return Stored(each["Key"], int(each["Size"]), str(each.get("ETag", "")), each["LastModified"])


def _refused(hint: str) -> NotExamined:
    return NotExamined("store-refused", "", hint)


class _Unchanged(NotExamined):
    """The object is what the caller holds."""

    def __init__(self) -> None:
        super().__init__("object-unchanged")


def _until_it_breaks(body: Any) -> Iterator[bytes]:
    """Yield what comes of a body: all of it, or what comes before the connection breaks."""
    try:
        while block := body.read(BLOCK):
            yield block
    except Exception as error:
        if type(error).__name__ == _WRONG_SUM:
            raise NotExamined("download-broken", "", "scan again, or write the object again") from None
        # Which of three libraries says so differs; that bytes are missing is what the caller counts.
        return
    finally:
        body.close()
