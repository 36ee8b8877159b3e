-- Kinds of personal data concerned, with the rows that hold them.
WITH whole AS (
    SELECT entity_type, max(held.rows) AS rows FROM current_holding AS held SEMI JOIN scope_asset USING (asset_id)
    WHERE held.asset_id IN (SELECT asset_id FROM whole_asset) GROUP BY entity_type, asset_id
),
typed AS (
    SELECT entity_type, count(*) AS rows
    FROM (SELECT DISTINCT entity_type, number * 68719476736 + row AS node FROM value_key JOIN scope_part USING (part_id))
    SEMI JOIN scope_node USING (node) GROUP BY entity_type
),
cell AS (
    SELECT entity_type, node, list(DISTINCT kind) FILTER (kind IS NOT NULL) AS kinds
    FROM (SELECT entity_type, kind, number * 68719476736 + row AS node FROM finding JOIN scope_part USING (part_id)
          WHERE personal)
    SEMI JOIN scope_node USING (node) GROUP BY entity_type, node
),
found AS (
    SELECT entity_type, count(*) AS rows, list_distinct(flatten(list(kinds) FILTER (kinds IS NOT NULL))) AS kinds
    FROM cell GROUP BY entity_type
),
-- Of an order or a mailing only its own rows are concerned, but every typed field of them.
field AS (
    SELECT DISTINCT asset_id, entity_type FROM current_field
    WHERE kind = 'typed' AND asset_id NOT IN (SELECT asset_id FROM whole_asset)
),
fields AS (
    SELECT entity_type, count(DISTINCT node) AS rows FROM scope_node JOIN field USING (asset_id) GROUP BY entity_type
),
held AS (
    SELECT entity_type, max(rows) AS rows FROM (
        SELECT entity_type, sum(rows) AS rows FROM whole GROUP BY entity_type
        UNION ALL SELECT * FROM typed UNION ALL SELECT entity_type, rows FROM found UNION ALL SELECT * FROM fields)
    GROUP BY entity_type
)
SELECT entity_type, coalesce(label_ja, entity_type) AS label_ja, coalesce(label_en, entity_type) AS label_en,
       coalesce(appi_class, '') AS appi_class, sensitivity, held.rows::BIGINT AS rows, coalesce(kinds, []) AS kinds
FROM held LEFT JOIN entity USING (entity_type) LEFT JOIN (SELECT entity_type, kinds FROM found) USING (entity_type)
WHERE coalesce(personal, TRUE)
ORDER BY sensitivity DESC NULLS FIRST, held.rows DESC, entity_type
