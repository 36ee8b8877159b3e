-- Columns the estate names, of every asset whose columns are known: one misspelt would be one nobody has.
CREATE TABLE IF NOT EXISTS named_column (
    scan_id  TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    rule     TEXT NOT NULL,    -- `match` of the rule that names it
    setting  TEXT NOT NULL,    -- what it is named for: columns.key, records.person, quasi
    field    TEXT NOT NULL,    -- masked, as in `field`
    found    BOOLEAN NOT NULL  -- the asset has it
);

CREATE OR REPLACE VIEW current_named_column AS
SELECT named_column.* FROM named_column SEMI JOIN current_asset USING (scan_id, asset_id);

-- A rule may hold for assets that differ: one of them is to have the column. Of a register each is.
CREATE OR REPLACE VIEW missing_column AS
SELECT asset_id, rule, setting, field
FROM (SELECT *, bool_or(found) OVER (PARTITION BY rule, setting, field) AS found_anywhere FROM current_named_column)
WHERE NOT found AND (NOT found_anywhere OR starts_with(setting, 'records.'));

-- What stands between a report and its answer: registers it needs that nobody declared or nobody could read, and
-- columns of them that are not there.
CREATE OR REPLACE MACRO register_gaps(wanted) AS TABLE
SELECT CASE WHEN asset_id IS NULL THEN 'not-declared' ELSE 'unknown' END AS state,
       CASE WHEN asset_id IS NULL THEN 'register-not-declared' ELSE 'register-not-examined' END AS reason,
       needed.register, asset_id AS asset, parts_not_examined::BIGINT AS parts
FROM (SELECT unnest(wanted) AS register) AS needed LEFT JOIN current_register USING (register)
WHERE asset_id IS NULL OR parts_not_examined > 0
UNION ALL
SELECT 'unknown', 'register-column-missing', register, asset_id, NULL
FROM current_register
SEMI JOIN (FROM missing_column WHERE starts_with(setting, 'records.')) USING (asset_id)
WHERE list_contains(wanted, register);
