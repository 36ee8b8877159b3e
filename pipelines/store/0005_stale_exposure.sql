-- What `stale`, `exposure`, `provided_to`, `joinability` and the ledger need beyond findings and activity.

-- Retention classes may start from other days than the last activity, promise a period to the public, and have
-- people told before their records go.
CREATE TABLE retention_rule (
    retention             TEXT NOT NULL,
    label_ja              TEXT NOT NULL,
    label_en              TEXT NOT NULL,
    kind                  TEXT NOT NULL CHECK (kind IN ('hold', 'limit')),
    starts                TEXT NOT NULL CHECK (starts IN ('activity', 'fiscal_year', 'withdrawal', 'contract_end')),
    months                INTEGER NOT NULL,
    days                  INTEGER NOT NULL,
    law                   TEXT NOT NULL,
    verified              TEXT NOT NULL,
    notice_days           INTEGER NOT NULL,
    fiscal_year_end_month INTEGER NOT NULL,
    grace_days            INTEGER,  -- NULL: nobody is told before the records go
    list_days             INTEGER,  -- how long a notice list may live
    published_months      INTEGER   -- NULL: the privacy policy names no period
);
INSERT INTO retention_rule BY NAME SELECT * FROM retention_class;
DROP TABLE retention_class;
ALTER TABLE retention_rule RENAME TO retention_class;

ALTER TABLE asset ADD COLUMN withdrawn_column TEXT;
ALTER TABLE asset ADD COLUMN contract_end_column TEXT;
ALTER TABLE asset ADD COLUMN protection TEXT;   -- encrypted, plain; NULL: nobody said
ALTER TABLE asset ADD COLUMN disposal TEXT;

CREATE OR REPLACE VIEW current_asset AS
SELECT asset.*, finished_at, day FROM asset JOIN current_source USING (scan_id, source);

-- How many records of an asset met an event on that day. `day` NULL: not (yet); NULL and not `read`: the cell holds
-- something that is no day. `who`: with a person key, without one (guests), '' where the asset has no such column.
CREATE TABLE event_day (
    scan_id  TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    event    TEXT NOT NULL,  -- activity, withdrawal, contract_end
    who      TEXT NOT NULL CHECK (who IN ('member', 'guest', '')),
    day      DATE,
    status   TEXT NOT NULL,
    read     BOOLEAN NOT NULL,
    rows     BIGINT NOT NULL
);
INSERT INTO event_day SELECT scan_id, asset_id, 'activity', '', day, status, TRUE, rows FROM activity;

-- Fields a statute holds whatever happens to the rest of the record.
CREATE TABLE field_class (
    scan_id TEXT NOT NULL, asset_id TEXT NOT NULL, field TEXT NOT NULL, retention TEXT NOT NULL);

-- Counted at every load, so that a trend does not count every day of every scan again.
CREATE TABLE stale_total (
    scan_id   TEXT NOT NULL,
    asset_id  TEXT NOT NULL,
    source    TEXT NOT NULL,
    retention TEXT,
    records   BIGINT NOT NULL,  -- those with a day
    past      BIGINT NOT NULL,
    due_soon  BIGINT NOT NULL,
    oldest    DATE
);

-- Notice lists that were made: whose records were past `cutoff` was told on that day.
CREATE TABLE notice (
    asset_id   TEXT NOT NULL,
    listed_on  DATE NOT NULL,
    cutoff     DATE NOT NULL,
    rows       BIGINT NOT NULL,
    expires_on DATE NOT NULL,
    copy       TEXT NOT NULL,  -- the list itself: an asset id, or its name where no source covers it
    digest     TEXT NOT NULL   -- SHA-256 of the list
);

-- Who gets the data of an asset, as the estate says.
CREATE TABLE provision (
    scan_id   TEXT NOT NULL,
    asset_id  TEXT NOT NULL,
    recipient TEXT NOT NULL,
    relation  TEXT,
    country   TEXT,
    method    TEXT,
    basis     TEXT,
    record    TEXT
);

-- What each grantee may read by the role policy: the first rule whose pattern fits, none where no rule does.
CREATE TABLE grantee_rule (
    scan_id      TEXT NOT NULL,
    grantee      TEXT NOT NULL,
    rule         TEXT NOT NULL,
    entity_types TEXT[] NOT NULL,
    sensitivity  INTEGER NOT NULL  -- every type up to this one, too
);

-- Countries whose protection the law takes for equal to our own; `home` for our own.
CREATE TABLE country_rule (country TEXT NOT NULL, home BOOLEAN NOT NULL, law TEXT NOT NULL, verified TEXT NOT NULL);

