-- What bounds the number of distinct persons in `scope_row`.
WITH linked AS (
    SELECT subject_id, count(*) AS rows, min(confidence) AS confidence
    FROM scope_row JOIN subject_link USING (part_id, row) WHERE role = 'self' GROUP BY subject_id
),
unlinked AS (SELECT count(*) AS rows FROM scope_row ANTI JOIN subject_link USING (part_id, row)),
mentioned AS (
    SELECT count(DISTINCT value_key) AS names FROM finding SEMI JOIN scope_row USING (part_id, row)
    WHERE entity_type = 'PERSON' AND personal
),
-- Rows of whole assets nothing keyed is known of: their holdings tell how many they are at most.
unseen AS (
    SELECT sum(greatest(held.rows - coalesce(seen.rows, 0), 0))::BIGINT AS rows
    FROM (SELECT asset_id, max(rows) AS rows FROM current_holding SEMI JOIN whole_asset USING (asset_id)
          WHERE kind = 'typed' GROUP BY asset_id) AS held
    LEFT JOIN (SELECT asset_id, count(DISTINCT (part_id, row)) AS rows FROM scope_row GROUP BY asset_id) AS seen
        USING (asset_id)
),
cells AS (
    SELECT max(number) AS number FROM (
        SELECT count(DISTINCT value_key) AS number FROM value_key SEMI JOIN scope_row USING (part_id, row)
        WHERE entity_type IN ('PERSON', 'PERSONAL_ID', 'EMAIL_ADDRESS') GROUP BY part_id, field
        UNION ALL SELECT names FROM mentioned)
)
SELECT (SELECT count(*) FROM linked) AS subjects,
       coalesce((SELECT sum(CASE WHEN confidence >= $sure THEN 1 ELSE rows END) FROM linked), 0)::BIGINT AS most,
       (SELECT rows FROM unlinked) AS unlinked, (SELECT names FROM mentioned) AS mentioned,
       coalesce((SELECT rows FROM unseen), 0) AS unseen,
       coalesce((SELECT number FROM cells), 0) AS cells
