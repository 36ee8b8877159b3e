-- What people decided about findings (pipelines/desk/decisions.py), replaced at every load and by `meibo decide`.

DROP TABLE decision;
CREATE TABLE decision (
    decision_id TEXT PRIMARY KEY,
    asset       TEXT NOT NULL,     -- globs over asset ids, fields and entity types
    field       TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('confirmed', 'false_positive', 'accepted', 'in_repair', 'repaired')),
    reason      TEXT NOT NULL,
    who         TEXT NOT NULL,
    decided_at  TIMESTAMPTZ NOT NULL,
    until       DATE,
    tolerance   DOUBLE NOT NULL    -- growth that does not reopen: 0.1 is a tenth
);

-- Which holdings a decision covers, and how much they were and who could read them when it first met them.
CREATE TABLE decided (
    decision_id TEXT NOT NULL,
    asset_id    TEXT NOT NULL,
    field       TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    rows        BIGINT NOT NULL,
    audience    INTEGER NOT NULL,
    PRIMARY KEY (decision_id, asset_id, field, entity_type)
);

-- From nobody to everybody; an unknown audience is as wide as it may be without being public.
CREATE MACRO audience_rank(audience) AS coalesce(list_position(
    ['nobody', 'owner', 'role', 'department', 'company', 'entrustee', 'unknown', 'public'], audience), 7);

CREATE VIEW current_audience AS
SELECT asset.asset_id, coalesce(max(audience_rank(access.audience)), audience_rank('unknown')) AS audience
FROM current_asset AS asset LEFT JOIN current_access AS access USING (asset_id) GROUP BY asset.asset_id;

-- Every holding with the decision that counts, the newest that covers it. `reopened`: why it counts no more.
-- `suppressed`: reports that honour decisions leave it out, and say how many they left out.
CREATE VIEW current_triage AS
WITH today AS (SELECT max(day) AS today FROM current_source),
latest AS (
    SELECT decided.* EXCLUDE (rows, audience), decided.rows AS rows_then, decided.audience AS audience_then,
           decision.state, reason, who, decided_at, until, tolerance
    FROM decided JOIN decision USING (decision_id)
    QUALIFY row_number() OVER (
        PARTITION BY asset_id, decided.field, decided.entity_type ORDER BY decided_at DESC, decision_id) = 1
),
judged AS (
    SELECT held.*, coalesce(latest.state, 'new') AS state, latest.reason, latest.who, latest.decided_at, latest.until,
           rows_then, readers.audience,
           CASE WHEN latest.state IS NULL THEN NULL
                WHEN latest.until < today THEN 'expired'
                WHEN latest.state = 'repaired' AND asset.finished_at > latest.decided_at THEN 'found-again'
                WHEN held.rows > rows_then * (1 + tolerance) THEN 'grew'
                WHEN readers.audience > audience_then THEN 'audience-grew' END AS reopened
    FROM current_holding AS held
    JOIN current_asset AS asset USING (asset_id)
    JOIN current_audience AS readers USING (asset_id)
    LEFT JOIN latest USING (asset_id, field, entity_type)
    -- Last: DuckDB writes a cross join down as a comma, which binds less than JOIN.
    CROSS JOIN today
)
SELECT *, state IN ('false_positive', 'accepted') AND reopened IS NULL AS suppressed FROM judged;
