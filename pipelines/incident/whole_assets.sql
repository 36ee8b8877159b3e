-- Rows of the assets concerned that anything keyed or found is known of. A row is one number, not two words, while
-- millions of them are told apart.
INSERT INTO scope_row
WITH place AS (SELECT part_id, asset_id FROM current_part SEMI JOIN scope_asset USING (asset_id)),
part AS (SELECT part_id, row_number() OVER () AS number FROM (SELECT DISTINCT part_id FROM place)),
node AS (
    SELECT number * 68719476736 + row AS node FROM value_key JOIN part USING (part_id)
    UNION SELECT number * 68719476736 + row FROM finding JOIN part USING (part_id) WHERE personal
    UNION SELECT number * 68719476736 + row FROM record JOIN part USING (part_id)
)
SELECT asset_id, part_id, node % 68719476736, NULL::TIMESTAMPTZ
FROM node JOIN part ON number = node // 68719476736 JOIN place USING (part_id)
