/*
title: {ja: 項目別の消去と法定保存, en: What may be erased and what the law holds}
about:
  ja: >-
    資産ごとに、項目を保存の根拠で分けます。複数の法令が及ぶ項目は最も遅い日まで保存し、残りは消去します。「消去できる」は期限を過ぎた記録の数、
    「最終の解除日」はその項目をすべて消去できる日です。未来の日付や9999年などは数に入れず、別に示します。
  en: >-
    The fields of each asset by what holds them. A field several statutes ask for is kept until the last of them lets
    go; the rest of the record is erased. `free` counts records past that day; on `last_free` the last record of these
    fields may go. A last activity in the future, or in the year 9999, tells no day and is counted apart.
parameters: {as_of: date}
columns:
  state: {ja: 状態, en: State, words: state}
  asset: {ja: 資産, en: Asset}
  fields: {ja: 項目, en: Fields}
  records: {ja: 記録, en: Records}
  free: {ja: 消去できる記録, en: May be erased}
  kept: {ja: 保存する記録, en: To be kept}
  undated: {ja: 日付から判断できない記録, en: Records whose date tells nothing}
  next_free: {ja: 次の解除日, en: Next to fall free}
  last_free: {ja: 最終の解除日, en: Last to fall free}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  retention: {ja: 保存区分, en: Retention classes, words: retention}
  kind: {ja: 期限の意味, en: Meaning of the date, words: retention_kind}
  start: {ja: 起算, en: Starts with, words: start_event}
  law: {ja: 根拠, en: Basis}
  verified: {ja: 根拠の確認, en: How verified, words: verified}
  owner: {ja: 管理者, en: Owner}
identity: [asset, fields]
measure: free
decided_by: [asset]
*/
WITH today AS (SELECT coalesce($as_of::DATE, (SELECT day FROM current_scan)) AS today),
personal AS (SELECT DISTINCT asset_id, field FROM current_holding),
ruled AS (
    SELECT asset_id, field, list(DISTINCT retention ORDER BY retention) AS retention
    FROM current_field_class SEMI JOIN personal USING (asset_id) GROUP BY asset_id, field
    UNION ALL
    SELECT asset_id, field, CASE WHEN asset.retention IS NULL THEN [] ELSE [asset.retention] END
    FROM personal ANTI JOIN current_field_class USING (asset_id, field) JOIN current_asset AS asset USING (asset_id)
),
grouped AS (
    SELECT asset_id, retention, list(field ORDER BY field) AS fields FROM ruled GROUP BY asset_id, retention
),
classed AS (
    SELECT grouped.asset_id, grouped.retention, class.*, start_event(class.starts) AS event
    FROM (SELECT asset_id, retention, unnest(retention) AS one FROM grouped) AS grouped
    LEFT JOIN (SELECT * RENAME (retention AS one) FROM retention_class) AS class USING (one)
),
judged AS (
    SELECT asset_id, retention, min(event) AS event,
           CASE WHEN count(*) > count(kind) THEN 'retention-class-not-known'
                WHEN count(DISTINCT event) > 1 THEN 'statutes-start-apart' END AS reason,
           CASE WHEN bool_or(kind = 'hold') THEN 'hold' ELSE min(kind) END AS kind,
           list(DISTINCT law ORDER BY law) AS law, list(DISTINCT verified ORDER BY verified) AS verified
    FROM classed GROUP BY asset_id, retention
),
-- A last activity that is still to come, never or illegible tells no day (report stale says how many of which).
met AS (
    SELECT asset_id, event, day, sum(rows) AS rows,
           CASE WHEN event = 'activity' THEN day IS NULL OR is_never(day) OR day > any_value(today) + 1
                ELSE day IS NULL AND NOT read END AS blank
    FROM current_event_day CROSS JOIN today GROUP BY asset_id, event, day, read
),
dated AS (
    SELECT asset_id, retention, met.day, any_value(met.rows) AS rows, any_value(blank) AS blank,
           max(due_day(starts, met.day, months, days, fiscal_year_end_month)) AS due
    FROM classed
    JOIN judged USING (asset_id, retention)
    JOIN (SELECT asset_id, event, day, blank, sum(rows) AS rows FROM met GROUP BY ALL) AS met
        ON met.asset_id = classed.asset_id AND met.event = classed.event
    WHERE judged.reason IS NULL AND (blank OR met.day IS NOT NULL AND NOT is_never(met.day))
    GROUP BY asset_id, retention, met.day, blank
),
counted AS (
    SELECT asset_id, retention, sum(rows) FILTER (NOT blank) AS records, sum(rows) FILTER (blank) AS undated,
           coalesce(sum(rows) FILTER (NOT blank AND due < today), 0) AS free,
           coalesce(sum(rows) FILTER (NOT blank AND due >= today), 0) AS kept,
           min(due) FILTER (NOT blank AND due >= today) AS next_free, max(due) FILTER (NOT blank) AS last_free
    FROM dated CROSS JOIN today GROUP BY asset_id, retention
),
listed AS (
    SELECT grouped.asset_id, grouped.fields, counted.records, counted.undated, free, kept, next_free, last_free, grouped.retention,
           judged.kind, judged.event, judged.law, judged.verified,
           CASE WHEN len(grouped.retention) = 0 THEN 'no-retention-class'
                WHEN judged.reason IS NOT NULL THEN judged.reason
                WHEN counted.records IS NULL THEN 'no-date' END AS reason
    FROM grouped LEFT JOIN judged USING (asset_id, retention) LEFT JOIN counted USING (asset_id, retention)
)
SELECT CASE WHEN reason IS NOT NULL THEN 'unknown' WHEN free > 0 THEN 'overdue'
            WHEN listed.kind = 'hold' THEN 'held' ELSE 'running' END AS state,
       asset_id AS asset, fields, records::BIGINT AS records, free::BIGINT AS free, kept::BIGINT AS kept,
       undated::BIGINT AS undated, next_free, last_free, reason, listed.retention, listed.kind, event AS start, law, verified, owner
FROM listed JOIN current_asset AS asset USING (asset_id)
ORDER BY list_position(['overdue', 'unknown', 'held', 'running'], state), free DESC NULLS LAST, asset, fields
