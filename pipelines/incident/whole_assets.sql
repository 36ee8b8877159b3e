-- Rows of the assets concerned that anything keyed or found is known of.
INSERT INTO scope_row
SELECT DISTINCT place.asset_id, part_id, row, NULL::TIMESTAMPTZ FROM (
    SELECT part_id, row FROM value_key
    UNION SELECT part_id, row FROM finding WHERE personal
    UNION SELECT part_id, row FROM record
) AS held
JOIN (SELECT part_id, asset_id FROM current_part SEMI JOIN scope_asset USING (asset_id)) AS place USING (part_id)
