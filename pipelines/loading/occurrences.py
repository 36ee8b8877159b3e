"""What is found where, counted at the load: no report is to read millions of findings again.

Of a place (asset, field, type) its rows, occurrences, different values, who found them and three masked samples.
Places have numbers while they are counted, and rows are bits: of every finding some bytes would be held otherwise.
"""

from __future__ import annotations

import duckdb


def count(store: duckdb.DuckDBPyConnection, scan_id: str) -> None:
    """Count the findings of one scan into table `occurrence`; its rows are in the store."""
    try:
        store.execute(_SPOTS, {"scan": scan_id})
        for statement in _COUNTS.values():
            store.execute(statement)
        store.execute(_TOGETHER, {"scan": scan_id})
    finally:
        for table in ("found_spot", *_COUNTS):
            store.execute(f"DROP TABLE IF EXISTS {table}")


# `spot`: a place within a part; `times`: how often the part stands in the asset.
_SPOTS = """
    CREATE TEMP TABLE found_spot AS
    SELECT row_number() OVER ()::INTEGER AS spot,
           dense_rank() OVER (ORDER BY asset_id, field, entity_type)::INTEGER AS place, *
    FROM (SELECT DISTINCT part_id, field, entity_type FROM finding WHERE personal)
    JOIN (SELECT part_id, asset_id, count(*) AS times FROM scan_part WHERE scan_id = $scan GROUP BY ALL)
        USING (part_id)
"""

_FOUND = "finding JOIN found_spot USING (part_id, field, entity_type) WHERE personal"

# One after the other: each keeps much less than all of them at once.
_COUNTS = {
    "found_rows": f"""
        CREATE TEMP TABLE found_rows AS
        WITH sixty_four AS (
            SELECT spot, bit_or(1::UBIGINT << (row % 64)) AS seen FROM {_FOUND} GROUP BY spot, row // 64
        ),
        of_part AS (SELECT spot, sum(bit_count(seen)) AS rows FROM sixty_four GROUP BY spot)
        SELECT place, sum(rows * times) AS rows FROM of_part JOIN found_spot USING (spot) GROUP BY place
    """,
    "found_values": f"""
        CREATE TEMP TABLE found_values AS
        SELECT place, count(DISTINCT value_key) AS "distinct" FROM {_FOUND} GROUP BY place
    """,
    "found_samples": f"""
        CREATE TEMP TABLE found_samples AS
        SELECT place, min(masked, 3) AS samples FROM (SELECT DISTINCT place, masked FROM {_FOUND}) GROUP BY place
    """,
    "found_told": f"""
        CREATE TEMP TABLE found_told AS
        WITH hits AS (
            SELECT place, recognizer, recognizer_version, sum(times) AS hits, max(score) AS score
            FROM {_FOUND} GROUP BY ALL
        )
        SELECT place, sum(hits) AS occurrences, max(score) AS score,
               list(found_by(recognizer, recognizer_version, hits, score)
                    ORDER BY hits DESC, recognizer, recognizer_version) AS recognizers
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
