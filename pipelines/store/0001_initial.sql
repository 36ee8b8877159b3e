-- The tables every reader may rely on, and the views that show the present state.
-- No column holds a raw value: `masked` is a sample with its middle hidden, keys are keyed 128-bit hashes.

CREATE TABLE scan (
    scan_id            TEXT PRIMARY KEY,
    started_at         TIMESTAMPTZ NOT NULL,
    finished_at        TIMESTAMPTZ,
    estate             TEXT NOT NULL,
    detector_version   TEXT NOT NULL,
    dictionary_version TEXT NOT NULL,
    config_digest      TEXT NOT NULL,
    key_fingerprint    TEXT NOT NULL,
    guard              TEXT NOT NULL CHECK (guard IN ('passed', 'not-run')),
    law_version        TEXT NOT NULL,
    partial            BOOLEAN NOT NULL,   -- only some of the estate's sources (`meibo scan --source`)
    day                DATE                -- the day it finished, in the estate's time zone
);

CREATE TABLE scan_source (scan_id TEXT NOT NULL, source TEXT NOT NULL);

CREATE TABLE asset (
    scan_id              TEXT NOT NULL,
    asset_id             TEXT NOT NULL,
    source               TEXT NOT NULL,
    kind                 TEXT NOT NULL,
    owner                TEXT,
    purpose              TEXT,
    zone                 TEXT,
    country              TEXT,
    entrustee            TEXT,
    retention            TEXT,
    row_key              TEXT,
    last_activity_column TEXT,
    status_column        TEXT,
    consent_column       TEXT
);

-- An immutable piece of work. Two assets of equal content may share one part, so where a part stands is told
-- by `scan_part`; `asset_id` and "index" here name the place it was first read from.
CREATE TABLE part (
    part_id  TEXT PRIMARY KEY,
    asset_id TEXT NOT NULL,
    "index"  INTEGER NOT NULL,
    digest   TEXT NOT NULL,
    rows     BIGINT NOT NULL,
    bytes    BIGINT NOT NULL,
    status   TEXT NOT NULL CHECK (status IN ('examined', 'not_examined')),
    reason   TEXT NOT NULL
);

CREATE TABLE scan_part (
    scan_id   TEXT NOT NULL,
    asset_id  TEXT NOT NULL,
    "index"   INTEGER NOT NULL,
    part_id   TEXT NOT NULL,
    watermark TEXT NOT NULL,
    reused    BOOLEAN NOT NULL
);

CREATE TABLE field (
    scan_id       TEXT NOT NULL,
    asset_id      TEXT NOT NULL,
    field         TEXT NOT NULL,
    position      INTEGER NOT NULL,
    physical_type TEXT NOT NULL,
    rows          BIGINT NOT NULL,
    "values"      BIGINT NOT NULL,
    "distinct"    BIGINT NOT NULL,
    entity_type   TEXT,
    kind          TEXT NOT NULL CHECK (kind IN ('typed', 'free_text', 'none')),
    score         FLOAT NOT NULL,
    matched       BIGINT NOT NULL,
    whole         BIGINT NOT NULL,
    checked       BIGINT NOT NULL,
    reasons       JSON NOT NULL,
    key_column    BOOLEAN NOT NULL,
    declared      BOOLEAN NOT NULL
);

CREATE TABLE finding (
    part_id            TEXT NOT NULL,
    field              TEXT NOT NULL,
    row                BIGINT NOT NULL,
    row_key            TEXT,
    page               INTEGER,
    quad               FLOAT[],
    start              INTEGER,
    "end"              INTEGER,
    entity_type        TEXT NOT NULL,
    score              FLOAT NOT NULL,
    recognizer         TEXT NOT NULL,
    recognizer_version TEXT NOT NULL,
    personal           BOOLEAN NOT NULL,
    value_key          BLOB,
    alt_key            BLOB,
    masked             TEXT,
    -- Special-care information keeps place and count only.
    CHECK (entity_type <> 'JP_SPECIAL_CARE' OR (value_key IS NULL AND alt_key IS NULL AND masked IS NULL))
);

CREATE TABLE value_key (
    part_id     TEXT NOT NULL,
    field       TEXT NOT NULL,
    row         BIGINT NOT NULL,
    row_key     TEXT,
    entity_type TEXT NOT NULL,
    value_key   BLOB NOT NULL,
    alt_key     BLOB
);

-- How many records of an asset had their last activity on that day; `day` is NULL where a record has no date.
CREATE TABLE activity (
    scan_id  TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    day      DATE,
    status   TEXT NOT NULL,
    rows     BIGINT NOT NULL
);

-- `columns` empty: every column.
CREATE TABLE access (
    scan_id   TEXT NOT NULL,
    asset_id  TEXT NOT NULL,
    grantee   TEXT NOT NULL,
    privilege TEXT NOT NULL,
    via       TEXT NOT NULL,
    audience  TEXT NOT NULL,
    columns   TEXT[] NOT NULL
);

