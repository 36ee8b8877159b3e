-- What bounds the number of distinct persons in `scope_row`.
WITH link AS (
    SELECT number * 68719476736 + row AS node, subject_id, confidence, role
    FROM subject_link JOIN scope_part USING (part_id)
),
held AS MATERIALIZED (SELECT times, subject_id, confidence, role FROM scope_node LEFT JOIN link USING (node)),
linked AS (
    SELECT subject_id, sum(times) AS rows, min(confidence) AS confidence
    FROM held WHERE role = 'self' GROUP BY subject_id
),
unlinked AS (SELECT coalesce(sum(times), 0)::BIGINT AS rows FROM held WHERE role IS NULL),
mentioned AS (
    SELECT count(DISTINCT key) AS names
    FROM (SELECT number * 68719476736 + row AS node, hash(value_key) AS key FROM finding JOIN scope_part USING (part_id)
          WHERE entity_type = 'PERSON' AND personal AND value_key IS NOT NULL)
    SEMI JOIN scope_node USING (node)
),
-- Rows of whole assets nothing keyed is known of: their holdings tell how many they are at most.
unseen AS (
    SELECT sum(greatest(most.rows - coalesce(seen.rows, 0), 0))::BIGINT AS rows
    FROM (SELECT asset_id, max(rows) AS rows FROM current_holding SEMI JOIN whole_asset USING (asset_id)
          WHERE kind = 'typed' GROUP BY asset_id) AS most
    LEFT JOIN (SELECT asset_id, count(*) AS rows FROM scope_node GROUP BY asset_id) AS seen USING (asset_id)
),
cells AS (
    SELECT max(number) AS number FROM (
        SELECT count(DISTINCT key) AS number
        FROM (SELECT number * 68719476736 + row AS node, number, field, hash(value_key) AS key
              FROM value_key JOIN scope_part USING (part_id)
              WHERE entity_type IN ('PERSON', 'PERSONAL_ID', 'EMAIL_ADDRESS'))
        SEMI JOIN scope_node USING (node) GROUP BY number, field
        UNION ALL SELECT names FROM mentioned)
)
SELECT (SELECT count(*) FROM linked) AS subjects,
       coalesce((SELECT sum(CASE WHEN confidence >= $sure THEN 1 ELSE rows END) FROM linked), 0)::BIGINT AS most,
       (SELECT rows FROM unlinked) AS unlinked, (SELECT names FROM mentioned) AS mentioned,
       coalesce((SELECT rows FROM unseen), 0) AS unseen,
       coalesce((SELECT number FROM cells), 0) AS cells
