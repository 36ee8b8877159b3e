-- Rows of registers with these order, ticket or slip numbers, in the time asked for.
INSERT INTO scope_row
SELECT DISTINCT asset_id, part_id, row, moment FROM current_record
WHERE list_contains($refs::BLOB[], ref_key)
  AND (moment IS NULL OR $first IS NULL OR moment >= $first) AND (moment IS NULL OR $last IS NULL OR moment <= $last)
  AND asset_id NOT IN (SELECT asset_id FROM whole_asset)
