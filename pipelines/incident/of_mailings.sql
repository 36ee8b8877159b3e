-- Messages of the send log with these lists or templates, in the time asked for.
INSERT INTO scope_row
SELECT DISTINCT asset_id, part_id, row, moment FROM current_record
WHERE register = 'send' AND list_contains($mailings::TEXT[], list)
  AND (moment IS NULL OR $first IS NULL OR moment >= $first) AND (moment IS NULL OR $last IS NULL OR moment <= $last)
  AND asset_id NOT IN (SELECT asset_id FROM whole_asset)
