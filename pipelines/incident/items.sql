-- Kinds of personal data concerned, with the rows that hold them.
WITH whole AS (
    SELECT entity_type, max(held.rows) AS rows FROM current_holding AS held SEMI JOIN scope_asset USING (asset_id)
    WHERE held.asset_id IN (SELECT asset_id FROM whole_asset) GROUP BY entity_type, asset_id
),
typed AS (
    SELECT entity_type, count(DISTINCT (part_id, row)) AS rows
    FROM value_key SEMI JOIN scope_row USING (part_id, row) GROUP BY entity_type
),
found AS (
    SELECT entity_type, count(DISTINCT (part_id, row)) AS rows, list(DISTINCT kind) FILTER (kind IS NOT NULL) AS kinds
    FROM finding SEMI JOIN scope_row USING (part_id, row) WHERE personal GROUP BY entity_type
),
-- Of an order or a mailing only its own rows are concerned, but every typed field of them.
fields AS (
    SELECT field.entity_type, count(DISTINCT (scope_row.part_id, scope_row.row)) AS rows
    FROM scope_row JOIN current_field AS field USING (asset_id)
    WHERE field.kind = 'typed' AND asset_id NOT IN (SELECT asset_id FROM whole_asset) GROUP BY field.entity_type
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
