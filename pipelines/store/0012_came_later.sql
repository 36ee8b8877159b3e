-- A decision speaks of what stood there when it was made. What its pattern meets for the first time at a later load is
-- noted in `decided` with 0 rows, as it was then: it is open.

DROP VIEW current_triage;

-- Every holding with the decision that counts: the newest that met it, else the newest whose pattern it came under later.
-- `reopened`: why it counts no more.
-- `suppressed`: reports that honour decisions leave it out, and say how many they left out.
CREATE VIEW current_triage AS
WITH today AS (SELECT max(day) AS today FROM current_source),
latest AS (
    SELECT decided.* EXCLUDE (rows, audience), decided.rows AS rows_then, decided.audience AS audience_then,
           decision.state, reason, who, decided_at, until, tolerance
    FROM decided JOIN decision USING (decision_id)
    QUALIFY row_number() OVER (
        PARTITION BY asset_id, decided.field, decided.entity_type
        ORDER BY rows_then = 0, decided_at DESC, decision_id) = 1
),
judged AS (
    SELECT held.*, coalesce(latest.state, 'new') AS state, latest.reason, latest.who, latest.decided_at, latest.until,
           rows_then, readers.audience,
           CASE WHEN latest.state IS NULL THEN NULL
                WHEN rows_then = 0 AND held.rows > 0 THEN 'came-later'
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
