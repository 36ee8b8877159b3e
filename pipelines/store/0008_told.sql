-- What report `why` says of findings, gathered at the load beside their counts (pipelines/loading/keeping.py): a report must
-- not read millions of them again. `recognizers`: who found them, most hits first; `samples`: the first three masked.

ALTER TABLE occurrence ADD COLUMN recognizers TEXT[];
ALTER TABLE occurrence ADD COLUMN samples TEXT[];

CREATE MACRO found_by(recognizer, recognizer_version, hits, score) AS
    format('{} {} × {:,} (≤ {:.2f})', recognizer, recognizer_version, hits, score);

-- Of every place and type in the parts of each scan; `occurrence` is what of it people are shown.
CREATE VIEW occurrence_of_scan AS
WITH hits AS (
    SELECT scan_id, place.asset_id, field, entity_type, recognizer, recognizer_version, count(*) AS hits,
           max(score) AS score
    FROM finding JOIN scan_part AS place USING (part_id) WHERE personal GROUP BY ALL
),
told AS (
    SELECT scan_id, asset_id, field, entity_type,
           list(found_by(recognizer, recognizer_version, hits, score) ORDER BY hits DESC, recognizer, recognizer_version) AS recognizers
    FROM hits GROUP BY ALL
),
counted AS (
    SELECT scan_id, place.asset_id, field, entity_type, count(DISTINCT (place."index", row)) AS rows,
           count(*) AS occurrences, count(DISTINCT value_key) AS "distinct", max(score) AS score,
           list_sort(list(DISTINCT masked) FILTER (masked IS NOT NULL))[:3] AS samples
    FROM finding JOIN scan_part AS place USING (part_id) WHERE personal GROUP BY ALL
)
SELECT counted.*, recognizers FROM counted JOIN told USING (scan_id, asset_id, field, entity_type);

DELETE FROM occurrence;
INSERT INTO occurrence BY NAME FROM occurrence_of_scan;
