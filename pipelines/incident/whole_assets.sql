-- Rows of the assets concerned that anything keyed or found is known of.
INSERT INTO scope_row
WITH place AS (SELECT part_id, asset_id FROM current_part SEMI JOIN scope_asset USING (asset_id))
SELECT DISTINCT asset_id, part_id, row, NULL::TIMESTAMPTZ FROM (
    SELECT part_id, row FROM value_key SEMI JOIN place USING (part_id)
    UNION ALL SELECT part_id, row FROM finding SEMI JOIN place USING (part_id) WHERE personal
    UNION ALL SELECT part_id, row FROM record SEMI JOIN place USING (part_id)
)
JOIN place USING (part_id)
