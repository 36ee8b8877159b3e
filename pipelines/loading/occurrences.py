"""What is found where, counted at the load: no report is to read millions of findings again.

Of a place (asset, field, type) its rows, occurrences, different values, who found them and three masked samples.
Of an asset that has the parts it had in the scan before they are what they were. Places have numbers while they
are counted, and rows are bits: of every finding some bytes would be held otherwise.
"""

from __future__ import annotations

import duckdb

from pipelines.store.database import transaction

#: Parts whose findings are counted together, about: each portion reads all findings, and holds its places.
AT_ONCE = 32_768


def count(store: duckdb.DuckDBPyConnection, scan_id: str, at_once: int = AT_ONCE) -> None:
    """Count the findings of one scan into table `occurrence`; its rows are in the store.

    A portion of the assets at a time, each in a transaction of its own.
    """
    (parts,) = store.execute("SELECT count(*) FROM scan_part WHERE scan_id = ?", [scan_id]).fetchone() or (0,)
    (before,) = store.execute(_BEFORE, [scan_id]).fetchone() or (None,)
    portions = max(1, -(-parts // at_once))
    for portion in range(portions):
        with transaction(store):
            _count(store, scan_id, before, {"portions": portions, "portion": portion})


def _count(store: duckdb.DuckDBPyConnection, scan: str, before: str | None, some: dict[str, int]) -> None:
    scans = {"scan": scan, "before": before}
    given = {"found_same": {**scans, **some}, "found_part": {"scan": scan, **some}}
    tables = {"found_same": _SAME, "found_part": _PARTS, "found_spot": _SPOTS, **_COUNTS}
    for table, query in tables.items():
        store.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}", given.get(table, {}))
    store.execute(_TOGETHER, {"scan": scan})
    store.execute(_AS_BEFORE, scans)
    for table in tables:
        store.execute(f"DROP TABLE {table}")


_BEFORE = """
    SELECT scan_id FROM scan
    WHERE (finished_at, scan_id) < (SELECT (finished_at, scan_id) FROM scan WHERE scan_id = ?)
    ORDER BY finished_at DESC, scan_id DESC LIMIT 1
"""

# A part never changes. Whoever changes what is counted of one counts all scans again, in a migration.
_SAME = """
    WITH held AS (
        SELECT scan_id, asset_id, list_sort(list(part_id)) AS parts FROM scan_part
        WHERE scan_id IN ($scan, $before) AND hash(asset_id) % $portions = $portion GROUP BY scan_id, asset_id
    )
    SELECT asset_id FROM held AS now
    SEMI JOIN (FROM held WHERE scan_id = $before) AS earlier USING (asset_id, parts) WHERE scan_id = $scan
"""

# `times`: how often the part stands in the asset.
_PARTS = """
    SELECT part_id, asset_id, count(*) AS times FROM scan_part ANTI JOIN found_same USING (asset_id)
    WHERE scan_id = $scan AND hash(asset_id) % $portions = $portion GROUP BY ALL
"""

# `spot`: a place within a part. 64 bits tell the places of one portion apart.
_SPOTS = """
    SELECT row_number() OVER ()::INTEGER AS spot, hash(asset_id, field, entity_type) AS place, *
    FROM (
        SELECT DISTINCT part_id, field, entity_type FROM finding SEMI JOIN found_part USING (part_id)
        WHERE personal
    )
    JOIN found_part USING (part_id)
"""

_FOUND = "finding JOIN found_spot USING (part_id, field, entity_type) WHERE personal"

# One after the other: each keeps much less than all of them at once.
_COUNTS = {
    "found_rows": f"""
        WITH sixty_four AS (
            SELECT spot, bit_or(1::UBIGINT << (row % 64)) AS seen FROM {_FOUND} GROUP BY spot, row // 64
        ),
        of_part AS (SELECT spot, sum(bit_count(seen)) AS rows FROM sixty_four GROUP BY spot)
        SELECT place, sum(rows * times) AS rows FROM of_part JOIN found_spot USING (spot) GROUP BY place
    """,
    "found_values": f"""
        SELECT place, count(DISTINCT value_key) AS "distinct" FROM {_FOUND} GROUP BY place
    """,
    "found_samples": f"""
        SELECT place, min(masked, 3) AS samples FROM (SELECT DISTINCT place, masked FROM {_FOUND}) GROUP BY place
    """,
    "found_told": f"""
        WITH hits AS (
            SELECT place, recognizer, recognizer_version, sum(times) AS hits, max(score) AS score
            FROM {_FOUND} GROUP BY ALL
        )
        SELECT place, sum(hits) AS occurrences, max(score) AS score,
               list_transform(
                   list_sort(list({{
                       less: -hits, recognizer: recognizer, version: recognizer_version, score: score}})),
                   one -> found_by(one.recognizer, one.version, -one.less, one.score)) AS recognizers
        FROM hits GROUP BY place
    """,
}

_TOGETHER = """
    INSERT INTO occurrence BY NAME
    SELECT $scan AS scan_id, asset_id, field, entity_type, rows, occurrences, "distinct", score, samples,
           recognizers
    FROM (SELECT DISTINCT place, asset_id, field, entity_type FROM found_spot)
    JOIN found_rows USING (place) JOIN found_values USING (place) JOIN found_samples USING (place)
    JOIN found_told USING (place)
"""

_AS_BEFORE = """
    INSERT INTO occurrence BY NAME
    SELECT * REPLACE ($scan AS scan_id) FROM occurrence SEMI JOIN found_same USING (asset_id)
    WHERE scan_id = $before
"""
