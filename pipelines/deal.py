"""Deal: how much work something is, tiny assets put together, and all of it cut into shards."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from pipelines.refs import AssetRef, PartRef

#: Airflow maps at most 1,024 tasks by default; a plan stays well below.
MAX_SHARDS = 256

#: Seconds of work a shard should hold where there is that much: a task costs a scheduler seconds to start.
SHARD_SECONDS = 60
#: Bytes one worker examines in a second, rounded down from benchmarks (docs/scale.md).
BYTES_PER_SECOND = 2_000_000
#: Seconds that are spent on an asset whatever its size, on an image, and on one whose size is not known.
ASSET_SECONDS, IMAGE_SECONDS, UNKNOWN_SECONDS = 0.05, 3.0, 5.0

#: Assets up to this size are tiny; from so many of them on they are examined together, so many or so much at once.
TINY_BYTES, BUNDLES_FROM, BUNDLE_ASSETS, BUNDLE_BYTES = 64 << 10, 500, 256, 4 << 20

Item = TypeVar("Item")


def shard(items: Sequence[Item], seconds: Callable[[Item], float]) -> list[tuple[Item, ...]]:
    """Deal items into at most `MAX_SHARDS` shards of at least `SHARD_SECONDS` of work, where there is that much.

    `seconds`: how long one item may take. The longest items are dealt first, each to the shard with the least to
    do; within a shard they keep their order.
    """
    costs = [seconds(item) for item in items]
    n = max(1, min(len(items), MAX_SHARDS, int(sum(costs) // SHARD_SECONDS)))
    shards: list[list[int]] = [[] for _ in range(n)]
    loads = [(0.0, number) for number in range(n)]
    for place in sorted(range(len(items)), key=lambda place: (-costs[place], place)):
        load, number = loads[0]
        shards[number].append(place)
        heapq.heapreplace(loads, (load + costs[place], number))
    return [tuple(items[place] for place in sorted(places)) for places in shards if places]


def seconds_of_part(part: PartRef) -> float:
    """Estimate how long it takes to examine a part."""
    return _seconds(part.asset.kind, part.bytes)


def _seconds(kind: str, size: int) -> float:
    if kind == "image":
        return IMAGE_SECONDS
    return ASSET_SECONDS + size / BYTES_PER_SECOND


def deal(
    assets: Sequence[AssetRef], sizes: Mapping[str, int]
) -> tuple[tuple[tuple[AssetRef, ...], ...], tuple[tuple[tuple[AssetRef, ...], ...], ...]]:
    """Put tiny assets together where there are many, then deal single assets and bundles into shards.

    `sizes`: bytes by asset id, where known. Returns of every shard its single assets, and its bundles.
    """

    def seconds(item: tuple[AssetRef, ...]) -> float:
        known = [(asset.kind, sizes.get(asset.id, 0)) for asset in item]
        return sum(_seconds(kind, size) if size else UNKNOWN_SECONDS for kind, size in known)

    tiny = [asset for asset in assets if is_tiny(asset, sizes.get(asset.id, 0))]
    bundles = _bundles(tiny, sizes) if len(tiny) >= BUNDLES_FROM else []
    bundled = {asset.id for bundle in bundles for asset in bundle}
    items = [(asset,) for asset in assets if asset.id not in bundled]
    dealt = shard([*items, *bundles], seconds)
    return (
        tuple(tuple(item[0] for item in each if item[0].id not in bundled) for each in dealt),
        tuple(tuple(item for item in each if item[0].id in bundled) for each in dealt),
    )


def is_tiny(asset: AssetRef, size: int) -> bool:
    """Say whether an asset is so small that files of its own would cost more than examining it."""
    return 0 < size <= TINY_BYTES and asset.kind not in ("image", "unreadable")


def _bundles(assets: Sequence[AssetRef], sizes: Mapping[str, int]) -> list[tuple[AssetRef, ...]]:
    bundles: list[list[AssetRef]] = []
    size = 0
    for asset in assets:
        size += sizes[asset.id]
        last = bundles[-1] if bundles else []
        if not last or len(last) >= BUNDLE_ASSETS or size > BUNDLE_BYTES or last[0].source != asset.source:
            bundles.append([])
            size = sizes[asset.id]
        bundles[-1].append(asset)
    return [tuple(bundle) for bundle in bundles]
