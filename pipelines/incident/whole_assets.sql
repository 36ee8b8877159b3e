-- Parts of the assets that are concerned as a whole. `times`: a part may stand in two assets.
CREATE OR REPLACE TEMP TABLE whole_place AS
SELECT part_id, any_value(rows) AS examined, count(*) AS times, row_number() OVER () AS number
FROM current_part SEMI JOIN whole_asset USING (asset_id) GROUP BY part_id;

-- What is found in them: read once, and asked for rows, keys and kinds.
CREATE OR REPLACE TEMP TABLE whole_finding AS
SELECT number, row, entity_type, kind, CASE WHEN value_key IS NOT NULL THEN hash(value_key) END AS key
FROM finding JOIN whole_place USING (part_id) WHERE personal;

-- And how many rows of each anything keyed or found is known of. A register has every row, a keyed column a key for
-- each row it is filled in: where one of them has as many as the part, all are known. Else rows are told apart, each
-- as one number, not two words.
CREATE OR REPLACE TEMP TABLE whole_part AS
WITH registered AS (SELECT number, count(*) AS rows FROM record JOIN whole_place USING (part_id) GROUP BY number),
filled AS (
    SELECT number, max(rows) AS rows
    FROM (SELECT number, count(*) AS rows FROM value_key JOIN whole_place USING (part_id)
          GROUP BY number, field, entity_type
          UNION ALL FROM registered)
    GROUP BY number
),
open AS (
    SELECT part_id, number FROM whole_place LEFT JOIN filled USING (number) WHERE coalesce(filled.rows, 0) < examined
),
node AS (
    SELECT number * 68719476736 + row AS node FROM value_key JOIN open USING (part_id)
    UNION SELECT number * 68719476736 + row FROM whole_finding SEMI JOIN open USING (number)
    UNION SELECT number * 68719476736 + row FROM record JOIN open USING (part_id)
),
known AS (SELECT node // 68719476736 AS number, count(*) AS rows FROM node GROUP BY ALL)
SELECT part_id, number, times,
       CASE WHEN number IN (SELECT number FROM open) THEN coalesce(known.rows, 0) ELSE filled.rows END AS rows
FROM whole_place LEFT JOIN filled USING (number) LEFT JOIN known USING (number);
