-- Kinds of personal data concerned, with the rows that hold them.
-- Of a whole asset its holdings say it; only where two fields of a type may be filled in the same row, rows are counted.
WITH whole AS (
    SELECT asset_id, entity_type, kind = 'typed' AS typed, max(held.rows) AS rows, count(*) > 1 AS several
    FROM current_holding AS held SEMI JOIN whole_asset USING (asset_id) GROUP BY asset_id, entity_type, typed
),
several AS (
    SELECT whole_part.part_id, number, entity_type, typed FROM whole JOIN current_part AS place USING (asset_id)
    JOIN whole_part ON whole_part.part_id = place.part_id WHERE several
),
-- Columns kept to count how many share them (`quasi` of the estate) are no kind of personal data.
typed AS (
    SELECT entity_type, count(*) AS rows
    FROM (SELECT DISTINCT entity_type, number * 68719476736 + row AS node
          FROM value_key JOIN (SELECT * FROM several WHERE typed) AS several USING (part_id, entity_type)
          UNION ALL
          SELECT * FROM (SELECT DISTINCT entity_type, number * 68719476736 + row AS node
                         FROM value_key JOIN scope_part USING (part_id) WHERE entity_type <> 'QUASI')
          SEMI JOIN scope_node USING (node))
    GROUP BY entity_type
),
cell AS (
    SELECT DISTINCT entity_type, number * 68719476736 + row AS node
    FROM whole_finding JOIN (SELECT * FROM several WHERE NOT typed) AS several USING (number, entity_type)
    UNION ALL
    SELECT * FROM (SELECT DISTINCT entity_type, number * 68719476736 + row AS node
                   FROM finding JOIN scope_part USING (part_id) WHERE personal)
    SEMI JOIN scope_node USING (node)
),
found AS (SELECT entity_type, count(*) AS rows FROM cell GROUP BY entity_type),
said AS (
    SELECT entity_type, list(DISTINCT kind ORDER BY kind) AS kinds
    FROM (SELECT entity_type, kind FROM whole_finding WHERE kind IS NOT NULL
          UNION ALL
          SELECT entity_type, kind
          FROM (SELECT entity_type, kind, number * 68719476736 + row AS node FROM finding JOIN scope_part USING (part_id)
                WHERE personal AND kind IS NOT NULL)
          SEMI JOIN scope_node USING (node))
    GROUP BY entity_type
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
        SELECT entity_type, sum(rows) AS rows
        FROM (SELECT entity_type, asset_id, max(rows) AS rows FROM whole GROUP BY entity_type, asset_id)
        GROUP BY entity_type
        UNION ALL SELECT * FROM typed UNION ALL SELECT * FROM found UNION ALL SELECT * FROM fields)
    GROUP BY entity_type
)
SELECT entity_type, coalesce(label_ja, entity_type) AS label_ja, coalesce(label_en, entity_type) AS label_en,
       coalesce(appi_class, '') AS appi_class, sensitivity, held.rows::BIGINT AS rows, coalesce(kinds, []) AS kinds
FROM held LEFT JOIN entity USING (entity_type) LEFT JOIN said USING (entity_type)
WHERE coalesce(personal, TRUE)
ORDER BY sensitivity DESC NULLS FIRST, held.rows DESC, entity_type