CREATE TABLE declaration (scan_id TEXT NOT NULL, asset_id TEXT NOT NULL, field TEXT NOT NULL, entity_type TEXT NOT NULL);

CREATE TABLE decision (
    asset       TEXT NOT NULL,
    field       TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    state       TEXT NOT NULL,
    reason      TEXT NOT NULL,
    who         TEXT NOT NULL,
    decided_at  TIMESTAMPTZ NOT NULL,
    until       DATE
);

-- Copies of configs/entities.yaml and policies.yaml as they were at the last load.
CREATE TABLE entity (
    entity_type TEXT NOT NULL,
    label_ja    TEXT NOT NULL,
    label_en    TEXT NOT NULL,
    appi_class  TEXT NOT NULL,
    sensitivity INTEGER NOT NULL,  -- 1 (seldom harmful alone) to 5 (severe)
    personal    BOOLEAN NOT NULL   -- false: recognised to be ruled out
);

CREATE TABLE retention_class (
    retention             TEXT NOT NULL,
    label_ja              TEXT NOT NULL,
    label_en              TEXT NOT NULL,
    kind                  TEXT NOT NULL CHECK (kind IN ('hold', 'limit')),
    starts                TEXT NOT NULL CHECK (starts IN ('activity', 'fiscal_year')),
    months                INTEGER NOT NULL,
    days                  INTEGER NOT NULL,
    law                   TEXT NOT NULL,
    verified              TEXT NOT NULL,
    notice_days           INTEGER NOT NULL,
    fiscal_year_end_month INTEGER NOT NULL
);

-- The present: of every source the latest finished scan that covered it, back to the last scan of the whole
-- estate. After `meibo scan --source crm` the other sources keep what the scan before said of them.
CREATE VIEW current_scan AS
SELECT * FROM scan WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, scan_id DESC LIMIT 1;

CREATE VIEW current_source AS
SELECT source, scan_id, finished_at, day
FROM scan_source JOIN scan USING (scan_id)
WHERE finished_at >= coalesce(
    (SELECT max(finished_at) FROM scan WHERE NOT partial), (SELECT min(finished_at) FROM scan))
QUALIFY row_number() OVER (PARTITION BY source ORDER BY finished_at DESC, scan_id DESC) = 1;

CREATE VIEW current_asset AS
SELECT asset.*, finished_at, day FROM asset JOIN current_source USING (scan_id, source);

CREATE VIEW current_part AS
SELECT asset.source, scan_part.scan_id, scan_part.asset_id, scan_part."index", part_id, part.digest, part.rows,
       part.bytes, part.status, part.reason, scan_part.watermark, scan_part.reused
FROM current_asset AS asset JOIN scan_part USING (scan_id, asset_id) JOIN part USING (part_id);

CREATE VIEW current_field AS
SELECT field.* FROM field SEMI JOIN current_asset USING (scan_id, asset_id);

CREATE VIEW current_finding AS
SELECT place.source, place.scan_id, place.asset_id, place."index", finding.*
FROM finding JOIN current_part AS place USING (part_id);

CREATE VIEW current_value_key AS
SELECT place.source, place.scan_id, place.asset_id, place."index", value_key.*
FROM value_key JOIN current_part AS place USING (part_id);

CREATE VIEW current_activity AS
SELECT activity.* FROM activity SEMI JOIN current_asset USING (scan_id, asset_id);

CREATE VIEW current_access AS
SELECT access.* FROM access SEMI JOIN current_asset USING (scan_id, asset_id);

-- One row per asset, field and entity type that holds personal data: typed columns from their totals, all
-- else from occurrences. `rows`: cells (documents, images: files) that hold it; `occurrences`: times it is
-- there. A type without a row in `entity` counts as personal with sensitivity NULL: never silently dropped.
CREATE VIEW current_holding AS
WITH typed AS (
    SELECT asset_id, field, entity_type, kind, "values" AS rows, matched AS occurrences, "distinct", score
    FROM current_field WHERE kind = 'typed' AND entity_type IS NOT NULL
),
found AS (
    SELECT asset_id, field, entity_type, 'free_text' AS kind, count(DISTINCT ("index", row)) AS rows,
           count(*) AS occurrences, count(DISTINCT value_key) AS "distinct", max(score) AS score
    FROM current_finding WHERE personal GROUP BY ALL
),
held AS (
    SELECT * FROM typed
    UNION ALL BY NAME
    SELECT * FROM found ANTI JOIN typed USING (asset_id, field, entity_type)
)
SELECT asset.source, asset.scan_id, held.*, entity.appi_class, entity.sensitivity
FROM held JOIN current_asset AS asset USING (asset_id) LEFT JOIN entity USING (entity_type)
WHERE coalesce(entity.personal, TRUE);