-- The ledger people keep (個人情報管理台帳), as last imported.
CREATE TABLE ledger (
    line        INTEGER NOT NULL,
    item        TEXT NOT NULL,
    entity_type TEXT,             -- NULL: nobody knows what the item is
    purpose     TEXT,
    place       TEXT NOT NULL,
    records     BIGINT,
    readers     TEXT,
    entrustee   TEXT,
    retention   TEXT,
    disposal    TEXT,
    manager     TEXT,
    imported_at TIMESTAMPTZ NOT NULL
);

-- Findings outside of typed columns, counted at the load: a report must not count millions of them again.
CREATE TABLE occurrence (
    scan_id     TEXT NOT NULL,
    asset_id    TEXT NOT NULL,
    field       TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    rows        BIGINT NOT NULL,
    occurrences BIGINT NOT NULL,
    "distinct"  BIGINT NOT NULL,
    score       FLOAT NOT NULL
);
INSERT INTO occurrence
SELECT scan_id, place.asset_id, field, entity_type, count(DISTINCT (place."index", row)), count(*),
       count(DISTINCT value_key), max(score)
FROM finding JOIN scan_part AS place USING (part_id) WHERE personal GROUP BY ALL;

CREATE OR REPLACE VIEW current_holding AS
WITH typed AS (
    SELECT asset_id, field, entity_type, kind, "values" AS rows, matched AS occurrences, "distinct", score
    FROM current_field WHERE kind = 'typed' AND entity_type IS NOT NULL
),
found AS (
    SELECT asset_id, field, entity_type, 'free_text' AS kind, rows, occurrences, "distinct", score
    FROM occurrence SEMI JOIN current_asset USING (scan_id, asset_id)
),
held AS (
    SELECT * FROM typed
    UNION ALL BY NAME
    SELECT * FROM found ANTI JOIN typed USING (asset_id, field, entity_type)
)
SELECT asset.source, asset.scan_id, held.*, entity.appi_class, entity.sensitivity
FROM held JOIN current_asset AS asset USING (asset_id) LEFT JOIN entity USING (entity_type)
WHERE coalesce(entity.personal, TRUE);

-- Columns of two assets that hold the same values, and how many (`sample`: one in so many keys was compared).
CREATE TABLE key_pair (
    entity_type TEXT NOT NULL,
    asset_a     TEXT NOT NULL,
    field_a     TEXT NOT NULL,
    asset_b     TEXT NOT NULL,
    field_b     TEXT NOT NULL,
    shared      BIGINT NOT NULL,
    keys_a      BIGINT NOT NULL,
    keys_b      BIGINT NOT NULL,
    sample      INTEGER NOT NULL
);

-- Rows of an asset that agree in a set of quasi-identifiers: the smallest group, and how many stand alone.
CREATE TABLE quasi_group (
    asset_id TEXT NOT NULL,
    quasi    TEXT[] NOT NULL,
    rows     BIGINT NOT NULL,
    groups   BIGINT NOT NULL,
    smallest BIGINT NOT NULL,
    alone    BIGINT NOT NULL,
    few      BIGINT NOT NULL  -- rows in groups below five
);

CREATE VIEW current_event_day AS
SELECT event_day.* FROM event_day SEMI JOIN current_asset USING (scan_id, asset_id);

CREATE VIEW current_field_class AS
SELECT field_class.* FROM field_class SEMI JOIN current_asset USING (scan_id, asset_id);

CREATE VIEW current_provision AS
SELECT provision.* FROM provision SEMI JOIN current_asset USING (scan_id, asset_id);

-- The latest notice list of an asset.
CREATE VIEW last_notice AS
SELECT * FROM notice QUALIFY row_number() OVER (PARTITION BY asset_id ORDER BY listed_on DESC, digest) = 1;

-- The column of the asset a retention class starts from.
CREATE MACRO start_event(starts) AS CASE WHEN starts IN ('activity', 'fiscal_year') THEN 'activity' ELSE starts END;

-- The last day of a period: `kind` and law say what is to happen after it. Tax books start two months after the end
-- of the business year.
CREATE MACRO due_day(starts, day, months, days, year_end) AS
    (CASE starts
         WHEN 'fiscal_year' THEN last_day(
             make_date(year(day) + (month(day) > year_end)::INTEGER, year_end, 1) + INTERVAL 2 MONTH)
         ELSE day END + to_months(months) + to_days(days))::DATE;

-- 9999-12-31 and its like stand for "never".
CREATE MACRO is_never(day) AS coalesce(day >= DATE '9000-01-01', FALSE);

-- What `key_pair` and `quasi_group` were counted over: the same parts are not compared again.
CREATE TABLE collation_state (signature TEXT NOT NULL);
