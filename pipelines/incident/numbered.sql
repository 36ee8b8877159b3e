-- Parts and rows of `scope_row` as numbers, for the counts to join. `times`: a part may stand in two assets.
CREATE OR REPLACE TEMP TABLE scope_part AS
SELECT part_id, row_number() OVER () AS number FROM (SELECT DISTINCT part_id FROM scope_row);

CREATE OR REPLACE TEMP TABLE scope_node AS
SELECT node, asset_id, count(*) AS times
FROM (SELECT number * 68719476736 + row AS node, asset_id FROM scope_row JOIN scope_part USING (part_id))
GROUP BY node, asset_id;
