-- A decision speaks of what stood there when it was made. What its pattern meets for the first time at a later load is
-- noted in `decided` with 0 rows, as it was then: it is open.

DROP VIEW current_triage;

-- How much of a holding there is, exact and from the same counts as before when nothing has changed: the rows of a column
-- of one type, of a text (a file is one row) how often it is there. `distinct` is an estimate.
CREATE MACRO amount_of(rows, occurrences) AS greatest(rows, occurrences);

ALTER TABLE decided ADD COLUMN amount BIGINT;
-- Of what was met before this was noted: the least there was at a scan with as many rows.
UPDATE decided SET amount = coalesce((
    SELECT min(amount_of(met.rows, met.occurrences)) FROM occurrence AS met
    WHERE met.asset_id = decided.asset_id AND met.field = decided.field AND met.entity_type = decided.entity_type
      AND met.rows = decided.rows), rows);

-- Every holding with the decision that counts: the newest that met it, else the newest whose pattern it came under later.
-- `reopened`: why it counts no more.
-- `suppressed`: reports that honour decisions leave it out, and say how many they left out.
CREATE VIEW current_triage AS
WITH today AS (SELECT max(day) AS today FROM current_source),
latest AS (
    SELECT decided.* EXCLUDE (rows, amount, audience), decided.rows AS rows_then, decided.amount AS amount_then,
           decided.audience AS audience_then,
           decision.state, reason, who, decided_at, until, tolerance
    FROM decided JOIN decision USING (decision_id)
    QUALIFY row_number() OVER (
        PARTITION BY asset_id, decided.field, decided.entity_type
        ORDER BY amount_then = 0, decided_at DESC, decision_id) = 1
),
judged AS (
    SELECT held.*, coalesce(latest.state, 'new') AS state, latest.reason, latest.who, latest.decided_at, latest.until,
           rows_then, amount_then, readers.audience,
           CASE WHEN latest.state IS NULL THEN NULL
                WHEN amount_then = 0 AND held.amount > 0 THEN 'came-later'
                WHEN latest.until < today THEN 'expired'
                WHEN latest.state = 'repaired' AND asset.finished_at > latest.decided_at THEN 'found-again'
                WHEN held.amount > amount_then * (1 + tolerance) THEN 'grew'
                WHEN readers.audience > audience_then THEN 'audience-grew' END AS reopened
    FROM (SELECT *, amount_of(rows, occurrences) AS amount FROM current_holding) AS held
    JOIN current_asset AS asset USING (asset_id)
    JOIN current_audience AS readers USING (asset_id)
    LEFT JOIN latest USING (asset_id, field, entity_type)
    -- Last: DuckDB writes a cross join down as a comma, which binds less than JOIN.
    CROSS JOIN today
)
SELECT *, state IN ('false_positive', 'accepted') AND reopened IS NULL AS suppressed FROM judged;
